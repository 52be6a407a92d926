"""Read the environment and fail loudly on a bad value."""

import environ
from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

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
