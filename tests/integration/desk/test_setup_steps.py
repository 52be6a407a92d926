"""The steps of a start that need Django: migrations, the first superuser, the assets."""

import os
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import override_settings

from accounts.models import User
from config.desk import static_files
from config.desk.home import DeskHome, private_directory
from config.desk.secrets import read_credentials
from config.desk.setup_steps import create_first_superuser, prepare_database
from config.desk.static_files import are_current


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DeskHome:
    monkeypatch.setenv("DESK_HOME", str(tmp_path))
    return DeskHome(tmp_path)


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.mark.django_db
def test_the_first_superuser_gets_a_generated_password_that_is_kept(home: DeskHome, told: list[str]) -> None:
    create_first_superuser(told.append)
    credentials = read_credentials(home)
    assert credentials
    user = User.objects.get(is_superuser=True)
    assert user.username == credentials[0] == "admin"
    assert user.check_password(credentials[1])
    assert told == ["superuser admin created"]


@pytest.mark.django_db
def test_the_second_start_creates_nobody(home: DeskHome, told: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    create_first_superuser(told.append)
    monkeypatch.setenv("DESK_ADMIN_USER", "another")
    create_first_superuser(told.append)
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_a_given_password_is_not_kept_on_disk(home: DeskHome, told: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_ADMIN_USER", "me")
    monkeypatch.setenv("DESK_ADMIN_PASSWORD", "a passphrase of mine")
    create_first_superuser(told.append)
    assert User.objects.get(username="me").check_password("a passphrase of mine")
    assert read_credentials(home) is None
    assert "passphrase" not in "".join(told)


@pytest.mark.django_db
def test_a_database_made_anew_takes_the_password_a_person_already_knows(home: DeskHome, told: list[str]) -> None:
    create_first_superuser(told.append)
    before = read_credentials(home)
    User.objects.all().delete()
    create_first_superuser(told.append)
    assert read_credentials(home) == before
    assert User.objects.get().check_password(before[1] if before else "")


@pytest.mark.django_db
def test_an_up_to_date_database_is_left_alone(home: DeskHome, told: list[str]) -> None:
    prepare_database(told.append)
    assert told[0] == "nothing to migrate"


def test_assets_are_collected_once_and_again_when_a_source_changed(
    home: DeskHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sources = private_directory(tmp_path / "sources")
    (sources / "app.css").write_text("body {}")
    monkeypatch.setattr(static_files, "_SOURCES", (str(sources),))
    assert not are_current(home)
    finders = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    with override_settings(STATIC_ROOT=home.static, STATICFILES_DIRS=[sources], STATICFILES_FINDERS=finders):
        call_command("desk", "static")
    assert "assets collected" in capsys.readouterr().out
    assert any(name.startswith("app.") and name != "app.css" for name in os.listdir(home.static))
    assert are_current(home)
    (sources / "app.css").write_text("body { color: red }")
    assert not are_current(home)
