"""Both backends, a source of identifiers, and the records that the tests keep."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from itertools import count
from pathlib import Path

import pytest

from paydouble.core.clock import Instant
from paydouble.core.ids import BASE62
from paydouble.store import open_store
from paydouble.store.protocol import Store
from paydouble.store.unit_of_work import UnitOfWork

NOW = Instant(1_700_000_000_000)


class CountingIds:
    def __init__(self) -> None:
        self._count = count(1)

    def token(self, length: int, alphabet: str = BASE62) -> str:
        return str(next(self._count)).rjust(length, "0")


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    opened = open_store("memory" if request.param == "memory" else f"sqlite:{tmp_path / 'store.db'}")
    yield opened
    await opened.close()


@pytest.fixture
def unit(store: Store) -> Callable[[], UnitOfWork]:
    """Makes units of work on one sandbox; timers are due in real time one second after business time."""
    ids = CountingIds()
    return lambda: UnitOfWork(
        store, "shop", ids=ids, now=lambda: NOW, real_due=lambda due: Instant(due + 1_000),
        cause={"request": "req_1"},
    )
