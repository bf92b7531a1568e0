"""Each fault's symptom: on the raw socket, and as the common clients report it."""

from __future__ import annotations

import asyncio
import ssl
import time

import aiohttp
import pytest
import requests

from paydouble.core.clock import Duration
from paydouble.core.effect import Break, NetworkFault
from paydouble.core.http import HttpResponse
from paydouble.server.serving import RunningServer
from tests.unit.server.rig import FakeSimulator, a_request

BODY = b'{"id": "ch_1", "paid": true}'
CHARGE = a_request("POST /v1/charges HTTP/1.1", body=b"amount=100")
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
SHORT = Duration(30)
LONG = Duration(3_600_000)


def broken(fault: NetworkFault, *, hold: Duration = SHORT, cut_after: int = 10) -> HttpResponse:
    how = Break(fault, hold=hold, cut_after=cut_after, chunk=5, over=Duration(20))
    return HttpResponse(200, (("Content-Type", "application/json"),), BODY, how)


async def seen_on_the_socket(port: int, tls: ssl.SSLContext | None = None, connect: bool = False) -> bytes | str:
    """All bytes until an orderly end; "reset" where there was none."""
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=tls, server_hostname="localhost" if tls else None
    )
    if connect:
        writer.write(b"CONNECT api.stripe.com:80 HTTP/1.1\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
    try:
        writer.write(CHARGE)
        async with asyncio.timeout(5):
            return await reader.read()
    except ConnectionResetError:
        return "reset"
    except (ssl.SSLError, asyncio.IncompleteReadError):
        return "unexpected end"
    finally:
        writer.transport.abort()


# fmt: off
SYMPTOMS = [
    # fault                         begins with     ends with
    (NetworkFault.TIMEOUT,          b"",            b""),
    (NetworkFault.SLOW_HEADERS,     HEAD,           b"\r\n\r\n"),
    (NetworkFault.DROP_CONNECTION,  b"",            b""),
    (NetworkFault.EMPTY_REPLY,      b"",            b""),
    (NetworkFault.TRUNCATE,         HEAD,           b"\r\n\r\n" + BODY[:10]),
    (NetworkFault.DRIBBLE,          HEAD,           b"\r\n\r\n" + BODY),
    (NetworkFault.GARBAGE,          HEAD,           b"\r\n\r\nzz\r\nthis is no chunk\r\n"),
]
# fmt: on


@pytest.mark.parametrize("connect", [False, True], ids=["plain", "CONNECT"])
@pytest.mark.parametrize(("fault", "begins", "ends"), SYMPTOMS)
async def test_what_a_fault_puts_on_the_wire(
    server: RunningServer, simulator: FakeSimulator, fault: NetworkFault, begins: bytes, ends: bytes, connect: bool
) -> None:
    simulator.answer = broken(fault)
    seen = await seen_on_the_socket(server.port, connect=connect)
    assert isinstance(seen, bytes)
    assert seen.startswith(begins)
    assert seen.endswith(ends)
    assert bool(seen) == bool(begins)
    assert simulator.asked.body == b"amount=100"


@pytest.mark.parametrize(("fault", "begins", "ends"), SYMPTOMS)
async def test_the_same_over_tls(
    server: RunningServer, simulator: FakeSimulator, fault: NetworkFault, begins: bytes, ends: bytes
) -> None:
    simulator.answer = broken(fault)
    tls = ssl.create_default_context(cadata=server.ca_certificate_pem())
    seen = await seen_on_the_socket(server.port, tls)
    assert isinstance(seen, bytes)
    assert seen.startswith(begins)
    assert seen.endswith(ends)
    assert bool(seen) == bool(begins)


async def test_reset_is_a_true_rst(server: RunningServer, simulator: FakeSimulator) -> None:
    simulator.answer = broken(NetworkFault.RESET)
    assert await seen_on_the_socket(server.port) == "reset"
    assert await seen_on_the_socket(server.port, connect=True) == "reset"


async def test_reset_over_tls_is_a_reset_or_an_unexpected_end(
    server: RunningServer, simulator: FakeSimulator
) -> None:
    simulator.answer = broken(NetworkFault.RESET)
    tls = ssl.create_default_context(cadata=server.ca_certificate_pem())
    assert await seen_on_the_socket(server.port, tls) in ("reset", "unexpected end", b"")


async def test_a_truncated_answer_declares_its_full_length_and_is_never_whole(
    server: RunningServer, simulator: FakeSimulator
) -> None:
    simulator.answer = broken(NetworkFault.TRUNCATE, cut_after=1_000)
    seen = await seen_on_the_socket(server.port)
    assert isinstance(seen, bytes)
    assert b"Content-Length: %d\r\n" % len(BODY) in seen
    assert seen.endswith(BODY[:-1])


# fmt: off
REQUESTS_SYMPTOMS = [
    (NetworkFault.TIMEOUT,          requests.ReadTimeout),
    (NetworkFault.SLOW_HEADERS,     requests.ConnectionError),
    (NetworkFault.DROP_CONNECTION,  requests.ConnectionError),
    (NetworkFault.EMPTY_REPLY,      requests.ConnectionError),
    (NetworkFault.RESET,            requests.ConnectionError),
    (NetworkFault.TRUNCATE,         requests.exceptions.ChunkedEncodingError),
    (NetworkFault.GARBAGE,          requests.exceptions.ChunkedEncodingError),
]
AIOHTTP_SYMPTOMS = [
    (NetworkFault.TIMEOUT,          TimeoutError),
    (NetworkFault.SLOW_HEADERS,     TimeoutError),
    (NetworkFault.DROP_CONNECTION,  aiohttp.ServerDisconnectedError),
    (NetworkFault.EMPTY_REPLY,      aiohttp.ServerDisconnectedError),
    (NetworkFault.RESET,            (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError)),
    (NetworkFault.TRUNCATE,         aiohttp.ClientPayloadError),
    (NetworkFault.GARBAGE,          (aiohttp.ClientPayloadError, aiohttp.ClientResponseError)),
]
# fmt: on


@pytest.mark.parametrize(("fault", "error"), REQUESTS_SYMPTOMS)
async def test_what_requests_reports(
    server: RunningServer, simulator: FakeSimulator, fault: NetworkFault, error: type[Exception]
) -> None:
    simulator.answer = broken(fault, hold=LONG)

    def call() -> None:
        with requests.Session() as session:
            session.trust_env = False
            session.post(f"{server.url}/v1/charges", data="amount=1", timeout=0.3)

    with pytest.raises(error):
        await asyncio.to_thread(call)


@pytest.mark.parametrize(("fault", "error"), AIOHTTP_SYMPTOMS)
async def test_what_aiohttp_reports(
    server: RunningServer, simulator: FakeSimulator, fault: NetworkFault,
    error: type[Exception] | tuple[type[Exception], ...],
) -> None:
    simulator.answer = broken(fault, hold=LONG)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.3)) as session:
        with pytest.raises(error):
            async with session.post(f"{server.url}/v1/charges", data=b"amount=1") as answer:
                await answer.read()


async def test_a_dribble_is_the_right_answer_over_its_time_and_keeps_the_connection(
    server: RunningServer, simulator: FakeSimulator
) -> None:
    simulator.answer = broken(NetworkFault.DRIBBLE)
    async with aiohttp.ClientSession() as session:
        for _ in range(2):
            started = time.perf_counter()
            async with session.post(f"{server.url}/v1/charges") as answer:
                assert await answer.read() == BODY
            assert time.perf_counter() - started > 0.015
    assert 'paydouble_connections_total{listener="front"} 1\n' in server.doors.metrics.text()


@pytest.mark.parametrize("fault", [NetworkFault.TIMEOUT, NetworkFault.SLOW_HEADERS, NetworkFault.DRIBBLE])
async def test_a_held_connection_ends_with_its_client(
    server: RunningServer, simulator: FakeSimulator, fault: NetworkFault
) -> None:
    how = Break(fault, hold=LONG, over=LONG)
    simulator.answer = HttpResponse(200, (), BODY, how)
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(CHARGE)
    async with asyncio.timeout(5):
        while not server.doors._running:
            await asyncio.sleep(0)
        writer.close()
        await asyncio.wait(tuple(server.doors._running))


@pytest.mark.parametrize("fault", [NetworkFault.TIMEOUT, NetworkFault.SLOW_HEADERS, NetworkFault.DRIBBLE])
async def test_a_held_connection_ends_with_the_server_before_its_grace(
    server: RunningServer, simulator: FakeSimulator, fault: NetworkFault
) -> None:
    simulator.answer = HttpResponse(200, (), BODY, Break(fault, hold=LONG, over=LONG))
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(CHARGE)
    async with asyncio.timeout(5):
        while not server.doors._running:
            await asyncio.sleep(0)
        await server.stop(grace_s=60)
        assert not (await reader.read()).endswith(BODY)
    writer.close()
    await writer.wait_closed()


async def test_a_broken_answer_is_counted_as_none(server: RunningServer, simulator: FakeSimulator) -> None:
    simulator.answer = broken(NetworkFault.DROP_CONNECTION)
    await seen_on_the_socket(server.port)
    assert 'paydouble_calls_total{provider="stripe",status="0"} 1\n' in server.doors.metrics.text()
