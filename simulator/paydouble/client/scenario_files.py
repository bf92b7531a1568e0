"""A scenario's file as it is sent to a server: with the files it extends, and the environment it asks for."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

SCENARIO_SUFFIXES: Final = (".yaml", ".yml")
VARIABLE_PREFIX: Final = "PAYDOUBLE_VAR_"
FILES_MAX: Final = 50

_ASKED = re.compile(r"\$\{\{[^}]*\benv\.([A-Za-z_][A-Za-z0-9_]*)")
_PATH = re.compile(r"[^\s\[\]{},\"']+\.ya?ml")


def sent_along(path: Path) -> dict[str, Any]:
    """{yaml, file, files, environment} of POST scenarios. Raises OSError where the file cannot be read."""
    text = path.read_text("utf-8")
    files = dict(_extended(path, text, {str(path)}))
    return {
        "yaml": text, "file": str(path), "files": files,
        "environment": visible("\n".join([text, *files.values()])),
    }


def visible(text: str) -> dict[str, str]:
    """Variables of the environment that a scenario may see: those it names, and overrides of its own."""
    asked = set(_ASKED.findall(text))
    return {
        name: value for name, value in os.environ.items()
        if name in asked or name.startswith(VARIABLE_PREFIX)
    }


def _extended(path: Path, text: str, seen: set[str]) -> Iterator[tuple[str, str]]:
    """Whatever looks like a file that it extends, and is one; a name too many does no harm."""
    if "extends" not in text:
        return
    for name in _PATH.findall(text):
        found = path.parent / name
        if str(found) in seen or len(seen) > FILES_MAX or not found.is_file():
            continue
        seen.add(str(found))
        content = found.read_text("utf-8")
        yield str(found), content
        yield from _extended(found, content, seen)
