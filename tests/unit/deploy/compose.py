"""docker-compose.yml as compose reads it: variables filled in, anchors resolved."""

import re
from typing import Any

import yaml

from config.desk.home import REPOSITORY

COMPOSE = REPOSITORY / "docker-compose.yml"
# secrets that deploy/make-env generates
MADE = [
    "SECRET_KEY",
    "JWT_SIGNING_KEY",
    "POSTGRES_PASSWORD",
    "DESK_DB_OWNER_PASSWORD",
    "DESK_DB_PASSWORD",
    "REDIS_PASSWORD",
    "DESK_ADMIN_PASSWORD",
    "GRAFANA_ADMIN_PASSWORD",
]
VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)(?:(:\?|:-|:\+)([^}]*))?\}")


class Missing(Exception):
    """Compose would stop and say that this variable is required."""


def _filled(text: str, env: dict[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        name, operator, word = match[1], match[2], match[3]
        known = env.get(name, "")
        if operator == ":+":
            return word if known else ""
        if known or operator is None:
            return known
        if operator == ":?":
            raise Missing(name)
        return str(word)

    return VARIABLE.sub(value, text)


def compose(**env: str) -> Any:
    """The file with its variables filled in; every secret is set unless told otherwise."""
    known = {name: f"made-{name.lower()}" for name in MADE} | env
    return yaml.safe_load(_filled(COMPOSE.read_text("utf-8"), known))
