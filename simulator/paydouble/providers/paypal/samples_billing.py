"""Made-up products, plans, subscriptions, sales and disputes, for events that never happened.

https://developer.paypal.com/api/rest/webhooks/simulator/
"""

from __future__ import annotations

from dataclasses import replace

from paydouble.core.clock import DAY, Instant, later
from paydouble.core.ids import Ids
from paydouble.core.notification import Event
from paydouble.providers.paypal import billing_showing, catalog, dispute_showing, plans
from paydouble.providers.paypal.dispute_models import RESOLVED, SELLER_FAVOUR, Dispute, dispute_id
from paydouble.providers.paypal.identifiers import resource_id
from paydouble.providers.paypal.pricing import normal_cycles
from paydouble.providers.paypal.subscription_models import Sale, SaleRefund, Subscription, subscription_id

_MINOR, _FEE_MINOR, _CURRENCY, _EMAIL = 3_000, 154, "USD", "seller@business.example.com"
_PRICE = {"currency_code": _CURRENCY, "value": "30.00"}
_CYCLE = {
    "pricing_scheme": {"fixed_price": _PRICE}, "frequency": {"interval_unit": "MONTH", "interval_count": 1},
    "tenure_type": "REGULAR", "sequence": 1, "total_cycles": 12,
}
_PREFERENCES = {
    "auto_bill_outstanding": True, "setup_fee_failure_action": "CANCEL", "payment_failure_threshold": 0,
}
_STATUSES = {
    "CREATED": "APPROVAL_PENDING", "SUSPENDED": "SUSPENDED", "CANCELLED": "CANCELLED", "EXPIRED": "EXPIRED",
}
_STATES = {"PENDING": "pending", "DENIED": "denied", "REVERSED": "reversed"}


def sample(ids: Ids, type: str, merchant: str, now: Instant, base: str) -> Event | None:
    """None for an event of another kind."""
    what = type.rpartition(".")[2]
    if type.startswith("CATALOG.PRODUCT."):
        return catalog.told(type, _product(ids, merchant, now, base))
    if type.startswith("BILLING.PLAN."):
        return plans.told(type)(_plan(ids, merchant, now, base))
    if type.startswith("BILLING.SUBSCRIPTION."):
        plan = _plan(ids, merchant, now, base)
        status = _STATUSES.get(what, "ACTIVE")
        return billing_showing.told(type, _subscription(ids, plan, now, status), plan)
    if type == "PAYMENT.SALE.REFUNDED":
        return billing_showing.refund_told(_refund(ids, merchant, now, base))
    if type.startswith("PAYMENT.SALE."):
        sale = replace(_sale(ids, merchant, now, base), status=_STATES.get(what, "completed"))
        return billing_showing.sale_told(type, sale)
    if type.startswith("CUSTOMER.DISPUTE."):
        return dispute_showing.told(type, _dispute(ids, merchant, now, base, what), now, _EMAIL)
    return None


def _product(ids: Ids, merchant: str, now: Instant, base: str) -> catalog.Product:
    return catalog.Product(
        id=catalog.product_id(ids), created=now, updated=now, merchant=merchant, name="Video streaming",
        type="SERVICE", category="SOFTWARE", base=base,
    )


def _plan(ids: Ids, merchant: str, now: Instant, base: str) -> plans.Plan:
    return plans.Plan(
        id=plans.plan_id(ids), status=plans.ACTIVE, created=now, updated=now, merchant=merchant,
        product=catalog.product_id(ids), name="Monthly plan", cycles=normal_cycles([_CYCLE], now),
        preferences=_PREFERENCES, base=base,
    )


def _subscription(ids: Ids, plan: plans.Plan, now: Instant, status: str) -> Subscription:
    return Subscription(
        id=subscription_id(ids), status=status, created=now, updated=now, status_at=now, start=now,
        merchant=plan.merchant, seller="", plan=plan.id, product=plan.product, currency=_CURRENCY, token="",
        next_billing=later(now, 30 * DAY), base=plan.base,
        last_failed={"minor": _MINOR, "at": now, "reason": "PAYMENT_DENIED", "retry": later(now, 5 * DAY)},
    )


def _sale(ids: Ids, merchant: str, now: Instant, base: str) -> Sale:
    return Sale(
        id=resource_id(ids), created=now, updated=now, merchant=merchant, seller="",
        subscription=subscription_id(ids), amount_minor=_MINOR, currency=_CURRENCY, fee_minor=_FEE_MINOR,
        base=base,
    )


def _refund(ids: Ids, merchant: str, now: Instant, base: str) -> SaleRefund:
    return SaleRefund(
        id=resource_id(ids), created=now, merchant=merchant, seller="", sale=resource_id(ids),
        subscription=subscription_id(ids), amount_minor=_MINOR, currency=_CURRENCY, total_minor=_MINOR,
        base=base,
    )


def _dispute(ids: Ids, merchant: str, now: Instant, base: str, what: str) -> Dispute:
    over = what == RESOLVED
    return Dispute(
        id=dispute_id(ids), status=RESOLVED if over else "OPEN", created=now, updated=now, merchant=merchant,
        seller="", order=resource_id(ids), capture=resource_id(ids), gross_minor=_MINOR, amount_minor=_MINOR,
        currency=_CURRENCY, reason="MERCHANDISE_OR_SERVICE_NOT_RECEIVED", stage="INQUIRY", buyer={},
        paid_at=now, outcome=SELLER_FAVOUR if over else "", base=base,
    )
