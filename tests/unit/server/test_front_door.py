"""One port for plain HTTP, TLS by name, and CONNECT."""

from __future__ import annotations

import asyncio
import http.client
import socket
import ssl
from contextlib import suppress
from pathlib import Path

import pytest

from paydouble.engine.keyring import merchant_certificate, well_known
from paydouble.server.front_door import FrontDoor
from paydouble.server.serving import RunningServer
from paydouble.server.settings import ListenAt, ProxyOthers
from tests.unit.server.rig import FakeSimulator, Start, a_request, exchange

STRIPE = "api.stripe.com"
CHARGE = a_request("GET /v1/charges/ch_1 HTTP/1.1", f"Host: {STRIPE}")


def trusting(server: RunningServer) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=server.ca_certificate_pem())


async def over_tls(
    server: RunningServer, name: str, port: int = 0, request: bytes = CHARGE, context: ssl.SSLContext | None = None
) -> bytes:
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port or server.port, ssl=context or trusting(server), server_hostname=name
    )
    try:
        writer.write(request)
        async with asyncio.timeout(5):
            return await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize("name", [STRIPE, "api.mch.weixin.qq.com", "localhost", "127.0.0.1", "shop.localhost"])
async def test_tls_has_a_certificate_for_the_name_that_was_asked_for(server: RunningServer, name: str) -> None:
    assert (await over_tls(server, name)).startswith(b"HTTP/1.1 200 ")


async def test_tls_for_any_other_name_gets_the_certificate_of_localhost(server: RunningServer) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match=r"Hostname mismatch|not valid for 'example\.com'"):
        await over_tls(server, "example.com")


async def test_the_tls_port_and_a_providers_own_listener_speak_tls_too(
    start: Start, simulator: FakeSimulator
) -> None:
    server = await start(tls_port=0, listen=(ListenAt("paypal", 0),))
    assert server.tls_url == f"https://127.0.0.1:{server.ports['tls']}"
    await over_tls(server, STRIPE, server.ports["tls"])
    await over_tls(server, "localhost", server.ports["paypal"])
    assert [provider for provider, _ in simulator.seen] == ["stripe", "paypal"]


async def test_links_of_a_tls_caller_are_https(server: RunningServer, simulator: FakeSimulator) -> None:
    request = a_request("GET /v1/charges/ch_1 HTTP/1.1", f"Host: localhost:{server.port}")
    await over_tls(server, "localhost", request=request)
    assert simulator.asked.base_url == f"https://localhost:{server.port}"


async def test_a_hello_that_comes_in_pieces_is_waited_for(server: RunningServer) -> None:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trusting(server).wrap_bio(incoming, outgoing, server_hostname=STRIPE)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    hello = outgoing.read()
    for at in range(0, len(hello), 40):
        writer.write(hello[at : at + 40])
        await asyncio.sleep(0)
    while True:
        incoming.write(await reader.read(65_536))
        try:
            client.do_handshake()
            break
        except ssl.SSLWantReadError:
            continue
    assert client.version() == "TLSv1.3"
    writer.close()
    await writer.wait_closed()


async def test_a_client_that_shows_a_certificate_is_known_by_it(
    server: RunningServer, simulator: FakeSimulator, tmp_path: Path
) -> None:
    pem = merchant_certificate("1900004800", well_known())
    key = tmp_path / "client.pem"
    key.write_text(pem + well_known().private_pem("merchant"))
    context = trusting(server)
    context.load_cert_chain(key)
    await over_tls(server, STRIPE, context=context)
    assert simulator.asked.client_certificate == ssl.PEM_cert_to_DER_cert(pem)


async def test_a_client_without_a_certificate_is_served_as_well(
    server: RunningServer, simulator: FakeSimulator
) -> None:
    await over_tls(server, STRIPE)
    assert simulator.asked.client_certificate is None


async def test_connect_then_tls_reaches_the_provider_as_if_it_were_real(
    server: RunningServer, simulator: FakeSimulator
) -> None:
    def call() -> list[tuple[int, bytes]]:
        connection = http.client.HTTPSConnection("127.0.0.1", server.port, context=trusting(server), timeout=5)
        connection.set_tunnel(STRIPE, 443)
        answers = []
        for _ in range(3):
            connection.request("GET", "/v1/charges/ch_1")
            answer = connection.getresponse()
            answers.append((answer.status, answer.read()))
        connection.close()
        return answers

    assert await asyncio.to_thread(call) == [(200, b"well done")] * 3
    assert {request.base_url for _, request in simulator.seen} == {f"https://{STRIPE}"}
    assert 'connections_total{listener="front"} 1\n' in server.doors.metrics.text()


async def test_connect_to_port_80_of_a_provider_is_plain_http(
    server: RunningServer, simulator: FakeSimulator
) -> None:
    answer = await exchange(server.port, f"CONNECT {STRIPE}:80 HTTP/1.1\r\nHost: x\r\n\r\n".encode() + CHARGE)
    assert answer.startswith(b"HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 200 OK\r\n")


async def test_bytes_that_come_with_the_head_of_connect_reach_the_handshake(server: RunningServer) -> None:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trusting(server).wrap_bio(incoming, outgoing, server_hostname=STRIPE)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(f"CONNECT {STRIPE}:443 HTTP/1.1\r\n\r\n".encode() + outgoing.read())
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
    incoming.write(await reader.read(65_536))
    client.do_handshake()
    assert client.getpeercert()
    writer.close()
    await writer.wait_closed()


async def test_connect_without_sni_gets_the_certificate_of_the_host_of_connect(server: RunningServer) -> None:
    context = trusting(server)
    context.check_hostname = False
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(f"CONNECT {STRIPE}:443 HTTP/1.1\r\n\r\n".encode())
    await reader.readuntil(b"\r\n\r\n")
    await writer.start_tls(context, server_hostname="")
    names = writer.get_extra_info("peercert")["subjectAltName"]
    assert names == (("DNS", STRIPE),)
    writer.close()
    await writer.wait_closed()


async def test_other_hosts_are_refused_and_told_what_lets_them_through(server: RunningServer) -> None:
    answer = await exchange(server.port, b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n")
    status, _, _ = answer.partition(b"\r\n")
    assert status == b"HTTP/1.1 403 example.com is no provider of PayDouble; --proxy-others pass lets it through"


async def test_under_pass_other_hosts_get_a_tunnel_both_ways(start: Start) -> None:
    async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard = await reader.read()
        writer.write(heard.upper())
        writer.close()

    other = await asyncio.start_server(shout, "127.0.0.1", 0)
    server = await start(proxy_others=ProxyOthers.PASS)
    port = other.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    whisper = b"whisper" * 50_000
    writer.write(f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\n".encode() + whisper)
    writer.write_eof()
    async with asyncio.timeout(5):
        assert await reader.read() == b"HTTP/1.1 200 Connection established\r\n\r\n" + whisper.upper()
    writer.close()
    await writer.wait_closed()
    other.close()


async def test_a_host_that_speaks_first_is_heard_after_the_answer_to_connect(start: Start) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 ready")
        writer.close()

    other = await asyncio.start_server(greet, "127.0.0.1", 0)
    server = await start(proxy_others=ProxyOthers.PASS)
    connect = f"CONNECT 127.0.0.1:{other.sockets[0].getsockname()[1]} HTTP/1.1\r\n\r\n"
    assert await exchange(server.port, connect.encode()) == (
        b"HTTP/1.1 200 Connection established\r\n\r\n220 ready"
    )
    other.close()


async def test_under_pass_an_unreachable_host_is_a_bad_gateway(start: Start) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        server = await start(proxy_others=ProxyOthers.PASS)
        port = unused.getsockname()[1]
        answer = await exchange(server.port, f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 502 ")
    too_long = f"CONNECT {'a' * 70}.example:443 HTTP/1.1\r\n\r\n"
    assert (await exchange(server.port, too_long.encode())).startswith(b"HTTP/1.1 502 ")


@pytest.mark.parametrize(("raw", "status"), [
    (b"CONNECT nonsense HTTP/1.1\r\n\r\n", b"400"),
    (b"CONNECT :443 HTTP/1.1\r\n\r\n", b"400"),
    (b"CONNECT api.stripe.com:0 HTTP/1.1\r\n\r\n", b"400"),
    (b"CONNECT api.stripe.com:99999 HTTP/1.1\r\n\r\n", b"400"),
    (b"CONNECT api.stripe.com:443 SPDY/3\r\n\r\n", b"400"),
    (b"CONNECT \xff:443 HTTP/1.1\r\n\r\n", b"400"),
    (b"CONNECT api.stripe.com:443 HTTP/1.1\r\nX: " + b"x" * 20_000, b"431"),
])
async def test_a_malformed_connect_is_closed_politely(server: RunningServer, raw: bytes, status: bytes) -> None:
    assert (await exchange(server.port, raw)).startswith(b"HTTP/1.1 " + status)


async def test_connect_within_connect_is_refused(server: RunningServer) -> None:
    once = f"CONNECT {STRIPE}:443 HTTP/1.1\r\n\r\n".encode()
    assert b"HTTP/1.1 400 " in await exchange(server.port, once + once)


async def test_a_broken_handshake_closes_the_connection_and_is_counted(server: RunningServer) -> None:
    assert await exchange(server.port, b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00") is not None
    assert 'paydouble_refused_total{reason="handshake"} 1\n' in server.doors.metrics.text()


def front(server: RunningServer) -> FrontDoor:
    return server._listeners["front"].door


async def test_who_says_nothing_is_shown_out(server: RunningServer) -> None:
    front(server).first_bytes_timeout_s = 0.01
    assert await exchange(server.port, b"") == b""
    assert await exchange(server.port, b"CONNECT api") == b""
    assert 'paydouble_refused_total{reason="too_slow"} 2\n' in server.doors.metrics.text()


async def test_who_starts_a_handshake_and_stops_is_shown_out(server: RunningServer) -> None:
    front(server).first_bytes_timeout_s = 0.05
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(incoming, outgoing).do_handshake()
    server.ca_certificate_pem()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(outgoing.read())
    async with asyncio.timeout(5):
        with pytest.raises(ConnectionResetError):
            while await reader.read(65_536):
                pass
            raise ConnectionResetError
    writer.close()
    assert 'paydouble_refused_total{reason="handshake"} 1\n' in server.doors.metrics.text()


async def test_beyond_the_limit_connections_are_turned_away(server: RunningServer) -> None:
    front(server).connections_max = 1
    _, first = await asyncio.open_connection("127.0.0.1", server.port)
    await asyncio.sleep(0)
    assert await exchange(server.port, CHARGE) == b""
    first.close()
    await first.wait_closed()


async def test_an_authority_that_cannot_be_made_closes_tls_and_leaves_plain_http_alone(
    start: Start, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    server = await start(home=in_the_way)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with pytest.raises(ConnectionError):
        await over_tls(server, "localhost", context=context)
    assert "certificate authority of this machine cannot be used" in caplog.text
    assert b"well done" in await exchange(server.port, CHARGE)


async def test_names_that_a_caller_makes_up_do_not_grow_the_memory(server: RunningServer) -> None:
    contexts = front(server).contexts
    assert contexts.of("a.example") is contexts.of("b.example") is contexts.of("")
    assert contexts.of("a.localhost") is contexts.of("a.localhost") is not contexts.of("b.localhost")


async def test_a_tunnel_ends_with_the_server(start: Start) -> None:
    ended = asyncio.Event()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            await reader.read()
        ended.set()
        writer.close()

    other = await asyncio.start_server(listen, "127.0.0.1", 0)
    server = await start(proxy_others=ProxyOthers.PASS)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(f"CONNECT 127.0.0.1:{other.sockets[0].getsockname()[1]} HTTP/1.1\r\n\r\n".encode())
    await reader.readuntil(b"\r\n\r\n")
    async with asyncio.timeout(5):
        await server.stop()
        await ended.wait()
    writer.transport.abort()
    other.close()
