"""Style as a test: sizes, names, docstrings, and nothing of a developer's machine."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "simulator").rglob("*.py"))
TESTS = sorted(path for folder in ("tests", "loadtests") for path in (ROOT / folder).rglob("*.py"))
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
BANNED_MODULES = {"utils", "helpers", "common", "base", "manager"}


def told(path: Path) -> str:
    return str(path.relative_to(ROOT))


def is_table(tree: ast.Module) -> bool:
    """A file that is mostly one table may be long: error rows, test values."""
    tables = [node for node in tree.body if isinstance(node, ast.ClassDef | ast.Assign | ast.AnnAssign)]
    longest = max(((node.end_lineno or 0) - node.lineno for node in tables), default=0)
    last = tree.body[-1].end_lineno or 1
    return longest > 0.6 * last and not any(isinstance(node, ast.FunctionDef) for node in tables)


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=told)
def test_files_and_functions_stay_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    lines = text.count("\n")
    assert lines <= FILE_LINES_MAX or is_table(tree), f"{lines} lines"
    long = [f.name for f in functions(tree) if (f.end_lineno or 0) - f.lineno >= FUNCTION_LINES_MAX]
    assert not long


@pytest.mark.parametrize("path", SOURCES, ids=told)
def test_a_module_says_what_only_it_knows(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstring = ast.get_docstring(tree)
    assert docstring, "no docstring"
    assert path.stem not in BANNED_MODULES


@pytest.mark.parametrize("path", SOURCES, ids=told)
def test_no_debts_are_left_in_comments(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"#\s*(TODO|FIXME|XXX|HACK)\b", text)
    assert not re.search(r"^\s*#\s*[-=#]{4,}", text, re.MULTILINE), "section banner"


@pytest.mark.parametrize("path", TESTS, ids=told)
def test_tests_do_not_sleep(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\b(time|asyncio)\.sleep\((?!0\))", text)


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def test_nothing_names_the_machine_it_was_written_on() -> None:
    found = []
    for path in tracked():
        if not path.is_file() or path.suffix in {".png", ".ico"}:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        if re.search(r"(?<![\w.])/(?:work|root|home/[a-z]+)/", text) and path != Path(__file__):
            found.append(told(path))
    assert not found


def test_what_is_shipped_is_never_copied_into_the_tree() -> None:
    assert not (ROOT / "simulator" / "paydouble" / "_shipped").exists()
