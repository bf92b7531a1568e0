"""Transaction searches that a scenario makes disagree with the books, and fees of a scenario's own."""

from __future__ import annotations

from paydouble.scenarios.loader import load_text
from tests.providers.paypal.billed import open_shop
from tests.providers.paypal.test_paypal_reporting import found

RULE = (
    "rules: [{when: {operation: statement.download}, then: {statement: {omit: [{ref: c-2}], duplicate: [{ref: c-3}],"
    " alter: [{ref: c-1, amount: 100.01, fee: 5}], add: [{ref: ghost, amount: 0.01}]}}}]"
)


async def test_transactions_are_missing_added_changed_and_doubled() -> None:
    async with open_shop() as here:
        for number, value in enumerate(("100.00", "50.00", "20.00"), start=1):
            await here.paid(value, unit={"custom_id": f"c-{number}"})
        here.sandbox.rules.activate(load_text(f"schema: 1\nname: wrong\n{RULE}"))
        rows = [
            (one.get("custom_field"), one["transaction_amount"]["value"], one.get("fee_amount", {}).get("value"))
            for one in await found(here)
        ]
        assert [(ref, value) for ref, value, _ in rows] == [
            ("c-1", "100.01"), ("c-3", "20.00"), ("c-3", "20.00"), ("ghost", "0.01"),
        ]
        assert rows[0][2] == "-5.00"


async def test_a_scenario_has_its_own_price() -> None:
    async with open_shop() as here:
        here.sandbox.rules.activate(load_text("schema: 1\nname: dear\nsettings: {fees: {rate: 0.1, fixed: 1}}"))
        taken = await here.paid("100.00")
        assert taken["seller_receivable_breakdown"]["paypal_fee"]["value"] == "11.00"
