"""Lists of balance transactions that a scenario makes disagree with the books."""

from __future__ import annotations

from tests.merchants import CARDS, world

STATEMENT = (
    "{omit: [{ref: o-2}], duplicate: [{ref: o-3}], alter: [{ref: o-1, amount: 100.01, fee: 5}],"
    " add: [{ref: ghost, amount: 0.01}]}"
)


async def test_movements_are_missing_added_changed_and_doubled() -> None:
    async with world() as here:
        for number, amount in enumerate((10_000, 5_000, 2_000), start=1):
            await here.stripe(
                "POST", "/v1/payment_intents", amount=amount, currency="usd", confirm=True,
                payment_method="pm_card_visa", automatic_payment_methods=CARDS, capture_method="automatic",
                metadata={"order_id": f"o-{number}"},
            )
        honest = (await here.stripe("GET", "/v1/balance_transactions")).json["data"]
        assert [each["amount"] for each in honest] == [2_000, 5_000, 10_000]
        here.rules(f"- {{when: {{operation: statement.download}}, then: {{statement: {STATEMENT}}}}}")
        told = (await here.stripe("GET", "/v1/balance_transactions")).json["data"]
        assert [(each["amount"], each["fee"]) for each in told] == [
            (2_000, honest[0]["fee"]), (2_000, honest[0]["fee"]), (10_001, 500), (1, 0),
        ]
        rest = await here.stripe("GET", "/v1/balance_transactions", starting_after=honest[0]["id"])
        assert [each["amount"] for each in rest.json["data"]] == [10_001]
