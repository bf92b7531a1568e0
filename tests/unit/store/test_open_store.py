"""Which store a setting names."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from paydouble.store import open_store
from paydouble.store.memory import MemoryStore
from paydouble.store.sqlite import SqliteStore


async def test_memory_and_sqlite_are_opened(tmp_path: Path) -> None:
    assert isinstance(open_store("memory"), MemoryStore)
    store = open_store(f"sqlite:{tmp_path / 'deep' / 'store.db'}")
    assert isinstance(store, SqliteStore)
    await store.close()


@pytest.mark.parametrize("spec", ["", "redis://x", "sqlite:", "postgresql://localhost/x"])
def test_anything_else_is_refused_with_what_may_be_used(spec: str) -> None:
    with pytest.raises(ValueError, match="sqlite:PATH"):
        open_store(spec)


def test_the_memory_store_does_not_load_sqlite() -> None:
    script = (
        "import sys; from paydouble.store import open_store; open_store('memory');"
        " print('sqlite3' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
