"""Payments, sales, authorizations, captures and refunds as the classic API shows them.

https://developer.paypal.com/docs/api/payments/v1/
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from paydouble.core.clock import rfc3339_utc
from paydouble.core.money import Money
from paydouble.core.work import Work
from paydouble.providers.paypal.amounts import EXPONENTS, Json
from paydouble.providers.paypal.models import Authorization, Capture, Order, Refund
from paydouble.providers.paypal.showing import link, page_base, present

V1 = "/v1/payments"
PAYMENTS_PATH = f"{V1}/payment"
WEBSCR_PATH = "/cgi-bin/webscr"
TOKEN_PREFIX = "EC-"
EXPRESS = "_express-checkout"
_BOTH = "ITEM_NOT_RECEIVED_ELIGIBLE,UNAUTHORIZED_PAYMENT_ELIGIBLE"
_PROTECTED: Json = {"protection_eligibility": "ELIGIBLE", "protection_eligibility_type": _BOTH}
_MODE: Json = {"payment_mode": "INSTANT_TRANSFER"}

# fmt: off
_SALES = {"COMPLETED": "completed", "PARTIALLY_REFUNDED": "partially_refunded", "REFUNDED": "refunded",
          "PENDING": "pending", "DECLINED": "denied", "FAILED": "denied"}
_HOLDS = {"PENDING": "pending", "CREATED": "authorized", "PARTIALLY_CAPTURED": "partially_captured",
         "CAPTURED": "captured", "VOIDED": "voided", "DENIED": "denied"}
_REFUNDS = {"COMPLETED": "completed", "PENDING": "pending", "FAILED": "failed", "CANCELLED": "cancelled"}
_STATES = {"COMPLETED": "approved", "SAVED": "approved", "VOIDED": "failed"}
"""Of an order, as the state of its payment; every other one is `created`."""
# fmt: on


def _money(minor: int, currency: str, name: str = "total") -> Json:
    return {name: Money(minor, currency).major(EXPONENTS), "currency": currency}


def _times(record: Order | Authorization | Capture | Refund) -> Json:
    return {"create_time": rfc3339_utc(record.created), "update_time": rfc3339_utc(record.updated)}


def _parent(payment: str, base: str) -> Json:
    return link(f"{base}{PAYMENTS_PATH}/{payment}", "parent_payment")


def token_of(order: Order) -> str:
    """By which the payer's page knows it."""
    return f"{TOKEN_PREFIX}{order.id}" if order.payment else order.id


def approval_url(order: Order, base: str) -> str:
    return f"{page_base(base)}{WEBSCR_PATH}?cmd={EXPRESS}&token={token_of(order)}"


def sale_shown(taken: Capture, base: str) -> Json:
    """A capture at once is a sale."""
    itself = f"{base}{V1}/sale/{taken.id}"
    return {
        "id": taken.id, "state": _SALES[taken.status], "amount": _money(taken.amount_minor, taken.currency),
        **_MODE, **_PROTECTED,
        **present(reason_code=taken.reason, custom=taken.custom_id, invoice_number=taken.invoice_id),
        "transaction_fee": _money(taken.fee_minor, taken.currency, "value"), "parent_payment": taken.payment,
        **_times(taken),
        "links": [
            link(itself, "self"), link(f"{itself}/refund", "refund", "POST"), _parent(taken.payment, base),
        ],
    }


def capture_shown(taken: Capture, base: str) -> Json:
    itself = f"{base}{V1}/capture/{taken.id}"
    held = [link(f"{base}{V1}/authorization/{taken.authorization}", "authorization")]
    return {
        "id": taken.id, "state": _SALES[taken.status], "amount": _money(taken.amount_minor, taken.currency),
        "is_final_capture": taken.final, "parent_payment": taken.payment,
        **present(reason_code=taken.reason, invoice_number=taken.invoice_id),
        "transaction_fee": _money(taken.fee_minor, taken.currency, "value"), **_times(taken),
        "links": [
            link(itself, "self"), link(f"{itself}/refund", "refund", "POST"),
            *(held if taken.authorization else ()), _parent(taken.payment, base),
        ],
    }


def authorization_shown(held: Authorization, base: str) -> Json:
    itself = f"{base}{V1}/authorization/{held.id}"
    open_ = held.status in ("CREATED", "PENDING", "PARTIALLY_CAPTURED")
    ways = ("capture", "void", "reauthorize") if held.renewals_left else ("capture", "void")
    return {
        "id": held.id, "state": _HOLDS[held.status], "amount": _money(held.amount_minor, held.currency),
        **_MODE, **_PROTECTED, **present(pending_reason="AUTHORIZATION" if held.status == "PENDING" else ""),
        "parent_payment": held.payment, "valid_until": rfc3339_utc(held.expires), **_times(held),
        "links": [
            link(itself, "self"), *(link(f"{itself}/{way}", way, "POST") for way in ways if open_),
            _parent(held.payment, base),
        ],
    }


def order_shown(order: Order, base: str) -> Json:
    """The order of a payment with the intent `order`: captured or authorized in its own time."""
    itself = f"{base}{V1}/orders/{order.id}"
    state = "VOIDED" if order.voided else "COMPLETED" if order.status == "COMPLETED" else "PENDING"
    ways = (("capture", "capture"), ("do-void", "void"), ("authorize", "authorization"))
    return {
        "id": order.id, "state": state, "amount": _money(order.total_minor, order.currency), **_MODE,
        "reason_code": "ORDER", "parent_payment": order.payment, **_times(order),
        "links": [
            link(itself, "self"),
            *(link(f"{itself}/{path}", rel, "POST") for path, rel in ways if state == "PENDING"),
            _parent(order.payment, base),
        ],
    }


def refund_shown(refund: Refund, base: str) -> Json:
    """Of a sale, or of a capture of an authorization."""
    of = "sale" if refund.of_sale else "capture"
    return {
        "id": refund.id, "state": _REFUNDS[refund.status],
        "amount": _money(refund.amount_minor, refund.currency),
        "refund_from_transaction_fee": _money(0, refund.currency, "value"),
        "refund_from_received_amount": _money(refund.amount_minor, refund.currency, "value"),
        "total_refunded_amount": _money(refund.total_minor, refund.currency, "value"),
        **present(invoice_number=refund.invoice_id, description=refund.note, custom=refund.custom_id),
        f"{of}_id": refund.capture, "parent_payment": refund.payment, **_times(refund),
        "links": [
            link(f"{base}{V1}/refund/{refund.id}", "self"), link(f"{base}{V1}/{of}/{refund.capture}", of),
            _parent(refund.payment, base),
        ],
    }


async def payment_shown(work: Work, order: Order, base: str) -> Json:
    """The whole payment, with what came of it."""
    return payment_with(await _related(work, order, base), order, base)


def payment_with(related: list[Json], order: Order, base: str) -> Json:
    asked = order.classic
    transactions = [dict(one) for one in asked["transactions"]]
    transactions[0]["related_resources"] = related
    return present(
        id=order.payment, intent=asked["intent"], state=_STATES.get(order.status, "created"), cart=order.id,
        payer=_payer(order), transactions=transactions, redirect_urls=asked.get("redirect_urls"),
        note_to_payer=asked.get("note_to_payer"), experience_profile_id=asked.get("experience_profile_id"),
    ) | _times(order) | {"links": _links(order, base)}


def _payer(order: Order) -> Json:
    method = order.classic["payer"]["payment_method"]
    if not order.payer:
        return {"payment_method": method}
    name = order.payer.get("name") or {}
    country = (order.payer.get("address") or {}).get("country_code", "US")
    info = present(
        email=order.payer.get("email_address"), first_name=name.get("given_name"),
        last_name=name.get("surname"), payer_id=order.payer.get("payer_id"), country_code=country,
    )
    return {"payment_method": method, "status": "VERIFIED", "payer_info": info}


async def _related(work: Work, order: Order, base: str) -> list[Json]:
    found: list[Json] = []
    if order.classic["intent"] == "order" and order.status in ("SAVED", "COMPLETED"):
        found.append({"order": order_shown(order, base)})
    rows: tuple[tuple[tuple[str, ...], type[Any], Callable[[Any], Json]], ...] = (
        (order.authorizations, Authorization, lambda one: _held(one, base)),
        (order.captures, Capture, lambda one: _taken(one, base)),
        (order.refunds, Refund, lambda one: {"refund": refund_shown(one, base)}),
    )
    for ids, kind, show in rows:
        for id in ids:
            record = await work.get(kind, id)
            assert record is not None, f"{order.id} lost {id}"
            found.append(show(record))
    return found


def _held(held: Authorization, base: str) -> Json:
    return {"authorization": authorization_shown(held, base)}


def _taken(taken: Capture, base: str) -> Json:
    if taken.sale:
        return {"sale": sale_shown(taken, base)}
    return {"capture": capture_shown(taken, base)}


def _links(order: Order, base: str) -> list[Json]:
    itself = f"{base}{PAYMENTS_PATH}/{order.payment}"
    links = [link(itself, "self")]
    if order.status in ("CREATED", "PAYER_ACTION_REQUIRED", "APPROVED"):
        links += [
            link(approval_url(order, base), "approval_url", "REDIRECT"),
            link(f"{itself}/execute", "execute", "POST"),
        ]
    return links
