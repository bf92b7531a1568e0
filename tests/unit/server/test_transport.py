"""Callbacks go where they may, as they were signed, within their time."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from paydouble.core.delivery import Blocked, HungUp, TimedOut, Transport, Unreachable
from paydouble.core.effect import Disconnect
from paydouble.core.http import Headers, HttpRequest
from paydouble.engine.keyring import tls_ca
from paydouble.server.reach import Reach, may_call
from paydouble.server.transport import ANSWER_BYTES_MAX, HttpTransport

Receive = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\nsuccess"


class Receiver:
    """A merchant's endpoint that keeps the bytes it got, and answers with `answer`."""

    def __init__(self) -> None:
        self.answer: bytes | None = OK
        self.got: list[bytes] = []
        self.connections = 0
        self.closed = asyncio.Event()
        self._writers: list[asyncio.StreamWriter] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
                self.got.append(head)
                self.got[-1] += await reader.readexactly(length)
                if self.answer is not None:
                    writer.write(self.answer)
        except asyncio.IncompleteReadError as error:
            if error.partial:
                self.got[-1] += error.partial
        except ConnectionError:
            pass
        finally:
            self.closed.set()
            writer.close()

    def hang_up(self) -> None:
        for writer in self._writers:
            writer.transport.abort()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.hang_up()


@pytest.fixture
async def port(receiver: Receiver) -> AsyncIterator[int]:
    server = await asyncio.start_server(receiver, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


@pytest.fixture
async def transport() -> AsyncIterator[HttpTransport]:
    transport = HttpTransport()
    yield transport
    await transport.close()


def post(url: str, body: bytes = b'{"id": "evt_1"}', *headers: tuple[str, str]) -> HttpRequest:
    return HttpRequest(method="POST", target=url, headers=Headers(headers), body=body)


def test_it_is_what_the_courier_asks_for() -> None:
    transport: Transport = HttpTransport()
    assert transport is not None


async def test_bytes_and_headers_leave_as_they_were_signed(
    transport: HttpTransport, receiver: Receiver, port: int
) -> None:
    headers = (("User-Agent", "Mozilla/4.0"), ("Wechatpay-Signature", "abc="), ("content-TYPE", "application/json"))
    answer = await transport.send(post(f"http://127.0.0.1:{port}/cb/%7C|?a=%2f&b", b"{}", *headers), 5_000)
    head, _, body = receiver.got[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /cb/%7C|?a=%2f&b HTTP/1.1"
    assert {f"{name}: {value}" for name, value in headers} <= set(lines)
    assert {line.partition(":")[0] for line in lines[1:]} == {
        "Host", "User-Agent", "Wechatpay-Signature", "content-TYPE", "Content-Length",
    }
    assert body == b"{}"
    assert (answer.status, answer.body, answer.header("content-type")) == (200, b"success", "text/plain")


async def test_connections_are_used_again(transport: HttpTransport, receiver: Receiver, port: int) -> None:
    for _ in range(5):
        await transport.send(post(f"http://localhost:{port}/"), 5_000)
    assert (len(receiver.got), receiver.connections) == (5, 1)


async def test_redirects_are_answers(transport: HttpTransport, receiver: Receiver, port: int) -> None:
    receiver.answer = b"HTTP/1.1 302 Found\r\nLocation: http://8.8.8.8/\r\nContent-Length: 0\r\n\r\n"
    assert (await transport.send(post(f"http://127.0.0.1:{port}/"), 5_000)).status == 302


async def test_cookies_are_forgotten_and_the_environments_proxy_is_not_asked(
    transport: HttpTransport, receiver: Receiver, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    receiver.answer = OK.replace(b"\r\n\r\n", b"\r\nSet-Cookie: a=b\r\n\r\n")
    for _ in range(2):
        await transport.send(post(f"http://localhost:{port}/"), 5_000)
    assert b"Cookie" not in receiver.got[1]


async def test_an_endless_answer_is_cut(transport: HttpTransport, receiver: Receiver, port: int) -> None:
    receiver.answer = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (ANSWER_BYTES_MAX * 4)
    answer = await transport.send(post(f"http://127.0.0.1:{port}/"), 5_000)
    assert answer.body == b"x" * ANSWER_BYTES_MAX


async def test_no_answer_in_time_is_a_timeout(transport: HttpTransport, receiver: Receiver, port: int) -> None:
    receiver.answer = None
    with pytest.raises(TimedOut, match="no answer within 30 ms"):
        await transport.send(post(f"http://127.0.0.1:{port}/"), 30)
    assert receiver.got


async def test_half_an_answer_in_time_is_a_timeout(transport: HttpTransport, receiver: Receiver, port: int) -> None:
    receiver.answer = OK[:-3]
    with pytest.raises(TimedOut):
        await transport.send(post(f"http://127.0.0.1:{port}/"), 30)


async def test_waiting_for_a_free_connection_costs_no_time_of_the_receivers(receiver: Receiver, port: int) -> None:
    transport = HttpTransport(connections_per_host=1)
    receiver.answer = None
    sends = [asyncio.create_task(transport.send(post(f"http://127.0.0.1:{port}/"), 60)) for _ in range(3)]
    results = await asyncio.gather(*sends, return_exceptions=True)
    assert [type(result) for result in results] == [TimedOut] * 3
    assert len(receiver.got) == 3
    await transport.close()


@pytest.mark.parametrize("answer", [b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"])
async def test_an_answer_that_is_none_is_unreachable(
    transport: HttpTransport, receiver: Receiver, port: int, answer: bytes
) -> None:
    receiver.answer = answer
    with pytest.raises(Unreachable):
        await transport.send(post(f"http://127.0.0.1:{port}/"), 5_000)


async def test_a_port_that_nobody_listens_on_is_unreachable(transport: HttpTransport) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(Unreachable, match=r"(?i)connect"):
            await transport.send(post(f"http://127.0.0.1:{unused.getsockname()[1]}/"), 5_000)


# fmt: off
@pytest.mark.parametrize(("address", "allowed"), [
    ("127.0.0.1",               True),
    ("127.8.8.8",               True),
    ("::1",                     True),
    ("10.1.2.3",                True),
    ("172.16.0.1",              True),
    ("172.31.255.255",          True),
    ("172.32.0.1",              False),
    ("192.168.1.1",             True),
    ("fd00::1",                 True),
    ("::ffff:127.0.0.1",        True),
    ("::ffff:8.8.8.8",          False),
    ("::ffff:169.254.169.254",  False),
    ("8.8.8.8",                 False),
    ("169.254.169.254",         False),
    ("fe80::1%1",               False),
    ("fd00:ec2::254",           False),
    ("0.0.0.0",                 False),
    ("::",                      False),
    ("100.64.0.1",              False),
    ("100.100.100.200",         False),
    ("224.0.0.1",               False),
    ("2001:4860:4860::8888",    False),
    ("64:ff9b::7f00:1",         False),
    ("2002:7f00:1::",           False),
])
# fmt: on
def test_only_loopback_and_private_networks_may_be_called(address: str, allowed: bool) -> None:
    assert may_call(address) is allowed


@pytest.mark.parametrize("url", [
    "http://8.8.8.8/", "http://169.254.169.254/latest/meta-data", "http://[::ffff:8.8.8.8]/", "http://[fe80::1]/",
    "http://134744072/", "http://0x08.8.8.8/", "http://010.8.8.8/", "http://2852039166/", "http://0.0.0.0/", "http://2130706433/", "http://0177.1/",
    "http://127.0.0.1@8.8.8.8/", "https://8.8.8.8/",
    "ftp://127.0.0.1/", "file:///etc/passwd", "127.0.0.1/", "http://", "http://127.0.0.1:99999/", "",
])
@pytest.mark.parametrize("disconnect", [None, Disconnect.MID_BODY])
async def test_what_may_not_be_called_is_blocked_however_it_is_written(
    transport: HttpTransport, url: str, disconnect: Disconnect | None
) -> None:
    with pytest.raises(Blocked):
        await transport.send(post(url), 5_000, disconnect=disconnect)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"])
async def test_loopback_is_called(transport: HttpTransport, receiver: Receiver, port: int, host: str) -> None:
    assert (await transport.send(post(f"http://{host}:{port}/"), 5_000)).status == 200


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Makes every name resolve to these, one look-up each, the last for good; returns the names asked for."""
    asked: list[str] = []

    async def getaddrinfo(self: object, host: str, port: int, **rest: object) -> list[tuple[object, ...]]:
        address = addresses[min(len(asked), len(addresses) - 1)]
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "getaddrinfo", getaddrinfo)
    return asked


async def test_a_name_that_resolves_to_the_world_is_blocked_and_told_what_permits_it(
    transport: HttpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolving(monkeypatch, "8.8.8.8")
    with pytest.raises(Blocked, match=r"shop\.example \(8\.8\.8\.8\) .* --allow-host shop\.example permits it"):
        await transport.send(post("http://shop.example/"), 5_000)


async def test_a_name_that_changes_its_address_is_asked_once_and_held_to_its_answer(
    transport: HttpTransport, receiver: Receiver, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = resolving(monkeypatch, "127.0.0.1", "8.8.8.8")
    assert (await transport.send(post(f"http://rebind.example:{port}/"), 5_000)).status == 200
    assert asked == ["rebind.example"]
    with pytest.raises(Blocked):
        await transport.send(post(f"http://rebind.example:{port + 1}/"), 5_000)


@pytest.mark.parametrize(("pattern", "host", "allowed"), [
    ("shop.example", "Shop.Example", True),
    ("*.shop.example", "a.shop.example", True),
    ("*.shop.example", "shop.example", False),
    ("shop.example", "shop.example.evil.test", False),
    ("8.8.8.8", "8.8.8.8", True),
])
async def test_hosts_are_allowed_by_pattern(
    monkeypatch: pytest.MonkeyPatch, pattern: str, host: str, allowed: bool
) -> None:
    resolving(monkeypatch, "8.8.8.8")
    reach = Reach([pattern])
    if allowed:
        assert (await reach.resolve(host, 80))[0]["host"] == "8.8.8.8"
    else:
        with pytest.raises(Blocked):
            await reach.resolve(host, 80)


async def test_a_name_without_an_address_is_unreachable(transport: HttpTransport) -> None:
    with pytest.raises(Unreachable, match=r"nowhere\.invalid has no address"):
        await transport.send(post("http://nowhere.invalid/"), 5_000)


async def test_hanging_up_in_the_middle_of_the_body(transport: HttpTransport, receiver: Receiver, port: int) -> None:
    with pytest.raises(HungUp, match="mid_body"):
        await transport.send(post(f"http://127.0.0.1:{port}/", b"0123456789"), 5_000, disconnect=Disconnect.MID_BODY)
    await receiver.closed.wait()
    head, _, body = receiver.got[0].partition(b"\r\n\r\n")
    assert b"Content-Length: 10" in head
    assert body == b"01234"


async def test_hanging_up_before_the_acknowledgement_is_read(
    transport: HttpTransport, receiver: Receiver, port: int
) -> None:
    with pytest.raises(HungUp, match="before_reading_ack"):
        await transport.send(
            post(f"http://localhost:{port}/", b"0123456789"), 5_000, disconnect=Disconnect.BEFORE_READING_ACK
        )
    await receiver.closed.wait()
    assert receiver.got[0].endswith(b"\r\n\r\n0123456789")


@pytest.mark.parametrize("disconnect", [None, Disconnect.BEFORE_READING_ACK])
async def test_https_is_verified_against_our_own_authority_too(
    receiver: Receiver, home: Path, tmp_path: Path, disconnect: Disconnect | None
) -> None:
    authority = tls_ca(home)
    key = tmp_path / "receiver.pem"
    key.write_text("".join(authority.issue(["localhost"])))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(key)
    server = await asyncio.start_server(receiver, "127.0.0.1", 0, ssl=context)
    url = f"https://localhost:{server.sockets[0].getsockname()[1]}/"
    strict = HttpTransport()
    with pytest.raises(Unreachable, match="certificate"):
        await strict.send(post(url), 5_000, disconnect=disconnect)
    trusting = HttpTransport(ca_certificate_pem=lambda: authority.certificate_pem)
    if disconnect:
        with pytest.raises(HungUp):
            await trusting.send(post(url), 5_000, disconnect=disconnect)
    else:
        assert (await trusting.send(post(url), 5_000)).status == 200
    await strict.close()
    await trusting.close()
    server.close()
