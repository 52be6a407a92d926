"""Wiring of the desk: settings, routes, processes. The apps import only `config.shared` from here."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
