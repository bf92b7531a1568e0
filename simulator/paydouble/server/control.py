"""The control API: one table of routes over the engine, and the way of each question through it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from aiohttp import web

from paydouble.core import json_bytes
from paydouble.core.clock import Instant
from paydouble.crypto.hmacs import same
from paydouble.server import control_books as books
from paydouble.server import control_declarations as declared
from paydouble.server import control_events as events
from paydouble.server import control_playing as playing
from paydouble.server import control_scenarios as running
from paydouble.server import control_worlds as worlds
from paydouble.server.app import BODY_BYTES_MAX, CONTROL_PREFIX
from paydouble.server.asking import Ask, Created, Refused, Text
from paydouble.server.tls import LOCAL_NAMES
from paydouble.server.which import host_only

if TYPE_CHECKING:
    from paydouble.engine.sandbox import Sandbox
    from paydouble.engine.simulator import Simulator
    from paydouble.scenarios.drawing import Activation
    from paydouble.server.serving import RunningServer

_log = logging.getLogger(__name__)

Handler = Callable[[Ask[Any]], Awaitable[object]]
"""Answers JSON, Text, Created, an aiohttp response, or None for 204. Raises Refused."""
REST = "*"
"""Ends a variable that takes all further segments: {path*}."""


@dataclass(frozen=True, slots=True)
class Route:
    """`body` names the model in `control_models`."""

    method: str
    path: str
    handler: Handler
    body: str = ""
    query: tuple[str, ...] = ()
    open: bool = False
    """Needs no token."""

    @property
    def summary(self) -> str:
        return (self.handler.__doc__ or "").partition("\n")[0].rstrip(".")


_PAGE = ("limit", "after", "order")
_CALLS = (*_PAGE, "provider", "operation", "ref")
_OWED = (*_PAGE, "provider", "event", "ref", "state")
_PAYMENTS = (*_PAGE, "provider", "ref", "phase")
_S = "sandboxes/{s}"
# fmt: off
ROUTES: tuple[Route, ...] = (
    Route("GET",    "health",                               declared.health, open=True),
    Route("GET",    "version",                              declared.version),
    Route("GET",    "metrics",                              declared.metrics),
    Route("GET",    "openapi.json",                         declared.openapi),
    Route("GET",    "operations",                           declared.operations, query=("provider",)),
    Route("GET",    "errors",                               declared.errors, query=("provider", "fault")),
    Route("GET",    "machines",                             declared.machines, query=("provider",)),
    Route("GET",    "events",                               declared.events, query=("provider",)),
    Route("GET",    "scenarios",                            declared.scenarios),
    Route("GET",    "contracts",                            declared.contracts, query=("provider",)),
    Route("POST",   "contracts/validate",                   declared.validate, body="Document"),
    Route("GET",    "contracts/{path*}",                    declared.contract),
    Route("GET",    "sandboxes",                            worlds.listed, query=_PAGE),
    Route("POST",   "sandboxes",                            worlds.create, body="SandboxNew"),
    Route("GET",    _S,                                     worlds.show),
    Route("DELETE", _S,                                     worlds.delete),
    Route("POST",   _S + "/reset",                          worlds.reset),
    Route("POST",   _S + "/snapshot",                       worlds.snapshot, body="SnapshotName"),
    Route("POST",   _S + "/restore",                        worlds.restore, body="SnapshotName"),
    Route("GET",    _S + "/credentials",                    worlds.credentials, query=("format",)),
    Route("POST",   _S + "/webhooks",                       worlds.webhook, body="Webhook"),
    Route("GET",    _S + "/merchants",                      worlds.merchants, query=("provider",)),
    Route("GET",    _S + "/scenarios",                      running.scenarios),
    Route("POST",   _S + "/scenarios",                      running.activate, body="Activation"),
    Route("DELETE", _S + "/scenarios",                      running.deactivate, query=("id", "payments")),
    Route("DELETE", _S + "/scenarios/{id}",                 running.deactivate, query=("payments",)),
    Route("GET",    _S + "/clock",                          worlds.clock),
    Route("POST",   _S + "/clock/advance",                  worlds.advance, body="Advance"),
    Route("POST",   _S + "/clock/wait",                     worlds.wait, body="Wait"),
    Route("POST",   _S + "/signals",                        playing.signal, body="Signal"),
    Route("POST",   _S + "/state",                          playing.go, body="GoTo"),
    Route("GET",    _S + "/timelines",                      playing.timelines, query=(*_PAGE, "ref")),
    Route("GET",    _S + "/gates",                          worlds.gates),
    Route("POST",   _S + "/gates/{id}/release",             worlds.release),
    Route("GET",    _S + "/calls",                          events.calls, query=_CALLS),
    Route("GET",    _S + "/calls/{id}",                     events.call),
    Route("GET",    _S + "/calls/{id}/explain",             events.explain),
    Route("GET",    _S + "/notifications",                  events.notifications, query=_OWED),
    Route("POST",   _S + "/notifications",                  playing.notify, body="Announce"),
    Route("GET",    _S + "/notifications/{id}",             events.notification),
    Route("POST",   _S + "/notifications/{id}/redeliver",   events.redeliver),
    Route("GET",    _S + "/live",                           events.live),
    Route("GET",    _S + "/payments",                       books.payments, query=_PAYMENTS),
    Route("GET",    _S + "/payments/{id}",                  books.payment, query=("provider",)),
    Route("POST",   _S + "/payments/{id}/act",              books.act, body="Act", query=("provider",)),
    Route("GET",    _S + "/ledger",                         books.ledger, query=(*_PAGE, "reference")),
    Route("POST",   _S + "/balance",                        books.top_up, body="Balance"),
    Route("POST",   _S + "/audit",                          books.audited),
    Route("GET",    _S + "/violations",                     books.violations, query=("provider",)),
    Route("GET",    _S + "/report",                         books.report),
)
# fmt: on


class ControlApi:
    """Answers what comes below CONTROL_PREFIX. Lives in one event loop; `close` it there."""

    def __init__(self, simulator: Simulator, *, token: str = "") -> None:
        self.simulator = simulator
        self.server: RunningServer | None = None
        """Told once it runs: ports, counters, and what clients must trust."""
        self.closing = asyncio.Event()
        self._token = token
        self._expiring: dict[tuple[Sandbox, str], asyncio.TimerHandle] = {}
        self._endings: set[asyncio.Task[None]] = set()

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            route, path = self._match(request)
            self._admit(request, route)
            body = await _body(request, route)
            target = urlsplit(request.raw_path)
            query = dict(parse_qsl(target.query, keep_blank_values=True))
            answer = await route.handler(Ask(self, request, path, query, body))
        except Refused as refused:
            return _json(refused.body(), refused.status, refused.headers)
        return _answered(answer)

    def _match(self, request: web.BaseRequest) -> tuple[Route, Mapping[str, str]]:
        path = urlsplit(request.raw_path).path.removeprefix(CONTROL_PREFIX).strip("/")
        segments = [unquote(segment) for segment in path.split("/")]
        methods = set()
        for route in ROUTES:
            found = _variables(route.path, segments)
            if found is not None:
                if request.method in (route.method, "HEAD" if route.method == "GET" else ""):
                    return route, found
                methods.add(route.method)
        if methods:
            allowed = ", ".join(sorted(methods))
            raise Refused(405, "wrong_method", f"/{path} takes {allowed}", headers={"Allow": allowed})
        raise Refused(404, "unknown_route", f"the control API has no /{path}", _nearest(path))

    def _admit(self, request: web.BaseRequest, route: Route) -> None:
        """A web page elsewhere cannot ask; and nobody without the token, where there is one."""
        origin = request.headers.get("Origin")
        host = request.headers.get("Host", "")
        if origin is not None and urlsplit(origin).netloc != host:
            raise Refused(403, "foreign_origin", f"pages of {origin} may not use the control API")
        if self._token and not route.open:
            given = request.headers.get("Authorization", "")
            if not same(given, f"Bearer {self._token}"):
                raise Refused(
                    401, "unauthorized", "the control API of this server wants its token",
                    "send 'Authorization: Bearer TOKEN'; `serve` printed it, or took --control-token",
                    headers={"WWW-Authenticate": "Bearer"},
                )
        elif not self._token and not _is_local(request, host):
            raise Refused(
                403, "foreign_host", f"'{host}' is no name of this machine",
                "without a token the control API is for this machine only; serve with --control-token",
            )

    def expire(self, sandbox: Sandbox, activation: Activation, at: Instant) -> None:
        """Ends the activation by itself, at this instant of real time."""
        key = (sandbox, activation.id)
        activation.expires = at

        def end() -> None:
            self._expiring.pop(key, None)
            ending = asyncio.get_running_loop().create_task(self._ended(sandbox, activation.id))
            self._endings.add(ending)
            ending.add_done_callback(self._endings.discard)

        after_s = max(0, at - sandbox.clock.wire_now()) / 1_000
        self._expiring[key] = asyncio.get_running_loop().call_later(after_s, end)

    def expire_again(self, sandbox: Sandbox) -> None:
        """What was written down may have a time at which it ends."""
        for activation in sandbox.rules.activations:
            if activation.expires is not None:
                self.expire(sandbox, activation, activation.expires)

    async def _ended(self, sandbox: Sandbox, activation: str) -> None:
        await sandbox.rules.end(activation)
        if self.server is not None:
            await self.server.own_ports.settle(sandbox.id)

    def forget(self, sandbox: Sandbox, activation: str = "") -> None:
        """The activation, or all of the sandbox's, will not end by themselves any more."""
        for key in [key for key in self._expiring if key[0] is sandbox and activation in ("", key[1])]:
            self._expiring.pop(key).cancel()

    def close(self) -> None:
        """Ends live streams, and forgets what would have ended by itself."""
        self.closing.set()
        for handle in self._expiring.values():
            handle.cancel()
        self._expiring.clear()


def _variables(pattern: str, segments: list[str]) -> dict[str, str] | None:
    """The variables of a path that fits the pattern; None where it does not."""
    found: dict[str, str] = {}
    wanted = pattern.split("/")
    for place, part in enumerate(wanted):
        if part.startswith("{") and part.endswith(REST + "}"):
            found[part[1:-2]] = "/".join(segments[place:])
            return found if len(segments) > place else None
        if place >= len(segments):
            return None
        if part.startswith("{"):
            found[part[1:-1]] = segments[place]
        elif part != segments[place]:
            return None
    return found if len(wanted) == len(segments) and all(found.values()) else None


def _is_local(request: web.BaseRequest, host: str) -> bool:
    """By name, or by the address that the connection came to: a rebound DNS name is neither."""
    name, here = host_only(host), request.get_extra_info("sockname") or ("", 0)
    return name in LOCAL_NAMES or name.endswith(".localhost") or name == here[0]


def _nearest(path: str) -> str:
    import difflib

    found = difflib.get_close_matches(path, [route.path for route in ROUTES], n=1)
    return f"did you mean /{found[0]}?" if found else f"see {CONTROL_PREFIX}/openapi.json"


async def _body(request: web.BaseRequest, route: Route) -> Any:
    """The body as its model; None where the route has none."""
    content = await _read(request)
    if not route.body:
        return None
    from pydantic import ValidationError

    from paydouble.server import control_models

    try:
        data = json_bytes.loads(content) if content.strip() else {}
    except ValueError as error:
        raise Refused(400, "bad_json", f"the body is not JSON: {error}") from None
    try:
        return getattr(control_models, route.body).model_validate(data)
    except ValidationError as error:
        problems = [
            {"pointer": "/" + "/".join(map(str, each["loc"])), "message": each["msg"]}
            for each in error.errors(include_url=False, include_context=False, include_input=False)
        ]
        first = f"{problems[0]['pointer']}: {problems[0]['message']}"
        raise Refused(422, "bad_body", first, problems=problems) from None


async def _read(request: web.BaseRequest) -> bytes:
    parts, size = [], 0
    while part := await request.content.readany():
        size += len(part)
        if size > BODY_BYTES_MAX:
            raise Refused(413, "too_large", f"a body has at most {BODY_BYTES_MAX} bytes")
        parts.append(part)
    return b"".join(parts)


def _answered(answer: object) -> web.StreamResponse:
    match answer:
        case web.StreamResponse():
            return answer
        case None:
            return web.Response(status=204)
        case Text(text, content_type):
            return web.Response(text=text, headers={"Content-Type": content_type})
        case Created(body):
            return _json(body, 201, {})
        case _:
            return _json(answer, 200, {})


def _json(body: object, status: int, headers: Mapping[str, str]) -> web.Response:
    return web.Response(
        body=json_bytes.dumps(body), status=status, content_type="application/json",
        headers={"Cache-Control": "no-store", **headers},
    )
