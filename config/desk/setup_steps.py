"""The two steps of a start that need Django: the database with its first superuser, and the assets."""

import os
import time
from collections.abc import Callable

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from config.desk.home import DeskHome
from config.desk.secrets import generate_credentials, read_credentials
from config.desk.static_files import remember_current

Tell = Callable[[str], object]


def prepare_database(tell: Tell) -> None:
    """Migrate when something is left to migrate, and create the first superuser when there is none."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        began = time.monotonic()
        call_command("migrate", interactive=False, verbosity=0)
        tell(f"{len(plan)} migrations applied in {time.monotonic() - began:.1f} s")
    else:
        tell("nothing to migrate")
    create_first_superuser(tell)


def create_first_superuser(tell: Tell) -> None:
    """From DESK_ADMIN_USER and DESK_ADMIN_PASSWORD; an unset password is generated and kept in DESK_HOME."""
    users = get_user_model()._default_manager
    if users.filter(is_superuser=True).exists():
        return
    username, password = os.environ.get("DESK_ADMIN_USER") or "admin", os.environ.get("DESK_ADMIN_PASSWORD")
    home = DeskHome.of(os.environ)
    if not password:
        kept = read_credentials(home)
        # kept from a database that is gone: the person may have it noted already
        username, password = kept if kept and kept[0] == username else generate_credentials(home, username=username)
    else:
        home.credentials_file.unlink(missing_ok=True)
    users.create_superuser(username=username, password=password)
    tell(f"superuser {username} created")


def collect_assets(tell: Tell) -> None:
    """Collect and hash the assets into DESK_HOME."""
    began = time.monotonic()
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    remember_current(DeskHome.of(os.environ))
    tell(f"assets collected in {time.monotonic() - began:.1f} s")
