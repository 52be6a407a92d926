"""Wiring of the desk: settings, routes, processes. The apps import only `config.shared` from here."""
