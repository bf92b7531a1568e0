"""Requests arrive untouched, answers leave as they are."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import pytest
from aiohttp import web

from paydouble.core.http import HttpRequest, HttpResponse
from paydouble.server.app import BODY_BYTES_MAX
from paydouble.server.serving import RunningServer
from tests.unit.server.rig import FakeSimulator, Start, a_request, exchange

CHARGES = "POST /v1/charges HTTP/1.1"


@pytest.mark.parametrize("target", [
    "/v1/charges?a=b",
    "/v1/charges?",
    "/v1/charges?&",
    "/v1/charges?limit=3&&x=",
    "/v1/charges/ch_1%7C2",
    "/v1/charges/ch_1|2",
    "/v1/charges/a%2Fb%2fc",
    "/v1/charges/ch_1?expand[]=a&expand%5B%5D=b",
    "/v1/charges/ch+1?t=%E8%AE%A2",
    "/v1/charges/../charges",
])
async def test_the_target_arrives_as_it_was_written(
    server: RunningServer, simulator: FakeSimulator, target: str
) -> None:
    await exchange(server.port, a_request(f"GET {target} HTTP/1.1", "Authorization: Bearer sk_1"))
    assert simulator.asked.target == target


async def test_headers_arrive_in_order_and_in_their_own_case(
    server: RunningServer, simulator: FakeSimulator
) -> None:
    headers = ("X-One: 1", "wechatPAY-Serial: ABC", "X-One: 2", "X-Utf: \xe8\xae\xa2", "X-Latin: \xe9")
    await exchange(server.port, a_request(CHARGES, *headers))
    expected = (("X-One", "1"), ("wechatPAY-Serial", "ABC"), ("X-One", "2"), ("X-Utf", "订"), ("X-Latin", "é"))
    assert simulator.asked.headers.pairs[:5] == expected


async def test_the_body_arrives_byte_for_byte_and_undecoded(
    server: RunningServer, simulator: FakeSimulator
) -> None:
    body = bytes(range(256)) * 300
    await exchange(server.port, a_request(CHARGES, "Content-Encoding: gzip", body=body))
    assert simulator.asked.body == body


async def test_a_chunked_body_arrives_whole(server: RunningServer, simulator: FakeSimulator) -> None:
    chunks = b"3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n"
    await exchange(server.port, a_request(CHARGES, "Transfer-Encoding: chunked") + chunks)
    assert simulator.asked.body == b"abcdefg"


async def test_an_answer_has_its_own_headers_and_only_what_http_needs(
    server: RunningServer, simulator: FakeSimulator
) -> None:
    simulator.answer = HttpResponse(201, (("Wechatpay-NONCE", "n"), ("request-id", "r"), ("request-id", "s")), b"{}")
    answer = await exchange(server.port, a_request(CHARGES))
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[:4] == ["HTTP/1.1 201 Created", "Wechatpay-NONCE: n", "request-id: r", "request-id: s"]
    assert [line.partition(":")[0] for line in lines[4:]] == ["Date", "Content-Length", "Connection"]
    assert body == b"{}"


@pytest.mark.parametrize(("status", "length"), [(200, b"Content-Length: 0"), (404, b"Content-Length: 0")])
async def test_an_empty_body_says_so(
    server: RunningServer, simulator: FakeSimulator, status: int, length: bytes
) -> None:
    simulator.answer = HttpResponse(status)
    assert length in await exchange(server.port, a_request(CHARGES))


async def test_204_has_neither_body_nor_length(server: RunningServer, simulator: FakeSimulator) -> None:
    simulator.answer = HttpResponse(204, (), b"ignored")
    answer = await exchange(server.port, a_request(CHARGES))
    assert answer.startswith(b"HTTP/1.1 204 No Content\r\n")
    assert b"Content-Length" not in answer
    assert answer.endswith(b"\r\n\r\n")


async def test_head_gets_the_length_without_the_body(server: RunningServer) -> None:
    answer = await exchange(server.port, a_request("HEAD /v1/charges/ch_1 HTTP/1.1"))
    assert b"Content-Length: 9" in answer
    assert answer.endswith(b"\r\n\r\n")


async def test_a_header_with_a_line_break_never_leaves(server: RunningServer, simulator: FakeSimulator) -> None:
    simulator.answer = HttpResponse(200, (("X", "a\r\nSet-Cookie: b"),))
    answer = await exchange(server.port, a_request(CHARGES))
    assert answer.startswith(b"HTTP/1.1 500 ")
    assert b"Set-Cookie" not in answer


@pytest.mark.parametrize(("host", "base_url"), [
    ("127.0.0.1:4800", "http://127.0.0.1:4800"),
    ("paydouble", "http://paydouble"),
    ("[::1]:4800", "http://[::1]:4800"),
    ("api.stripe.com", "https://api.stripe.com"),
])
async def test_links_start_with_how_the_caller_reached_us(
    server: RunningServer, simulator: FakeSimulator, host: str, base_url: str
) -> None:
    await exchange(server.port, a_request(CHARGES, f"Host: {host}"))
    assert simulator.asked.base_url == base_url


@pytest.mark.parametrize("host", ['evil"><b>', "a/b", ""])
async def test_a_host_that_is_none_never_gets_into_links(
    server: RunningServer, simulator: FakeSimulator, host: str
) -> None:
    await exchange(server.port, a_request(CHARGES, f"Host: {host}"))
    assert simulator.asked.base_url == server.url


@pytest.mark.parametrize(("target", "arrives"), [
    ("http://api.stripe.com/v1/charges?a=%7C", "/v1/charges?a=%7C"),
    ("http://localhost/v1/charges", "/v1/charges"),
    ("HTTP://127.0.0.1:9/v1/charges", "/v1/charges"),
    ("http://api.stripe.com?x=1", "/?x=1"),
])
async def test_the_absolute_form_is_cut_to_the_origin_form(
    server: RunningServer, simulator: FakeSimulator, target: str, arrives: str
) -> None:
    await exchange(server.port, a_request(f"POST {target} HTTP/1.1", "Host: api.stripe.com"))
    assert simulator.asked.target == arrives


async def test_our_own_port_is_ours_under_any_name(server: RunningServer, simulator: FakeSimulator) -> None:
    await exchange(server.port, a_request(f"POST http://paydouble:{server.port}/v1/charges HTTP/1.1"))
    assert simulator.asked.target == "/v1/charges"


async def test_the_absolute_form_of_another_host_is_refused(
    server: RunningServer, simulator: FakeSimulator
) -> None:
    answer = await exchange(server.port, a_request("POST http://example.com/v1/charges HTTP/1.1"))
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert b"--proxy-others pass" in answer
    assert not simulator.seen


async def test_a_body_that_is_too_large_gets_the_providers_own_answer(
    server: RunningServer, simulator: FakeSimulator
) -> None:
    answer = await exchange(server.port, a_request(CHARGES, body=b"x" * (BODY_BYTES_MAX + 1)))
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"X-Sealed: yes" in answer
    assert answer.endswith(b"stripe: too large")
    assert not simulator.seen


async def test_a_body_that_grows_too_large_in_chunks_is_refused_too(server: RunningServer) -> None:
    part = b"%x\r\n" % 600_000 + b"x" * 600_000 + b"\r\n"
    request = a_request(CHARGES, "Transfer-Encoding: chunked") + part + part + b"0\r\n\r\n"
    assert (await exchange(server.port, request)).startswith(b"HTTP/1.1 413 ")


async def test_a_body_of_exactly_the_limit_is_taken(server: RunningServer, simulator: FakeSimulator) -> None:
    await exchange(server.port, a_request(CHARGES, body=b"x" * BODY_BYTES_MAX))
    assert len(simulator.asked.body) == BODY_BYTES_MAX


async def test_a_client_that_asks_first_is_told_to_continue(
    server: RunningServer, simulator: FakeSimulator
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    request = a_request(CHARGES, "Expect: 100-continue", "Content-Length: 3")
    writer.write(request)
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(b"abc")
    assert (await reader.read()).startswith(b"HTTP/1.1 200 OK\r\n")
    assert simulator.asked.body == b"abc"
    writer.close()
    await writer.wait_closed()


async def test_a_path_that_is_nobodys_names_the_nearest(server: RunningServer, simulator: FakeSimulator) -> None:
    answer = await exchange(server.port, a_request("GET /v9/certificate HTTP/1.1"))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 404 ")
    assert "/v3/certificates (wechatpay)" in json.loads(body)["error"]["help"]
    assert not simulator.seen


@pytest.mark.parametrize("raw", [
    b"NONSENSE\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"POST /v1/charges HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
    b"POST /v1/charges HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"GET /v1/charges HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 9_000 + b"\r\n\r\n",
    b"\x00\x01\x02\x03\r\n\r\n",
])
async def test_what_is_no_http_gets_400_and_is_closed(
    server: RunningServer, simulator: FakeSimulator, raw: bytes
) -> None:
    assert (await exchange(server.port, raw))[8:].startswith(b" 400 ")
    assert not simulator.seen


async def test_a_client_that_leaves_in_the_middle_of_its_body_was_never_there(
    server: RunningServer, simulator: FakeSimulator
) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(a_request(CHARGES, "Content-Length: 100") + b"half")
    writer.close()
    await writer.wait_closed()
    await exchange(server.port, a_request("GET /v1/charges/ch_1 HTTP/1.1"))
    assert [request.method for _, request in simulator.seen] == ["GET"]


async def test_the_control_api_gets_its_own_requests_and_its_failures_stay_inside(start: Start) -> None:
    async def control(request: web.BaseRequest) -> web.StreamResponse:
        if request.raw_path == "/_paydouble/broken":
            raise RuntimeError("broken")
        return web.Response(text=request.raw_path)

    server = await start(control=control)
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{server.url}/_paydouble/health?x=1") as answer:
            assert await answer.text() == "/_paydouble/health?x=1"
        async with session.get(f"{server.url}/_paydouble/broken") as answer:
            assert answer.status == 500
        async with session.get(f"{server.url}/_paydoubles") as answer:
            assert answer.status == 404


async def test_many_calls_at_once_each_get_their_own_answer_on_kept_connections(
    server: RunningServer, simulator: FakeSimulator
) -> None:
    async def echo(request: HttpRequest) -> HttpResponse:
        await asyncio.sleep(0)
        return HttpResponse(200, (), request.body)

    simulator.serve_with = echo
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=10)) as session:
        async def call(number: int) -> bool:
            async with session.post(f"{server.url}/v1/charges", data=str(number).encode()) as answer:
                return await answer.text() == str(number)

        assert all(await asyncio.gather(*(call(number) for number in range(200))))
    assert 'paydouble_connections_total{listener="front"} 10\n' in server.doors.metrics.text()
    assert 'paydouble_calls_total{provider="stripe",status="200"} 200\n' in server.doors.metrics.text()


async def test_pipelined_requests_are_answered_in_order(server: RunningServer) -> None:
    first = a_request("GET /v1/charges/ch_1 HTTP/1.1").replace(b"Connection: close", b"X: y")
    answer = await exchange(server.port, first + a_request("GET /nowhere HTTP/1.1"))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"HTTP/1.1 404 " in answer


async def test_http_1_0_is_kept_alive_only_where_asked(server: RunningServer) -> None:
    plain = b"GET /v1/charges/ch_1 HTTP/1.0\r\n\r\n"
    assert b"Connection: close" in await exchange(server.port, plain)
    asked = b"GET /v1/charges/ch_1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
    assert b"Connection: keep-alive" in await exchange(server.port, asked, until_closed=False)
