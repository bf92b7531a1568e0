"""A server as users start it: on a strict one, every rule of every file would have to fire."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from paydouble.testing.in_process import InProcessServer, PaydoubleServer


@pytest.fixture(scope="session")
def server() -> Iterator[PaydoubleServer]:
    with InProcessServer() as running:
        opened = PaydoubleServer(running.url)
        yield opened
        opened.close()
