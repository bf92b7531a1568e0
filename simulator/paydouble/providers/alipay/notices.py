"""Notifications: forms signed without `sign_type`, told until the merchant answers with one word.

https://opendocs.alipay.com/open/270/105902
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from paydouble.core import json_bytes
from paydouble.core.call import Merchant
from paydouble.core.effect import Damage, Seal
from paydouble.core.http import Headers, HttpRequest, HttpResponse
from paydouble.core.notification import Event, Notification
from paydouble.providers.alipay import fields, keys, signatures, times

SUCCESS = b"success"
MESSAGE = "msg_method"
"""Only messages of the message service carry it; they tell the time as milliseconds."""


def announcement(event: Event) -> bytes:
    """What is told, as an object of strings; each attempt adds time and signature."""
    return json_bytes.dumps(event.body)


def notification(owed: Notification, event: Event, merchant: Merchant, with_: Seal) -> HttpRequest:
    values = _values(owed, event, merchant)
    codec = fields.codec_of(values.get("charset", ""))
    sign_type = values.setdefault("sign_type", signatures.RSA2)
    who = keys.signer(merchant.keys, with_.key)
    message = signatures.told(values).encode(codec, "replace")
    if with_.damage is not Damage.MISSING:
        values["sign"] = signatures.sign(who.private, message, sign_type, with_.damage)
    if with_.damage is Damage.TAMPERED_BODY:
        values |= _tampered(values)
    charset = values.get("charset", fields.DEFAULT_CHARSET)
    headers = (
        ("Content-Type", f"application/x-www-form-urlencoded; charset={charset}"),
        ("User-Agent", "Mozilla/4.0"),
    )
    return HttpRequest(
        method="POST", target=owed.endpoint.url, headers=Headers(headers),
        body=urlencode(values, encoding=codec, errors="replace").encode(), id=with_.nonce,
    )


def acknowledged(answer: HttpResponse) -> bool:
    """Seven bytes, neither more nor fewer."""
    return answer.status == 200 and answer.body == SUCCESS


def _values(owed: Notification, event: Event, merchant: Merchant) -> dict[str, str]:
    """Without empty ones: signed they would have to be sent, and SDKs disagree on the rest."""
    told: dict[str, Any] = json_bytes.loads(owed.payload)
    values = {name: _text(value) for name, value in told.items() if value not in ("", None)}
    now = owed.attempts[-1].at if owed.attempts else event.created
    if MESSAGE in values:
        values |= {"notify_id": event.id, "utc_timestamp": str(now)}
    else:
        values |= {"notify_id": event.id, "notify_time": times.china(now)}
    if merchant.id != event.merchant:
        values |= {name: merchant.id for name in ("app_id", "auth_app_id") if name in values}
    return values


def _text(value: object) -> str:
    return value if isinstance(value, str) else json_bytes.dumps(value).decode()


def _tampered(values: dict[str, str]) -> dict[str, str]:
    """Changed after it was signed: where money is told, the money."""
    name = next((each for each in ("total_amount", "amount", "trans_amount") if each in values), "notify_id")
    return {name: "0.01" if name != "notify_id" else values[name] + "0"}
