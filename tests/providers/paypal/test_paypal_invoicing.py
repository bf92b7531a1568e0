"""Invoices: drawn up, sent, paid, handed back. https://developer.paypal.com/docs/api/invoicing/v2/"""

from __future__ import annotations

import base64
from typing import Any

import pytest

from paydouble.core.clock import DAY
from paydouble.core.ledger import Entry
from paydouble.core.work import Walk
from tests.providers.paypal.checked import Shop, shop
from tests.providers.paypal.test_paypal_pages import visit

PATH = "/v2/invoicing/invoices"
TEMPLATES = "/v2/invoicing/templates"
START: dict[str, Any] = {"clock": "frozen", "start": 1_772_380_800_000}  # 2026-03-01T16:00:00Z


def item(value: str = "50.00", quantity: str = "1", **more: Any) -> dict[str, Any]:
    return {"name": "Yoga mat", "quantity": quantity, "unit_amount": usd(value), **more}


def usd(value: str) -> dict[str, str]:
    return {"currency_code": "USD", "value": value}


def asked(*items: dict[str, Any], number: str = "", to: str = "buyer@example.com", **more: Any) -> dict[str, Any]:
    detail = {"currency_code": "USD", **more.pop("detail", {}), **({"invoice_number": number} if number else {})}
    recipients = [{"billing_info": {"email_address": to, "name": {"given_name": "Bill"}}}] if to else []
    return {"detail": detail, "items": list(items) or [item()], "primary_recipients": recipients, **more}


async def drawn(here: Shop, *items: dict[str, Any], **more: Any) -> Any:
    return await here.post(PATH, asked(*items, **more), whole=True)


async def sent(here: Shop, *items: dict[str, Any], **more: Any) -> str:
    made = await drawn(here, *items, **more)
    await here.post(f"{PATH}/{made['id']}/send", {}, status=200)
    return str(made["id"])


async def status(here: Shop, id: str) -> str:
    return str((await here.get(f"{PATH}/{id}"))["status"])


async def test_an_invoice_adds_up_as_the_manual_shows() -> None:
    tax = {"name": "Sales tax", "percent": "7.25"}
    breakdown = {
        "custom": {"label": "Packing charges", "amount": usd("10.00")},
        "shipping": {"amount": usd("10.00"), "tax": tax},
        "discount": {"invoice_discount": {"percent": "5"}},
    }
    async with shop() as here:
        made = await drawn(
            here, item("50.00", tax=tax, discount={"percent": "5"}),
            item("10.00", tax=tax, discount={"amount": usd("5.00")}), amount={"breakdown": breakdown},
        )  # fmt: skip

        shown = made["amount"]["breakdown"]
        assert shown["item_total"] == usd("60.00")
        assert shown["discount"]["item_discount"] == usd("-7.50")
        assert shown["discount"]["invoice_discount"] == {"percent": "5", "amount": usd("-2.63")}
        assert shown["tax_total"] == usd("4.34")
        assert made["amount"]["value"] == "74.21"
        assert made["due_amount"] == usd("74.21")
        assert made["items"][0]["tax"] == {**tax, "amount": usd("3.27")}


@pytest.mark.parametrize(
    ("configuration", "tax", "total"),
    [
        ({}, "8.00", "88.00"),
        ({"tax_calculated_after_discount": False}, "10.00", "90.00"),
        ({"tax_inclusive": True}, "7.27", "80.00"),
    ],
)
async def test_taxes_come_before_or_after_discounts_or_are_in_the_price(
    configuration: dict[str, bool], tax: str, total: str
) -> None:
    line = item("100.00", tax={"name": "VAT", "percent": "10"}, discount={"percent": "20"})
    async with shop() as here:
        made = await drawn(here, line, configuration=configuration)

        assert made["amount"]["breakdown"]["tax_total"] == usd(tax)
        assert made["amount"]["value"] == total


async def test_numbers_count_up_and_are_used_once() -> None:
    async with shop() as here:
        first, second = await drawn(here), await drawn(here, number="ANG-099")
        offered = await here.post("/v2/invoicing/generate-next-invoice-number", status=200)
        third = await drawn(here)

        assert [one["detail"]["invoice_number"] for one in (first, second, third)] == [
            "0001", "ANG-099", "ANG-100",
        ]
        assert offered == {"invoice_number": "ANG-100"}
        assert await here.refused("POST", PATH, asked(number="ANG-099")) == (422, "DUPLICATE_INVOICE_NUMBER")


async def test_without_prefer_only_a_link_is_told() -> None:
    async with shop() as here:
        told = await here.post(PATH, asked())

        assert told["rel"] == "self"
        assert (await here.get(told["href"].removeprefix("http://127.0.0.1:4800")))["status"] == "DRAFT"


async def test_an_invoice_is_sent_recorded_as_paid_in_parts_and_handed_back() -> None:
    async with shop(**START) as here:
        id = await sent(here)
        assert await status(here, id) == "SENT"
        part = await here.post(
            f"{PATH}/{id}/payments", {"method": "CASH", "amount": usd("20.00"), "note": "first"}, status=200
        )
        assert await status(here, id) == "PARTIALLY_PAID"
        rest = await here.post(f"{PATH}/{id}/payments", {"method": "BANK_TRANSFER"}, status=200)
        paid = await here.get(f"{PATH}/{id}")
        assert (paid["status"], paid["due_amount"]) == ("MARKED_AS_PAID", usd("0.00"))
        assert paid["payments"]["paid_amount"] == usd("50.00")
        assert [row["payment_id"] for row in paid["payments"]["transactions"]] == [
            part["payment_id"], rest["payment_id"],
        ]
        refund = await here.post(
            f"{PATH}/{id}/refunds", {"method": "CASH", "amount": usd("30.00")}, status=200
        )
        assert await status(here, id) == "PARTIALLY_REFUNDED"
        await here.post(f"{PATH}/{id}/refunds", {"method": "CASH"}, status=200)
        assert await status(here, id) == "MARKED_AS_REFUNDED"
        gone = await here.call("DELETE", f"{PATH}/{id}/refunds/{refund['refund_id']}")
        assert gone.status == 204
        assert (await here.get(f"{PATH}/{id}"))["refunds"]["refund_amount"] == usd("20.00")

        assert await here.types() == [
            "INVOICING.INVOICE.CREATED", "INVOICING.INVOICE.PAID", "INVOICING.INVOICE.PAID",
            "INVOICING.INVOICE.REFUNDED", "INVOICING.INVOICE.REFUNDED",
        ]


async def test_a_recorded_payment_can_be_taken_away_again() -> None:
    async with shop() as here:
        id = await sent(here)
        first = await here.post(f"{PATH}/{id}/payments", {"method": "CASH", "amount": usd("20.00")}, status=200)
        await here.post(f"{PATH}/{id}/payments", {"method": "CASH"}, status=200)

        assert (await here.call("DELETE", f"{PATH}/{id}/payments/{first['payment_id']}")).status == 204
        assert await status(here, id) == "PARTIALLY_PAID"
        assert (await here.get(f"{PATH}/{id}"))["due_amount"] == usd("20.00")
        await here.post(f"{PATH}/{id}/refunds", {"method": "CASH", "amount": usd("25.00")}, status=200)
        last = (await here.get(f"{PATH}/{id}"))["payments"]["transactions"][0]["payment_id"]
        assert await here.refused("DELETE", f"{PATH}/{id}/payments/{last}") == (
            422, "CANNOT_DELETE_EXTERNAL_PAYMENT",
        )


async def test_the_recipient_pays_from_a_wallet_and_the_money_is_in_the_books() -> None:
    async with shop() as here:
        id = await sent(here, item("100.00"))
        await here.act("invoice", id, "pay")

        paid = await here.get(f"{PATH}/{id}")
        assert paid["status"] == "PAID"
        assert paid["payments"]["transactions"][0]["type"] == "PAYPAL"
        entries = await here.sandbox.work().scan(Entry, Walk(index="reference", value=id))
        moved = {entry.what.value: entry.postings[1].money.minor for entry in entries}
        assert moved == {"capture": 10_000, "fee": 398}
        assert (await here.types())[-1] == "INVOICING.INVOICE.PAID"


async def test_an_invoice_of_tomorrow_waits_for_its_date() -> None:
    async with shop(**START) as here:
        made = await drawn(here, detail={"invoice_date": "2026-03-02"})
        await here.post(f"{PATH}/{made['id']}/send", status=202)
        assert await status(here, made["id"]) == "SCHEDULED"
        assert await here.refused("POST", f"{PATH}/{made['id']}/cancel") == (
            422, "CANNOT_CANCEL_SCHEDULED_INVOICE",
        )
        await here.advance(DAY)

        shown = await here.get(f"{PATH}/{made['id']}")
        assert shown["status"] == "SENT"
        assert shown["detail"]["metadata"]["first_sent_time"] == "2026-03-02T00:00:00Z"


async def test_without_an_address_or_by_wish_it_is_only_shared() -> None:
    async with shop() as here:
        nobody, quiet = await drawn(here, to=""), await drawn(here)
        await here.post(f"{PATH}/{nobody['id']}/send", {}, status=200)
        await here.post(f"{PATH}/{quiet['id']}/send", {"send_to_recipient": False}, status=200)

        assert {await status(here, one["id"]) for one in (nobody, quiet)} == {"UNPAID"}


async def test_the_term_says_when_it_is_due() -> None:
    async with shop(**START) as here:
        made = await drawn(here, detail={"payment_term": {"term_type": "NET_10"}})
        early = asked(detail={"invoice_date": "2026-03-01", "payment_term": {"due_date": "2026-02-01"}})

        assert made["detail"]["payment_term"] == {"term_type": "NET_10", "due_date": "2026-03-11"}
        assert await here.refused("POST", PATH, early) == (422, "INVALID_DUE_DATE")


async def test_an_invoice_is_replaced_until_it_is_paid_and_deleted_while_a_draft() -> None:
    async with shop() as here:
        made = await drawn(here)
        changed = await here.call("PUT", f"{PATH}/{made['id']}", asked(item("60.00")))
        assert changed.json["amount"]["value"] == "60.00"
        assert changed.json["detail"]["invoice_number"] == made["detail"]["invoice_number"]
        await here.post(f"{PATH}/{made['id']}/payments", {"method": "CASH"}, status=200)
        assert await here.refused("PUT", f"{PATH}/{made['id']}", asked()) == (422, "CANNOT_UPDATE_INVOICE")
        assert await here.refused("DELETE", f"{PATH}/{made['id']}") == (422, "CANNOT_DELETE_INVOICE")
        draft = await drawn(here)
        assert (await here.call("DELETE", f"{PATH}/{draft['id']}")).status == 204
        assert await here.refused("GET", f"{PATH}/{draft['id']}") == (404, "INVALID_RESOURCE_ID")


ACTIONS = {
    "draft": (), "sent": ("send",), "cancelled": ("send", "cancel"), "paid": ("send", "pay"),
    "refunded": ("send", "pay", "refund"),
}
# fmt: off
REFUSED = [
    ("draft",     "cancel",   {},                                             "CANNOT_CANCEL_DRAFT_INVOICE"),
    ("draft",     "remind",   {},                                             "CANNOT_REMIND_INVOICE"),
    ("draft",     "refunds",  {"method": "CASH"},                             "CANNOT_PROCESS_REFUNDS"),
    ("sent",      "send",     {},                                             "INVOICE_ALREADY_SENT"),
    ("sent",      "payments", {"method": "CASH", "amount": usd("50.01")},     "PAYMENT_AMOUNT_GREATER_THAN_AMOUNT_DUE"),
    ("sent",      "payments", {"method": "BARTER"},                           "INVALID_PAYMENT_METHOD"),
    ("sent",      "payments", {"method": "CASH", "amount": usd("0.00")},      "INVALID_PARAMETER_VALUE"),
    ("sent",      "payments", {"method": "CASH", "amount": usd("1.001")},     "INVALID_PARAMETER_SYNTAX"),
    ("sent",      "payments", {"method": "CASH", "amount": {"currency_code": "EUR", "value": "1.00"}}, "CURRENCY_MISMATCH"),
    ("sent",      "payments", {},                                             "MISSING_REQUIRED_PARAMETER"),
    ("paid",      "cancel",   {},                                             "CANNOT_CANCEL_PAID_INVOICE"),
    ("paid",      "payments", {"method": "CASH"},                             "CANNOT_PROCESS_PAYMENTS"),
    ("paid",      "refunds",  {"method": "CASH", "amount": usd("50.01")},     "INVALID_REFUND_AMOUNT"),
    ("paid",      "refunds",  {"method": "BARTER"},                           "INVALID_REFUND_METHOD"),
    ("refunded",  "cancel",   {},                                             "CANNOT_CANCEL_REFUNDED_INVOICE"),
    ("refunded",  "refunds",  {"method": "CASH"},                             "CANNOT_PROCESS_REFUNDS"),
    ("cancelled", "cancel",   {},                                             "INVOICE_CANCELED_ALREADY"),
    ("cancelled", "send",     {},                                             "CANT_SEND_INVOICE"),
    ("cancelled", "payments", {"method": "CASH"},                             "CANNOT_PROCESS_PAYMENTS"),
]
# fmt: on


@pytest.mark.parametrize(("state", "action", "body", "issue"), REFUSED)
async def test_each_state_refuses_what_it_does_not_allow(
    state: str, action: str, body: dict[str, Any], issue: str
) -> None:
    async with shop() as here:
        id = str((await drawn(here))["id"])
        for step in ACTIONS[state]:
            path, params = {"pay": ("payments", {"method": "CASH"}), "refund": ("refunds", {"method": "CASH"})}.get(
                step, (step, {})
            )
            assert (await here.call("POST", f"{PATH}/{id}/{path}", params)).status < 300
        before = await here.get(f"{PATH}/{id}")

        told = await here.refused("POST", f"{PATH}/{id}/{action}", body)

        assert told[1] == issue
        assert await here.get(f"{PATH}/{id}") == before


# fmt: off
@pytest.mark.parametrize(("body", "told"), [
    ({},                                                           (400, "MISSING_REQUIRED_PARAMETER")),
    ({"detail": {}},                                               (400, "MISSING_REQUIRED_PARAMETER")),
    (asked(number="x" * 26),                                       (400, "INVALID_STRING_MAX_LENGTH")),
    (asked(detail={"currency_code": "XXX"}),                       (400, "NOT_SUPPORTED")),
    (asked(detail={"invoice_date": "2026-02-31"}),                 (400, "INVALID_PARAMETER_SYNTAX")),
    (asked(item("1e2")),                                           (400, "INVALID_PARAMETER_SYNTAX")),
    (asked(item("-1.00")),                                         (400, "INVALID_PARAMETER_SYNTAX")),
    (asked(item("1.001")),                                         (400, "INVALID_PARAMETER_SYNTAX")),
    (asked(item("9999999999999.99", quantity="999999999")),      (400, "INVALID_PARAMETER_VALUE")),
    (asked(item("1.00", quantity="-1")),                           (400, "INVALID_PARAMETER_SYNTAX")),
    (asked(item("1.00", tax={"name": "VAT", "percent": "101"})),   (400, "INVALID_PARAMETER_VALUE")),
    (asked(item("1.00", discount={"percent": "-1"})),              (400, "INVALID_PARAMETER_VALUE")),
    (asked(*[item()] * 101),                                       (400, "INVALID_ARRAY_MAX_ITEMS")),
    (asked({**item(), "unit_amount": {"currency_code": "EUR", "value": "1.00"}}), (422, "CURRENCY_MISMATCH")),
])
# fmt: on
async def test_what_does_not_add_up_is_refused_and_nothing_is_kept(
    body: dict[str, Any], told: tuple[int, str]
) -> None:
    async with shop() as here:
        assert await here.refused("POST", PATH, body) == told
        assert (await here.get(PATH))["items"] == []


async def test_invoices_are_listed_and_found() -> None:
    async with shop(**START) as here:
        for number, value in (("A-1", "10.00"), ("A-2", "20.00"), ("B-1", "30.00")):
            await sent(here, item(value), number=number, to=f"{number.lower()}@example.com")

        async def found(**criteria: Any) -> list[str]:
            told = await here.post("/v2/invoicing/search-invoices", criteria, status=200)
            return [one["detail"]["invoice_number"] for one in told["items"]]

        listed = await here.get(f"{PATH}?page=1&page_size=2&total_required=true")
        assert [one["detail"]["invoice_number"] for one in listed["items"]] == ["B-1", "A-2"]
        assert (listed["total_items"], listed["total_pages"]) == (3, 2)
        assert await found(invoice_number="A-") == ["A-2", "A-1"]
        assert await found(recipient_email="b-1@example.com") == ["B-1"]
        assert await found(recipient_first_name="bill") == ["B-1", "A-2", "A-1"]
        between = {"lower_amount": usd("15.00"), "upper_amount": usd("25.00")}
        assert await found(total_amount_range=between) == ["A-2"]
        assert await found(status=["PAID"]) == []
        assert await found(invoice_date_range={"start": "2026-03-02", "end": "2026-03-31"}) == []
        created = {"start": "2026-03-01T00:00:00Z", "end": "2026-03-02T00:00:00Z"}
        assert len(await found(creation_date_range=created)) == 3


async def test_the_qr_code_is_a_picture_in_a_form() -> None:
    async with shop() as here:
        id = await sent(here)
        drawing = await here.call("POST", f"{PATH}/{id}/generate-qr-code", {"width": 400, "height": 400})

        assert drawing.response.header("Content-Type").startswith("multipart/form-data; boundary=")
        encoded = drawing.response.body.split(b"\r\n\r\n")[1].split(b"\r\n")[0]
        assert base64.b64decode(encoded).startswith(b"\x89PNG")


async def test_the_recipient_pays_on_the_page_that_the_link_leads_to() -> None:
    async with shop() as here:
        made = await drawn(here, item("100.00"))
        link = made["detail"]["metadata"]["recipient_view_url"]
        assert b"not known" in (await visit(here, link)).body
        await here.post(f"{PATH}/{made['id']}/send", {}, status=200)

        assert b"Log in" in (await visit(here, link)).body
        assert b"100.00 USD" in (await visit(here, link, step="login", email="ann@example.com")).body
        assert b"Thank you" in (await visit(here, link, step="approve", email="ann@example.com")).body
        assert await status(here, made["id"]) == "PAID"
        assert b"Thank you" in (await visit(here, link)).body


async def test_templates_are_kept_and_one_is_the_default() -> None:
    async with shop() as here:
        body = {"name": "Hours", "default_template": True, "unit_of_measure": "HOURS"}
        first = await here.post(TEMPLATES, body, whole=True)
        second = await here.post(TEMPLATES, {**body, "name": "Days"}, whole=True)

        assert second["default_template"]
        assert not (await here.get(f"{TEMPLATES}/{first['id']}"))["default_template"]
        assert await here.refused("POST", TEMPLATES, body) == (400, "TEMPLATE_NAME_ALREADY_EXISTS")
        changed = await here.call("PUT", f"{TEMPLATES}/{first['id']}", {"name": "Weeks"})
        assert (changed.json["name"], changed.json["unit_of_measure"]) == ("Weeks", "QUANTITY")
        assert [one["name"] for one in (await here.get(TEMPLATES))["templates"]] == ["Days", "Weeks"]
        assert (await here.call("DELETE", f"{TEMPLATES}/{first['id']}")).status == 204
        assert await here.refused("GET", f"{TEMPLATES}/{first['id']}") == (404, "INVALID_RESOURCE_ID")


async def test_patching_an_invoice_does_not_exist() -> None:
    async with shop() as here:
        made = await drawn(here)

        assert (await here.refused("PATCH", f"{PATH}/{made['id']}", []))[0] == 404
