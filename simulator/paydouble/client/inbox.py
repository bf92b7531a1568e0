"""A merchant's callback receiver: verifies what arrives, answers as merchants do, records, and waits."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread
from types import MappingProxyType, TracebackType
from typing import Any, Final

from paydouble.client.verifying import ACKNOWLEDGEMENTS, VERIFIERS, Forged, Verified, Verify, sender
from paydouble.core.http import Headers

WITHIN_S: Final = 5.0
POLL_S: Final = 0.05
"""How soon `close` is noticed."""
BODY_BYTES_MAX: Final = 1_048_576
REFUSAL: Final = (401, b"")
NO_VERIFIERS: Final[Mapping[str, Verify]] = MappingProxyType({})


class NothingCame(AssertionError):
    """Fewer notifications than were waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """One request that arrived, and how it was answered."""

    provider: str
    path: str
    headers: Headers
    body: bytes
    event: Verified | None
    """None where it is not genuine."""
    problem: str
    """Why it is not."""
    answered: int

    @property
    def is_genuine(self) -> bool:
        return self.event is not None

    @property
    def type(self) -> str:
        return self.event.type if self.event is not None else ""

    @property
    def id(self) -> str:
        return self.event.id if self.event is not None else ""

    @property
    def content(self) -> Mapping[str, Any]:
        return self.event.content if self.event is not None else {}


class Inbox:
    """Listens on a free port of this machine, on threads of its own, until `close`."""

    def __init__(
        self, credentials: Mapping[str, Any], *, verifiers: Mapping[str, Verify] = NO_VERIFIERS
    ) -> None:
        """`credentials` by provider; `verifiers` for providers beside those known here."""
        self._credentials = credentials
        self._verifiers = {**VERIFIERS, **verifiers}
        self._arrived: list[Delivered] = []
        self._answers: deque[tuple[int, bytes]] = deque()
        self._changed = Condition()
        self._server = _Server(self._receive)
        self._thread = Thread(
            target=self._server.serve_forever, args=(POLL_S,), name="paydouble-inbox", daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        """For any provider; whose a notification is, is told by its headers."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def url_of(self, provider: str) -> str:
        """For one provider."""
        return f"{self.url}/{provider}"

    @property
    def all(self) -> tuple[Delivered, ...]:
        with self._changed:
            return tuple(self._arrived)

    @property
    def genuine(self) -> tuple[Delivered, ...]:
        return tuple(each for each in self.all if each.is_genuine)

    @property
    def forged(self) -> tuple[Delivered, ...]:
        return tuple(each for each in self.all if not each.is_genuine)

    def answer(self, *statuses: int, body: bytes = b"") -> None:
        """The next genuine notifications get these instead of an acknowledgement, one each."""
        with self._changed:
            self._answers.extend((status, body) for status in statuses)

    def clear(self) -> None:
        with self._changed:
            self._arrived.clear()

    def wait(self, count: int = 1, *, type: str = "", within_s: float = WITHIN_S) -> tuple[Delivered, ...]:
        """The genuine ones of this type, once there are so many. Raises NothingCame."""

        def wanted() -> list[Delivered]:
            return [each for each in self._arrived if each.is_genuine and type in ("", each.type)]

        with self._changed:
            self._changed.wait_for(lambda: len(wanted()) >= count, within_s)
            found = wanted()
            problems = [each.problem for each in self._arrived if each.problem]
        if len(found) < count:
            about = f" of {type}" if type else ""
            refused = f"; refused: {'; '.join(problems)}" if problems else ""
            raise NothingCame(f"{len(found)} of {count} notifications{about} in {within_s:g} s{refused}")
        return tuple(found)

    def one(self, type: str = "", *, within_s: float = WITHIN_S) -> Delivered:
        """The only genuine one of this type. Raises NothingCame, also where there are several."""
        found = self.wait(1, type=type, within_s=within_s)
        if len(found) > 1:
            raise NothingCame(f"{len(found)} notifications came where one was expected")
        return found[0]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Inbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _receive(self, path: str, headers: Headers, body: bytes) -> tuple[int, bytes]:
        provider = path.strip("/").partition("/")[0]
        provider = provider if provider in self._verifiers else sender(headers)
        event, problem = self._judged(provider, headers, body)
        with self._changed:
            answer = self._answer(provider) if event is not None else REFUSAL
            self._arrived.append(Delivered(
                provider=provider, path=path, headers=headers, body=body, event=event, problem=problem,
                answered=answer[0],
            ))
            self._changed.notify_all()
        return answer

    def _judged(self, provider: str, headers: Headers, body: bytes) -> tuple[Verified | None, str]:
        verify = self._verifiers.get(provider)
        if verify is None:
            return None, "no provider's headers, and no provider's path"
        try:
            return verify(headers, body, self._credentials.get(provider, {}), time.time()), ""
        except Forged as forged:
            return None, str(forged)
        except KeyError as missing:
            return None, f"the credentials have no {missing}"

    def _answer(self, provider: str) -> tuple[int, bytes]:
        return self._answers.popleft() if self._answers else ACKNOWLEDGEMENTS.get(provider, (200, b""))


Receive = Callable[[str, Headers, bytes], tuple[int, bytes]]


class _Server(ThreadingHTTPServer):
    """The only inheritance here: the standard library offers no other way in."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, receive: Receive) -> None:
        self.receive = receive
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    # Nagle's algorithm would hold the second packet of each answer for 40 ms.
    disable_nagle_algorithm = True
    timeout = 30

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        if size > BODY_BYTES_MAX:
            self._send(413, b"")
            return
        assert isinstance(self.server, _Server)
        headers = Headers(tuple(self.headers.items()))
        self._send(*self.server.receive(self.path, headers, self.rfile.read(size)))

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Everything is recorded already."""
