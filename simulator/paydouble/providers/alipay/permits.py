"""What is decided of every call before its handler: by its nonce, by the token it brings, by a scenario.

https://opendocs.alipay.com/open-v3/053sd1
"""

from __future__ import annotations

import zlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from paydouble.core.call import Call
from paydouble.core.clock import MINUTE, Duration, Instant, later
from paydouble.core.effect import Outcome, Result
from paydouble.core.errors import ErrorTable
from paydouble.core.operation import Operation
from paydouble.core.record import Record
from paydouble.providers.alipay.errors import Gateway
from paydouble.providers.alipay.machines import V3
from paydouble.providers.alipay.operations.tokens import Grant
from paydouble.providers.alipay.refusing import refusal
from paydouble.providers.alipay.settings import AlipaySettings
from paydouble.providers.alipay.signatures import TOKEN_HEADER

NONCE_LIFETIME = Duration(10 * MINUTE)
SLOTS, KEPT_MAX = 4_096, 32
OWN_TOKEN_ONLY = ("open.auth.token.app", "open.auth.token.app.query")
"""Nobody asks for a merchant's token in the name of another one."""
DECIDE = frozenset({
    "trade.pay", "trade.precreate", "trade.create", "trade.page.pay", "trade.wap.pay", "trade.app.pay",
    "trade.order.pay", "trade.advance.consult", "trade.cancel", "trade.refund", "trade.refund.apply",
    "trade.page.refund", "trade.order.settle", "fund.trans.uni.transfer", "fund.trans.toaccount.transfer",
    "fund.trans.app.pay", "fund.auth.order.freeze", "fund.auth.order.app.freeze",
})
"""What a scenario's outcome means, these operations know themselves."""

Permit = Callable[[Call[Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Nonces(Record):
    """The latest nonces of an app that fall into one slot; there are never more records than slots."""

    kind: ClassVar[str] = "alipay.nonces"

    seen: tuple[str, ...] = ()
    """As in `1795374344250 e25b03d2`: when, and which."""


def permit(settings: AlipaySettings, operations: Iterable[Operation]) -> Permit:
    """What runs before each handler, under these settings."""
    rows = {
        route.selector or route.path: each.errors
        for each in operations if each.id not in DECIDE for route in each.routes
    }

    async def check(call: Call[Any]) -> None:
        _check_outcome(call.outcome, rows.get(call.envelope.selector or call.envelope.path, ()))
        if call.envelope.version == V3 and settings.v3_nonce_once:
            await _check_nonce(call)
        if token := app_auth_token(call):
            await _check_token(call, token)

    return check


def _check_outcome(outcome: Outcome | None, rows: Sequence[ErrorTable]) -> None:
    """A scenario may refuse what has no outcome of its own with any row that the operation has."""
    if rows and outcome is not None and outcome.result in (Result.DECLINED, Result.FAILED):
        raise refusal(outcome, rows, Gateway.AOP_SYSTEM_ERROR)


def app_auth_token(call: Call[Any]) -> str:
    """A common parameter of the gateway, a header of v3."""
    if call.envelope.version == V3:
        return call.request.headers.get(TOKEN_HEADER)
    return call.envelope.fields.get("app_auth_token", "")


async def _check_token(call: Call[Any], token: str) -> None:
    path = call.envelope.selector.removeprefix("alipay.") or call.envelope.path.removeprefix("/v3/alipay/")
    if path.replace("/", ".") in OWN_TOKEN_ONLY:
        raise Gateway.NOT_SUPPORT_APP_AUTH()
    grant = await call.work.get(Grant, token)
    if grant is None or grant.what != "app_token" or grant.app_id != call.merchant.id:
        raise Gateway.INVALID_APP_AUTH_TOKEN()
    if call.clock.now() >= grant.expires:
        raise Gateway.APP_AUTH_TOKEN_TIME_OUT()


async def _check_nonce(call: Call[Any]) -> None:
    """Which code a repetition has is not published."""
    nonce, now = call.envelope.fields["nonce"], call.clock.now()
    id = f"{call.merchant.id}/{zlib.crc32(nonce.encode('utf-8', 'replace')) % SLOTS}"
    slot = await call.work.get(Nonces, id) or Nonces(id=id, created=now)
    fresh = tuple(each for each in slot.seen if _seen_at(each) > later(now, -NONCE_LIFETIME))
    if nonce in (each.partition(" ")[2] for each in fresh):
        raise Gateway.INVALID_PARAMETER("nonce重复，请勿重复提交请求")
    call.work.save(replace(slot, seen=(*fresh[-KEPT_MAX:], f"{now} {nonce}")))


def _seen_at(entry: str) -> Instant:
    return Instant(int(entry.partition(" ")[0]))
