"""What a billing cycle costs, and what a plan's cycles and prices are refused for.

https://developer.paypal.com/docs/subscriptions/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from paydouble.core.clock import Instant, rfc3339_utc
from paydouble.core.errors import ProviderError
from paydouble.core.money import Money
from paydouble.providers.paypal.amounts import (
    CURRENCIES,
    EXPONENTS,
    VALUE_MAX,
    Json,
    decimal_of,
    money_of,
    shown,
)
from paydouble.providers.paypal.billing_errors import BillingErrors
from paydouble.providers.paypal.plans import REGULAR, TRIAL, amounts_of

TRIALS_MAX = 2
DAYS_IN = {"DAY": 1, "WEEK": 7, "MONTH": 30, "YEAR": 365}
INTERVALS_MAX = {"DAY": 365, "WEEK": 52, "MONTH": 12, "YEAR": 1}
"""At most one year between two payments."""

Cycle = Mapping[str, Any]


def check_amount(amount: Mapping[str, Any], at: str) -> None:
    """Currency, sign and decimals of one amount, which may be nothing."""
    currency, number = str(amount["currency_code"]), decimal_of(amount["value"])
    if currency not in CURRENCIES:
        raise wrong(BillingErrors.CURRENCY_NOT_SUPPORTED_FOR_RECEIVER, f"{at}/currency_code", currency)
    if number is None:
        raise wrong(BillingErrors.INVALID_PARAMETER_SYNTAX, f"{at}/value", amount["value"])
    if number < 0:
        raise wrong(BillingErrors.CANNOT_BE_NEGATIVE, f"{at}/value", amount["value"])
    if number > VALUE_MAX:
        raise wrong(BillingErrors.INVALID_PARAMETER_VALUE, f"{at}/value", amount["value"])
    decimals = max(
        -int(number.normalize().as_tuple().exponent), len(str(amount["value"]).partition(".")[2].rstrip("0"))
    )
    if decimals > EXPONENTS.get(currency, 2):
        row = BillingErrors.DECIMALS_NOT_SUPPORTED if EXPONENTS.get(currency, 2) == 0 else (
            BillingErrors.DECIMAL_PRECISION
        )
        raise wrong(row, f"{at}/value", amount["value"])


def wrong(row: BillingErrors, field: str, value: object) -> ProviderError:
    return row(field=field, value=str(value), location="body")


def check_cycles(cycles: Sequence[Cycle], quantity_supported: bool | None) -> None:
    """The rules of a plan's billing cycles, in order of precedence."""
    ordered = sorted(cycles, key=lambda cycle: int(cycle["sequence"]))
    if [cycle["sequence"] for cycle in ordered] != list(range(1, len(ordered) + 1)):
        raise wrong(BillingErrors.INVALID_BILLING_CYCLE_SEQUENCE, "/billing_cycles", "")
    kinds = [cycle["tenure_type"] for cycle in ordered]
    if REGULAR not in kinds:
        raise wrong(BillingErrors.MISSING_REGULAR_BILLING_CYCLE, "/billing_cycles", "")
    if kinds.count(REGULAR) > 1:
        raise wrong(BillingErrors.MULTIPLE_REGULAR_BILLING_CYCLES_NOT_SUPPORTED, "/billing_cycles", "")
    if kinds[-1] != REGULAR:
        raise wrong(BillingErrors.TRIAL_AFTER_REGULAR, "/billing_cycles", "")
    if kinds.count(TRIAL) > TRIALS_MAX:
        raise wrong(BillingErrors.MORE_THAN_TWO_TRIAL_BILLING_CYCLE_NOT_SUPPORTED, "/billing_cycles", "")
    for number, cycle in enumerate(cycles):
        _check_cycle(cycle, f"/billing_cycles/{number}", quantity_supported)
    if sum(is_free(cycle) for cycle in cycles if cycle["tenure_type"] == TRIAL) > 1:
        raise wrong(BillingErrors.MULTIPLE_FREE_TRIAL_BILLING_CYCLES_NOT_SUPPORTED, "/billing_cycles", "")
    if len({amount["currency_code"] for cycle in cycles for amount in amounts_of(cycle)}) > 1:
        raise wrong(BillingErrors.CURRENCY_MISMATCH, "/billing_cycles", "")


def _check_cycle(cycle: Cycle, at: str, quantity_supported: bool | None) -> None:
    frequency = cycle["frequency"]
    if frequency.get("interval_count", 1) > INTERVALS_MAX[frequency["interval_unit"]]:
        count = frequency["interval_count"]
        raise wrong(BillingErrors.INVALID_PARAMETER_VALUE, f"{at}/frequency/interval_count", count)
    if cycle["tenure_type"] == TRIAL and cycle.get("total_cycles", 1) == 0:
        raise wrong(BillingErrors.INVALID_TRIAL_BILLING_TOTAL_CYCLES, f"{at}/total_cycles", 0)
    scheme = cycle.get("pricing_scheme") or {}
    if scheme.get("pricing_model") and quantity_supported is False:
        raise wrong(BillingErrors.INVALID_QUANTITY_SUPPORTED, "/quantity_supported", "false")
    check_scheme(scheme, f"{at}/pricing_scheme", trial=cycle["tenure_type"] == TRIAL)
    if cycle["tenure_type"] == REGULAR and is_free(cycle):
        raise wrong(BillingErrors.MISSING_REQUIRED_PARAMETER, f"{at}/pricing_scheme", "")


def check_scheme(scheme: Mapping[str, Any], at: str, *, trial: bool) -> None:
    """A price for all quantities, or tiers without gap and overlap."""
    tiers = scheme.get("tiers") or ()
    if "fixed_price" in scheme:
        check_amount(scheme["fixed_price"], f"{at}/fixed_price")
    if not scheme.get("pricing_model"):
        return
    if trial:
        raise wrong(BillingErrors.INVALID_PRICING_MODEL, f"{at}/pricing_model", scheme["pricing_model"])
    if "fixed_price" in scheme:
        raise wrong(BillingErrors.FIXED_PRICE_NOT_SUPPORTED, f"{at}/fixed_price", "")
    if not tiers:
        raise wrong(BillingErrors.MISSING_PRICING_SCHEME_TIERS, f"{at}/tiers", "")
    for number, tier in enumerate(tiers):
        check_amount(tier["amount"], f"{at}/tiers/{number}/amount")
        if money_of(tier["amount"]).minor == 0:
            raise wrong(BillingErrors.INVALID_PRICING_TIER_AMOUNT, f"{at}/tiers/{number}/amount/value", "0")
    _check_tiers(tiers, f"{at}/tiers")


def _check_tiers(tiers: Sequence[Mapping[str, Any]], at: str) -> None:
    """From one to no end, each beginning where the one before it ended."""
    ordered = sorted(tiers, key=lambda tier: Decimal(tier["starting_quantity"]))
    expected = Decimal(1)
    for number, tier in enumerate(ordered):
        start, end = Decimal(tier["starting_quantity"]), tier.get("ending_quantity")
        if end is not None and Decimal(end) <= start:
            field = f"{at}/{number}/ending_quantity"
            raise wrong(BillingErrors.INVALID_PRICING_TIER_QUANTITY, field, end)
        last = number == len(ordered) - 1
        if start > expected:
            raise wrong(BillingErrors.MISSING_PRICING_SCHEME_TIERS, at, "")
        if start < expected or (end is None and not last):
            raise wrong(BillingErrors.OVERLAPPING_PRICING_SCHEME_TIERS, f"{at}/{number}", "")
        expected = Decimal(end) + 1 if end is not None else expected
    if ordered[-1].get("ending_quantity") is not None:
        raise wrong(BillingErrors.MISSING_PRICING_SCHEME_TIERS, at, "")


def is_free(cycle: Cycle) -> bool:
    return not any(money_checked(amount) for amount in amounts_of(cycle))


def money_checked(amount: Mapping[str, Any]) -> bool:
    number = decimal_of(amount["value"])
    return number is None or number != 0


def normal_scheme(scheme: Mapping[str, Any], now: Instant, version: int = 1) -> Json:
    """With decimals, version and times."""
    normal: Json = {"version": version}
    if "fixed_price" in scheme:
        normal["fixed_price"] = shown(money_of(scheme["fixed_price"]))
    if scheme.get("pricing_model"):
        normal["pricing_model"] = scheme["pricing_model"]
        normal["tiers"] = [
            {name: tier[name] for name in ("starting_quantity", "ending_quantity") if name in tier}
            | {"amount": shown(money_of(tier["amount"]))}
            for tier in scheme["tiers"]
        ]
    return normal | {"create_time": rfc3339_utc(now), "update_time": rfc3339_utc(now)}


def normal_cycles(cycles: Sequence[Cycle], now: Instant) -> tuple[Json, ...]:
    """In order, with the defaults of what was left out."""
    normal = []
    for cycle in sorted(cycles, key=lambda cycle: int(cycle["sequence"])):
        frequency = cycle["frequency"]
        scheme = cycle.get("pricing_scheme") or {}
        normal.append({
            **({"pricing_scheme": normal_scheme(scheme, now)} if scheme else {}),
            "frequency": {
                "interval_unit": frequency["interval_unit"],
                "interval_count": frequency.get("interval_count", 1),
            },
            "tenure_type": cycle["tenure_type"], "sequence": cycle["sequence"],
            "total_cycles": cycle.get("total_cycles", 1),
        })
    return tuple(normal)


def price(cycle: Cycle, quantity: int, currency: str) -> Money:
    """Of one execution: fixed for each piece; by the tier that all pieces are in; or tier by tier."""
    scheme = cycle.get("pricing_scheme") or {}
    if "fixed_price" in scheme:
        return Money(money_of(scheme["fixed_price"]).minor * quantity, currency)
    tiered = scheme.get("pricing_model") == "TIERED"
    total = 0
    for tier in scheme.get("tiers") or ():
        start, end = int(Decimal(tier["starting_quantity"])), tier.get("ending_quantity")
        last = quantity if end is None else min(quantity, int(Decimal(end)))
        pieces = max(0, last - start + 1) if tiered else (
            quantity if start <= quantity and (end is None or quantity <= int(Decimal(end))) else 0
        )
        total += money_of(tier["amount"]).minor * pieces
    return Money(total, currency)


def tax(net: Money, taxes: Mapping[str, Any]) -> tuple[int, bool]:
    """(minor units, whether they come on top of the price)."""
    percent = Decimal(str(taxes.get("percentage", "0")))
    inclusive = bool(taxes.get("inclusive", True))
    share = percent / (100 + percent) if inclusive else percent / 100
    return int((net.minor * share).quantize(Decimal(1), ROUND_HALF_UP)), not inclusive
