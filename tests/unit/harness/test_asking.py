"""Whom a story may ask, and how its answers are held against what was wanted."""

from __future__ import annotations

from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from paydouble.harness.asking import MISSING, Asker, NotAllowed, Unanswered, differs, encoded, looked_up

DOCUMENT: dict[str, Any] = {"status": "paid", "fee": "4.71", "n": 2, "exact": Decimal("1.50"), "items": [{"id": 7}]}


@pytest.mark.parametrize("url", [
    "http://8.8.8.8/", "http://169.254.169.254/latest", "ftp://127.0.0.1/", "http:///x", "http://2130706433:1/",
    "http://0x7f.1:1/",
])  # fmt: skip
def test_nobody_else_is_called(url: str) -> None:
    with pytest.raises(NotAllowed):
        Asker(timeout_s=0.2).ask("GET", url)


def test_nobody_at_home() -> None:
    with pytest.raises(Unanswered):
        Asker(timeout_s=1).ask("GET", "http://127.0.0.1:9/")


class _Echo(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(201)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None: ...


def test_an_answer_is_read_exactly() -> None:
    server = HTTPServer(("127.0.0.1", 0), _Echo)
    thread = Thread(target=server.handle_request)
    thread.start()
    request = {"post": f"http://localhost:{server.server_address[1]}/a?b=c", "json": {"amount": Decimal("13.01")}}
    method, url, body, headers = encoded(request)
    answer = Asker(timeout_s=5).ask(method, url, body=body, headers=headers)
    thread.join()
    server.server_close()
    assert (answer.status, answer.document) == (201, {"amount": Decimal("13.01")})


@pytest.mark.parametrize(("path", "value"), [
    ("$.status", "paid"), ("$.items[0].id", 7), ("$.items[1].id", MISSING), ("$.no", MISSING), ("$.status.x", MISSING),
])  # fmt: skip
def test_paths(path: str, value: Any) -> None:
    assert looked_up(DOCUMENT, path) is value or looked_up(DOCUMENT, path) == value


@pytest.mark.parametrize(("wanted", "holds"), [
    ({"$.status": "paid"}, True), ({"$.status": "open"}, False), ({"$.fee": "4.71"}, True), ({"$.n": 2}, True),
    ({"$.n": {"gte": 2}}, True), ({"$.n": {"gt": 2}}, False), ({"$.exact": Decimal("1.5")}, True),
    ({"$.fee": Decimal("4.71")}, True), ({"$.status": {"prefix": "pa"}}, True), ({"$.no": 1}, False),
    ({"$.n": "2"}, False), ({"$.status": True}, False),
])  # fmt: skip
def test_matches(wanted: dict[str, Any], holds: bool) -> None:
    assert (differs(DOCUMENT, wanted) == "") is holds
