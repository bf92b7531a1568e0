"""Where records live: the stores, and which of them a setting names."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paydouble.store.protocol import Store

SQLITE_PREFIX = "sqlite:"


def open_store(spec: str) -> Store:
    """Opens "memory" or "sqlite:PATH". Raises ValueError for anything else."""
    if spec == "memory":
        from paydouble.store.memory import MemoryStore

        return MemoryStore()
    if spec.startswith(SQLITE_PREFIX) and len(spec) > len(SQLITE_PREFIX):
        from paydouble.store.sqlite import SqliteStore

        return SqliteStore(spec.removeprefix(SQLITE_PREFIX))
    if spec.startswith(("postgresql://", "postgres://")):
        raise ValueError("this version has no PostgreSQL store; use sqlite:PATH to keep records on disk")
    raise ValueError(f"{spec!r} is not a store; use memory or sqlite:PATH")
