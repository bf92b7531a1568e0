"""Doors on free ports, which must leave nothing behind."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from paydouble.server.serving import RunningServer
from paydouble.server.settings import Settings
from tests.unit.server.rig import FakeSimulator, Start


@pytest.fixture
def simulator() -> FakeSimulator:
    return FakeSimulator()


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One authority for all: making one takes a while."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
async def start(simulator: FakeSimulator, home: Path) -> AsyncIterator[Start]:
    """Starts servers, and after the test proves that they leave nothing behind."""
    before = asyncio.all_tasks()
    running: list[RunningServer] = []

    async def start_one(control: Any = None, **settings: Any) -> RunningServer:
        chosen = Settings(**{"port": 0, "tls_port": None, "home": home, **settings})
        server = await RunningServer.start(chosen, simulator, control)
        running.append(server)
        return server

    yield start_one
    for server in running:
        await server.stop(grace_s=0.2)
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    assert not left, f"tasks left behind: {left}"
    gc.collect()


@pytest.fixture
async def server(start: Start) -> RunningServer:
    return await start()
