"""What every test may ask for: a server with all providers, and one with the toy provider alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import cryptography.x509  # noqa: F401 - by one thread, before the server's and a test's own need it at once
import pytest

from paydouble.client.inbox import Inbox
from paydouble.client.sandbox import Sandbox
from paydouble.server.settings import Settings
from paydouble.testing.in_process import InProcessServer, PaydoubleServer
from tests import toy
from tests.toy_shop import Shop, verify


@pytest.fixture(scope="session", autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The authority for TLS is made in a folder of this run, never in its user's home."""
    before = os.environ.get("PAYDOUBLE_HOME")
    os.environ["PAYDOUBLE_HOME"] = str(tmp_path_factory.mktemp("paydouble-home"))
    yield
    if before is None:
        del os.environ["PAYDOUBLE_HOME"]
    else:
        os.environ["PAYDOUBLE_HOME"] = before


@pytest.fixture(scope="session")
def paydouble_server() -> Iterator[PaydoubleServer]:
    """The plugin's, but strict: an answer that breaks its contract fails the audit of its sandbox."""
    with InProcessServer(Settings(port=0, tls_port=None, seed=0, strict=True)) as running:
        server = PaydoubleServer(running.url)
        yield server
        server.close()


@pytest.fixture(scope="session")
def server(paydouble_server: PaydoubleServer) -> PaydoubleServer:
    """All providers: `.url`, and `.sandbox()` for a test's own world."""
    return paydouble_server


@pytest.fixture(scope="session")
def toy_server() -> Iterator[PaydoubleServer]:
    """The toy provider alone, so that a test of the engine depends on no real one."""
    with InProcessServer(providers=[toy.build({})], contracts=toy.CONTRACTS) as running:
        server = PaydoubleServer(running.url)
        yield server
        server.close()


@pytest.fixture
def toy_sandbox(toy_server: PaydoubleServer) -> Iterator[Sandbox]:
    """This test's own world, whose clock stands."""
    sandbox = toy_server.sandbox(clock="frozen", start="2026-03-01T12:00:00Z")
    yield sandbox
    sandbox.delete()


@pytest.fixture
def toy_shop(toy_sandbox: Sandbox) -> Iterator[Shop]:
    """A merchant of the toy provider in that world."""
    with Shop(toy_sandbox) as shop:
        yield shop


@pytest.fixture
def toy_inbox(toy_sandbox: Sandbox) -> Iterator[Inbox]:
    """Its receiver."""
    with Inbox(toy_sandbox.credentials, verifiers={toy.NAME: verify}) as inbox:
        yield inbox


@pytest.fixture
def here() -> Path:
    """The top of the repository."""
    return Path(__file__).parent.parent
