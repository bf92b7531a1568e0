"""What a subscription may have otherwise than its plan: prices, numbers of payments, preferences, taxes.

https://developer.paypal.com/docs/subscriptions/customize/override-plan/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from paydouble.core.clock import Instant
from paydouble.providers.paypal.amounts import money_of, shown
from paydouble.providers.paypal.billing_errors import BillingErrors
from paydouble.providers.paypal.plans import TRIAL, Plan, amounts_of
from paydouble.providers.paypal.pricing import check_amount, check_scheme, normal_scheme, wrong

_PREFERENCES = ("auto_bill_outstanding", "setup_fee_failure_action", "payment_failure_threshold")


def overrides_of(given: Mapping[str, Any], plan: Plan, now: Instant) -> Mapping[str, Any]:
    """Checked and normal: cycles by sequence. Empty where nothing is overridden."""
    cycles = _cycles(given.get("billing_cycles") or (), plan, now)
    preferences = _preferences(given.get("payment_preferences") or {}, plan)
    taxes = {name: value for name, value in (given.get("taxes") or {}).items() if name in _TAXES}
    parts = (("billing_cycles", cycles), ("payment_preferences", preferences), ("taxes", taxes))
    return {name: part for name, part in parts if part}


_TAXES = ("percentage", "inclusive")


def _cycles(given: Any, plan: Plan, now: Instant) -> Mapping[str, Any]:
    known = {cycle["sequence"]: cycle for cycle in plan.cycles}
    changed: dict[str, Any] = {}
    for number, override in enumerate(given):
        at, cycle = f"/plan/billing_cycles/{number}", known.get(override["sequence"])
        if cycle is None:
            raise BillingErrors.SEQUENCE_NOT_AVAILABLE(field=f"{at}/sequence", location="body")
        changed[str(cycle["sequence"])] = _cycle(override, cycle, plan, now, at)
    return changed


def _cycle(
    override: Mapping[str, Any], cycle: Mapping[str, Any], plan: Plan, now: Instant, at: str
) -> Mapping[str, Any]:
    own: dict[str, Any] = {}
    if "total_cycles" in override:
        if override["total_cycles"] == 0 and cycle["tenure_type"] == TRIAL:
            raise wrong(BillingErrors.INVALID_TRIAL_BILLING_TOTAL_CYCLES, f"{at}/total_cycles", 0)
        own["total_cycles"] = override["total_cycles"]
    if override.get("pricing_scheme"):
        scheme = override["pricing_scheme"]
        own["pricing_scheme"] = scheme_of(scheme, cycle, plan, now, f"{at}/pricing_scheme")
    return own


def scheme_of(
    scheme: Mapping[str, Any], cycle: Mapping[str, Any], plan: Plan, now: Instant, at: str
) -> Mapping[str, Any]:
    """A pricing scheme in place of the plan's, of the same type and currency."""
    check_scheme(scheme, at, trial=cycle["tenure_type"] == TRIAL)
    old = cycle.get("pricing_scheme") or {}
    if scheme.get("pricing_model") != old.get("pricing_model"):
        raise BillingErrors.OVERRIDE_OF_ANOTHER_TYPE(field=at, location="body")
    normal = normal_scheme(scheme, now, int(old.get("version", 1)))
    amounts = amounts_of({"pricing_scheme": normal})
    if not amounts:
        raise BillingErrors.MISSING_REQUIRED_PARAMETER(field=f"{at}/fixed_price", location="body")
    if any(amount["currency_code"] != plan.currency for amount in amounts):
        raise BillingErrors.PLAN_CURRENCY_MISMATCH(field=at, location="body")
    return normal


def _preferences(given: Mapping[str, Any], plan: Plan) -> Mapping[str, Any]:
    own = {name: given[name] for name in _PREFERENCES if name in given}
    fee = given.get("setup_fee")
    if fee:
        check_amount(fee, "/plan/payment_preferences/setup_fee")
        if fee["currency_code"] != plan.currency:
            raise BillingErrors.PLAN_CURRENCY_MISMATCH(
                field="/plan/payment_preferences/setup_fee/currency_code", location="body"
            )
        own["setup_fee"] = shown(money_of(fee))
    return own
