"""JSON logs, one object a line, with the fields of design §8; secrets are cut out before anything is written."""

import contextlib
import logging
import os
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import orjson
import structlog

from config.log_files import RollingFile, Trouble

Event = MutableMapping[str, Any]

_SECRET_WORDS = (
    "password",
    "passwd",
    "secret",
    "token",
    "authorization",
    "cookie",
    "signing_key",
    "api_key",
    "ticket",
)
_SHARED = ("timestamp", "level", "logger", "message", "request_id", "correlation_id")


def _redact(_logger: Any, _name: str, event: Event) -> Event:
    for key in event:
        if any(word in key.lower() for word in _SECRET_WORDS):
            event[key] = "[redacted]"
    return event


def _shape(_logger: Any, _name: str, event: Event) -> Event:
    """The required fields first and always there; a traceback becomes `stack_trace` with its type."""
    event["message"] = event.pop("event", "")
    if stack := event.pop("exception", None):
        event["stack_trace"] = stack
    event.setdefault("request_id", None)
    event.setdefault("correlation_id", event["request_id"])
    return {key: event.pop(key, None) for key in _SHARED} | dict(event)


def _error_type(_logger: Any, _name: str, event: Event) -> Event:
    info = event.get("exc_info")
    error = info if isinstance(info, BaseException) else (sys.exc_info()[1] if info is True else None)
    if isinstance(info, tuple):
        error = info[1]
    if error is not None:
        event.setdefault("error_type", type(error).__name__)
    return event


def _to_json(event: Event, **_options: Any) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


_COMMON: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="%Y-%m-%dT%H:%M:%S.%fZ", utc=True),
    _error_type,
    structlog.processors.StackInfoRenderer(),
    structlog.processors.format_exc_info,
]


def _milliseconds(_logger: Any, _name: str, event: Event) -> Event:
    stamp = event.get("timestamp")
    if isinstance(stamp, str) and len(stamp) == 27:
        event["timestamp"] = stamp[:23] + "Z"
    return event


def configure_structlog() -> None:
    """Send structlog through the standard library's handlers."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *_COMMON,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


class LogFileHandler(logging.Handler):
    """This process' own file; a disk that refuses it costs lines there and nothing else, see `config.log_files`."""

    def __init__(self, path: str) -> None:
        """The file is opened by the first line."""
        super().__init__()
        self._file = RollingFile(Path(path))

    @property
    def trouble(self) -> Trouble | None:
        """Why lines are being lost; None while all is well."""
        return self._file.trouble

    def retry(self) -> None:
        """Look whether a trouble is over."""
        with self.lock or contextlib.nullcontext():
            self._file.retry()

    def emit(self, record: logging.LogRecord) -> None:
        """Append one line."""
        try:
            self._file.write(self.format(record))
        except Exception:  # a record that cannot be put into words
            self.handleError(record)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


def own_log_trouble() -> Trouble | None:
    """Why this process cannot write its own log file, asked anew; None when it can or has none."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, LogFileHandler):
            handler.retry()
            return handler.trouble
    return None


def logging_config(level: str, log_dir: Path | None) -> dict[str, Any]:
    """Django's LOGGING: to stdout, and to a file of this process' name in `log_dir` when one is given."""
    handlers: dict[str, Any] = {
        "console": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "json"}
    }
    if log_dir is not None:
        handlers["file"] = {
            "()": "config.logs.LogFileHandler",
            "path": str(log_dir / f"{os.environ.get('DESK_PROCESS', 'manage')}.log"),
            "formatter": "json",
        }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _COMMON,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    _milliseconds,
                    _redact,
                    _shape,
                    structlog.processors.JSONRenderer(serializer=_to_json),
                ],
            }
        },
        "handlers": handlers,
        "root": {"handlers": list(handlers), "level": level},
        "loggers": {
            # ib_insync prints whole trades at INFO (stack.md)
            "ib_insync": {"level": "WARNING"},
            "django.request": {"level": "ERROR"},
            "django.channels.server": {"level": "WARNING"},
            "daphne": {"level": "WARNING"},
            "celery": {"level": "INFO"},
            "asyncio": {"level": logging.WARNING},
        },
    }
