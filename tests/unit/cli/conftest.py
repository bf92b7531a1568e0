"""The command line in process and as processes of their own, with an authority that is not the user's."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from paydouble.cli.main import commands

ROOT = Path(__file__).parents[3]
ENDS_WITHIN_S = 60.0

Invoke = Callable[..., Result]
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the authority of all these tests lives."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def invoke(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """Runs a command in process, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("PAYDOUBLE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PAYDOUBLE_HOME", str(home))

    def run(*arguments: str, input: str | None = None) -> Result:
        return CliRunner().invoke(commands, arguments, input=input, catch_exceptions=False)

    return run


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    """Of a process: ours without what would set options."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PAYDOUBLE_")}
    return {**kept, "PAYDOUBLE_HOME": str(home), "PYTHONPATH": str(ROOT / "simulator")}


@pytest.fixture
def start(environment: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    """Starts `paydouble …` as a process; what is left of it is ended after the test."""
    started: list[subprocess.Popen[str]] = []

    def start_one(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "paydouble", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, env=environment, cwd=tmp_path,
        )
        started.append(process)
        return process

    yield start_one
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """(exit code, output, error output)."""
    output, errors = process.communicate(timeout=ENDS_WITHIN_S)
    return process.returncode, output, errors
