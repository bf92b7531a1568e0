"""How Python and Node below `run` are led here whatever their client does: what they load first, and how."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

SHIMS: Final = Path(__file__).with_name("shims")
PYTHON: Final = "sitecustomize.py"
NODE: Final = "preload.cjs"


def preload_variables(
    url: str, hosts: Collection[str], authority: Path, folder: Path, inherited: Mapping[str, str]
) -> dict[str, str]:
    """`authority` is a file with ours and no other; the preloads are copied into the folder."""
    address = urlsplit(url)
    first = folder / "python"       # on PYTHONPATH, so nothing else may lie in it
    first.mkdir(mode=0o700, exist_ok=True)
    _copy(SHIMS / PYTHON, first)
    node = _copy(SHIMS / NODE, folder)
    paths = [str(first), inherited.get("PYTHONPATH", "")]
    options = [inherited.get("NODE_OPTIONS", "").strip(), f"--require {_quoted(node)}"]
    return {
        "PAYDOUBLE_LED_HOSTS": " ".join(sorted(hosts)),
        "PAYDOUBLE_LED_TO": f"{address.hostname}:{address.port}",
        "PAYDOUBLE_CA_FILE": str(authority),
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "NODE_OPTIONS": " ".join(filter(None, options)),
    }


def _copy(source: Path, folder: Path) -> Path:
    """For this run alone: an upgrade of the package under way changes nothing."""
    copy = folder / source.name
    copy.write_bytes(source.read_bytes())
    return copy


def _quoted(path: Path) -> str:
    """As Node reads NODE_OPTIONS."""
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
