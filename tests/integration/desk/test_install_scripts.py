"""`deploy/local/…`, which `make run` calls: what they install and skip, and what they say when something is missing."""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from config.desk.home import REPOSITORY

TOOLS = ("sh", "cat", "cksum", "date", "dirname", "env", "find", "mkdir", "rm", "sort", "xargs", "touch")
MODERN_NODE = '[ "$1" = --version ] && echo v22.1.0; exit 0'
OLD_NODE = '[ "$1" = --version ] && echo v18.19.0 || exit 1'
NPM = """echo "npm $*" >>"$CALLS"
[ "$1" = ci ] && mkdir -p node_modules
[ "$1" = run ] && mkdir -p dist && touch dist/index.html
exit 0"""


class Checkout:
    """A tiny copy of the repository, and a PATH with nothing on it but what a test puts there."""

    def __init__(self, root: Path) -> None:
        self.root, self.bin, self.calls = root / "checkout", root / "bin", root / "calls"
        shutil.copytree(REPOSITORY / "deploy" / "local", self.root / "deploy" / "local")
        (self.root / "frontend" / "src").mkdir(parents=True)
        (self.root / "frontend" / "public").mkdir()
        for name in (
            "src/main.ts",
            "index.html",
            "package.json",
            "package-lock.json",
            "vite.config.ts",
            "tsconfig.json",
        ):
            (self.root / "frontend" / name).write_text(name)
        for name in ("requirements.lock", "requirements-dev.lock"):
            (self.root / name).write_text("")
        self.bin.mkdir()
        for tool in TOOLS:
            (self.bin / tool).symlink_to(shutil.which(tool) or f"/bin/{tool}")

    def program(self, name: str, script: str) -> None:
        """Put a program on the PATH."""
        (self.bin / name).write_text(f"#!/bin/sh\n{script}\n")
        (self.bin / name).chmod(0o755)

    def run(self, script: str, kind: str, **env: str) -> "subprocess.CompletedProcess[str]":
        """Run one of the scripts."""
        return subprocess.run(
            [f"deploy/local/{script}", kind],
            cwd=self.root,
            env={"PATH": str(self.bin), "CALLS": str(self.calls), "HOME": os.environ.get("HOME", "/"), **env},
            capture_output=True,
            text=True,
            check=False,
        )

    def called(self) -> list[str]:
        """What npm was asked for since the last question."""
        lines = self.calls.read_text().splitlines() if self.calls.exists() else []
        self.calls.unlink(missing_ok=True)
        return lines


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_the_web_app_is_built_once_and_again_when_a_source_changed(checkout: Checkout) -> None:
    checkout.program("node", MODERN_NODE)
    checkout.program("npm", NPM)
    assert checkout.run("front-end", "build").returncode == 0
    first = checkout.called()
    assert [call.split()[1] for call in first] == ["ci", "run"]
    assert checkout.run("front-end", "build").returncode == 0
    assert checkout.called() == []
    (checkout.root / "frontend" / "src" / "main.ts").write_text("changed")
    assert checkout.run("front-end", "build").returncode == 0
    assert [call.split()[1] for call in checkout.called()] == ["run"]
    (checkout.root / "frontend" / "package-lock.json").write_text("changed")
    assert checkout.run("front-end", "packages").returncode == 0
    assert [call.split()[1] for call in checkout.called()] == ["ci"]


@pytest.mark.parametrize(
    ("node", "npm", "says"),
    [
        (None, None, "Node.js 20.19 or newer is needed to build the web app: install nodejs"),
        (OLD_NODE, NPM, "Node.js 20.19 or newer is needed to build the web app, this is v18.19.0"),
        (MODERN_NODE, None, "npm is needed"),
        (MODERN_NODE, "exit 1", "npm ci failed"),
        (MODERN_NODE, '[ "$1" = ci ] && mkdir -p node_modules || { echo "syntax fault"; exit 1; }', "syntax fault"),
    ],
)
def test_what_is_missing_to_build_the_web_app_is_said(
    checkout: Checkout, node: str | None, npm: str | None, says: str
) -> None:
    for name, script in (("node", node), ("npm", npm)):
        if script is not None:
            checkout.program(name, script)
    done = checkout.run("front-end", "build")
    assert done.returncode == 1
    assert says in done.stderr


def test_no_python_of_a_fitting_version_is_said(checkout: Checkout) -> None:
    checkout.program("python3", "exit 1")
    done = checkout.run("python-env", "run")
    assert done.returncode == 1
    assert "Python 3.11, 3.12 or 3.13 is needed" in done.stderr


def test_a_python_without_its_venv_module_is_said(checkout: Checkout) -> None:
    checkout.program("python3", 'case "$2" in *ensurepip*) exit 1;; *) exit 0;; esac')
    done = checkout.run("python-env", "run")
    assert done.returncode == 1
    assert "apt-get install python3-venv" in done.stderr


def test_an_environment_is_made_without_uv_and_then_left_alone(checkout: Checkout) -> None:
    done = checkout.run("python-env", "run", PYTHON=os.path.realpath(sys.executable))
    assert done.returncode == 0, done.stderr
    assert "making .venv" in done.stdout
    again = checkout.run("python-env", "run")
    assert (again.returncode, again.stdout) == (0, "")
    (checkout.root / "requirements-dev.lock").write_text("# changed\n")
    assert checkout.run("python-env", "run").stdout == ""
    assert "requirements-dev.lock" in checkout.run("python-env", "dev").stdout
    assert checkout.run("python-env", "dev").stdout == ""


def demo_wheel(directory: Path) -> Path:
    """A package of one module."""
    path = directory / "demo-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("demo.py", "ANSWER = 42\n")
        wheel.writestr("demo-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n")
        wheel.writestr("demo-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("demo-1.0.dist-info/RECORD", "")
    return path


def test_only_a_package_with_the_locked_hash_is_installed(checkout: Checkout, tmp_path: Path) -> None:
    wheel = demo_wheel(tmp_path)
    lock, python = checkout.root / "requirements.lock", os.path.realpath(sys.executable)
    lock.write_text(f"demo @ {wheel.as_uri()} --hash=sha256:{'0' * 64}\n")
    refused = checkout.run("python-env", "run", PYTHON=python)
    assert refused.returncode == 1
    assert "could not be installed" in refused.stderr
    lock.write_text(f"demo @ {wheel.as_uri()} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n")
    assert checkout.run("python-env", "run", PYTHON=python).returncode == 0
    imported = [str(checkout.root / ".venv" / "bin" / "python"), "-c", "import demo; print(demo.ANSWER)"]
    assert subprocess.run(imported, capture_output=True, text=True, check=True).stdout == "42\n"


def test_an_unknown_kind_is_refused(checkout: Checkout) -> None:
    done = checkout.run("front-end", "nonsense")
    assert done.returncode == 1
    assert "build or packages, not nonsense" in done.stderr
