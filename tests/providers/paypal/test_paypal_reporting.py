"""Transaction search and balances: what the ledger holds, as a seller reads it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from paydouble.core.clock import DAY, SECOND
from tests.providers.paypal.billed import open_shop, subscribed
from tests.providers.paypal.checked import Shop, capture_of, card
from tests.providers.paypal.test_paypal_classic import executed, related
from tests.providers.paypal.test_paypal_invoicing import item, sent

SEARCH, BALANCES = "/v1/reporting/transactions", "/v1/reporting/balances"
WINDOW = "start_date=2026-03-01T00:00:00Z&end_date=2026-03-31T00:00:00Z"


async def found(here: Shop, query: str = "", window: str = WINDOW) -> list[Any]:
    return [one["transaction_info"] for one in (await here.get(f"{SEARCH}?{window}{query}"))["transaction_details"]]


def brief(rows: list[Any]) -> list[tuple[str, str, str]]:
    return [
        (one["transaction_event_code"], one["transaction_amount"]["value"], one["ending_balance"]["value"])
        for one in rows
    ]


async def test_a_payment_its_refund_and_a_dispute_are_told_with_their_balances() -> None:
    async with open_shop() as here:
        taken = await here.paid("100.00", unit={"invoice_id": "inv-1", "custom_id": "c-1"})
        amount = {"amount": {"currency_code": "USD", "value": "30.00"}}
        await here.post(f"/v2/payments/captures/{taken['id']}/refund", amount)
        dispute = await here.act("capture", taken["id"], "dispute", reason="UNAUTHORISED")
        assert dispute is not None
        rows = await found(here)
        assert brief(rows) == [
            ("T0006", "100.00", "96.02"), ("T1107", "-30.00", "66.02"), ("T1110", "-70.00", "-3.98"),
        ]
        assert rows[0]["fee_amount"]["value"] == "-3.98"
        assert (rows[0]["invoice_id"], rows[0]["custom_field"]) == ("inv-1", "c-1")
        assert (rows[1]["paypal_reference_id"], rows[1]["paypal_reference_id_type"]) == (taken["id"], "TXN")
        [held] = (await here.get(BALANCES))["balances"]
        assert [held[f"{name}_balance"]["value"] for name in ("total", "available", "withheld")] == [
            "66.02", "-3.98", "70.00"]
        await here.act("dispute", dispute.id, "lose")
        assert brief(await found(here))[3:] == [("T1111", "70.00", "66.02"), ("T1201", "-70.00", "-3.98")]
        [lost] = (await here.get(BALANCES))["balances"]
        assert (lost["total_balance"]["value"], lost["withheld_balance"]["value"]) == ("-3.98", "0.00")


async def test_payouts_subscriptions_and_authorizations_are_told() -> None:
    async with open_shop() as here:
        id = await subscribed(here)
        await here.authorized("50.00")
        items = [{"amount": {"currency": "USD", "value": "5.00"}, "receiver": "ann@example.com"}]
        await here.post("/v1/payments/payouts", {"sender_batch_header": {}, "items": items})
        await here.advance(60 * SECOND)
        rows = await found(here)
        assert [code for code, _, _ in brief(rows)] == ["T0002", "T0001"]
        assert rows[0]["paypal_reference_id_type"] == "SUB"
        assert rows[0]["paypal_reference_id"] == id.replace("-", "")
        every = await found(here, "&balance_affecting_records_only=N")
        assert [code for code, _, _ in brief(every)] == ["T0002", "T1300", "T0001"]


async def test_classic_payments_are_told_like_todays() -> None:
    async with open_shop() as here:
        done = await executed(here, transaction={"custom": "order-7", "invoice_number": "INV-7"})
        sale = related(done)[0]["sale"]
        await here.post(f"/v1/payments/sale/{sale['id']}/refund", {"amount": {"currency": "USD", "total": "10.00"}})
        await executed(here, intent="authorize", transaction={"custom": "held"})
        rows = await found(here, "&balance_affecting_records_only=N")
        assert brief(rows) == [("T0006", "30.00", "28.46"), ("T1107", "-10.00", "18.46"), ("T1300", "30.00", "18.46")]
        assert (rows[0]["transaction_id"], rows[0]["fee_amount"]["value"]) == (sale["id"], "-1.54")
        assert (rows[0]["invoice_id"], rows[0]["custom_field"]) == ("INV-7", "order-7")
        assert (rows[1]["paypal_reference_id"], rows[1]["paypal_reference_id_type"]) == (sale["id"], "TXN")


async def test_an_invoice_that_was_paid_from_a_wallet_is_told() -> None:
    async with open_shop() as here:
        id = await sent(here, item("100.00"))
        await here.act("invoice", id, "pay")
        invoice = await here.get(f"/v2/invoicing/invoices/{id}")
        [row] = await found(here)
        assert brief([row]) == [("T0000", "100.00", "96.02")]
        [paid] = invoice["payments"]["transactions"]
        assert (row["transaction_id"], row["fee_amount"]["value"]) == (paid["payment_id"], "-3.98")
        assert row["invoice_id"] == invoice["detail"]["invoice_number"]
        assert "paypal_reference_id" not in row


async def test_filters_narrow_the_search() -> None:
    async with open_shop() as here:
        first = await here.paid("10.00", unit={"invoice_id": "a"})
        yen = await here.paid("1000", "JPY", unit={"invoice_id": "b"})
        by_card = await here.post(
            "/v2/checkout/orders", {"intent": "CAPTURE", "payment_source": card(), "purchase_units": [
                {"amount": {"currency_code": "USD", "value": "20.00"}, "invoice_id": "c"}]},
            key="k", whole=True,
        )
        third = capture_of(by_card)
        await here.post(f"/v2/payments/captures/{first['id']}/refund")
        for query, wanted in (
            (f"&transaction_id={yen['id']}", [yen["id"]]),
            ("&transaction_currency=JPY", [yen["id"]]),
            ("&transaction_type=T0006&transaction_currency=USD", [first["id"], third["id"]]),
            ("&transaction_status=V", [first["id"]]),
            ("&transaction_amount=1500 TO 2500&transaction_currency=USD".replace(" ", "%20"), [third["id"]]),
            ("&payment_instrument_type=CREDITCARD", [third["id"]]),
            ("&store_id=7", []),
        ):
            assert [one["transaction_id"] for one in await found(here, query)] == wanted, query


async def test_pages_and_parts_are_chosen() -> None:
    async with open_shop() as here:
        item = {"name": "Tea", "quantity": "1", "unit_amount": {"currency_code": "USD", "value": "5.00"}}
        amount = {"currency_code": "USD", "value": "5.00", "breakdown": {
            "item_total": {"currency_code": "USD", "value": "5.00"}}}
        for _ in range(3):
            await here.paid("5.00", unit={"items": [item], "amount": amount})
        page = await here.get(f"{SEARCH}?{WINDOW}&page_size=2&page=2&fields=all")
        assert (page["total_items"], page["total_pages"], page["page"]) == (3, 2, 2)
        assert [one["rel"] for one in page["links"]] == ["self", "first", "last", "prev"]
        [detail] = page["transaction_details"]
        assert detail["payer_info"]["payer_name"]["given_name"] == "John"
        assert detail["shipping_info"]["address"]["city"] == "San Jose"
        assert detail["cart_info"]["item_details"][0]["item_name"] == "Tea"
        some = await here.get(f"{SEARCH}?{WINDOW}&fields=transaction_info,payer_info")
        assert set(some["transaction_details"][0]) == {"transaction_info", "payer_info"}


REFUSED = [
    ("", "Request is not well-formed, syntactically incorrect, or violates schema."),
    ("start_date=2026-03-01T00:00:00Z&end_date=2026-04-01T00:00:01Z", "Date range is greater than 31 days"),
    ("start_date=2026-03-02T00:00:00Z&end_date=2026-03-01T00:00:00Z", "Start date is after the end date"),
    ("start_date=2020-03-02T00:00:00Z&end_date=2020-03-03T00:00:00Z",
     "Data for the given start date is not available"),
    ("start_date=2026-03-0200&end_date=2026-03-03T00:00:00Z", "Invalid date format"),
    (f"{WINDOW}&fields=everything", "Invalid value for fields"),
    (f"{WINDOW}&transaction_amount=5&transaction_currency=USD", "Invalid transaction amount range"),
    (f"{WINDOW}&transaction_amount=5%20TO%206", "A transaction amount needs its currency"),
    (f"{WINDOW}&page_size=501", "Request is not well-formed, syntactically incorrect, or violates schema."),
]


@pytest.mark.parametrize(("query", "message"), REFUSED)
async def test_what_a_search_is_refused_for(query: str, message: str) -> None:
    async with open_shop() as here:
        answered = await here.call("GET", f"{SEARCH}?{query}")
        assert (answered.status, answered.json["name"], answered.json["message"]) == (
            400, "INVALID_REQUEST", message)


async def test_offsets_without_a_colon_are_read_even_unescaped() -> None:
    async with open_shop() as here:
        await here.paid("5.00")
        for offset in ("+0000", quote("+0000"), "-0700"):
            window = f"start_date=2026-03-01T00:00:00{offset}&end_date=2026-03-20T00:00:00{offset}"
            assert len(await found(here, window=window)) == 1


async def test_balances_are_told_of_any_time() -> None:
    async with open_shop() as here:
        empty = await here.get(BALANCES)
        assert [one["total_balance"]["value"] for one in empty["balances"]] == ["0.00"]
        await here.paid("100.00")
        await here.paid("1000", "JPY", unit={"invoice_id": "b"})
        await here.advance(2 * DAY)
        every = await here.get(BALANCES)
        assert [one["currency"] for one in every["balances"]] == ["USD", "JPY"]
        [yen] = (await here.get(f"{BALANCES}?currency_code=JPY"))["balances"]
        assert (yen["available_balance"]["value"], yen.get("primary")) == ("916", None)
        then = await here.get(f"{BALANCES}?as_of_time=2026-03-09T11:00:00Z")
        assert [one["total_balance"]["value"] for one in then["balances"]] == ["0.00"]
        for query in ("as_of_time=2030-01-01T00:00:00Z", "as_of_time=x", "currency_code=XXX"):
            assert (await here.refused("GET", f"{BALANCES}?{query}"))[0] == 400
