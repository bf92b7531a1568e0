"""Subscriptions: made, shown, listed. https://developer.paypal.com/docs/api/subscriptions/v1/#subscriptions"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NotRequired, TypedDict

from paydouble.core.call import Call, Reply
from paydouble.core.clock import Instant, later, parse_rfc3339
from paydouble.core.operation import Operation, Route, operation
from paydouble.providers.paypal import cards, replay
from paydouble.providers.paypal.amounts import money_of
from paydouble.providers.paypal.billing import Bill, begin, due
from paydouble.providers.paypal.billing_errors import BillingErrors
from paydouble.providers.paypal.billing_showing import (
    SUBSCRIPTIONS_PATH,
    subscription_in_brief,
    subscription_shown,
    told,
    transaction_shown,
)
from paydouble.providers.paypal.errors import BILLING, COMMON
from paydouble.providers.paypal.known import ADDRESS, NAME, PHONE, Spec, kept
from paydouble.providers.paypal.lists import every, paged
from paydouble.providers.paypal.overriding import overrides_of
from paydouble.providers.paypal.plans import ACTIVE, Plan
from paydouble.providers.paypal.pricing import check_amount, wrong
from paydouble.providers.paypal.scene import Scene, of_call, wants_whole
from paydouble.providers.paypal.subscription_models import (
    LAPSED,
    WAITING,
    Sale,
    Subscription,
    approval_token,
    subscription_id,
)

DOCS = "https://developer.paypal.com/docs/api/subscriptions/v1/"
ITSELF = f"{SUBSCRIPTIONS_PATH}/{{id}}"
SUBSCRIBER: Spec = {
    "email_address": None, "name": NAME, "phone": PHONE,
    "shipping_address": {"name": {"full_name": None}, "type": None, "address": ADDRESS},
}
QUANTITY_MAX = 10**9


class SubscriptionRequest(TypedDict):
    plan_id: str
    start_time: NotRequired[str]
    quantity: NotRequired[str]
    shipping_amount: NotRequired[Mapping[str, Any]]
    subscriber: NotRequired[Mapping[str, Any]]
    auto_renewal: NotRequired[bool]
    application_context: NotRequired[Mapping[str, Any]]
    custom_id: NotRequired[str]
    plan: NotRequired[Mapping[str, Any]]


class Listing(TypedDict):
    plan_ids: NotRequired[str]
    statuses: NotRequired[str]
    created_after: NotRequired[str]
    created_before: NotRequired[str]
    status_updated_before: NotRequired[str]
    status_updated_after: NotRequired[str]
    customer_ids: NotRequired[str]
    filter: NotRequired[str]
    page_size: NotRequired[str]
    page: NotRequired[str]
    total_required: NotRequired[str]


class ById(TypedDict):
    id: str
    fields: NotRequired[str]


class Window(TypedDict):
    id: str
    start_time: str
    end_time: str


async def find(call: Call[Any]) -> tuple[Subscription, Plan]:
    """The subscription of this path, with its plan. Raises INVALID_RESOURCE_ID."""
    subscription = await call.work.get(Subscription, call.params["id"])
    if subscription is None or subscription.merchant != call.merchant.id or subscription.status == LAPSED:
        raise BillingErrors.INVALID_RESOURCE_ID(field="/id", value=call.params["id"], location="path")
    return subscription, await plan_of(call, subscription.plan)


async def plan_of(call: Call[Any], id: str) -> Plan:
    plan = await call.work.get(Plan, id)
    if plan is None or plan.merchant != call.merchant.id:
        raise BillingErrors.INVALID_RESOURCE_ID(field="/plan_id", value=id, location="body")
    return plan


async def made(call: Call[Any], subscription: Subscription) -> Reply:
    base = call.request.base_url
    if not wants_whole(call):
        return Reply(subscription_in_brief(subscription, base), subject=subscription)
    plan = await plan_of(call, subscription.plan)
    return Reply(subscription_shown(subscription, plan, base), subject=subscription)


@operation(
    "subscriptions.create", Route(BILLING, "POST", SUBSCRIPTIONS_PATH), means=("payment.create",),
    idempotency=replay.of_billing(made), docs=f"{DOCS}#subscriptions_create",
    errors=(
        BillingErrors.MISSING_REQUIRED_PARAMETER, BillingErrors.INVALID_RESOURCE_ID,
        BillingErrors.PLAN_STATUS_INVALID, BillingErrors.START_TIME_IS_PAST,
        BillingErrors.SUBSCRIPTION_CANNOT_HAVE_QUANTITY, BillingErrors.SEQUENCE_NOT_AVAILABLE,
        BillingErrors.OVERRIDE_OF_ANOTHER_TYPE, BillingErrors.PLAN_CURRENCY_MISMATCH,
        BillingErrors.THREE_DS_CARDS_NOT_SUPPORTED, BillingErrors.INVALID_PARAMETER_VALUE,
        BillingErrors.DECIMAL_PRECISION, BillingErrors.DECIMALS_NOT_SUPPORTED, *COMMON,
    ),
)
async def create(call: Call[SubscriptionRequest]) -> Reply:
    """Create a subscription; its payer has to approve it, unless it is paid by card."""
    scene, params = of_call(call), call.params
    plan = await plan_of(call, params["plan_id"])
    if plan.status != ACTIVE:
        raise BillingErrors.PLAN_STATUS_INVALID(field="/plan_id", value=plan.id, location="body")
    subscription = _new(scene, params, plan)
    call.work.save(subscription)
    call.work.announce(told("BILLING.SUBSCRIPTION.CREATED", subscription, plan))
    if subscription.card:
        subscription = begin(Bill(scene, plan, call.outcome, call.magic), subscription)
    else:
        call.work.at(later(scene.now, scene.terms.approval_lifetime), subscription, "lapse")
    return replace(await made(call, subscription), status=201)


def _new(scene: Scene, params: SubscriptionRequest, plan: Plan) -> Subscription:
    start = _start(params.get("start_time", ""), scene.now)
    quantity = quantity_of(params.get("quantity", ""), plan)
    card = card_of(params.get("subscriber") or {}, scene)
    subscription = Subscription(
        id=subscription_id(scene.ids), status=WAITING, created=scene.now, updated=scene.now,
        status_at=scene.now, merchant=scene.merchant.id, seller=scene.account, plan=plan.id,
        product=plan.product, currency=plan.currency, token=approval_token(scene.ids, scene.merchant.sandbox),
        start=start, quantity=quantity,
        shipping_minor=shipping_of(params.get("shipping_amount"), plan.currency),
        subscriber=kept(dict(params.get("subscriber") or {}), SUBSCRIBER) | _paid_with(card),
        context=params.get("application_context") or dict(plan.urls),
        custom_id=params.get("custom_id", ""), renews_itself=params.get("auto_renewal", False),
        overrides=overrides_of(params.get("plan") or {}, plan, scene.now), card=_kept_of(card),
        base=scene.base, short=plan.short,
    )
    return replace(subscription, total_minor=due(plan, subscription).total)


def _start(text: str, now: Instant) -> Instant:
    if not text:
        return now
    try:
        start = parse_rfc3339(text)
    except ValueError:
        raise wrong(BillingErrors.INVALID_PARAMETER_SYNTAX, "/start_time", text) from None
    if start < now:
        raise BillingErrors.START_TIME_IS_PAST(field="/start_time", value=text, location="body")
    return start


def quantity_of(text: str, plan: Plan) -> int:
    if not text:
        return 1
    if not plan.quantity_supported:
        raise BillingErrors.SUBSCRIPTION_CANNOT_HAVE_QUANTITY(field="/quantity", value=text, location="body")
    if not text.isdecimal() or not 0 < int(text) <= QUANTITY_MAX:
        raise BillingErrors.INVALID_PARAMETER_VALUE(field="/quantity", value=text, location="body")
    return int(text)


def shipping_of(amount: Mapping[str, Any] | None, currency: str) -> int:
    if amount is None:
        return 0
    check_amount(amount, "/shipping_amount")
    if amount["currency_code"] != currency:
        raise BillingErrors.PLAN_CURRENCY_MISMATCH(field="/shipping_amount/currency_code", location="body")
    return money_of(amount).minor


def card_of(subscriber: Mapping[str, Any], scene: Scene) -> Mapping[str, Any]:
    """The card that pays, where there is one. Raises what it is refused for."""
    card: Mapping[str, Any] = (subscriber.get("payment_source") or {}).get("card") or {}
    if not card:
        return {}
    at = "/subscriber/payment_source/card"
    if not cards.passes_luhn(card["number"]):
        raise BillingErrors.INVALID_PARAMETER_VALUE(field=f"{at}/number", location="body")
    if cards.is_expired(card["expiry"], scene.now):
        raise BillingErrors.INVALID_PARAMETER_VALUE(field=f"{at}/expiry", location="body")
    found = cards.authentication(card["number"], "", magic=scene.magic)
    if found is not None and found.asks:
        raise BillingErrors.THREE_DS_CARDS_NOT_SUPPORTED(field=f"{at}/number", location="body")
    return card


def _paid_with(card: Mapping[str, Any]) -> dict[str, Any]:
    if not card:
        return {}
    shown = {
        **({"name": card["name"]} if "name" in card else {}), "last_digits": card["number"][-4:],
        "brand": cards.brand(card["number"]), "type": "CREDIT",
    }
    return {"payment_source": {"card": shown}}


def _kept_of(card: Mapping[str, Any]) -> Mapping[str, Any]:
    """Never its number."""
    return {"name": card.get("name", ""), "last_digits": card["number"][-4:]} if card else {}


@operation(
    "subscriptions.list", Route(BILLING, "GET", SUBSCRIPTIONS_PATH), docs=f"{DOCS}#subscriptions_list",
    errors=(BillingErrors.INVALID_PARAMETER_SYNTAX, *COMMON),
)
async def list_subscriptions(call: Call[Listing]) -> Reply:
    """List subscriptions, of some plans, in some statuses, of some days."""
    base, params = call.request.base_url, call.params
    plans: dict[str, Plan] = {}
    found = []
    for each in await every(call.work, Subscription, "merchant", call.merchant.id):
        if each.status != LAPSED and _listed(each, params):
            plans[each.plan] = plans.get(each.plan) or await plan_of(call, each.plan)
            found.append(each)

    def show(one: Subscription) -> dict[str, Any]:
        return subscription_shown(one, plans[one.plan], base)

    return Reply(paged("subscriptions", found, show, params, f"{base}{SUBSCRIPTIONS_PATH}"))


def _listed(each: Subscription, params: Mapping[str, Any]) -> bool:
    payer = str(each.subscriber.get("payer_id", ""))
    named = (("plan_ids", each.plan), ("statuses", each.status), ("customer_ids", payer))
    if any(params.get(name) and value not in str(params[name]).split(",") for name, value in named):
        return False
    return (
        instant_of(params, "created_after", 0) <= each.created
        and each.created <= instant_of(params, "created_before", each.created)
        and instant_of(params, "status_updated_after", 0) <= each.status_at
        and each.status_at <= instant_of(params, "status_updated_before", each.status_at)
    )


def instant_of(params: Mapping[str, Any], name: str, otherwise: int) -> Instant:
    text = str(params.get(name, ""))
    if not text:
        return Instant(otherwise)
    try:
        return parse_rfc3339(text)
    except ValueError:
        raise BillingErrors.INVALID_PARAMETER_SYNTAX(field=f"/{name}", value=text, location="query") from None


@operation(
    "subscriptions.get", Route(BILLING, "GET", ITSELF), means=("payment.query",),
    docs=f"{DOCS}#subscriptions_get", errors=(BillingErrors.INVALID_RESOURCE_ID, *COMMON),
)
async def show(call: Call[ById]) -> Reply:
    """Show a subscription."""
    subscription, plan = await find(call)
    fields = tuple(call.params.get("fields", "").split(","))
    return Reply(subscription_shown(subscription, plan, call.request.base_url, fields), subject=subscription)


@operation(
    "subscriptions.transactions", Route(BILLING, "GET", f"{ITSELF}/transactions"), means=("payment.query",),
    docs=f"{DOCS}#subscriptions_transactions",
    errors=(
        BillingErrors.INVALID_RESOURCE_ID, BillingErrors.MISSING_REQUIRED_PARAMETER,
        BillingErrors.INVALID_PARAMETER_SYNTAX, *COMMON,
    ),
)
async def transactions(call: Call[Window]) -> Reply:
    """List a subscription's payments in a window of time, the newest first."""
    subscription, _ = await find(call)
    params, base = call.params, call.request.base_url
    start, end = instant_of(params, "start_time", 0), instant_of(params, "end_time", 0)
    sales = await every(call.work, Sale, "subscription", subscription.id)
    inside = [transaction_shown(sale) for sale in sales if start <= sale.created <= end]
    query = f"start_time={params['start_time']}&end_time={params['end_time']}"
    href = f"{base}{SUBSCRIPTIONS_PATH}/{subscription.id}/transactions?{query}"
    return Reply({
        "transactions": inside, "total_items": len(inside), "total_pages": 1,
        "links": [{"href": href, "rel": "self", "method": "GET"}],
    }, subject=subscription)


OPERATIONS: tuple[Operation, ...] = (create, list_subscriptions, show, transactions)
