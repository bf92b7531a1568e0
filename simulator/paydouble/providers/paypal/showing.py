"""Orders, authorizations, captures and refunds as the APIs show them, with links that work."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from paydouble.core.clock import Instant, rfc3339_utc
from paydouble.core.work import Work
from paydouble.providers.paypal.amounts import shown, shown_minor
from paydouble.providers.paypal.models import Authorization, Capture, Json, Order, Refund

ORDERS_PATH = "/v2/checkout/orders"
PAYMENTS_PATH = "/v2/payments"
APPROVE_PATH = "/checkoutnow"
SECURE_PATH = "/webapps/helios"
PROTECTED = {
    "status": "ELIGIBLE", "dispute_categories": ["ITEM_NOT_RECEIVED", "UNAUTHORIZED_TRANSACTION"],
}
UNPROTECTED = {"status": "NOT_ELIGIBLE"}

_PACIFIC = timezone(timedelta(hours=-8))
_RENEWABLE = ("CREATED", "PENDING", "PARTIALLY_CAPTURED")


def link(href: str, rel: str, method: str = "GET") -> Json:
    return {"href": href, "rel": rel, "method": method}


def times(created: Instant, updated: Instant) -> Json:
    return {"create_time": rfc3339_utc(created), "update_time": rfc3339_utc(updated)}


def present(**fields: object) -> Json:
    """Without what is empty: PayPal never writes null."""
    return {name: value for name, value in fields.items() if value not in ("", None, {}, [], ())}


def approve_url(order: Order, base: str) -> str:
    if order.is_card:
        return f"{page_base(base)}{SECURE_PATH}?action=verify&flow=3ds&cart_id={order.id}"
    return f"{page_base(base)}{APPROVE_PATH}?token={order.id}"


def page_base(base: str) -> str:
    """Where buyers are sent: for the real hosts, the web site that belongs to the API."""
    return base.replace("//api-m.", "//www.").replace("//api.", "//www.")


def order_links(order: Order, base: str) -> list[Json]:
    """What can be done next."""
    itself = f"{base}{ORDERS_PATH}/{order.id}"
    finish = order.intent.lower()
    match order.status:
        case "CREATED":
            return [
                link(itself, "self"), link(approve_url(order, base), "approve"),
                link(itself, "update", "PATCH"), link(f"{itself}/{finish}", finish, "POST"),
            ]
        case "PAYER_ACTION_REQUIRED":
            return [link(itself, "self"), link(approve_url(order, base), "payer-action")]
        case "APPROVED":
            return [
                link(itself, "self"), link(itself, "update", "PATCH"),
                link(f"{itself}/{finish}", finish, "POST"),
            ]
        case _:
            return [link(itself, "self")]


def authorization_shown(held: Authorization, base: str, *, alone: bool = True) -> Json:
    """`alone`: as its own GET tells it, with what an order says anyway."""
    itself = f"{base}{PAYMENTS_PATH}/authorizations/{held.id}"
    links = [link(itself, "self")]
    if held.status in _RENEWABLE:
        links += [link(f"{itself}/capture", "capture", "POST"), link(f"{itself}/void", "void", "POST")]
        if held.renewals_left:
            links.append(link(f"{itself}/reauthorize", "reauthorize", "POST"))
    links.append(link(f"{base}{ORDERS_PATH}/{held.order}", "up"))
    return present(
        id=held.id, status=held.status,
        status_details=present(reason=held.reason),
        amount=shown(held.amount), invoice_id=held.invoice_id, custom_id=held.custom_id,
        seller_protection=UNPROTECTED if held.status == "DENIED" else PROTECTED,
        expiration_time=rfc3339_utc(held.expires), processor_response=dict(held.processor),
        supplementary_data={"related_ids": {"order_id": held.order}} if alone else {},
        payee=dict(held.payee) if alone else {},
        links=links,
    ) | times(held.created, held.updated)


def capture_shown(taken: Capture, base: str, *, alone: bool = True) -> Json:
    itself = f"{base}{PAYMENTS_PATH}/captures/{taken.id}"
    up = f"{PAYMENTS_PATH}/authorizations/{taken.authorization}" if taken.authorization else (
        f"{ORDERS_PATH}/{taken.order}"
    )
    links = [link(itself, "self")]
    if taken.status in ("COMPLETED", "PARTIALLY_REFUNDED"):
        links.append(link(f"{itself}/refund", "refund", "POST"))
    links.append(link(f"{base}{up}", "up"))
    related = present(order_id=taken.order, authorization_id=taken.authorization, capture_id=taken.id)
    return present(
        id=taken.id, status=taken.status, status_details=present(reason=taken.reason),
        amount=shown_minor(taken.amount_minor, taken.currency),
    ) | {"final_capture": taken.final} | present(
        seller_protection=UNPROTECTED if taken.status == "DECLINED" else PROTECTED,
        seller_receivable_breakdown=_receivable(taken),
        invoice_id=taken.invoice_id, custom_id=taken.custom_id, disbursement_mode=taken.disbursement_mode,
        processor_response=dict(taken.processor),
        supplementary_data={"related_ids": related} if alone else {},
        payee=dict(taken.payee) if alone else {},
        links=links,
    ) | times(taken.created, taken.updated)


def _receivable(taken: Capture) -> Json:
    """Nothing was received of what was declined."""
    currency, gross = taken.currency, shown_minor(taken.amount_minor, taken.currency)
    if taken.status == "DECLINED":
        return {"gross_amount": gross}
    net = taken.amount_minor - taken.fee_minor - taken.platform_fee_minor
    breakdown: Json = {
        "gross_amount": gross, "paypal_fee": shown_minor(taken.fee_minor, currency),
        "net_amount": shown_minor(net, currency),
    }
    if taken.platform_fee_minor:
        fee: Json = {"amount": shown_minor(taken.platform_fee_minor, currency)}
        if taken.platform_fee_payee:
            fee["payee"] = {"merchant_id": taken.platform_fee_payee}
        breakdown["platform_fees"] = [fee]
    return breakdown


def refund_shown(refund: Refund, base: str, *, alone: bool = True) -> Json:
    itself = f"{base}{PAYMENTS_PATH}/refunds/{refund.id}"
    currency = refund.currency
    gross = shown_minor(refund.amount_minor, currency)
    payable = refund.amount_minor - refund.platform_fee_minor
    breakdown: Json = {
        "gross_amount": gross, "paypal_fee": shown_minor(0, currency),
        "net_amount": shown_minor(payable, currency),
        "total_refunded_amount": shown_minor(refund.total_minor, currency),
    }
    if refund.platform_fee_minor:
        breakdown["platform_fees"] = [{"amount": shown_minor(refund.platform_fee_minor, currency)}]
    when = _pacific if refund.pacific else rfc3339_utc
    return present(
        id=refund.id, status=refund.status, status_details=present(reason=refund.reason), amount=gross,
        invoice_id=refund.invoice_id, custom_id=refund.custom_id, note_to_payer=refund.note,
        seller_payable_breakdown=breakdown,
        links=[link(itself, "self"), link(f"{base}{PAYMENTS_PATH}/captures/{refund.capture}", "up")],
        create_time=when(refund.created), update_time=when(refund.updated),
    )


def _pacific(instant: Instant) -> str:
    return datetime.fromtimestamp(instant // 1_000, _PACIFIC).isoformat(timespec="seconds")


async def order_shown(work: Work, order: Order, base: str) -> Json:
    """The whole order."""
    payments = await payments_of(work, order, base)
    units = [
        {**unit, **({"payments": paid} if (paid := payments.get(number)) else {})}
        for number, unit in enumerate(order.units)
    ]
    return present(
        id=order.id, intent=order.intent, status=order.status, processing_instruction=order.instruction,
        payment_source=dict(order.source), purchase_units=units, payer=dict(order.payer),
    ) | times(order.created, order.updated) | {"links": order_links(order, base)}


async def paid_shown(work: Work, order: Order, base: str) -> Json:
    """What capture and authorize tell without `return=representation`."""
    payments = await payments_of(work, order, base)
    units = [
        present(
            reference_id=unit["reference_id"], shipping=unit.get("shipping"), payments=payments.get(number)
        )
        for number, unit in enumerate(order.units)
    ]
    return present(
        id=order.id, status=order.status, payment_source=dict(order.source), purchase_units=units,
        payer=dict(order.payer), links=order_links(order, base),
    )


def briefly_shown(order: Order, base: str) -> Json:
    source = {"payment_source": dict(order.source)} if order.source else {}
    return {"id": order.id, "status": order.status, **source, "links": order_links(order, base)}


async def payments_of(work: Work, order: Order, base: str) -> Mapping[int, Json]:
    """By the number of the purchase unit: authorizations, captures, refunds."""
    found: dict[int, dict[str, list[Any]]] = {}
    for id in order.authorizations:
        held = await work.get(Authorization, id)
        assert held is not None, f"{order.id} lost {id}"
        _under(found, held.unit, "authorizations").append(authorization_shown(held, base, alone=False))
    for id in order.captures:
        taken = await work.get(Capture, id)
        assert taken is not None, f"{order.id} lost {id}"
        _under(found, taken.unit, "captures").append(capture_shown(taken, base, alone=False))
    for id in order.refunds:
        refund = await work.get(Refund, id)
        assert refund is not None, f"{order.id} lost {id}"
        _under(found, refund.unit, "refunds").append(refund_shown(refund, base, alone=False))
    return found


def _under(found: dict[int, dict[str, list[Any]]], unit: int, name: str) -> list[Any]:
    return found.setdefault(unit, {}).setdefault(name, [])
