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
    tables = [
        node for node in tree.body
        if isinstance(node, ast.ClassDef | ast.Assign | ast.AnnAssign) and not any(functions(node))
    ]
    longest = max(((node.end_lineno or 0) - node.lineno for node in tables), default=0)
    return longest > 0.6 * (tree.body[-1].end_lineno or 1)


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def lengths(path: Path) -> list[str]:
    """What is too long in it."""
    text = read(path)
    tree = ast.parse(text)
    lines = text.count("\n")
    long = [f.name for f in functions(tree) if (f.end_lineno or 0) - f.lineno >= FUNCTION_LINES_MAX]
    return long if lines <= FILE_LINES_MAX or is_table(tree) else [f"{lines} lines", *long]


def test_files_and_functions_stay_short() -> None:
    assert not {told(path): long for path in (*SOURCES, *TESTS) if (long := lengths(path))}


def test_modules_say_what_only_they_know() -> None:
    assert not [told(path) for path in SOURCES if not ast.get_docstring(ast.parse(read(path)))]
    assert not [told(path) for path in SOURCES if path.stem in BANNED_MODULES]


def test_no_debts_are_left_in_comments() -> None:
    debts = re.compile(r"#\s*(TODO|FIXME|XXX|HACK)\b|^\s*#\s*[-=#]{4,}", re.MULTILINE)
    assert not [told(path) for path in SOURCES if debts.search(read(path))]


def test_tests_do_not_sleep() -> None:
    sleep = re.compile(r"\b(time|asyncio)\.sleep\((?!0\))")
    assert not [told(path) for path in TESTS if sleep.search(read(path))]


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
