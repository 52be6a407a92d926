"""`manage.py kill_switch on|off|status`: for whoever sits at the machine when nothing else answers."""

import getpass
import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from config.shared.errors import DeskError
from trading.services.kill_switch import Mover, engage, release
from trading.services.kill_switch_report import full_report


class Command(BaseCommand):
    """Exit code 0: the switch stands as asked; 1: refused. Needs PostgreSQL only: no web process, no gateway."""

    help = "Engage or release the kill switch, or say how it stands."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The move, its reason, and who is to have made it."""
        parser.add_argument("move", choices=["on", "off", "status"])
        parser.add_argument("--reason", help="due for on and off")
        parser.add_argument("--keep-orders", action="store_true", help="leave working orders as they are")
        parser.add_argument("--flatten", action="store_true", help="close every position by market orders")
        parser.add_argument("--user", help="the desk's user who does it; without it the machine's user is recorded")

    def handle(self, *_args: Any, move: str, reason: str | None, **options: Any) -> None:
        """Move, then report as JSON."""
        if move != "status":
            if not reason:
                raise CommandError("--reason is due: it is kept for good")
            try:
                self._move(move, reason, _mover(options["user"]), options)
            except DeskError as error:
                raise CommandError(f"{error.message} {json.dumps(error.details)}") from error
        self.stdout.write(json.dumps(full_report(), indent=2))

    def _move(self, move: str, reason: str, mover: Mover, options: dict[str, Any]) -> None:
        if move == "off":
            release(mover=mover, reason=reason)
        else:
            engage(mover=mover, reason=reason, cancel_orders=not options["keep_orders"], flatten=options["flatten"])


def _mover(username: str | None) -> Mover:
    if username is None:
        return Mover(user=None, name=f"{getpass.getuser()} at the command line", via="command")
    user = User.objects.filter(username=username).first()
    if user is None:
        raise CommandError(f"The desk knows no user {username}.")
    return Mover.person(user, "command")
