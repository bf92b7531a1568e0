"""Sales of more than one payment: in parts at several providers, and again each month."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from paydouble.testing.sample_shop.flaws import Flaw
from paydouble.testing.sample_shop.shop import Shop
from paydouble.testing.sample_shop.values import Order, Refused, Unheard


def split(shop: Shop, id: str, parts: Sequence[Order]) -> dict[str, Any]:
    """All parts or none: what was taken is given back when another part fails."""
    taken: list[Order] = []
    for number, part in enumerate(parts, 1):
        order = replace(part, id=f"{id}-part{number}")
        try:
            shop.take(order)
        except (Refused, Unheard):
            if not shop.has(Flaw.KEEPS_PARTS):
                _give_back(shop, taken)
            return {"id": id, "status": "failed", "parts": [each.shown() for each in (*taken, order)]}
        taken.append(order)
    return {"id": id, "status": "taken", "parts": [each.shown() for each in taken]}


def _give_back(shop: Shop, taken: Sequence[Order]) -> None:
    for order in taken:
        if order.status == "paid":
            with suppress(Unheard):
                shop.refund(order.id)
        else:
            with suppress(Refused, Unheard):
                shop.cancel(order.id)


@dataclass(slots=True)
class Subscription:
    """One price, once a period."""

    id: str
    price: Order
    """What each period's order is made from."""
    status: str = "active"
    """active, past_due."""
    periods: dict[str, Order] = field(default_factory=dict)

    def shown(self) -> dict[str, Any]:
        paid = [name for name, order in self.periods.items() if order.status == "paid"]
        return {"id": self.id, "status": self.status, "paid": paid}


def renew(shop: Shop, plan: Subscription, period: str) -> Subscription:
    """Charges a period once, however often the job runs; without money there is no service."""
    known = plan.periods.get(period)
    if known is not None and known.status == "paid" and not shop.has(Flaw.RENEWS_TWICE):
        return plan
    again = f"-{len(plan.periods) + 1}" if known is not None and shop.has(Flaw.RENEWS_TWICE) else ""
    order = replace(plan.price, id=f"{plan.id}-{period}{again}")
    plan.periods[period + again] = order
    try:
        shop.take(order)
    except (Refused, Unheard):
        plan.status = "active" if shop.has(Flaw.SERVES_ANYWAY) else "past_due"
        return plan
    plan.status = "active"
    return plan
