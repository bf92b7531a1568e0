"""Commands are found by name, imported when called, and end with the documented codes."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from paydouble import __version__
from paydouble.cli import main as module
from paydouble.cli.main import COMMANDS, commands, main
from tests.unit.cli.conftest import ROOT, Invoke


def test_help_names_every_command(invoke: Invoke) -> None:
    shown = invoke("--help").output
    assert all(f"\n  {name} " in shown for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(invoke: Invoke, name: str) -> None:
    result = invoke(name, "--help")
    assert result.exit_code == 0
    assert result.output.startswith("Usage:")


def test_the_version_is_told(invoke: Invoke) -> None:
    assert __version__ in invoke("--version").output


def test_an_unknown_command_is_wrong_usage(invoke: Invoke) -> None:
    result = invoke("serf")
    assert result.exit_code == 2
    assert "serf" in result.stderr


def test_no_command_is_imported_before_it_is_called() -> None:
    code = (
        "import paydouble.cli.main, sys\n"
        "print(*[name for name in sys.modules if name.startswith(('paydouble.', 'aiohttp', 'asyncio'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT,
        env={"PYTHONPATH": str(ROOT / "simulator")},
    )
    assert set(done.stdout.split()) == {"paydouble.cli", "paydouble.cli.main", "paydouble.cli.endings"}


@pytest.mark.parametrize(("raised", "code"), [
    (click.UsageError("no"), 2),
    (click.Abort(), 130),
    (KeyboardInterrupt(), 130),
    (RuntimeError("a bug"), 4),
])
def test_an_exception_becomes_its_exit_code(
    raised: BaseException, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise raised

    monkeypatch.setattr(commands, "main", fail)
    with pytest.raises(SystemExit) as ending:
        main()
    assert ending.value.code == code
    assert ("a bug" in capsys.readouterr().err) == (code == 4)


@pytest.mark.parametrize(("returned", "code"), [(None, 0), (0, 0), (3, 3)])
def test_a_code_that_a_command_returns_is_the_exit_code(
    returned: int | None, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.commands, "main", lambda *arguments, **options: returned)
    with pytest.raises(SystemExit) as ending:
        main()
    assert ending.value.code == code
