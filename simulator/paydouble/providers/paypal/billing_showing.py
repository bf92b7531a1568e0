"""Subscriptions, their payments and the refunds of those, as the APIs and webhooks show them.

https://developer.paypal.com/docs/api/subscriptions/v1/#definition-subscription
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from paydouble.core.clock import Instant, rfc3339_utc
from paydouble.core.money import Money
from paydouble.core.notification import Event
from paydouble.providers.paypal import events
from paydouble.providers.paypal.amounts import EXPONENTS, Json, shown_minor
from paydouble.providers.paypal.billing_dates import following
from paydouble.providers.paypal.plans import Plan, plan_shown, shortened
from paydouble.providers.paypal.showing import link, page_base, present, times
from paydouble.providers.paypal.subscription_models import (
    ACTIVE,
    APPROVED,
    SUSPENDED,
    WAITING,
    Sale,
    SaleRefund,
    Subscription,
)

SUBSCRIPTIONS_PATH, SALES_PATH = "/v1/billing/subscriptions", "/v1/payments/sale"
APPROVE_PATH = "/webapps/billing/subscriptions"
REVISE_PATH = "/webapps/billing/subscriptions/update"
LAST_FAILED, PLAN = "last_failed_payment", "plan"
"""The parts that `fields` adds."""

Cycle = Mapping[str, Any]


def cycles_of(plan: Plan, subscription: Subscription) -> tuple[Cycle, ...]:
    """The plan's billing cycles, with what this subscription overrides."""
    own = subscription.overrides.get("billing_cycles") or {}
    return tuple({**cycle, **own.get(str(cycle["sequence"]), {})} for cycle in plan.cycles)


def preferences_of(plan: Plan, subscription: Subscription) -> Mapping[str, Any]:
    return {**plan.preferences, **(subscription.overrides.get("payment_preferences") or {})}


def taxes_of(plan: Plan, subscription: Subscription) -> Mapping[str, Any]:
    return {**plan.taxes, **(subscription.overrides.get("taxes") or {})}


def current(plan: Plan, subscription: Subscription) -> Cycle | None:
    """The billing cycle that is executed next; None when all are over."""
    for cycle in cycles_of(plan, subscription):
        total = int(cycle["total_cycles"])
        if total == 0 or subscription.done.get(str(cycle["sequence"]), 0) < total:
            return cycle
    return None


def subscription_links(subscription: Subscription, base: str) -> list[Json]:
    """What can be done next."""
    itself = f"{base}{SUBSCRIPTIONS_PATH}/{subscription.id}"
    itself_links = [link(itself, "edit", "PATCH"), link(itself, "self")]
    match subscription.status:
        case status if status == WAITING:
            approve = f"{page_base(base)}{APPROVE_PATH}?ba_token={subscription.token}"
            return [link(approve, "approve"), *itself_links]
        case status if status == APPROVED:
            return [link(f"{itself}/activate", "activate", "POST"), *itself_links]
        case status if status == ACTIVE:
            return [
                link(f"{itself}/cancel", "cancel", "POST"), *itself_links,
                link(f"{itself}/suspend", "suspend", "POST"), link(f"{itself}/capture", "capture", "POST"),
            ]
        case status if status == SUSPENDED:
            return [
                link(f"{itself}/cancel", "cancel", "POST"), *itself_links,
                link(f"{itself}/activate", "activate", "POST"), link(f"{itself}/capture", "capture", "POST"),
            ]
        case _:
            return [link(itself, "self")]


def subscription_shown(
    subscription: Subscription, plan: Plan, base: str, fields: tuple[str, ...] = ()
) -> Json:
    """The whole subscription; `fields` may ask for its last failed payment and its plan."""
    currency = subscription.currency
    body = present(
        id=subscription.id, plan_id=subscription.plan, status=subscription.status,
        status_change_note=subscription.note, status_update_time=_at(subscription.status_at),
        start_time=rfc3339_utc(subscription.start), quantity=str(subscription.quantity),
        subscriber=dict(subscription.subscriber), custom_id=subscription.custom_id,
    ) | {
        "shipping_amount": shown_minor(subscription.shipping_minor, currency),
        "plan_overridden": bool(subscription.overrides),
    }
    if subscription.status not in (WAITING, APPROVED):
        body["billing_info"] = _billing_info(subscription, plan, fields)
    if PLAN in fields:
        body["plan"] = _plan_part(plan, subscription, base)
    body |= times(subscription.created, subscription.updated)
    return {
        **(shortened(body) if subscription.short else body), "links": subscription_links(subscription, base),
    }


def subscription_in_brief(subscription: Subscription, base: str) -> Json:
    return {
        "id": subscription.id, "status": subscription.status,
        "create_time": rfc3339_utc(subscription.created),
        "links": subscription_links(subscription, base),
    }


def _at(instant: Instant) -> str:
    return rfc3339_utc(instant) if instant else ""


def _plan_part(plan: Plan, subscription: Subscription, base: str) -> Json:
    whole = plan_shown(plan, base)
    names = ("product_id", "name", "description", "quantity_supported", "merchant_preferences")
    return {name: whole[name] for name in names if name in whole} | present(
        billing_cycles=list(cycles_of(plan, subscription)),
        payment_preferences=dict(preferences_of(plan, subscription)),
        taxes=dict(taxes_of(plan, subscription)),
    )


def _billing_info(subscription: Subscription, plan: Plan, fields: tuple[str, ...]) -> Json:
    currency = subscription.currency
    info: Json = {
        "outstanding_balance": shown_minor(subscription.outstanding_minor, currency),
        "cycle_executions": [_execution(cycle, subscription) for cycle in cycles_of(plan, subscription)],
        "failed_payments_count": subscription.failed_count,
    }
    paid, failed = subscription.last_paid, subscription.last_failed
    if paid:
        info["last_payment"] = {
            "amount": shown_minor(paid["minor"], currency), "time": rfc3339_utc(paid["at"]),
        }
    if subscription.next_billing and subscription.status == ACTIVE:
        info["next_billing_time"] = rfc3339_utc(subscription.next_billing)
        last = _final_payment(subscription, plan)
        info |= {"final_payment_time": rfc3339_utc(last)} if last else {}
    if failed and LAST_FAILED in fields:
        info["last_failed_payment"] = {
            "amount": shown_minor(failed["minor"], currency), "time": rfc3339_utc(failed["at"]),
            "reason_code": failed["reason"],
            **({"next_payment_retry_time": rfc3339_utc(failed["retry"])} if failed["retry"] else {}),
        }
    return info


def _execution(cycle: Cycle, subscription: Subscription) -> Json:
    total, done = int(cycle["total_cycles"]), subscription.done.get(str(cycle["sequence"]), 0)
    return {
        "tenure_type": cycle["tenure_type"], "sequence": cycle["sequence"], "cycles_completed": done,
        "cycles_remaining": total - done if total else 0,
        "current_pricing_scheme_version": max(1, int((cycle.get("pricing_scheme") or {}).get("version", 1))),
        "total_cycles": total,
    }


def _final_payment(subscription: Subscription, plan: Plan) -> Instant | None:
    """None for one that goes on for ever."""
    cycles = cycles_of(plan, subscription)
    if any(not cycle["total_cycles"] for cycle in cycles):
        return None
    at = last = subscription.next_billing
    for cycle in cycles:
        left = int(cycle["total_cycles"]) - subscription.done.get(str(cycle["sequence"]), 0)
        for _ in range(left):
            last, at = at, following(at, cycle["frequency"], subscription.day)
    return last


def told(type: str, subscription: Subscription, plan: Plan) -> Event:
    """An event with the whole subscription."""
    resource = subscription_shown(
        subscription, plan, subscription.base, (LAST_FAILED,) if type.endswith("FAILED") else ()
    )
    return events.event(
        type, subscription.merchant, resource, resource_type="subscription", base=subscription.base,
        subject=subscription.id, ref=subscription.ref, summary=_SUMMARIES[type],
    )


# fmt: off
_SUMMARIES = {
    "BILLING.SUBSCRIPTION.CREATED":        "Subscription created",
    "BILLING.SUBSCRIPTION.ACTIVATED":      "Subscription activated",
    "BILLING.SUBSCRIPTION.RE-ACTIVATED":   "Subscription re-activated",
    "BILLING.SUBSCRIPTION.UPDATED":        "Subscription updated",
    "BILLING.SUBSCRIPTION.SUSPENDED":      "Subscription suspended",
    "BILLING.SUBSCRIPTION.CANCELLED":      "Subscription cancelled",
    "BILLING.SUBSCRIPTION.EXPIRED":        "Subscription expired",
    "BILLING.SUBSCRIPTION.PAYMENT.FAILED": "Subscription payment failed",
}
STATUSES = {
    "completed": "COMPLETED", "pending": "PENDING", "denied": "DECLINED",
    "partially_refunded": "PARTIALLY_REFUNDED", "refunded": "REFUNDED", "reversed": "REFUNDED",
}
"""A sale's state → as the transactions of a subscription tell it."""
# fmt: on


def transaction_shown(sale: Sale) -> Json:
    """A sale among the transactions of its subscription."""
    currency, name = sale.currency, sale.payer.get("name") or {}
    breakdown = {
        "gross_amount": shown_minor(sale.amount_minor, currency),
        "fee_amount": shown_minor(sale.fee_minor, currency),
        "net_amount": shown_minor(sale.amount_minor - sale.fee_minor, currency),
    }
    if sale.shipping_minor:
        breakdown["shipping_amount"] = shown_minor(sale.shipping_minor, currency)
    if sale.tax_minor:
        breakdown["tax_amount"] = shown_minor(sale.tax_minor, currency)
    return {"status": STATUSES[sale.status], "id": sale.id, "amount_with_breakdown": breakdown} | present(
        payer_name={part: name[part] for part in ("given_name", "surname") if part in name},
        payer_email=sale.payer.get("email_address", ""),
    ) | {"time": rfc3339_utc(sale.created)}


def classic(minor: int, currency: str, name: str = "total") -> Json:
    """Money as the classic API writes it."""
    return {name: Money(minor, currency).major(EXPONENTS), "currency": currency}


def sale_shown(sale: Sale, base: str) -> Json:
    """As the classic API and its events have it."""
    itself = f"{base}{SALES_PATH}/{sale.id}"
    rest = sale.amount_minor - sale.shipping_minor - sale.tax_minor
    details = {
        name: Money(minor, sale.currency).major(EXPONENTS)
        for name, minor in (("subtotal", rest), ("shipping", sale.shipping_minor), ("tax", sale.tax_minor))
        if minor
    }
    return {
        "id": sale.id, "state": sale.status,
        "amount": classic(sale.amount_minor, sale.currency) | {"details": details},
        "payment_mode": "INSTANT_TRANSFER", "protection_eligibility": "ELIGIBLE",
        "protection_eligibility_type": "ITEM_NOT_RECEIVED_ELIGIBLE,UNAUTHORIZED_PAYMENT_ELIGIBLE",
        "transaction_fee": classic(sale.fee_minor, sale.currency, "value"),
        "billing_agreement_id": sale.subscription, **present(custom=sale.custom_id),
        "create_time": rfc3339_utc(sale.created), "update_time": rfc3339_utc(sale.updated),
        "links": [link(itself, "self"), link(f"{itself}/refund", "refund", "POST")],
    }


def sale_told(type: str, sale: Sale) -> Event:
    amount = f"{Money(sale.amount_minor, sale.currency).major(EXPONENTS)} {sale.currency}"
    verb = type.rpartition(".")[2].lower()
    return events.event(
        type, sale.merchant, sale_shown(sale, sale.base), resource_type="sale", version="", base=sale.base,
        subject=sale.subscription, ref=sale.custom_id, summary=f"Payment {verb} for {amount}",
        people=events.people_of({"merchant_id": sale.seller}, sale.payer),
    )


def refund_shown(refund: SaleRefund, base: str) -> Json:
    """As the classic API and its events have it."""
    return present(
        id=refund.id, state="completed", sale_id=refund.sale, billing_agreement_id=refund.subscription,
        amount=classic(refund.amount_minor, refund.currency),
        refund_from_transaction_fee=classic(0, refund.currency, "value"),
        refund_from_received_amount=classic(refund.amount_minor, refund.currency, "value"),
        total_refunded_amount=classic(refund.total_minor, refund.currency, "value"),
        description=refund.reason,
        create_time=rfc3339_utc(refund.created), update_time=rfc3339_utc(refund.created),
        links=[
            link(f"{base}/v1/payments/refund/{refund.id}", "self"),
            link(f"{base}{SALES_PATH}/{refund.sale}", "sale"),
        ],
    )


def refund_told(refund: SaleRefund) -> Event:
    amount = f"{Money(refund.amount_minor, refund.currency).major(EXPONENTS)} {refund.currency}"
    return events.event(
        "PAYMENT.SALE.REFUNDED", refund.merchant, refund_shown(refund, refund.base),
        resource_type="refund", version="", base=refund.base, subject=refund.subscription,
        summary=f"A {amount} sale payment was refunded",
        people=events.people_of({"merchant_id": refund.seller}, {}),
    )
