"""What a shop that sells by subscription asks for: a product, a plan, a subscriber; as tests use them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from paydouble.core.clock import Instant, parse_rfc3339
from tests.providers.paypal.checked import Shop, shop

PRODUCTS, PLANS, SUBSCRIPTIONS = "/v1/catalogs/products", "/v1/billing/plans", "/v1/billing/subscriptions"
CONTEXT = {"return_url": "https://shop.example/back?cart=7", "cancel_url": "https://shop.example/no"}

NOON = parse_rfc3339("2026-03-09T12:00:00Z")
"""After the hour at which PayPal bills, so that 31 days bring exactly one monthly payment."""


def open_shop(
    settings: Mapping[str, str] | None = None, start: Instant = NOON
) -> AbstractAsyncContextManager[Shop]:
    """A shop whose calendar the tests know."""
    return shop(settings, start=start)


def usd(value: str, currency: str = "USD") -> dict[str, str]:
    return {"currency_code": currency, "value": value}


def cycle(
    value: str = "10.00", sequence: int = 1, tenure: str = "REGULAR", total: int = 0, unit: str = "MONTH",
    currency: str = "USD", **more: Any,
) -> dict[str, Any]:
    """A billing cycle at a fixed price; an empty value is a free trial."""
    scheme = {"pricing_scheme": {"fixed_price": usd(value, currency)}} if value else {}
    return {
        **scheme, "frequency": {"interval_unit": unit, "interval_count": 1}, "tenure_type": tenure,
        "sequence": sequence, "total_cycles": total, **more,
    }


def plan_asked(product: str, *cycles: dict[str, Any], **more: Any) -> dict[str, Any]:
    preferences = more.pop("payment_preferences", {})
    return {
        "product_id": product, "name": "Fresh milk", "billing_cycles": list(cycles or (cycle(),)),
        "payment_preferences": preferences, **more,
    }


async def product(here: Shop, **more: Any) -> str:
    made = await here.post(PRODUCTS, {"name": "Milk", "type": "PHYSICAL", **more})
    return str(made["id"])


async def plan(here: Shop, *cycles: dict[str, Any], **more: Any) -> str:
    """The id of an active plan of a new product."""
    made = await here.post(PLANS, plan_asked(await product(here), *cycles, **more))
    return str(made["id"])


async def subscription(here: Shop, plan_id: str, **more: Any) -> Any:
    """As its creation answers; it waits for its payer."""
    return await here.post(SUBSCRIPTIONS, {"plan_id": plan_id, "application_context": CONTEXT, **more})


async def subscribed(
    here: Shop, *cycles: dict[str, Any], asked: dict[str, Any] | None = None, **more: Any
) -> str:
    """The id of a subscription to a new plan that its payer approved."""
    made = await subscription(here, await plan(here, *cycles, **more), **(asked or {}))
    await here.act("subscription", made["id"], "approve")
    return str(made["id"])


async def shown(here: Shop, id: str, fields: str = "last_failed_payment") -> Any:
    return await here.get(f"{SUBSCRIPTIONS}/{id}?fields={fields}")


async def sales(here: Shop, id: str) -> list[Any]:
    """The newest first."""
    window = "start_time=2000-01-01T00:00:00Z&end_time=2100-01-01T00:00:00Z"
    listed: list[Any] = (await here.get(f"{SUBSCRIPTIONS}/{id}/transactions?{window}"))["transactions"]
    return listed


def states(listed: list[Any]) -> list[tuple[str, str]]:
    """Status and amount of each payment."""
    return [(one["status"], one["amount_with_breakdown"]["gross_amount"]["value"]) for one in listed]
