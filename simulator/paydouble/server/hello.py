"""Reads the server name from a TLS ClientHello (RFC 8446 section 4.1.2, RFC 6066 section 3)."""

from __future__ import annotations

from dataclasses import dataclass

HANDSHAKE_RECORD = 0x16
HELLO_BYTES_MAX = 65_536
"""More than any client sends, key shares of post-quantum schemes included."""

_CLIENT_HELLO = 0x01
_RECORD_HEAD = 5
_HANDSHAKE_HEAD = 4
_VERSION_AND_RANDOM = 34
_SERVER_NAME = 0
_HOST_NAME = 0


@dataclass(frozen=True, slots=True)
class Hello:
    """`complete` also where the bytes are no ClientHello at all: then waiting for more is of no use."""

    complete: bool
    server_name: str = ""


def read_hello(seen: bytes) -> Hello:
    """From the first bytes of a connection, as far as they came. Never raises."""
    message = _handshake_message(seen)
    if message is None:
        return Hello(complete=len(seen) >= HELLO_BYTES_MAX)
    try:
        return Hello(complete=True, server_name=_server_name(message))
    except (IndexError, UnicodeDecodeError):
        return Hello(complete=True)


def _handshake_message(seen: bytes) -> bytes | None:
    """The ClientHello's body, put together from its records; None while some of it is missing."""
    gathered, at = b"", 0
    while len(seen) >= at + _RECORD_HEAD:
        if seen[at] != HANDSHAKE_RECORD:
            return b""
        end = at + _RECORD_HEAD + int.from_bytes(seen[at + 3 : at + 5])
        gathered += seen[at + _RECORD_HEAD : end]
        if len(gathered) >= _HANDSHAKE_HEAD:
            if gathered[0] != _CLIENT_HELLO:
                return b""
            length = _HANDSHAKE_HEAD + int.from_bytes(gathered[1:4])
            if len(gathered) >= length:
                return gathered[_HANDSHAKE_HEAD:length]
        at = end
    return None


def _server_name(message: bytes) -> str:
    """Empty where the client names none. Raises IndexError for a message that ends too early."""
    at = _VERSION_AND_RANDOM
    at += 1 + message[at]                                       # session id
    at += 2 + _number(message, at)                              # cipher suites
    at += 1 + message[at]                                       # compression methods
    end = at + 2 + _number(message, at)
    at += 2
    while at + 4 <= end:
        kind, length = _number(message, at), _number(message, at + 2)
        at += 4
        if kind == _SERVER_NAME and message[at + 2] == _HOST_NAME:
            name = message[at + 5 : at + 5 + _number(message, at + 3)]
            return name.decode("ascii").lower().rstrip(".")
        at += length
    return ""


def _number(message: bytes, at: int) -> int:
    return message[at] << 8 | message[at + 1]
