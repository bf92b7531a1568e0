"""Subscriptions changed: patched, revised, stopped, resumed, ended, and made to pay what they owe.

https://developer.paypal.com/docs/api/subscriptions/v1/#subscriptions
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NotRequired, TypedDict

from paydouble.core.call import Call, Reply
from paydouble.core.clock import Instant, parse_rfc3339
from paydouble.core.machine import fire
from paydouble.core.operation import Operation, Route, operation
from paydouble.providers.paypal import replay
from paydouble.providers.paypal.amounts import Json, money_of, shown, shown_minor
from paydouble.providers.paypal.billing import Bill, Due, begin, charge, refusal, resumed, suspended
from paydouble.providers.paypal.billing_errors import BillingErrors
from paydouble.providers.paypal.billing_showing import (
    REVISE_PATH,
    SUBSCRIPTIONS_PATH,
    cycles_of,
    told,
    transaction_shown,
)
from paydouble.providers.paypal.errors import BILLING, COMMON
from paydouble.providers.paypal.known import kept
from paydouble.providers.paypal.lists import every
from paydouble.providers.paypal.operations.plans import TIERS
from paydouble.providers.paypal.operations.subscriptions import (
    DOCS,
    ITSELF,
    SUBSCRIBER,
    find,
    plan_of,
    quantity_of,
    shipping_of,
)
from paydouble.providers.paypal.overriding import overrides_of, scheme_of
from paydouble.providers.paypal.patching_billing import (
    PUT,
    SET,
    Field,
    Patches,
    flag,
    money,
    patches_of,
    percentage,
    texts,
    whole,
)
from paydouble.providers.paypal.plans import ACTIVE as PLAN_ACTIVE
from paydouble.providers.paypal.plans import Plan
from paydouble.providers.paypal.pricing import check_amount
from paydouble.providers.paypal.revising import revised
from paydouble.providers.paypal.scene import of_call
from paydouble.providers.paypal.showing import link, page_base, present
from paydouble.providers.paypal.subscription_models import (
    ACTIVE,
    APPROVED,
    EXPIRED,
    SUBSCRIPTION,
    SUSPENDED,
    Sale,
    Subscription,
)


def _address(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("address", {}), dict) and all(
        isinstance(inner, str) for inner in value.get("address", {}).values()
    ) and isinstance(value.get("name", {}), dict) and all(
        isinstance(inner, str) for inner in value.get("name", {}).values()
    )


_PREFERENCES = "/plan/payment_preferences"
# fmt: off
FIELDS: Mapping[str, Field] = {
    "/plan/billing_cycles/{n}/pricing_scheme/fixed_price": Field("fixed_price", money, SET),
    "/plan/billing_cycles/{n}/total_cycles":               Field("total_cycles", whole(0, 999), SET),
    f"{_PREFERENCES}/auto_bill_outstanding":               Field("auto_bill_outstanding", flag, SET),
    f"{_PREFERENCES}/payment_failure_threshold":           Field(
        "payment_failure_threshold", whole(0, 999), SET),
    "/plan/taxes/percentage":                              Field("percentage", percentage, SET),
    "/plan/taxes/inclusive":                               Field("inclusive", flag, SET),
    "/shipping_amount":                                    Field("shipping_amount", money, SET),
    "/start_time":                                         Field("start_time", texts(64, 20), SET),
    "/subscriber/shipping_address":                        Field("shipping_address", _address, SET),
    "/custom_id":                                          Field("custom_id", texts(127), SET),
    "/billing_info/outstanding_balance":                   Field("outstanding_balance", money, PUT),
}
# fmt: on
OPEN = (ACTIVE, SUSPENDED)


class PatchRequest(TypedDict):
    id: str
    patches: Patches


class ReviseRequest(TypedDict):
    id: str
    plan_id: NotRequired[str]
    quantity: NotRequired[str]
    shipping_amount: NotRequired[Mapping[str, Any]]
    shipping_address: NotRequired[Mapping[str, Any]]
    application_context: NotRequired[Mapping[str, Any]]
    plan: NotRequired[Mapping[str, Any]]


class Reasoned(TypedDict):
    id: str
    reason: str


class Activation(TypedDict):
    id: str
    reason: NotRequired[str]


class CaptureRequest(TypedDict):
    id: str
    note: str
    capture_type: str
    amount: Mapping[str, Any]


@operation(
    "subscriptions.patch", Route(BILLING, "PATCH", ITSELF), docs=f"{DOCS}#subscriptions_patch",
    errors=(
        BillingErrors.INVALID_RESOURCE_ID, BillingErrors.INVALID_PATCH_PATH,
        BillingErrors.FIELD_PATCHED_TWICE, BillingErrors.UNSUPPORTED_PATCH_OPERATION,
        BillingErrors.INVALID_PARAMETER_VALUE, BillingErrors.NOT_PATCHABLE,
        BillingErrors.SUBSCRIPTION_CURRENCY_MISMATCH, BillingErrors.NEW_BALANCE_TOO_GREAT,
        BillingErrors.BILLING_CYCLE_EXECUTION_COMPLETED, BillingErrors.INVALID_BILLING_TOTAL_CYCLES,
        BillingErrors.INVALID_START_TIME, *COMMON,
    ),
)
async def patch(call: Call[PatchRequest]) -> Reply:
    """Change a subscription without asking its payer."""
    subscription, plan = await find(call)
    changes = list(patches_of(call.params["patches"], FIELDS))
    if subscription.status not in OPEN:
        raise BillingErrors.NOT_PATCHABLE()
    now = call.clock.now()
    for field, value in changes:
        subscription = _changed(subscription, plan, field, value, now)
    subscription = replace(subscription, updated=now)
    call.work.save(subscription)
    call.work.announce(told("BILLING.SUBSCRIPTION.UPDATED", subscription, plan))
    return Reply(b"", 204, subject=subscription)


def _changed(subscription: Subscription, plan: Plan, field: Field, value: Any, now: Instant) -> Subscription:
    if field.sequence:
        return _cycle_changed(subscription, plan, field, value, now)
    match field.name:
        case "shipping_amount":
            return replace(subscription, shipping_minor=shipping_of(value, subscription.currency))
        case "shipping_address":
            known = kept({"shipping_address": value}, SUBSCRIBER)
            return replace(subscription, subscriber={**subscription.subscriber, **known})
        case "custom_id":
            return replace(subscription, custom_id=value)
        case "start_time":
            return _start_changed(subscription, value, now)
        case "outstanding_balance":
            return _balance_changed(subscription, value)
        case "percentage" | "inclusive":
            return _overriding(subscription, "taxes", {field.name: value})
        case name:
            return _overriding(subscription, "payment_preferences", {name: value})


def _overriding(subscription: Subscription, part: str, changes: Mapping[str, Any]) -> Subscription:
    own = {**(subscription.overrides.get(part) or {}), **changes}
    return replace(subscription, overrides={**subscription.overrides, part: own})


def _cycle_changed(
    subscription: Subscription, plan: Plan, field: Field, value: Any, now: Instant
) -> Subscription:
    sequence = str(field.sequence)
    cycles = {str(cycle["sequence"]): cycle for cycle in cycles_of(plan, subscription)}
    cycle, done = cycles.get(sequence), subscription.done.get(sequence, 0)
    if cycle is None:
        raise BillingErrors.INVALID_PATCH_PATH(field="/0/path", location="body")
    if cycle["total_cycles"] and done >= cycle["total_cycles"]:
        raise BillingErrors.BILLING_CYCLE_EXECUTION_COMPLETED()
    if field.name == "total_cycles":
        if value and value < done:
            raise BillingErrors.INVALID_BILLING_TOTAL_CYCLES()
        change: Mapping[str, Any] = {"total_cycles": value}
    else:
        scheme = scheme_of({"fixed_price": value}, cycle, plan, now, "/value")
        change = {"pricing_scheme": scheme}
    own = (subscription.overrides.get("billing_cycles") or {}).get(sequence, {})
    return _overriding(subscription, "billing_cycles", {sequence: {**own, **change}})


def _start_changed(subscription: Subscription, value: str, now: Instant) -> Subscription:
    if any(subscription.done.values()):
        raise BillingErrors.INVALID_START_TIME()
    try:
        start = parse_rfc3339(value)
    except ValueError:
        raise BillingErrors.INVALID_PARAMETER_VALUE(field="/start_time", location="body") from None
    if start < now:
        raise BillingErrors.START_TIME_IS_PAST(field="/start_time", location="body")
    return replace(subscription, start=start, next_billing=start)


def _balance_changed(subscription: Subscription, value: Mapping[str, Any]) -> Subscription:
    check_amount(value, "/billing_info/outstanding_balance")
    if value["currency_code"] != subscription.currency:
        raise BillingErrors.SUBSCRIPTION_CURRENCY_MISMATCH()
    minor = money_of(value).minor
    if minor > subscription.outstanding_minor:
        raise BillingErrors.NEW_BALANCE_TOO_GREAT()
    return replace(subscription, outstanding_minor=minor)


@operation(
    "subscriptions.revise", Route(BILLING, "POST", f"{ITSELF}/revise"), docs=f"{DOCS}#subscriptions_revise",
    errors=(
        BillingErrors.INVALID_RESOURCE_ID, BillingErrors.NOT_REVISABLE, BillingErrors.PLAN_STATUS_INVALID,
        BillingErrors.PLAN_PRODUCT_NOT_COMPATIBLE, BillingErrors.PLAN_CURRENCY_MISMATCH,
        BillingErrors.SUBSCRIPTION_CANNOT_HAVE_QUANTITY, BillingErrors.SEQUENCE_NOT_AVAILABLE,
        BillingErrors.OVERRIDE_OF_ANOTHER_TYPE, *TIERS, *COMMON,
    ),
)
async def revise(call: Call[ReviseRequest]) -> Reply:
    """Ask the payer for another plan, quantity or price."""
    (subscription, old), params, now = await find(call), call.params, call.clock.now()
    if subscription.status not in OPEN:
        raise BillingErrors.NOT_REVISABLE()
    plan = await plan_of(call, params["plan_id"]) if params.get("plan_id") else old
    if plan.status != PLAN_ACTIVE and plan.id != old.id:
        raise BillingErrors.PLAN_STATUS_INVALID(field="/plan_id", value=plan.id, location="body")
    if plan.product != subscription.product:
        raise BillingErrors.PLAN_PRODUCT_NOT_COMPATIBLE(field="/plan_id", value=plan.id, location="body")
    if plan.currency != subscription.currency:
        raise BillingErrors.PLAN_CURRENCY_MISMATCH(field="/plan_id", value=plan.id, location="body")
    wanted = _wanted(params, plan, now)
    subscription = replace(
        subscription, revision=wanted, updated=now,
        context={**subscription.context, **(params.get("application_context") or {})},
    )
    call.work.save(subscription)
    if subscription.card:
        subscription = revised(call.work, subscription, plan, now)
    return Reply(_revision_shown(subscription, plan, params, call.request.base_url), subject=subscription)


def _wanted(params: ReviseRequest, plan: Plan, now: Instant) -> Mapping[str, Any]:
    """What changes when the payer agrees; checked."""
    wanted: Json = {"plan": plan.id}
    if "quantity" in params:
        wanted["quantity"] = quantity_of(params["quantity"], plan)
    if "shipping_amount" in params:
        wanted["shipping_minor"] = shipping_of(params["shipping_amount"], plan.currency)
    if params.get("shipping_address"):
        known = kept({"shipping_address": dict(params["shipping_address"])}, SUBSCRIBER)
        wanted["shipping_address"] = known["shipping_address"]
    overrides = overrides_of(params.get("plan") or {}, plan, now)
    return wanted | ({"overrides": overrides} if overrides else {})


def _revision_shown(subscription: Subscription, plan: Plan, params: ReviseRequest, base: str) -> Json:
    itself = f"{base}{SUBSCRIPTIONS_PATH}/{subscription.id}"
    approve = f"{page_base(base)}{REVISE_PATH}?ba_token={subscription.token}"
    wanted = subscription.revision
    links = [link(itself, "edit", "PATCH"), link(itself, "self")]
    if wanted:
        links = [link(approve, "approve"), *links]
    return present(
        plan_id=plan.id, quantity=params.get("quantity"), shipping_address=wanted.get("shipping_address"),
    ) | {
        "shipping_amount": shown_minor(
            wanted.get("shipping_minor", subscription.shipping_minor), subscription.currency
        ),
        "plan_overridden": "overrides" in wanted, "links": links,
    }


@operation(
    "subscriptions.suspend", Route(BILLING, "POST", f"{ITSELF}/suspend"),
    docs=f"{DOCS}#subscriptions_suspend",
    errors=(BillingErrors.INVALID_RESOURCE_ID, BillingErrors.NOT_SUSPENDABLE, *COMMON),
)
async def suspend(call: Call[Reasoned]) -> Reply:
    """Ask for no payment until it is activated again."""
    subscription, plan = await find(call)
    if subscription.status != ACTIVE:
        raise BillingErrors.NOT_SUSPENDABLE()
    subscription = suspended(Bill(of_call(call), plan), subscription, call.params["reason"])
    return Reply(b"", 204, subject=subscription)


@operation(
    "subscriptions.cancel", Route(BILLING, "POST", f"{ITSELF}/cancel"), means=("payment.cancel",),
    docs=f"{DOCS}#subscriptions_cancel",
    errors=(BillingErrors.INVALID_RESOURCE_ID, BillingErrors.NOT_CANCELLABLE, *COMMON),
)
async def cancel(call: Call[Reasoned]) -> Reply:
    """End a subscription for good."""
    subscription, plan = await find(call)
    if subscription.status not in (*OPEN, APPROVED):
        raise BillingErrors.NOT_CANCELLABLE()
    now = call.clock.now()
    subscription = fire(
        call.work, SUBSCRIPTION, subscription, "cancel", now, note=call.params["reason"], updated=now
    )
    call.work.announce(told("BILLING.SUBSCRIPTION.CANCELLED", subscription, plan))
    return Reply(b"", 204, subject=subscription)


@operation(
    "subscriptions.activate", Route(BILLING, "POST", f"{ITSELF}/activate"), means=("payment.confirm",),
    docs=f"{DOCS}#subscriptions_activate",
    errors=(
        BillingErrors.INVALID_RESOURCE_ID, BillingErrors.NOT_SUSPENDED, BillingErrors.THRESHOLD_REACHED,
        *COMMON,
    ),
)
async def activate(call: Call[Activation]) -> Reply:
    """Begin a subscription that its payer approved, or go on with one that was suspended."""
    subscription, plan = await find(call)
    bill = Bill(of_call(call), plan, call.outcome, call.magic)
    if subscription.status == APPROVED:
        return Reply(b"", 204, subject=begin(bill, subscription))
    if subscription.status != SUSPENDED:
        raise BillingErrors.NOT_SUSPENDED()
    if subscription.threshold_reached and subscription.outstanding_minor:
        raise BillingErrors.THRESHOLD_REACHED()
    return Reply(b"", 204, subject=resumed(bill, subscription, call.params.get("reason", "")))


async def captured(call: Call[Any], subscription: Subscription) -> Reply:
    """The newest payment, which a replay shows again."""
    sales = await every(call.work, Sale, "subscription", subscription.id)
    return Reply(transaction_shown(sales[0]) if sales else {}, subject=subscription)


@operation(
    "subscriptions.capture", Route(BILLING, "POST", f"{ITSELF}/capture"), means=("payment.charge",),
    idempotency=replay.of_billing(captured), docs=f"{DOCS}#subscriptions_capture",
    errors=(
        BillingErrors.INVALID_RESOURCE_ID, BillingErrors.NOT_CAPTURABLE,
        BillingErrors.SUBSCRIPTION_CURRENCY_MISMATCH, BillingErrors.ZERO_OUTSTANDING_BALANCE,
        BillingErrors.AMOUNT_GREATER_THAN_OUTSTANDING_BALANCE, BillingErrors.SUBSCRIBER_ACCOUNT_LOCKED,
        BillingErrors.SUBSCRIBER_ACCOUNT_CLOSED, BillingErrors.SUBSCRIBER_ACCOUNT_RESTRICTED,
        BillingErrors.PAYER_CANNOT_PAY, BillingErrors.CANNOT_BE_ZERO_OR_NEGATIVE,
        BillingErrors.DECIMAL_PRECISION, BillingErrors.DECIMALS_NOT_SUPPORTED, *COMMON,
    ),
)
async def capture(call: Call[CaptureRequest]) -> Reply:
    """Collect what a subscription owes, wholly or in part."""
    (subscription, plan), amount = await find(call), call.params["amount"]
    if subscription.status not in (*OPEN, EXPIRED):
        raise BillingErrors.NOT_CAPTURABLE()
    check_amount(amount, "/amount")
    minor = money_of(amount).minor
    if amount["currency_code"] != subscription.currency:
        raise BillingErrors.SUBSCRIPTION_CURRENCY_MISMATCH(field="/amount/currency_code", location="body")
    if minor <= 0:
        raise BillingErrors.CANNOT_BE_ZERO_OR_NEGATIVE(field="/amount/value", location="body")
    if not subscription.outstanding_minor:
        raise BillingErrors.ZERO_OUTSTANDING_BALANCE()
    if minor > subscription.outstanding_minor:
        raise BillingErrors.AMOUNT_GREATER_THAN_OUTSTANDING_BALANCE(
            field="/amount/value", value=shown(money_of(amount))["value"], location="body"
        )
    bill = Bill(of_call(call), plan, call.outcome, call.magic)
    if refusal(bill, subscription):
        raise _refused(call, subscription)
    paid = charge(bill, subscription, Due(minor))
    paid = replace(paid, outstanding_minor=paid.outstanding_minor - minor, threshold_reached=False)
    call.work.save(paid)
    sale = await call.work.find(Sale, "subscription", paid.id)
    assert sale is not None, f"{paid.id} was paid without a sale"
    return Reply(transaction_shown(sale), 202, subject=paid)


def _refused(call: Call[Any], subscription: Subscription) -> Exception:
    reason = call.outcome.reason if call.outcome else subscription.funds
    rows = (
        BillingErrors.SUBSCRIBER_ACCOUNT_CLOSED, BillingErrors.SUBSCRIBER_ACCOUNT_LOCKED,
        BillingErrors.SUBSCRIBER_ACCOUNT_RESTRICTED,
    )
    return next((row for row in rows if reason in row.reasons), BillingErrors.PAYER_CANNOT_PAY)()


OPERATIONS: tuple[Operation, ...] = (patch, revise, suspend, cancel, activate, capture)
