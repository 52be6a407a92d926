"""Make `config` an app so that Django finds its management commands and checks."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig

from config.shared.metrics import name_processes

# here, because Django imports this module before any app that makes a metric
name_processes()


class DeskConfig(AppConfig):
    """The desk as a whole."""

    name = "config"
    label = "desk"
    verbose_name = "Desk"


class DeskAdminConfig(AdminConfig):
    """Django's admin with the desk's own site."""

    default_site = "config.admin_site.DeskAdminSite"
