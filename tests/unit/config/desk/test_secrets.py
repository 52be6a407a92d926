"""Generated secrets: strong, kept, private."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from config.desk.errors import DeskStartError
from config.desk.home import DeskHome, private_directory
from config.desk.secrets import NAMES, generate_credentials, keep_secrets, read_credentials


@pytest.fixture
def home(tmp_path: Path) -> DeskHome:
    return DeskHome(tmp_path / "home")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_secrets_are_strong_different_and_kept(home: DeskHome) -> None:
    first = keep_secrets(home)
    assert set(first) == set(NAMES)
    assert len(set(first.values())) == len(NAMES)
    assert min(map(len, first.values())) == 64
    assert keep_secrets(home) == first


def test_only_the_owner_can_read_them(home: DeskHome) -> None:
    keep_secrets(home)
    generate_credentials(home, username="admin")
    assert mode(home.root) == 0o700
    assert mode(home.secrets_file) == mode(home.credentials_file) == 0o600


def test_a_file_that_others_can_read_is_closed_again(home: DeskHome) -> None:
    keep_secrets(home)
    home.secrets_file.chmod(0o644)
    keep_secrets(home)
    assert mode(home.secrets_file) == 0o600


def test_processes_that_start_at_once_agree(home: DeskHome) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: keep_secrets(home), range(16)))
    assert all(answer == answers[0] for answer in answers)


def test_a_secret_added_by_a_later_version_leaves_the_others(home: DeskHome) -> None:
    private_directory(home.root)
    home.secrets_file.write_text('{"SECRET_KEY": "old"}')
    secrets = keep_secrets(home)
    assert secrets["SECRET_KEY"] == "old"
    assert set(secrets) == set(NAMES)


def test_a_damaged_file_is_not_overwritten(home: DeskHome) -> None:
    private_directory(home.root)
    home.secrets_file.write_text("{")
    with pytest.raises(DeskStartError, match="damaged"):
        keep_secrets(home)
    assert home.secrets_file.read_text() == "{"


def test_credentials_are_read_as_they_were_generated(home: DeskHome) -> None:
    private_directory(home.root)
    assert read_credentials(home) is None
    generated = generate_credentials(home, username="me")
    assert read_credentials(home) == generated
    assert len(generated[1]) == 20


def test_damaged_credentials_are_said(home: DeskHome) -> None:
    private_directory(home.root)
    home.credentials_file.write_text("password: x\n")
    with pytest.raises(DeskStartError, match="username"):
        read_credentials(home)


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(DeskStartError, match="DESK_HOME"):
        keep_secrets(DeskHome(tmp_path / "home"))


def test_a_private_directory_is_no_link_to_somewhere_else(tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with pytest.raises(DeskStartError, match="symbolic link"):
        private_directory(tmp_path / "link")


def test_a_home_made_by_a_person_keeps_its_permissions(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    private_directory(tmp_path, keep_mode=True)
    assert mode(tmp_path) == 0o755
