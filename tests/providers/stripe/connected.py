"""Connected accounts that tests begin with."""

from __future__ import annotations

from typing import Any

from tests.providers.stripe.checked import Shop

COMPLETE: dict[str, Any] = {
    "business_type": "individual",
    "business_profile": {"mcc": "5734", "url": "https://shop.example"},
    "individual": {
        "first_name": "Jenny", "last_name": "Rosen", "dob": {"day": 1, "month": 1, "year": 1901},
        "ssn_last_4": "0000",
    },
    "tos_acceptance": {"date": 1_700_000_000, "ip": "127.0.0.1"},
    "external_account": {
        "object": "bank_account", "country": "US", "currency": "usd", "account_number": "000123456789",
        "routing_number": "110000000",
    },
}
"""All that a US account of one person is asked for."""
BOTH = {"card_payments": {"requested": True}, "transfers": {"requested": True}}


async def connected(it: Shop, **params: Any) -> str:
    """The id of an account that can be charged and paid out; the first comes with an endpoint for Connect."""
    if not (await it.get("/v1/accounts", limit=1))["data"]:
        await it.post("/v1/webhook_endpoints", url="http://127.0.0.1:9/connect", enabled_events=["*"], connect=True)
    account = await it.post(
        "/v1/accounts", type="custom", country="US", **{"capabilities": BOTH, **COMPLETE, **params})
    found: str = account["id"]
    return found


async def balance_of(it: Shop, name: str = "pending", currency: str = "usd") -> int:
    shown = (await it.get("/v1/balance"))[name]
    return next((int(each["amount"]) for each in shown if each["currency"] == currency), 0)
