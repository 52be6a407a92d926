"""`manage.py desk`: the supervisor's actions, and the two steps it runs inside Django."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config.desk import cli
from config.desk.setup_steps import collect_assets, prepare_database


class Command(BaseCommand):
    """Start, stop and look at the desk of this machine."""

    help = "Start, stop and look at the desk of this machine: up, down, status"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """The actions of `config.desk.cli`, and the supervisor's own steps."""
        actions = cli.add_arguments(parser)
        actions.add_parser("database", help="migrate and create the first superuser (part of up)")
        actions.add_parser("static", help="collect the assets (part of up)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the action; its exit code is the command's."""
        steps = {"database": prepare_database, "static": collect_assets}
        if step := steps.get(options["action"]):
            step(self.stdout.write)
            return
        sys.exit(cli.run(options))
