#!/usr/bin/env python
"""Run Django's management commands, the desk's own included."""

import os
import sys


def main() -> None:
    """Point Django at the settings and hand over to its command line."""
    if sys.argv[1:2] == ["desk"] and sys.argv[2:3] in (["up"], ["down"], ["status"]):
        # the supervisor stays small, and explains settings that Django would refuse
        from config.desk.cli import main as desk

        sys.exit(desk(sys.argv[2:]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
