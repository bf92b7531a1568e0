"""The first bytes of a connection: TLS, CONNECT or HTTP; then it belongs to aiohttp's protocol for good."""

from __future__ import annotations

import asyncio
import logging
import weakref
from collections.abc import Awaitable, Callable, Coroutine
from enum import Enum, auto
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, cast

from paydouble.core.effect import ConnectFault
from paydouble.server.hello import HANDSHAKE_RECORD, read_hello
from paydouble.server.settings import PORT_MAX, ProxyOthers
from paydouble.server.sockets import reset
from paydouble.server.tunnel import Relay, open_tunnel

if TYPE_CHECKING:
    from aiohttp import web

    from paydouble.core.effect import Connect
    from paydouble.server.metrics import Metrics
    from paydouble.server.tls import Contexts
    from paydouble.server.which import Which

CONNECTIONS_MAX: Final = 10_000
FIRST_BYTES_TIMEOUT_S: Final = 10.0
HEAD_BYTES_MAX: Final = 16_384

_CONNECT: Final = b"CONNECT "
_HEAD_END: Final = b"\r\n\r\n"
_GOODBYE_S: Final = 1.0
_ESTABLISHED: Final = b"HTTP/1.1 200 Connection established\r\n\r\n"
_SETTLE_TURNS_MAX: Final = 1_000

_log = logging.getLogger(__name__)


Fate = Callable[[], Awaitable["Connect | None"]]


class FrontDoor:
    """What the connections of one listener share; called for the protocol of each new one."""

    def __init__(
        self, name: str, *, http: web.Server, contexts: Contexts, which: Which, others: ProxyOthers,
        metrics: Metrics, first_bytes_timeout_s: float = FIRST_BYTES_TIMEOUT_S,
        connections_max: int = CONNECTIONS_MAX, fate: Fate | None = None,
    ) -> None:
        """`fate` is asked of each connection what becomes of it."""
        self.name = name
        self.http = http
        self.contexts = contexts
        self.which = which
        self.others = others
        self.metrics = metrics
        self.first_bytes_timeout_s = first_bytes_timeout_s
        self.connections_max = connections_max
        self.fate = fate
        self._undecided: set[_Arrival] = set()
        self._transports: weakref.WeakSet[asyncio.Transport] = weakref.WeakSet()
        self._tasks: set[asyncio.Task[None]] = set()

    def __call__(self) -> asyncio.Protocol:
        return _Arrival(self)

    def enter(self, arrival: _Arrival, transport: asyncio.Transport) -> bool:
        """False where there are too many already."""
        self.metrics.accepted(self.name)
        self.watch(transport)
        if len(self._undecided) + len(self.http.connections) >= self.connections_max:
            self.metrics.refused("too_many_connections")
            return False
        self._undecided.add(arrival)
        return True

    def watch(self, transport: asyncio.Transport) -> None:
        """So that it is closed with the door."""
        self._transports.add(transport)

    def decided(self, arrival: _Arrival) -> None:
        self._undecided.discard(arrival)

    def run(self, work: Coroutine[None, None, None]) -> None:
        """In a task that ends with the door."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def wind_down(self) -> None:
        """Idle connections end now, busy ones after their answer."""
        self.http.pre_shutdown()
        for arrival in tuple(self._undecided):
            arrival.leave()

    async def close(self) -> None:
        """Ends every connection at once, and returns when none of their tasks is left."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for transport in tuple(self._transports):
            transport.abort()
        for _ in range(_SETTLE_TURNS_MAX):
            await asyncio.sleep(0)
            if not self.http.connections:
                break


class _Stage(Enum):
    MEETING = auto()
    """Its fate is being decided: what arrives is kept."""
    LOOKING = auto()
    SHAKING = auto()
    """Hands, or waiting for a tunnel: what arrives is kept."""
    GONE = auto()


class _Arrival(asyncio.Protocol):
    """A connection about which nothing is known yet."""

    def __init__(self, door: FrontDoor) -> None:
        self._door = door
        self._seen = bytearray()
        self._stage = _Stage.LOOKING
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._asked_for = ""
        """The host of CONNECT."""
        self._fault: ConnectFault | None = None
        """Of the handshake."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if not self._door.enter(self, self._transport):
            self._stage = _Stage.GONE
            self._transport.close()
            return
        timeout = self._door.first_bytes_timeout_s
        self._timer = asyncio.get_running_loop().call_later(timeout, self._too_slow)
        if self._door.fate is not None:
            self._stage = _Stage.MEETING
            self._door.run(self._meet(self._door.fate))

    def data_received(self, data: bytes) -> None:
        if self._stage is _Stage.GONE:
            return
        self._seen += data
        if self._stage is _Stage.LOOKING:
            self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        self._decided(_Stage.GONE)

    def leave(self) -> None:
        """Closes it, whatever it was about to become."""
        self._decided(_Stage.GONE)
        if self._transport is not None:
            self._transport.close()

    async def _meet(self, fate: Fate) -> None:
        connect = await fate()
        if self._stage is not _Stage.MEETING:
            return
        self._stage = _Stage.LOOKING
        match connect.fault if connect is not None else None:
            case ConnectFault.REFUSE:
                # Too late to refuse it as a closed port does; the client sees its connection reset.
                self._decided(_Stage.GONE)
                assert self._transport is not None
                reset(self._transport)
            case ConnectFault.ACCEPT_THEN_SILENCE:
                assert connect is not None
                self._say_nothing(connect.hold / 1_000)
            case fault:
                self._fault = fault
                self._look()

    def _say_nothing(self, seconds: float) -> None:
        assert self._timer is not None
        self._timer.cancel()
        self._stage = _Stage.SHAKING
        self._timer = asyncio.get_running_loop().call_later(seconds, self.leave)

    def _look(self) -> None:
        seen = self._seen
        if not seen:
            return
        if seen[0] == HANDSHAKE_RECORD:
            hello = read_hello(bytes(seen))
            if hello.complete and self._fault is ConnectFault.TLS_CLOSED:
                self.leave()
            elif hello.complete:
                self._stage = _Stage.SHAKING
                self._door.run(self._shake_hands(hello.server_name or self._asked_for))
        elif seen[: len(_CONNECT)] == _CONNECT[: len(seen)]:
            if len(seen) >= len(_CONNECT):
                self._read_connect()
        else:
            self._hand_over()

    def _read_connect(self) -> None:
        end = self._seen.find(_HEAD_END)
        if end < 0:
            if len(self._seen) > HEAD_BYTES_MAX:
                self._refuse(431, "head_too_large", "the head of CONNECT is too long")
            return
        address = _address(bytes(self._seen[:end]).partition(b"\r\n")[0])
        del self._seen[: end + len(_HEAD_END)]
        if address is None or self._asked_for:
            self._refuse(400, "bad_connect", "CONNECT wants host:port, once")
            return
        host, port = address
        if self._door.which.by_host(host):
            self._asked_for = host
            assert self._transport is not None
            self._transport.write(_ESTABLISHED)
            self._look()
        elif self._door.others is ProxyOthers.PASS:
            self._stage = _Stage.SHAKING
            self._door.run(self._pass(host, port))
        else:
            self._refuse(403, "not_a_provider", _others_refused(host))

    def _hand_over(self) -> None:
        """Plain HTTP: aiohttp goes on as if it had accepted the connection itself."""
        assert self._transport is not None
        self._decided(_Stage.GONE)
        self._give(self._transport)

    def _give(self, transport: asyncio.Transport) -> None:
        handler = self._door.http()
        transport.set_protocol(handler)
        handler.connection_made(transport)
        if self._seen:
            handler.data_received(bytes(self._seen))

    async def _shake_hands(self, name: str) -> None:
        """The context is chosen first: one swapped in during a handshake keeps the old verify_mode."""
        loop, plain = asyncio.get_running_loop(), self._transport
        assert plain is not None
        try:
            contexts, fault = self._door.contexts, self._fault
            context = contexts.of(name) if fault is None else contexts.spoiled(fault, name)
        except (OSError, ValueError):
            _log.exception("no TLS: the certificate authority of this machine cannot be used")
            self._refuse_quietly("no_authority")
            return
        first, self._seen = bytes(self._seen), bytearray()
        try:
            # start_tls makes its protocol's connection in the next turn of the loop; what we read follows it.
            loop.call_soon(loop.call_soon, self._feed, plain, first)
            tls = await loop.start_tls(
                plain, self, context, server_side=True,
                ssl_handshake_timeout=self._door.first_bytes_timeout_s, ssl_shutdown_timeout=_GOODBYE_S,
            )
        except OSError:
            self._refuse_quietly("handshake")
            return
        lost = self._stage is _Stage.GONE
        self._decided(_Stage.GONE)
        if tls is not None and not lost:
            self._give(tls)

    def _feed(self, plain: asyncio.Transport, first: bytes) -> None:
        protocol = plain.get_protocol()
        if protocol is self:
            return
        handshake = cast(asyncio.BufferedProtocol, protocol)
        while first and not plain.is_closing():
            room = memoryview(handshake.get_buffer(len(first)))
            taken = min(len(room), len(first))
            room[:taken] = first[:taken]
            handshake.buffer_updated(taken)
            first = first[taken:]

    async def _pass(self, host: str, port: int) -> None:
        client = self._transport
        assert client is not None
        client.pause_reading()
        try:
            upstream = await open_tunnel(client, host, port, greeting=_ESTABLISHED)
        except (OSError, ValueError) as error:
            self._refuse(502, "unreachable", f"{host}:{port} cannot be reached: {error}")
            return
        self._door.watch(upstream)
        lost = self._stage is _Stage.GONE
        self._decided(_Stage.GONE)
        if lost:
            upstream.close()
            return
        client.set_protocol(Relay(upstream))
        upstream.write(bytes(self._seen))
        client.resume_reading()

    def _refuse(self, status: int, code: str, message: str) -> None:
        self._door.metrics.refused(code)
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(_refusal(status, code, message))
        self.leave()

    def _refuse_quietly(self, reason: str) -> None:
        self._door.metrics.refused(reason)
        self._decided(_Stage.GONE)
        if self._transport is not None:
            self._transport.abort()

    def _too_slow(self) -> None:
        self._timer = None
        if self._stage is _Stage.LOOKING:
            self._door.metrics.refused("too_slow")
            self.leave()

    def _decided(self, stage: _Stage) -> None:
        self._stage = stage
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._door.decided(self)


def _address(line: bytes) -> tuple[str, int] | None:
    """From "CONNECT host:port HTTP/1.1"; None for anything else."""
    parts = line.split(b" ")
    if len(parts) != 3 or not parts[2].startswith(b"HTTP/1.") or not parts[1].isascii():
        return None
    host, _, port = parts[1].decode("ascii").rpartition(":")
    host = host.removeprefix("[").removesuffix("]").lower()
    if not host or not port.isdigit() or not 0 < int(port) <= PORT_MAX:
        return None
    return host, int(port)


def _others_refused(host: str) -> str:
    return f"{host} is no provider of PayDouble; --proxy-others pass lets it through"


def _refusal(status: int, code: str, message: str) -> bytes:
    """Many clients show only the status line of a failed CONNECT, so that it says why."""
    import json

    body = json.dumps({"error": {"code": code, "message": message, "help": ""}}).encode("ascii")
    reason = message if message.isascii() and message.isprintable() else HTTPStatus(status).phrase
    return (
        f"HTTP/1.1 {status} {reason}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    ).encode("ascii") + body
