"""Billing plans. https://developer.paypal.com/docs/api/subscriptions/v1/#plans"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NotRequired, TypedDict

from paydouble.core.call import Call, Reply
from paydouble.core.clock import Instant
from paydouble.core.machine import fire
from paydouble.core.operation import Operation, Route, operation
from paydouble.providers.paypal import replay
from paydouble.providers.paypal.amounts import money_of, shown
from paydouble.providers.paypal.billing_errors import BillingErrors
from paydouble.providers.paypal.catalog import Product
from paydouble.providers.paypal.errors import BILLING, COMMON
from paydouble.providers.paypal.lists import every, paged
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
from paydouble.providers.paypal.plans import (
    ACTIVE,
    CREATED,
    PLAN,
    PLANS_PATH,
    TRIAL,
    Plan,
    amounts_of,
    plan_id,
    plan_in_list,
    plan_shown,
    told,
)
from paydouble.providers.paypal.pricing import (
    check_amount,
    check_cycles,
    check_scheme,
    normal_cycles,
    normal_scheme,
    wrong,
)
from paydouble.providers.paypal.scene import Scene, of_call, wants_whole

DOCS = "https://developer.paypal.com/docs/api/subscriptions/v1/"
ITSELF = f"{PLANS_PATH}/{{id}}"

# fmt: off
FIELDS: Mapping[str, Field] = {
    "/name":                                            Field("name", texts(127), PUT),
    "/description":                                     Field("description", texts(127)),
    "/payment_preferences/auto_bill_outstanding":       Field("auto_bill_outstanding", flag, PUT),
    "/payment_preferences/setup_fee":                   Field("setup_fee", money, SET),
    "/payment_preferences/setup_fee_failure_action":    Field(
        "setup_fee_failure_action", lambda value: value in ("CONTINUE", "CANCEL"), PUT),
    "/payment_preferences/payment_failure_threshold":   Field(
        "payment_failure_threshold", whole(0, 999), PUT),
    "/taxes/percentage":                                Field("percentage", percentage, SET),
}
# fmt: on
PREFERENCES = (
    "auto_bill_outstanding", "setup_fee", "setup_fee_failure_action", "payment_failure_threshold",
)
TIERS = (
    BillingErrors.INVALID_PRICING_TIER_AMOUNT, BillingErrors.MISSING_PRICING_SCHEME_TIERS,
    BillingErrors.OVERLAPPING_PRICING_SCHEME_TIERS, BillingErrors.INVALID_PRICING_MODEL,
    BillingErrors.FIXED_PRICE_NOT_SUPPORTED, BillingErrors.INVALID_PRICING_TIER_QUANTITY,
)


class PlanRequest(TypedDict):
    product_id: str
    name: str
    billing_cycles: list[Mapping[str, Any]]
    payment_preferences: Mapping[str, Any]
    status: NotRequired[str]
    description: NotRequired[str]
    taxes: NotRequired[Mapping[str, Any]]
    quantity_supported: NotRequired[bool]
    merchant_preferences: NotRequired[Mapping[str, Any]]


class Listing(TypedDict):
    product_id: NotRequired[str]
    plan_ids: NotRequired[str]
    page_size: NotRequired[str]
    page: NotRequired[str]
    total_required: NotRequired[str]


class ById(TypedDict):
    id: str


class PatchRequest(ById):
    patches: Patches


class PricingRequest(ById):
    pricing_schemes: list[Mapping[str, Any]]


async def find(call: Call[Any]) -> Plan:
    plan = await call.work.get(Plan, call.params["id"])
    if plan is None or plan.merchant != call.merchant.id:
        raise BillingErrors.INVALID_RESOURCE_ID()
    return plan


async def made(call: Call[Any], plan: Plan) -> Reply:
    show = plan_shown if wants_whole(call) else plan_in_list
    return Reply(show(plan, call.request.base_url), subject=plan)


@operation(
    "plans.create", Route(BILLING, "POST", PLANS_PATH), idempotency=replay.of_billing(made),
    docs=f"{DOCS}#plans_create",
    errors=(
        BillingErrors.MISSING_REQUIRED_PARAMETER, BillingErrors.INVALID_RESOURCE_ID,
        BillingErrors.INVALID_BILLING_CYCLE_SEQUENCE,
        BillingErrors.MISSING_REGULAR_BILLING_CYCLE,
        BillingErrors.MULTIPLE_REGULAR_BILLING_CYCLES_NOT_SUPPORTED, BillingErrors.TRIAL_AFTER_REGULAR,
        BillingErrors.MORE_THAN_TWO_TRIAL_BILLING_CYCLE_NOT_SUPPORTED,
        BillingErrors.INVALID_TRIAL_BILLING_TOTAL_CYCLES, BillingErrors.INVALID_QUANTITY_SUPPORTED, *TIERS,
        BillingErrors.MULTIPLE_FREE_TRIAL_BILLING_CYCLES_NOT_SUPPORTED, BillingErrors.CURRENCY_MISMATCH,
        BillingErrors.CURRENCY_NOT_SUPPORTED_FOR_RECEIVER, BillingErrors.DECIMAL_PRECISION,
        BillingErrors.DECIMALS_NOT_SUPPORTED, BillingErrors.CANNOT_BE_NEGATIVE, *COMMON,
    ),
)
async def create(call: Call[PlanRequest]) -> Reply:
    """Create a plan for a product."""
    scene, params = of_call(call), call.params
    product = await call.work.get(Product, params["product_id"])
    if product is None or product.merchant != call.merchant.id:
        raise BillingErrors.INVALID_RESOURCE_ID(
            field="/product_id", value=params["product_id"], location="body"
        )
    check_cycles(params["billing_cycles"], params.get("quantity_supported"))
    plan = _new(scene, params)
    _check_fee(plan, plan.preferences.get("setup_fee"))
    call.work.save(plan)
    call.work.announce(told("BILLING.PLAN.CREATED")(plan))
    return replace(await made(call, plan), status=201)


def _new(scene: Scene, params: PlanRequest) -> Plan:
    cycles = normal_cycles(params["billing_cycles"], scene.now)
    taxes = params.get("taxes") or {}
    tiered = any((cycle.get("pricing_scheme") or {}).get("pricing_model") for cycle in cycles)
    return Plan(
        id=plan_id(scene.ids), status=params.get("status", ACTIVE), created=scene.now, updated=scene.now,
        merchant=scene.merchant.id, product=params["product_id"], name=params["name"],
        description=params.get("description", ""), cycles=cycles,
        preferences=preferences(params["payment_preferences"]),
        taxes={"percentage": taxes["percentage"], "inclusive": taxes.get("inclusive", True)} if taxes else {},
        quantity_supported=params.get("quantity_supported", False) or tiered,
        urls={name: url for name, url in (params.get("merchant_preferences") or {}).items() if name in _URLS},
        base=scene.base, short=scene.terms.short_amounts,
    )


_URLS = ("return_url", "cancel_url")


def preferences(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """With the defaults of what was left out."""
    fee = given.get("setup_fee")
    if fee:
        check_amount(fee, "/payment_preferences/setup_fee")
    return {
        "auto_bill_outstanding": given.get("auto_bill_outstanding", True),
        **({"setup_fee": shown(money_of(fee))} if fee else {}),
        "setup_fee_failure_action": given.get("setup_fee_failure_action", "CANCEL"),
        "payment_failure_threshold": given.get("payment_failure_threshold", 0),
    }


def _check_fee(plan: Plan, fee: Mapping[str, Any] | None) -> None:
    if fee and fee["currency_code"] != plan.currency:
        at = "/payment_preferences/setup_fee/currency_code"
        raise wrong(BillingErrors.CURRENCY_MISMATCH, at, fee["currency_code"])


@operation("plans.list", Route(BILLING, "GET", PLANS_PATH), docs=f"{DOCS}#plans_list", errors=COMMON)
async def list_plans(call: Call[Listing]) -> Reply:
    """List plans, of one product or by their ids."""
    base, params = call.request.base_url, call.params
    wanted = [id for id in params.get("plan_ids", "").split(",") if id]
    found = [
        plan for plan in await every(call.work, Plan, "merchant", call.merchant.id)
        if plan.product == params.get("product_id", plan.product) and (not wanted or plan.id in wanted)
    ]
    show = plan_shown if wants_whole(call) else plan_in_list
    return Reply(paged("plans", found, lambda plan: show(plan, base), params, f"{base}{PLANS_PATH}"))


@operation(
    "plans.get", Route(BILLING, "GET", ITSELF), docs=f"{DOCS}#plans_get",
    errors=(BillingErrors.INVALID_RESOURCE_ID, *COMMON),
)
async def show(call: Call[ById]) -> Reply:
    """Show a plan."""
    plan = await find(call)
    return Reply(plan_shown(plan, call.request.base_url), subject=plan)


@operation(
    "plans.patch", Route(BILLING, "PATCH", ITSELF), docs=f"{DOCS}#plans_patch",
    errors=(
        BillingErrors.INVALID_RESOURCE_ID, BillingErrors.PLAN_STATUS_INACTIVE,
        BillingErrors.INVALID_PATCH_PATH, BillingErrors.FIELD_PATCHED_TWICE,
        BillingErrors.UNSUPPORTED_PATCH_OPERATION, BillingErrors.INVALID_PARAMETER_VALUE,
        BillingErrors.CURRENCY_MISMATCH, *COMMON,
    ),
)
async def patch(call: Call[PatchRequest]) -> Reply:
    """Change a plan's name, description, payment preferences or taxes; its cycles stay as they are."""
    plan = await find(call)
    changes = list(patches_of(call.params["patches"], FIELDS))
    if plan.status not in (ACTIVE, CREATED):
        raise BillingErrors.PLAN_STATUS_INACTIVE()
    for field, value in changes:
        plan = _changed(plan, field.name, value)
    plan = replace(plan, updated=call.clock.now())
    call.work.save(plan)
    call.work.announce(told("BILLING.PLAN.UPDATED")(plan))
    return Reply(b"", 204, subject=plan)


def _changed(plan: Plan, name: str, value: Any) -> Plan:
    if name == "setup_fee":
        check_amount(value, "/payment_preferences/setup_fee")
        _check_fee(plan, value)
        value = shown(money_of(value))
    if name in PREFERENCES:
        return replace(plan, preferences={**plan.preferences, name: value})
    if name == "percentage":
        return replace(plan, taxes={"inclusive": True, **plan.taxes, name: value})
    changed: dict[str, Any] = {name: "" if value is None else value}
    return replace(plan, **changed)


@operation(
    "plans.activate", Route(BILLING, "POST", f"{ITSELF}/activate"), docs=f"{DOCS}#plans_activate",
    errors=(BillingErrors.INVALID_RESOURCE_ID, BillingErrors.PLAN_NOT_ACTIVATABLE, *COMMON),
)
async def activate(call: Call[ById]) -> Reply:
    """Let payers subscribe to a plan."""
    plan = await find(call)
    if plan.status == ACTIVE:
        raise BillingErrors.PLAN_NOT_ACTIVATABLE()
    plan = fire(call.work, PLAN, plan, "activate", call.clock.now())
    return Reply(b"", 204, subject=plan)


@operation(
    "plans.deactivate", Route(BILLING, "POST", f"{ITSELF}/deactivate"), docs=f"{DOCS}#plans_deactivate",
    errors=(BillingErrors.INVALID_RESOURCE_ID, BillingErrors.PLAN_NOT_DEACTIVATABLE, *COMMON),
)
async def deactivate(call: Call[ById]) -> Reply:
    """Let nobody subscribe to a plan any more; those who have go on."""
    plan = await find(call)
    if plan.status != ACTIVE:
        raise BillingErrors.PLAN_NOT_DEACTIVATABLE()
    plan = fire(call.work, PLAN, plan, "deactivate", call.clock.now())
    return Reply(b"", 204, subject=plan)


@operation(
    "plans.update-pricing-schemes", Route(BILLING, "POST", f"{ITSELF}/update-pricing-schemes"),
    docs=f"{DOCS}#plans_update-pricing-schemes",
    errors=(
        BillingErrors.INVALID_RESOURCE_ID, BillingErrors.PRICING_SCHEME_UPDATE_NOT_ALLOWED,
        BillingErrors.SEQUENCE_NOT_AVAILABLE, BillingErrors.INVALID_PRICING_SCHEME,
        BillingErrors.PLAN_CURRENCY_MISMATCH, *TIERS, *COMMON,
    ),
)
async def update_pricing(call: Call[PricingRequest]) -> Reply:
    """Change what a plan costs, from the next payment of its subscribers on."""
    plan, now = await find(call), call.clock.now()
    if plan.status != ACTIVE:
        raise BillingErrors.PRICING_SCHEME_UPDATE_NOT_ALLOWED()
    cycles = {int(cycle["sequence"]): cycle for cycle in plan.cycles}
    for number, update in enumerate(call.params["pricing_schemes"]):
        cycle = cycles.get(update["billing_cycle_sequence"])
        at = f"/pricing_schemes/{number}"
        if cycle is None:
            raise BillingErrors.SEQUENCE_NOT_AVAILABLE(field=f"{at}/billing_cycle_sequence", location="body")
        cycles[cycle["sequence"]] = {**cycle, "pricing_scheme": repriced(plan, cycle, update, at, now)}
    plan = replace(plan, cycles=tuple(cycles.values()), updated=now)
    call.work.save(plan)
    call.work.announce(told("BILLING.PLAN.PRICING-CHANGE.ACTIVATED")(plan))
    return Reply(b"", 204, subject=plan)


def repriced(
    plan: Plan, cycle: Mapping[str, Any], update: Mapping[str, Any], at: str, now: Instant
) -> Mapping[str, Any]:
    """The new pricing scheme of a cycle, one version further. Raises what is wrong with it."""
    scheme, old = update["pricing_scheme"], cycle.get("pricing_scheme") or {}
    check_scheme(scheme, f"{at}/pricing_scheme", trial=cycle["tenure_type"] == TRIAL)
    if scheme.get("pricing_model") != old.get("pricing_model"):
        raise BillingErrors.INVALID_PRICING_SCHEME(field=f"{at}/pricing_scheme", location="body")
    changed = normal_scheme(scheme, now, int(old.get("version", 0)) + 1)
    amounts = amounts_of({"pricing_scheme": changed})
    if not amounts:
        raise wrong(BillingErrors.MISSING_REQUIRED_PARAMETER, f"{at}/pricing_scheme/fixed_price", "")
    if any(amount["currency_code"] != plan.currency for amount in amounts):
        raise BillingErrors.PLAN_CURRENCY_MISMATCH(field=f"{at}/pricing_scheme", location="body")
    return {**changed, "create_time": old.get("create_time", changed["create_time"])}


OPERATIONS: tuple[Operation, ...] = (
    create, list_plans, show, patch, activate, deactivate, update_pricing,
)
