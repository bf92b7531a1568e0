"""Requests whose nonce was used before: refused where the setting says so, in words of our own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from paydouble.core.call import Call
from paydouble.core.provider import whoever_signs
from paydouble.core.record import Record
from paydouble.providers.wechatpay.errors import Errors
from paydouble.providers.wechatpay.settings import WechatpaySettings
from paydouble.providers.wechatpay.signatures import SCHEME


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedNonce(Record):
    """`id` is the merchant's number with the nonce."""

    kind: ClassVar[str] = "wechatpay.used_nonce"


def permit(settings: WechatpaySettings) -> Callable[[Call[Any]], Awaitable[None]]:
    """What the provider asks before each handler."""
    return _once if settings.nonce_once else whoever_signs


async def _once(call: Call[Any]) -> None:
    """Of API v3 alone: messages of v2 have a nonce and no time."""
    if not call.request.headers.get("Authorization").startswith(SCHEME):
        return
    key = f"{call.merchant.id}/{call.envelope.fields['nonce_str']}"
    if await call.work.get(UsedNonce, key) is not None:
        raise Errors.NONCE_USED()
    call.work.save(UsedNonce(id=key, created=call.clock.now()))
