"""Make `config` an app so that Django finds its management commands and checks."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """The desk as a whole."""

    name = "config"
    label = "desk"
    verbose_name = "Desk"
