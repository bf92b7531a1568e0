"""contracts/index.json: the table of contents for readers who have only the files."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from paydouble.contracts.shipped import root as shipped

INDEX = "index.json"


def build_index(root: Path) -> dict[str, object]:
    """Every contract under `root`: id, place, digest, evidence, and the documents inside its documents."""
    entries = [_entry(root, path) for path in sorted(root.rglob("*.schema.json"))]
    return {"contracts": entries}


def index_text(root: Path) -> str:
    """The file as it must stand in the repository."""
    return json.dumps(build_index(root), indent=2, ensure_ascii=False) + "\n"


def write_index(root: Path) -> None:
    """Brings contracts/index.json up to date."""
    (root / INDEX).write_text(index_text(root), encoding="utf-8")


def _entry(root: Path, path: Path) -> dict[str, object]:
    text = path.read_bytes()
    schema = json.loads(text)
    provider, api, *between, name = path.relative_to(root).parts
    match between:
        case ["events", event]:
            place = {"event": event}
        case [operation]:
            place = {"operation": operation}
        case _:
            place = {}
    return {
        "id": schema["$id"],
        "provider": provider,
        "api": api,
        **place,
        "part": name.removesuffix(".schema.json"),
        "sha256": hashlib.sha256(text).hexdigest(),
        "evidence": schema["x-evidence"],
        **({"inner": schema["x-inner"]} if "x-inner" in schema else {}),
    }


if __name__ == "__main__":
    write_index(shipped("contracts"))
