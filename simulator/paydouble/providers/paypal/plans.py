"""Billing plans: their record, the table of their life, and how they are shown.

https://developer.paypal.com/docs/api/subscriptions/v1/#plans
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from paydouble.core.clock import Instant
from paydouble.core.ids import Ids
from paydouble.core.machine import Machine, Phase, Transition
from paydouble.core.notification import Event
from paydouble.core.record import Record
from paydouble.providers.paypal import events
from paydouble.providers.paypal.amounts import Json
from paydouble.providers.paypal.identifiers import UPPER
from paydouble.providers.paypal.showing import present, times
from paydouble.providers.paypal.vaulting import coded

PLANS_PATH = "/v1/billing/plans"
CREATED, ACTIVE, INACTIVE = "CREATED", "ACTIVE", "INACTIVE"
TRIAL, REGULAR = "TRIAL", "REGULAR"

_LENGTH = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(Record):
    """What is billed, how often and how many times."""

    kind: ClassVar[str] = "paypal.plan"
    indexes: ClassVar[tuple[str, ...]] = ("merchant",)

    merchant: str
    product: str
    name: str
    cycles: tuple[Mapping[str, Any], ...]
    """Billing cycles in the order of their sequence, with every default filled in."""
    preferences: Mapping[str, Any]
    description: str = ""
    taxes: Mapping[str, Any] = field(default_factory=dict)
    quantity_supported: bool = False
    urls: Mapping[str, Any] = field(default_factory=dict)
    """The merchant's preferences: where the payer is sent back to."""
    updated: Instant = Instant(0)
    base: str = ""
    short: bool = True
    """Amounts without trailing zeros."""

    @property
    def currency(self) -> str:
        return currency_of(self.cycles)


def plan_id(ids: Ids) -> str:
    return f"P-{ids.token(_LENGTH, UPPER)}"


def amounts_of(cycle: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """All amounts of a billing cycle's pricing scheme."""
    scheme = cycle.get("pricing_scheme") or {}
    fixed = [scheme["fixed_price"]] if "fixed_price" in scheme else []
    return fixed + [tier["amount"] for tier in scheme.get("tiers") or ()]


def currency_of(cycles: tuple[Mapping[str, Any], ...]) -> str:
    """Of the first amount there is; the regular cycle always has one."""
    return next(str(amount["currency_code"]) for cycle in cycles for amount in amounts_of(cycle))


def shortened(value: Any) -> Any:
    """The same with "10.00" as "10.0", which is how real answers print what is billed."""
    match value:
        case {"currency_code": _, "value": str(text)}:
            whole, point, decimals = text.partition(".")
            return {**value, "value": f"{whole}.{decimals.rstrip('0') or '0'}" if point else text}
        case Mapping():
            return {name: shortened(inner) for name, inner in value.items()}
        case list() | tuple():
            return [shortened(inner) for inner in value]
        case _:
            return value


def _links(plan: Plan, base: str) -> list[Json]:
    itself = f"{base}{PLANS_PATH}/{plan.id}"
    switch = "deactivate" if plan.status == ACTIVE else "activate"
    return [
        coded(itself, "self"), coded(itself, "edit", "PATCH"),
        coded(f"{itself}/{switch}", switch, "POST"),
        coded(f"{itself}/update-pricing-schemes", "edit", "POST"),
    ]


def plan_shown(plan: Plan, base: str) -> Json:
    """The whole plan."""
    body = present(
        id=plan.id, product_id=plan.product, name=plan.name, status=plan.status, description=plan.description,
        usage_type="LICENSED", billing_cycles=list(plan.cycles), payment_preferences=dict(plan.preferences),
        taxes=dict(plan.taxes), merchant_preferences=dict(plan.urls),
    ) | {"quantity_supported": plan.quantity_supported} | times(plan.created, plan.updated)
    return {**(shortened(body) if plan.short else body), "links": _links(plan, base)}


def plan_in_list(plan: Plan, base: str) -> Json:
    """As lists and brief answers show it."""
    return present(
        id=plan.id, product_id=plan.product, name=plan.name, status=plan.status, description=plan.description,
        usage_type="LICENSED",
    ) | {"create_time": times(plan.created, plan.updated)["create_time"], "links": _links(plan, base)}


def told(type: str) -> Callable[[Plan], Event]:
    def make(plan: Plan) -> Event:
        return events.event(
            type, plan.merchant, plan_shown(plan, plan.base), resource_type="plan", base=plan.base,
            subject=plan.id, summary=_SUMMARIES[type],
        )

    return make


_SUMMARIES = {
    "BILLING.PLAN.CREATED": "A billing plan was created.",
    "BILLING.PLAN.ACTIVATED": "A billing plan was activated.",
    "BILLING.PLAN.DEACTIVATED": "A billing plan was deactivated.",
    "BILLING.PLAN.UPDATED": "A billing plan was updated.",
    "BILLING.PLAN.PRICING-CHANGE.ACTIVATED": "A billing plan pricing change was activated.",
}
_activated, _deactivated = told("BILLING.PLAN.ACTIVATED"), told("BILLING.PLAN.DEACTIVATED")

# fmt: off
PLAN: Machine[Plan] = Machine(
    "paypal.plan",
    record=Plan,
    initial=CREATED,
    phases={CREATED: Phase.OPEN, ACTIVE: Phase.OPEN, INACTIVE: Phase.CLOSED},
    rows=(
        Transition(CREATED,  "activate",   ACTIVE,   stamp="updated", event=_activated),
        Transition(INACTIVE, "activate",   ACTIVE,   stamp="updated", event=_activated),
        Transition(ACTIVE,   "deactivate", INACTIVE, stamp="updated", event=_deactivated),
    ),
)
# fmt: on
