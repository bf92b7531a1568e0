"""Amounts that are none: refused by every operation that takes money, and nothing is written."""

from __future__ import annotations

from typing import Any

import pytest

from tests.providers.paypal.checked import asked, shop

ORDERS = "/v2/checkout/orders"

# fmt: off
WRONG: list[tuple[Any, int, str]] = [
    ({"currency_code": "JPY", "value": "10.50"},  422, "DECIMALS_NOT_SUPPORTED"),
    ({"currency_code": "JPY", "value": "10.00"},  422, "DECIMALS_NOT_SUPPORTED"),
    ({"currency_code": "HUF", "value": "1.5"},    422, "DECIMALS_NOT_SUPPORTED"),
    ({"currency_code": "TWD", "value": "1.5"},    422, "DECIMALS_NOT_SUPPORTED"),
    ({"currency_code": "USD", "value": "1.001"},  422, "DECIMAL_PRECISION"),
    ({"currency_code": "USD", "value": "1.000"},  422, "DECIMAL_PRECISION"),
    ({"currency_code": "KWD", "value": "1.001"},  422, "INVALID_CURRENCY_CODE"),
    ({"currency_code": "BHD", "value": "1.00"},   422, "INVALID_CURRENCY_CODE"),
    ({"currency_code": "usd", "value": "1.00"},   422, "INVALID_CURRENCY_CODE"),
    ({"currency_code": "USD", "value": "-1.00"},  422, "CANNOT_BE_ZERO_OR_NEGATIVE"),
    ({"currency_code": "USD", "value": "0.00"},   422, "CANNOT_BE_ZERO_OR_NEGATIVE"),
    ({"currency_code": "USD", "value": "1e2"},    400, "INVALID_PARAMETER_SYNTAX"),
    ({"currency_code": "USD", "value": "１"},     400, "INVALID_PARAMETER_SYNTAX"),
    ({"currency_code": "USD", "value": "1,00"},   400, "INVALID_PARAMETER_SYNTAX"),
    ({"currency_code": "USD", "value": "NaN"},    400, "INVALID_PARAMETER_SYNTAX"),
    ({"currency_code": "USD", "value": ""},       400, "INVALID_PARAMETER_SYNTAX"),
    ({"currency_code": "US", "value": "1.00"},    400, "INVALID_STRING_LENGTH"),
    ({"value": "1.00"},                           400, "MISSING_REQUIRED_PARAMETER"),
    ({"currency_code": "USD"},                    400, "MISSING_REQUIRED_PARAMETER"),
]
# fmt: on


@pytest.mark.parametrize(("amount", "status", "issue"), WRONG)
async def test_no_order_is_made(amount: Any, status: int, issue: str) -> None:
    async with shop() as here:
        body = {"intent": "CAPTURE", "purchase_units": [{"amount": amount}]}
        assert await here.refused("POST", ORDERS, body) == (status, issue)
        assert await here.types() == []


@pytest.mark.parametrize(("amount", "status", "issue"), WRONG)
async def test_nothing_is_refunded(amount: Any, status: int, issue: str) -> None:
    async with shop() as here:
        taken = await here.paid("100.00")
        path = f"/v2/payments/captures/{taken['id']}"
        found = await here.refused("POST", f"{path}/refund", {"amount": amount})
        assert found[0] == status
        assert (await here.get(path))["status"] == "COMPLETED"


@pytest.mark.parametrize(("amount", "status", "issue"), WRONG)
async def test_nothing_is_captured(amount: Any, status: int, issue: str) -> None:
    async with shop() as here:
        held = await here.authorized("100.00")
        path = f"/v2/payments/authorizations/{held['id']}"
        assert (await here.refused("POST", f"{path}/capture", {"amount": amount}))[0] == status
        assert (await here.get(path))["status"] == "CREATED"


async def test_ten_purchase_units_are_enough() -> None:
    async with shop() as here:
        def units(count: int) -> list[dict[str, Any]]:
            amount = {"currency_code": "USD", "value": "1.00"}
            return [{"reference_id": str(number), "amount": amount} for number in range(count)]

        for count in (30, 11):
            body = asked() | {"purchase_units": units(count)}
            assert await here.refused("POST", ORDERS, body) == (400, "INVALID_ARRAY_MAX_ITEMS")
        assert await here.refused("POST", ORDERS, asked() | {"purchase_units": []}) == (
            400, "INVALID_ARRAY_MIN_ITEMS")
        await here.post(ORDERS, asked() | {"purchase_units": units(10)})
