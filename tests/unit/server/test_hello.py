"""The server name is read from what real clients send, however it is cut."""

from __future__ import annotations

import ssl

import pytest

from paydouble.server.hello import HANDSHAKE_RECORD, HELLO_BYTES_MAX, Hello, read_hello


def client_hello(name: str | None) -> bytes:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    connection = context.wrap_bio(incoming, outgoing, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        connection.do_handshake()
    return outgoing.read()


def in_records_of(size: int, hello: bytes) -> bytes:
    message = hello[5:]
    parts = [message[at : at + size] for at in range(0, len(message), size)]
    return b"".join(hello[:3] + len(part).to_bytes(2) + part for part in parts)


def test_the_name_is_read_from_a_whole_hello() -> None:
    assert read_hello(client_hello("api.stripe.com")) == Hello(complete=True, server_name="api.stripe.com")


def test_a_client_may_name_none() -> None:
    assert read_hello(client_hello(None)) == Hello(complete=True)


def test_every_beginning_is_incomplete_and_the_end_is_not() -> None:
    hello = client_hello("localhost")
    assert not any(read_hello(hello[:length]).complete for length in range(1, len(hello)))
    assert read_hello(hello + b"more").complete


@pytest.mark.parametrize("size", [1, 7, 100])
def test_a_hello_spread_over_records_is_put_together(size: int) -> None:
    assert read_hello(in_records_of(size, client_hello("localhost"))).server_name == "localhost"


@pytest.mark.parametrize("seen", [
    b"\x16\x03\x01\x00\x05\x02\x00\x00\x01\x00",                # not a ClientHello
    b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00",                # one that ends at once
    b"\x16\x03\x01\x00\x04\x01\x00\x00\x09\x17\x03\x01\x00\x00",    # another record in between
    b"\x16" * HELLO_BYTES_MAX,
])
def test_what_is_no_hello_waits_for_nothing(seen: bytes) -> None:
    assert read_hello(seen) == Hello(complete=True)


def test_a_spoiled_hello_never_raises() -> None:
    hello = client_hello("localhost")
    for at in range(5, len(hello)):
        assert isinstance(read_hello(hello[:at] + b"\xff" + hello[at + 1 :]), Hello)
    assert hello[0] == HANDSHAKE_RECORD
