"""Read the environment and fail loudly on a bad value."""

from datetime import timedelta

import environ
from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from trading.domain.planned_windows import Plan, plan_of

env = environ.Env()

MIN_SECRET_LENGTH = 32
_WEAK = ("django-insecure", "change", "secret", "example", "password")


def env_secret(name: str) -> str:
    """A secret of at least 32 characters that is no placeholder; raises ImproperlyConfigured otherwise."""
    value: str = env.str(name, default="")
    if len(value) < MIN_SECRET_LENGTH or value.lower().startswith(_WEAK) or len(set(value)) < 10:
        raise ImproperlyConfigured(f"{name} is missing or weak: set at least {MIN_SECRET_LENGTH} random characters")
    return value


def env_database(name: str) -> dict[str, object]:
    """Django's database settings from a libpq URL; sockets and options work as in psql."""
    try:
        parts = dict(conninfo_to_dict(env.str(name)))
    except ProgrammingError as error:
        raise ImproperlyConfigured(f"{name} is no PostgreSQL URL: {error}") from error
    return {
        "NAME": parts.pop("dbname", ""),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "OPTIONS": parts,
    }


def env_choice(name: str, choices: tuple[str, ...], default: str) -> str:
    """One of `choices`; raises ImproperlyConfigured naming them otherwise."""
    value: str = env.str(name, default=default) or default
    if value not in choices:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(choices)}, not {value!r}")
    return value


def env_plan(*, time_zone: str, command_deadline: timedelta) -> Plan:
    """When IB is away by plan; raises ImproperlyConfigured for times that nobody can read."""
    notice = timedelta(seconds=env.float("IB_RESTART_NOTICE_SECONDS", default=60.0))
    try:
        plan = plan_of(
            restart_time=env.str("IB_RESTART_TIME", default=""),
            restart_lasts=timedelta(seconds=env.float("IB_RESTART_SECONDS", default=180.0)),
            windows=env.str("IB_PLANNED_WINDOWS", default=""),
            zone=env.str("IB_RESTART_ZONE", default="") or time_zone,
            notice=notice,
        )
    except ValueError as error:
        raise ImproperlyConfigured(f"IB_RESTART_TIME, IB_PLANNED_WINDOWS, IB_RESTART_ZONE: {error}") from error
    if plan.spans and notice < command_deadline:
        # an order accepted in the last moment must have gone, or have expired, before the gateway goes
        raise ImproperlyConfigured("IB_RESTART_NOTICE_SECONDS must not be shorter than IB_COMMAND_DEADLINE_SECONDS")
    return plan


def env_words(name: str, choices: tuple[str, ...]) -> list[str]:
    """Any of `choices`, separated by commas; raises ImproperlyConfigured for another word."""
    words = [word.strip() for word in env.list(name, default=[]) if word.strip()]
    if unknown := [word for word in words if word not in choices]:
        raise ImproperlyConfigured(f"{name}: {unknown[0]!r} is none of {', '.join(choices)}")
    return words
