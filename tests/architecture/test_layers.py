"""The one direction of imports, and what is imported before anything is needed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = (
    "pydantic", "jsonschema", "jsonschema_rs", "jinja2", "rich", "yaml", "cryptography.x509", "sqlite3",
    "segno", "asyncpg", "locust", "defusedxml",
)


def imported_by(code: str, *watched: str) -> list[str]:
    """Which of the watched modules a fresh interpreter has loaded after running the code."""
    script = f"{code}\nimport sys\nprint(*[name for name in {watched!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "simulator")},
    )
    return done.stdout.split()


def test_imports_go_one_way() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    if not linter.exists():
        pytest.skip("import-linter is not installed beside this interpreter")
    done = subprocess.run(
        [linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT / "simulator")},
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_pytest_plugin_costs_a_run_nothing() -> None:
    ours = ("aiohttp", "cryptography", "paydouble.core.call")
    loaded = imported_by("import paydouble.testing.plugin", *ours, *HEAVY)
    assert loaded == []


def test_the_engine_is_built_without_what_only_some_calls_need() -> None:
    assert imported_by("import paydouble.engine.simulator", "aiohttp", *HEAVY) == []


def test_providers_are_loaded_without_what_only_some_calls_need() -> None:
    code = "from paydouble.providers import load\nload()"
    assert imported_by(code, "aiohttp", *HEAVY) == []
