"""Guests of a server that is not furnished yet."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from paydouble.server.assembly import open_server
from paydouble.server.foyer import Foyer
from paydouble.server.settings import Settings

HEALTH = b"GET /_paydouble/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
CALL = b"GET /v1/balance HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer sk_test_paydouble_default\r\n\r\n"


async def answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
    return head + await reader.readexactly(int(length.partition(b":")[2]))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(port=0, tls_port=None, home=tmp_path)


async def test_a_call_that_comes_too_early_waits_and_is_answered(settings: Settings) -> None:
    foyer = await Foyer.open(settings)
    port = foyer.sockets["front"].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HEALTH)
    assert b'"starting"' in await answer(reader)
    writer.write(CALL)
    opened = await open_server(settings, foyer=foyer)
    try:
        assert opened.server.port == port
        assert b'"object": "balance"' in await answer(reader)
        later_reader, later_writer = await asyncio.open_connection("127.0.0.1", port)
        later_writer.write(HEALTH)
        assert b'"ok"' in await answer(later_reader)
        later_writer.close()
        await later_writer.wait_closed()
        writer.close()
        await writer.wait_closed()
    finally:
        await opened.close()


async def test_a_port_that_is_taken_is_told_at_once(settings: Settings) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with pytest.raises(OSError, match="in use"):
            await Foyer.open(Settings(port=taken, tls_port=None, home=settings.home))


async def test_a_house_that_never_gets_ready_leaves_nothing_open(settings: Settings) -> None:
    foyer = await Foyer.open(settings)
    port = foyer.sockets["front"].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(CALL)
    await asyncio.sleep(0)
    foyer.close()
    with pytest.raises(ConnectionError):
        await reader.readuntil(b"\r\n\r\n")
        raise ConnectionResetError
    writer.close()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)
