"""Invoices: drafted from what is pending, finalized, paid, sent, voided, written off, and what their totals are."""

from __future__ import annotations

from typing import Any

import pytest

from tests.providers.stripe.checked import Shop, shop

DAY_MS = 86_400_000


async def payer(it: Shop, card: str = "pm_card_visa") -> Any:
    customer = await it.post("/v1/customers", email="jenny@shop.example", name="Jenny")
    if card:
        method = await it.post(f"/v1/payment_methods/{card}/attach", customer=customer["id"])
        await it.post(f"/v1/customers/{customer['id']}", invoice_settings={"default_payment_method": method["id"]})
    return customer


async def item(it: Shop, customer: Any, amount: int = 1_000, **params: Any) -> Any:
    return await it.post("/v1/invoiceitems", customer=customer["id"], amount=amount, currency="usd", **params)


async def draft(it: Shop, customer: Any, **params: Any) -> Any:
    return await it.post(
        "/v1/invoices", customer=customer["id"], pending_invoice_items_behavior="include", **params
    )


async def test_an_invoice_is_drafted_finalized_and_paid() -> None:
    async with shop() as it:
        customer = await payer(it)
        await item(it, customer, description="Setup")
        await item(it, customer, 500)
        before = len(await it.types())
        invoice = await draft(it, customer, metadata={"order_id": "6735"})
        assert (invoice["status"], invoice["amount_due"], invoice["lines"]["total_count"]) == ("draft", 1_500, 2)
        final = await it.post(f"/v1/invoices/{invoice['id']}/finalize", expand=["confirmation_secret"])
        assert final["number"].endswith("-0001")
        assert final["hosted_invoice_url"].startswith("http://127.0.0.1:4800/i/pk_test_")
        assert final["confirmation_secret"]["client_secret"].startswith("pi_")
        paid = await it.post(f"/v1/invoices/{invoice['id']}/pay", expand=["payments.data.payment.payment_intent"])
        assert (paid["status"], paid["amount_paid"], paid["amount_remaining"]) == ("paid", 1_500, 0)
        intent = paid["payments"]["data"][0]["payment"]["payment_intent"]
        assert (intent["status"], intent["amount_received"]) == ("succeeded", 1_500)
        assert (await it.types())[before:] == [
            "invoice.created", "payment_intent.created", "invoice.finalized", "charge.succeeded",
            "payment_intent.succeeded", "invoice.paid", "invoice.payment_succeeded", "invoice_payment.paid"]
        payments = await it.get("/v1/invoice_payments", invoice=invoice["id"], status="paid")
        one = await it.get(f"/v1/invoice_payments/{payments['data'][0]['id']}")
        assert one["payment"]["payment_intent"] == intent["id"]
        again = await it.refused("POST", f"/v1/invoices/{invoice['id']}/pay")
        assert (again["http"], again["message"]) == (400, "Invoice is already paid")


async def test_lines_are_listed_and_items_changed_while_it_is_a_draft() -> None:
    async with shop() as it:
        customer = await payer(it)
        first = await item(it, customer)
        invoice = await draft(it, customer)
        added = await item(it, customer, 250, invoice=invoice["id"])
        changed = await it.post(f"/v1/invoiceitems/{first['id']}", amount=900, description="Less")
        assert (changed["amount"], changed["invoice"]) == (900, invoice["id"])
        lines = await it.get(f"/v1/invoices/{invoice['id']}/lines", limit=1)
        assert (lines["data"][0]["amount"], lines["has_more"]) == (900, True)
        rest = await it.get(f"/v1/invoices/{invoice['id']}/lines", starting_after=lines["data"][0]["id"])
        assert [each["amount"] for each in rest["data"]] == [250]
        await it.send("DELETE", f"/v1/invoiceitems/{added['id']}")
        shown = await it.post(f"/v1/invoices/{invoice['id']}", description="Thanks", footer="Bye")
        assert (shown["total"], shown["description"]) == (900, "Thanks")
        assert len((await it.get("/v1/invoiceitems", customer=customer["id"], pending=False))["data"]) == 1
        assert (await it.get(f"/v1/invoiceitems/{first['id']}", expand=["invoice"]))["invoice"]["id"] == invoice["id"]
        await it.post(f"/v1/invoices/{invoice['id']}/finalize")
        for path in (f"/v1/invoiceitems/{first['id']}", f"/v1/invoices/{invoice['id']}"):
            error = await it.refused("POST", path, description="Too late")
            assert error["code"] == "invoice_not_editable"
        assert (await it.post(f"/v1/invoices/{invoice['id']}", metadata={"a": "b"}))["metadata"] == {"a": "b"}
        types = await it.types()
        assert {"invoiceitem.created", "invoiceitem.deleted", "invoice.updated"} <= set(types)


async def test_a_draft_is_deleted_and_its_items_are_pending_again() -> None:
    async with shop() as it:
        customer = await payer(it)
        await item(it, customer)
        invoice = await draft(it, customer)
        gone = await it.send("DELETE", f"/v1/invoices/{invoice['id']}")
        assert gone.json["deleted"] is True
        assert len((await it.get("/v1/invoiceitems", customer=customer["id"], pending=True))["data"]) == 1
        other = await draft(it, customer)
        await it.post(f"/v1/invoices/{other['id']}/finalize")
        error = await it.refused("DELETE", f"/v1/invoices/{other['id']}")
        assert error["http"] == 400
        assert (await it.types()).count("invoice.deleted") == 1


async def test_a_declined_card_leaves_the_invoice_open() -> None:
    async with shop() as it:
        customer = await payer(it, "pm_card_chargeCustomerFail")
        await item(it, customer)
        invoice = await draft(it, customer)
        error = await it.refused("POST", f"/v1/invoices/{invoice['id']}/pay")
        assert (error["http"], error["code"]) == (402, "card_declined")
        shown = await it.get(f"/v1/invoices/{invoice['id']}")
        assert (shown["status"], shown["attempt_count"], shown["attempted"]) == ("open", 1, True)
        told = [event for event in await it.events() if event["type"] == "invoice.updated"]
        assert told[-1]["data"]["previous_attributes"]["attempt_count"] == 0
        paid = await it.post(f"/v1/invoices/{invoice['id']}/pay", payment_method="pm_card_visa")
        assert paid["status"] == "paid"


async def test_a_card_that_wants_its_holder_is_refused_and_told() -> None:
    async with shop() as it:
        customer = await payer(it, "pm_card_authenticationRequired")
        await item(it, customer)
        invoice = await draft(it, customer)
        error = await it.refused("POST", f"/v1/invoices/{invoice['id']}/pay", off_session=False)
        assert (error["http"], error["code"]) == (402, "invoice_payment_intent_requires_action")
        assert "invoice.payment_action_required" in await it.types()
        payments = await it.get("/v1/invoice_payments", invoice=invoice["id"])
        intent = await it.get(f"/v1/payment_intents/{payments['data'][0]['payment']['payment_intent']}")
        await it.act(intent, "authenticate")
        assert (await it.get(f"/v1/invoices/{invoice['id']}"))["status"] == "paid"


async def test_without_any_method_nothing_is_charged() -> None:
    async with shop() as it:
        customer = await payer(it, "")
        await item(it, customer)
        invoice = await draft(it, customer)
        error = await it.refused("POST", f"/v1/invoices/{invoice['id']}/pay")
        assert (error["http"], error["code"]) == (400, "resource_missing")
        paid = await it.post(f"/v1/invoices/{invoice['id']}/pay", paid_out_of_band=True)
        assert (paid["status"], paid["amount_paid_off_stripe"], paid["amount_remaining"]) == ("paid", 1_000, 0)
        empty = await draft(it, customer)
        error = await it.refused("POST", f"/v1/invoices/{empty['id']}/finalize")
        assert error["code"] == "invoice_no_customer_line_items"


async def test_an_invoice_is_sent_and_falls_due() -> None:
    async with shop() as it:
        customer = await payer(it, "")
        await item(it, customer)
        error = await it.refused("POST", "/v1/invoices", customer=customer["id"], collection_method="send_invoice")
        assert error["param"] == "days_until_due"
        invoice = await draft(it, customer, collection_method="send_invoice", days_until_due=3)
        sent = await it.post(f"/v1/invoices/{invoice['id']}/send")
        assert (sent["status"], sent["due_date"] - sent["effective_at"]) == ("open", 3 * 86_400)
        await it.advance(4 * DAY_MS)
        assert [type for type in await it.types() if type.startswith("invoice.")] == [
            "invoice.created", "invoice.finalized", "invoice.sent", "invoice.overdue"]
        listed = await it.get("/v1/invoices", customer=customer["id"], status="open",
                              due_date={"lte": sent["due_date"]}, collection_method="send_invoice")
        assert [each["id"] for each in listed["data"]] == [invoice["id"]]


async def test_what_is_open_is_voided_or_written_off() -> None:
    async with shop() as it:
        customer = await payer(it, "")
        await item(it, customer)
        first = await draft(it, customer)
        assert (await it.refused("POST", f"/v1/invoices/{first['id']}/void"))["http"] == 400
        await it.post(f"/v1/invoices/{first['id']}/finalize")
        voided = await it.post(f"/v1/invoices/{first['id']}/void", expand=["payments.data.payment.payment_intent"])
        payment = voided["payments"]["data"][0]
        assert (voided["status"], payment["status"]) == ("void", "canceled")
        assert payment["payment"]["payment_intent"]["cancellation_reason"] == "void_invoice"
        await item(it, customer)
        second = await draft(it, customer)
        await it.post(f"/v1/invoices/{second['id']}/finalize")
        bad = await it.post(f"/v1/invoices/{second['id']}/mark_uncollectible")
        assert (bad["status"], bad["status_transitions"]["marked_uncollectible_at"] is None) == (
            "uncollectible", False)
        paid = await it.post(f"/v1/invoices/{second['id']}/pay", payment_method="pm_card_visa")
        assert paid["status"] == "paid"
        assert {"invoice.voided", "invoice.marked_uncollectible"} <= set(await it.types())


@pytest.mark.parametrize(("balance", "due", "after"), [(-300, 700, 0), (-5_000, 0, -4_000), (200, 1_200, 0)])
async def test_the_customers_balance_is_applied(balance: int, due: int, after: int) -> None:
    async with shop() as it:
        customer = await payer(it)
        await it.post(f"/v1/customers/{customer['id']}/balance_transactions", amount=balance, currency="usd")
        await item(it, customer)
        invoice = await draft(it, customer, auto_advance=True)
        final = await it.post(f"/v1/invoices/{invoice['id']}/finalize")
        assert (final["amount_due"], final["starting_balance"], final["ending_balance"]) == (due, balance, after)
        await it.here.settle()
        shown = await it.get(f"/v1/invoices/{invoice['id']}")
        assert (shown["status"], shown["amount_paid"]) == ("paid", due)
        moved = await it.get(f"/v1/customers/{customer['id']}/balance_transactions", invoice=invoice["id"])
        assert [each["type"] for each in moved["data"]] == ["applied_to_invoice"]


async def test_what_is_too_small_to_charge_is_kept_for_the_next_one() -> None:
    async with shop() as it:
        customer = await payer(it)
        await item(it, customer, 20)
        invoice = await draft(it, customer)
        final = await it.post(f"/v1/invoices/{invoice['id']}/finalize")
        assert (final["status"], final["amount_due"], final["ending_balance"]) == ("paid", 0, 20)


async def test_discounts_come_before_taxes() -> None:
    async with shop() as it:
        customer = await payer(it)
        await it.post("/v1/coupons", id="TEN", percent_off=10)
        rate = await it.post("/v1/tax_rates", display_name="VAT", percentage=19, inclusive=False)
        inside = await it.post("/v1/tax_rates", display_name="VAT", percentage=19, inclusive=True)
        await item(it, customer, 1_000)
        await item(it, customer, 1_190, tax_rates=[inside["id"]], discountable=False)
        invoice = await draft(it, customer, discounts=[{"coupon": "TEN"}], default_tax_rates=[rate["id"]],
                              expand=["discounts.source.coupon"])
        assert invoice["discounts"][0]["source"]["coupon"]["times_redeemed"] == 1
        assert invoice["total_discount_amounts"][0]["amount"] == 100
        assert [(tax["amount"], tax["tax_behavior"]) for tax in invoice["total_taxes"]] == [
            (171, "exclusive"), (190, "inclusive")]
        assert (invoice["subtotal"], invoice["total_excluding_tax"], invoice["total"]) == (2_190, 1_900, 2_261)


async def test_a_preview_writes_nothing() -> None:
    async with shop() as it:
        customer = await payer(it)
        error = await it.refused("POST", "/v1/invoices/create_preview", customer=customer["id"])
        assert error["code"] == "invoice_no_customer_line_items"
        await item(it, customer)
        await it.post("/v1/coupons", id="TEN", percent_off=10)
        told = len(await it.types())
        shown = await it.post("/v1/invoices/create_preview", customer=customer["id"], discounts=[{"coupon": "TEN"}])
        assert (shown["total"], shown["billing_reason"]) == (900, "upcoming")
        assert len(await it.types()) == told
        assert (await it.get("/v1/coupons/TEN"))["times_redeemed"] == 0
        assert (await it.get("/v1/invoices"))["data"] == []
