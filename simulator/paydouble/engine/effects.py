"""Applies a call's plan: before the work, to the answer, to the signature. What was written stays written."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol, assert_never

from paydouble.core import json_bytes
from paydouble.core.clock import Duration, Instant
from paydouble.core.effect import (
    HONEST_SEAL,
    Break,
    Latency,
    Malform,
    Malformation,
    NetworkFault,
    Plan,
    Refuse,
    Say,
    Seal,
    SealEffect,
    Timing,
)
from paydouble.core.http import Envelope, HttpResponse
from paydouble.core.notification import Notification
from paydouble.core.provider import ErrorRoles, Wire

HTML_502 = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    b"<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
)


HALVES = 2
INTERRUPTED_FOR = Duration(500)
"""Real time: enough for a notification to be sent and acted upon."""


class Dice(Protocol):
    """Randomness for latencies."""

    def fraction(self) -> float: ...

    def normal(self) -> float: ...


def latency_of(latency: Latency, dice: Dice) -> Duration:
    """One draw of the distribution, in milliseconds."""
    if latency.sigma:
        drawn = latency.low * math.exp(latency.sigma * dice.normal())
        return Duration(round(min(drawn, latency.high)))
    return Duration(round(latency.low + (latency.high - latency.low) * dice.fraction()))


def answer(
    plan: Plan, roles: ErrorRoles, wire: Wire, envelope: Envelope, honest: HttpResponse | None
) -> HttpResponse:
    """The honest answer, or what the plan puts in its place; `honest` is None where no work was done."""
    match plan.answer:
        case None:
            response = honest
        case Refuse(row, retry_after):
            details: dict[str, object] = {} if retry_after is None else {"retry_after": retry_after}
            response = wire.encode_error(envelope, row(**details))
        case Say(status, headers, body):
            response = HttpResponse(status, headers, body)
        case Malform(kind, status):
            base = honest or wire.encode_error(envelope, roles.internal())
            response = malformed(kind, base, status)
        case Break() as fault:
            response = replace(honest or HttpResponse(200), fault=fault)
        case _:
            assert_never(plan.answer)
    if response is None:
        response = wire.encode_error(envelope, roles.internal())
    return patched(response, plan.patch)


def interrupted(response: HttpResponse, owed: Sequence[Notification]) -> HttpResponse:
    """Half an answer, a pause in which its notification arrives, and the rest."""
    if response.fault is not None or len(response.body) < HALVES:
        return response
    if not any(each.shape.timing is Timing.DURING_RESPONSE for each in owed):
        return response
    half = -(-len(response.body) // HALVES)
    return replace(response, fault=Break(NetworkFault.DRIBBLE, chunk=half, over=INTERRUPTED_FOR))


def seal(
    effect: SealEffect | None, now: Instant, nonce: str,
) -> Seal:
    """How to sign: honestly, or as the plan says."""
    chosen = effect or HONEST_SEAL
    return Seal(Instant(now + chosen.skew), nonce, chosen.key, chosen.damage)


def malformed(kind: Malformation, response: HttpResponse, status: int | None) -> HttpResponse:
    """The same answer with bad content; still well-formed HTTP."""
    body, kept = response.body, response.headers
    match kind:
        case Malformation.TRUNCATED_JSON:
            body = body[: max(1, len(body) // 2)]
        case Malformation.HTML_PAGE:
            body, kept = HTML_502, _with_type(kept, "text/html")
        case Malformation.EMPTY_BODY:
            body = b""
        case Malformation.WRONG_CONTENT_TYPE:
            kept = _with_type(kept, "text/plain")
        case Malformation.WRONG_CHARSET:
            body, kept = b"\xff\xfe" + body, _with_type(kept, "application/json; charset=utf-16")
        case Malformation.WRONG_TYPES:
            body = json_bytes.dumps(_wrong_types(_loaded(body)))
        case Malformation.NOT_JSON:
            body = b"OK"
        case _:
            assert_never(kind)
    return replace(response, status=status or response.status, headers=kept, body=body)


def _with_type(headers: tuple[tuple[str, str], ...], content_type: str) -> tuple[tuple[str, str], ...]:
    others = tuple((name, value) for name, value in headers if name.lower() != "content-type")
    return (("Content-Type", content_type), *others)


def _loaded(body: bytes) -> Any:
    try:
        return json_bytes.loads(body)
    except ValueError:
        return {}


def _wrong_types(value: Any) -> Any:
    """Numbers become strings, strings become lists; the shape stays."""
    match value:
        case dict():
            return {key: _wrong_types(inner) for key, inner in value.items()}
        case list():
            return {str(index): _wrong_types(inner) for index, inner in enumerate(value)}
        case bool() | None:
            return str(value)
        case int() | float():
            return str(value)
        case _:
            return [value]


def patched(response: HttpResponse, patch: Mapping[str, object] | None) -> HttpResponse:
    """The answer with a JSON merge patch on its body (RFC 7396); left alone where the body is not JSON."""
    if patch is None:
        return response
    return replace(response, body=patched_json(response.body, patch))


def patched_json(body: bytes, patch: Mapping[str, object]) -> bytes:
    try:
        target = json_bytes.loads(body)
    except ValueError:
        return body
    return json_bytes.dumps(merged(target, patch))


def merged(target: Any, patch: Any) -> Any:
    """JSON merge patch: null removes, objects merge, all else replaces."""
    if not isinstance(patch, Mapping):
        return patch
    result = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result
