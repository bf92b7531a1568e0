"""Start and stop: ports, nothing left behind, no import before its time."""

from __future__ import annotations

import asyncio
import gc
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from paydouble.core.http import HttpRequest, HttpResponse
from paydouble.server.loop import loop_factory
from paydouble.server.metrics import Metrics
from paydouble.server.serving import RunningServer
from paydouble.server.settings import ListenAt, Settings
from tests.unit.server.rig import FakeSimulator, Start, a_request, exchange
from tests.unit.server.test_front_door import over_tls

GET = a_request("GET /v1/charges/ch_1 HTTP/1.1")


async def test_free_ports_are_taken_and_reported(start: Start) -> None:
    server = await start(tls_port=0, listen=(ListenAt("stripe", 0), ListenAt("alipay", 0)))
    assert list(server.ports) == ["front", "tls", "stripe", "alipay"]
    assert len(set(server.ports.values())) == 4
    assert server.url == f"http://127.0.0.1:{server.port}"
    assert server.url_of("stripe") == f"http://127.0.0.1:{server.ports['stripe']}"
    assert server.url_of("paypal") == server.url


async def test_a_provider_may_have_two_listeners(start: Start, simulator: FakeSimulator) -> None:
    server = await start(listen=(ListenAt("alipay", 0), ListenAt("alipay", 0)))
    assert list(server.ports) == ["front", "alipay", "alipay-2"]
    await exchange(server.ports["alipay-2"], GET)
    assert simulator.seen[0][0] == "alipay"


async def test_a_providers_own_listener_is_its_own_whatever_the_request_says(
    start: Start, simulator: FakeSimulator
) -> None:
    server = await start(listen=(ListenAt("alipay", 0),))
    await exchange(server.ports["alipay"], GET)
    assert simulator.seen[0][0] == "alipay"


@pytest.mark.parametrize("host", ["0.0.0.0", "localhost", "::1"])
async def test_the_url_can_be_reached_from_this_machine(start: Start, host: str) -> None:
    server = await start(host=host)
    address = server.url.removeprefix("http://").rpartition(":")[0].strip("[]")
    assert address == {"0.0.0.0": "127.0.0.1"}.get(host, host)
    _, writer = await asyncio.open_connection(address, server.port)
    writer.close()
    await writer.wait_closed()


async def test_a_taken_port_is_an_error_that_leaves_no_listener_open(start: Start, simulator: FakeSimulator) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="address already in use"):
            await start(listen=(ListenAt("stripe", taken.getsockname()[1]),))


async def test_a_listener_needs_a_loaded_provider(start: Start) -> None:
    with pytest.raises(ValueError, match="--listen names 'square'; loaded providers: stripe, paypal"):
        await start(listen=(ListenAt("square", 0),))


async def test_an_answer_under_way_is_finished_before_the_server_stops(
    server: RunningServer, simulator: FakeSimulator
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(request: HttpRequest) -> HttpResponse:
        begun.set()
        await go_on.wait()
        return HttpResponse(200, (), b"finished")

    simulator.serve_with = slowly
    answer = asyncio.create_task(exchange(server.port, GET))
    await begun.wait()
    stopping = asyncio.create_task(server.stop(grace_s=5))
    await asyncio.sleep(0)
    go_on.set()
    await stopping
    assert (await answer).endswith(b"finished")


async def test_what_takes_longer_than_its_grace_is_cancelled(
    server: RunningServer, simulator: FakeSimulator
) -> None:
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def forever(request: HttpRequest) -> HttpResponse:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        raise AssertionError

    simulator.serve_with = forever
    answer = asyncio.create_task(exchange(server.port, GET))
    await begun.wait()
    await server.stop(grace_s=0)
    assert cancelled.is_set()
    await asyncio.gather(answer, return_exceptions=True)


async def test_stop_ends_idle_silent_and_tls_connections_and_may_be_called_twice(server: RunningServer) -> None:
    reader, idle = await asyncio.open_connection("127.0.0.1", server.port)
    idle.write(GET.replace(b"Connection: close\r\n", b""))
    await reader.readuntil(b"well done")
    silent_reader, silent = await asyncio.open_connection("127.0.0.1", server.port)
    await over_tls(server, "localhost")
    async with asyncio.timeout(5):
        await server.stop()
        await server.stop()
        assert await asyncio.gather(reader.read(), silent_reader.read(), return_exceptions=True)
    for writer in (idle, silent):
        writer.transport.abort()
    with pytest.raises(OSError, match=r"(?i)connect"):
        await asyncio.open_connection("127.0.0.1", server.port)


@pytest.mark.parametrize("factory", [asyncio.new_event_loop, loop_factory()])
def test_a_loop_of_its_own_can_be_closed_right_after_stop(factory: object, home: Path) -> None:
    """As the pytest plugin does in its thread: nothing pending, nothing unclosed, on uvloop too."""
    simulator = FakeSimulator()

    async def life() -> None:
        server = await RunningServer.start(Settings(port=0, tls_port=0, home=home), simulator)
        try:
            assert b"well done" in await exchange(server.port, GET)
            assert b"well done" in await over_tls(server, "api.stripe.com")
            connect = b"CONNECT api.stripe.com:80 HTTP/1.1\r\n\r\n"
            assert b"well done" in await exchange(server.port, connect + GET)
            _, held = await asyncio.open_connection("127.0.0.1", server.port)
            held.write(GET.replace(b"Connection: close\r\n", b""))
        finally:
            await server.stop(grace_s=1)
        held.transport.abort()
        await asyncio.sleep(0)

    with asyncio.Runner(loop_factory=factory) as runner:    # type: ignore[arg-type]
        runner.run(life())
    gc.collect()
    assert len(simulator.seen) >= 3


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    program = "import sys, paydouble.server.serving, paydouble.server.transport; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert "aiohttp" in loaded
    for late in ("cryptography.x509", "pydantic", "jsonschema", "jsonschema_rs", "yaml", "jinja2", "rich", "difflib"):
        assert late not in loaded


# fmt: off
@pytest.mark.parametrize(("text", "expected"), [
    ("stripe=4801",             ListenAt("stripe", 4801)),
    ("stripe=0.0.0.0:4801",     ListenAt("stripe", 4801, "0.0.0.0")),
    ("stripe=[::1]:0",          ListenAt("stripe", 0, "::1")),
])
# fmt: on
def test_listen_is_read(text: str, expected: ListenAt) -> None:
    assert ListenAt.parse(text) == expected


@pytest.mark.parametrize("text", ["stripe", "=4801", "stripe=", "stripe=x", "stripe=70000", "stripe=a:-1", "stripe=²"])
def test_a_listen_that_cannot_be_read_shows_how_to_write_it(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not PROVIDER=\[HOST:\]PORT, as in stripe=4801"):
        ListenAt.parse(text)


def test_metrics_are_prometheus_text() -> None:
    metrics = Metrics()
    metrics.answered("stripe", 200, 0.25)
    metrics.answered("stripe", 200, 0.25)
    assert '\npaydouble_calls_total{provider="stripe",status="200"} 2\n' in metrics.text()
    assert '\npaydouble_call_seconds_total{provider="stripe"} 0.5\n' in metrics.text()
    assert "# TYPE paydouble_refused_total counter\n" in metrics.text()
