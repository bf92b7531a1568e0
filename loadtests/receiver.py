"""A shop's callback door, too small to be what is measured: one greenlet a connection, no framework."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gevent import socket
from gevent.server import StreamServer

HEAD_BYTES_MAX = 65_536
BODY_BYTES_MAX = 4 * 1_024 * 1_024
BACKLOG = 1_024

_TAKEN = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nsuccess"
"""What the strictest of providers, Alipay, wants to read; to the others the status alone matters."""
_REFUSED = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"

Take = Callable[[str, Mapping[str, str], bytes], bool]
"""Path, headers by lower-case name, body; False refuses the callback, so that the provider sends it again."""


class Receiver:
    """Listens on a free port of loopback from `start` to `stop`."""

    def __init__(self, take: Take) -> None:
        self._take = take
        self._server = StreamServer(("127.0.0.1", 0), self._connection, backlog=BACKLOG)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._server.stop(timeout=0)

    def _connection(self, connection: socket.socket, _address: object) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection, connection.makefile("rb") as stream:
            try:
                while (head := _head(stream.readline)) is not None:
                    path, headers = head
                    body = stream.read(_length(headers))
                    taken = self._take(path, headers, body)
                    connection.sendall(_TAKEN if taken else _REFUSED)
            except (OSError, ValueError):
                # The simulator closed or broke the connection; it counts that attempt as failed itself.
                return


def _head(readline: Callable[[int], bytes]) -> tuple[str, dict[str, str]] | None:
    """None at the end of the connection. ValueError for what is no HTTP request."""
    first = readline(HEAD_BYTES_MAX).decode("latin-1")
    if not first.strip():
        return None
    _method, path, _version = first.split(" ", 2)
    headers: dict[str, str] = {}
    while line := readline(HEAD_BYTES_MAX).decode("latin-1").strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return path, headers


def _length(headers: Mapping[str, str]) -> int:
    length = int(headers.get("content-length", "0"))
    if not 0 <= length <= BODY_BYTES_MAX:
        raise ValueError(f"a callback of {length} bytes")
    return length
