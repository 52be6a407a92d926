"""Formats of the one language of the desk."""
