"""A small stand-in for PayPal's JavaScript SDK, and the pages that tell it what a payer did.

https://developer.paypal.com/sdk/js/reference/
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from paydouble.core import json_bytes
from paydouble.core.http import HttpResponse
from paydouble.core.page import Go, Next, Page, Visit, page
from paydouble.providers.paypal.billing_showing import APPROVE_PATH
from paydouble.providers.paypal.showing import page_base
from paydouble.providers.paypal.subscription_models import Subscription

FOLDER = "paydouble.providers.paypal"
SCRIPT_PATH, SUBSCRIPTION_PATH = "/sdk/js", "/sdk/subscription"
POPUP = "popup"
"""The field by which a page knows that a script waits for its outcome."""
NAMESPACE = "paypal"

_PLACE = b"__SETTINGS__"
_SCRIPT_HEADERS = (
    ("Content-Type", "text/javascript; charset=utf-8"), ("Cache-Control", "no-store"),
    ("Access-Control-Allow-Origin", "*"), ("X-Content-Type-Options", "nosniff"),
)
_TOLD_HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; script-src 'unsafe-inline'; frame-ancestors *"),
    ("Referrer-Policy", "no-referrer"),
)


@cache
def _script() -> bytes:
    return (Path(__file__).parent / "pages" / "sdk.js").read_bytes()


def _of_client(fields: Mapping[str, str]) -> tuple[str, str]:
    return fields.get("client-id", ""), ""


def _of_subscription(fields: Mapping[str, str]) -> tuple[str, str]:
    return fields.get("client-id", ""), fields.get("subscription_id", "")


@page(SCRIPT_PATH, folder=FOLDER, names=_of_client)
async def script(visit: Visit) -> Next:
    """The script that a shop's page loads for its buttons."""
    namespace = visit.fields.get("data-namespace", NAMESPACE)
    settings = {
        "base": page_base(visit.base_url), "clientId": visit.merchant.id,
        "currency": visit.fields.get("currency", "USD"), "intent": visit.fields.get("intent", "capture"),
        "namespace": namespace if namespace.isidentifier() else NAMESPACE,
    }
    return HttpResponse(200, _SCRIPT_HEADERS, _script().replace(_PLACE, _inline(settings), 1))


@page(SUBSCRIPTION_PATH, Subscription, folder=FOLDER, names=_of_subscription)
async def subscription(visit: Visit) -> Next:
    """From a subscription's id, which is all that a script knows, to the page on which it is approved."""
    found = visit.record
    if not isinstance(found, Subscription):
        return told("cancelled")
    return Go(f"{APPROVE_PATH}?ba_token={found.token}&{POPUP}=1")


def told(outcome: str, **fields: str) -> HttpResponse:
    """A page that says to the window which opened it what happened, and closes itself."""
    message = _inline({"paydouble": "paypal", "outcome": outcome, **fields}).decode()
    body = (
        "<!DOCTYPE html><meta charset=utf-8><title>PayPal</title><p>You can close this window.</p><script>"
        f"const to = window.opener || window.parent; to.postMessage({message}, '*'); window.close();</script>"
    )
    return HttpResponse(200, _TOLD_HEADERS, body.encode())


def _inline(document: Mapping[str, str]) -> bytes:
    """JSON that cannot end a script element."""
    return json_bytes.dumps(document).replace(b"<", b"\\u003c")


PAGES: tuple[Page, ...] = (script, subscription)
