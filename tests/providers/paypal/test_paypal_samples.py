"""Events that never happened have resources of the right form."""

from __future__ import annotations

import pytest

from paydouble.providers.paypal.event_types import EVENT_TYPES
from tests.providers.paypal.checked import CATALOG, shop

FAMILIES = (
    "CATALOG.PRODUCT.", "BILLING.PLAN.", "BILLING.SUBSCRIPTION.", "PAYMENT.SALE.", "CUSTOMER.DISPUTE.CREATED",
    "CUSTOMER.DISPUTE.UPDATED", "CUSTOMER.DISPUTE.RESOLVED",
)


@pytest.mark.parametrize("type", [name for name in EVENT_TYPES if name.startswith(FAMILIES)])
async def test_a_simulated_event_fulfils_its_contract(type: str) -> None:
    async with shop() as here:
        [hook] = (await here.get("/v1/notifications/webhooks"))["webhooks"]
        body = {"webhook_id": hook["id"], "event_type": type}
        await here.post("/v1/notifications/simulate-event", body, status=202)
        [told] = await here.events()
        assert told["event_type"] == type
        contract = CATALOG.producer(f"paypal/webhooks.v1/events/{type}/notification.schema.json")
        assert contract.check(told) == ()
