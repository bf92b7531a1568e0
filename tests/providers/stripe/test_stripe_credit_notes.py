"""Credit notes, the page of an invoice, and the customer portal."""

from __future__ import annotations

from typing import Any

import pytest

from paydouble.core.http import HttpResponse
from paydouble.core.page import Go
from tests.providers.stripe.checked import Shop, shop
from tests.providers.stripe.test_stripe_checkout import visit
from tests.providers.stripe.test_stripe_invoices import draft, item, payer
from tests.providers.stripe.test_stripe_subscriptions import advance, subscribed, subscriber

CARD = "type=card&number={}&expiry=12/34&cvc=123&step=pay"


async def billed(it: Shop, customer: Any, *amounts: int) -> Any:
    for amount in amounts:
        await item(it, customer, amount)
    invoice = await draft(it, customer)
    return await it.post(f"/v1/invoices/{invoice['id']}/finalize")


async def test_an_open_invoice_is_credited_until_nothing_is_left() -> None:
    async with shop() as it:
        invoice = await billed(it, await payer(it), 1_000, 500)
        line = invoice["lines"]["data"][1]["id"]
        note = await it.post("/v1/credit_notes", invoice=invoice["id"], reason="order_change", memo="Sorry", lines=[
            {"type": "invoice_line_item", "invoice_line_item": line, "quantity": 1}])
        assert (note["type"], note["total"], note["number"]) == ("pre_payment", 500, f"{invoice['number']}-CN-01")
        less = await it.get(f"/v1/invoices/{invoice['id']}", expand=["payments.data.payment.payment_intent"])
        assert (less["amount_remaining"], less["pre_payment_credit_notes_amount"]) == (1_000, 500)
        assert less["payments"]["data"][0]["payment"]["payment_intent"]["amount"] == 1_000
        changed = await it.post(f"/v1/credit_notes/{note['id']}", memo="Very sorry", metadata={"a": "b"})
        assert (await it.get(f"/v1/credit_notes/{note['id']}"))["memo"] == changed["memo"]
        void = await it.post(f"/v1/credit_notes/{note['id']}/void")
        assert void["status"] == "void"
        assert (await it.get(f"/v1/invoices/{invoice['id']}"))["amount_remaining"] == 1_500
        error = await it.refused("POST", "/v1/credit_notes", invoice=invoice["id"], amount=1_501)
        assert error["param"] == "amount"
        whole = await it.post("/v1/credit_notes", invoice=invoice["id"], amount=1_500)
        assert (await it.get(f"/v1/invoices/{invoice['id']}"))["status"] == "paid"
        assert (await it.refused("POST", f"/v1/credit_notes/{whole['id']}/void"))["http"] == 400
        listed = await it.get("/v1/credit_notes", invoice=invoice["id"], limit=1)
        assert (listed["data"][0]["id"], listed["has_more"]) == (whole["id"], True)
        lines = await it.get(f"/v1/credit_notes/{note['id']}/lines")
        assert lines["data"][0]["invoice_line_item"] == line
        assert {"credit_note.created", "credit_note.updated", "credit_note.voided"} <= set(await it.types())


async def test_a_paid_invoice_is_refunded_and_credited() -> None:
    async with shop() as it:
        customer = await payer(it)
        invoice = await billed(it, customer, 1_000)
        await it.post(f"/v1/invoices/{invoice['id']}/pay")
        error = await it.refused("POST", "/v1/credit_notes", invoice=invoice["id"], amount=900, refund_amount=100)
        assert error["param"] == "refund_amount"
        note = await it.post("/v1/credit_notes", invoice=invoice["id"], amount=900, refund_amount=600,
                             credit_amount=300, expand=["customer_balance_transaction"])
        assert (note["post_payment_amount"], note["customer_balance_transaction"]["amount"]) == (900, -300)
        refund = await it.get(f"/v1/refunds/{note['refunds'][0]['refund']}")
        assert (refund["amount"], refund["status"]) == (600, "succeeded")
        assert (await it.get(f"/v1/customers/{customer['id']}"))["balance"] == -300
        more = await it.refused("POST", "/v1/credit_notes", invoice=invoice["id"], amount=101, refund_amount=101)
        assert more["http"] == 400
        shown = await it.get(f"/v1/invoices/{invoice['id']}")
        assert (shown["status"], shown["post_payment_credit_notes_amount"]) == ("paid", 900)


@pytest.mark.parametrize(("params", "param"), [
    ({}, "amount"), ({"amount": 0}, "amount"), ({"invoice": "in_none", "amount": 1}, "invoice"),
    ({"lines": [{"type": "invoice_line_item", "invoice_line_item": "il_none"}]}, "lines[0][invoice_line_item]"),
])
async def test_what_no_credit_note_can_be(params: dict[str, Any], param: str) -> None:
    async with shop() as it:
        invoice = await billed(it, await payer(it), 1_000)
        error = await it.refused("POST", "/v1/credit_notes", **({"invoice": invoice["id"]} | params))
        assert (error["http"], error["param"]) == (400, param)


async def test_a_customer_pays_on_the_page_of_the_invoice() -> None:
    async with shop() as it:
        invoice = await billed(it, await payer(it, ""), 1_000)
        url = invoice["hosted_invoice_url"]
        assert (await visit(it, url)).fields["due"] == "$10.00"
        assert (await visit(it, url, CARD.format("4000000000009995"))).fields["said"] == (
            "Your card has insufficient funds.")
        away = await visit(it, url, CARD.format("4000002760003184"))
        assert isinstance(away, Go)
        assert "/3d_secure/pi_" in away.url
        assert (await visit(it, url, CARD.format("4242424242424242"))).fields["state"] == "Invoice paid. Thank you."
        assert (await it.get(f"/v1/invoices/{invoice['id']}"))["amount_paid"] == 1_000
        file = await visit(it, invoice["invoice_pdf"])
        assert isinstance(file, HttpResponse)
        assert file.body.startswith(b"%PDF-1.4")


async def test_a_customer_cancels_in_the_portal() -> None:
    async with shop() as it:
        customer, price = await subscriber(it)
        made = await subscribed(it, customer, price)
        session = await it.post("/v1/billing_portal/sessions", customer=customer["id"], return_url="https://shop.example")
        shown = await visit(it, session["url"])
        assert [each["status"] for each in shown.fields["subscriptions"]] == ["active"]
        assert shown.fields["invoices"][0]["amount"] == "$20.00"
        refused = await visit(it, session["url"], "subscription=sub_other")
        assert refused.fields["said"] == "There is no such subscription."
        left = await visit(it, session["url"], f"subscription={made['id']}")
        assert left.fields["subscriptions"][0]["leaving"] is True
        await advance(it, customer, 1_772_366_400 + 32 * 86_400)
        assert (await it.get(f"/v1/subscriptions/{made['id']}"))["status"] == "canceled"
        await it.advance(2 * 3_600_000)
        assert (await visit(it, session["url"])).status == 404
        assert "billing_portal.session.created" in await it.types()
