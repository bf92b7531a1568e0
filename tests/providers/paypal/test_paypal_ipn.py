"""Instant Payment Notification: told as a form, posted back, VERIFIED or INVALID."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest

from paydouble.core.clock import DAY
from paydouble.core.http import HttpRequest, HttpResponse
from paydouble.core.notification import Notification
from paydouble.core.work import Walk
from tests.providers.paypal.billed import open_shop, sales, subscribed
from tests.providers.paypal.checked import BASE, CATALOG, Shop, shop
from tests.providers.paypal.test_paypal_classic import PATH, approved, by_rel
from tests.providers.paypal.test_paypal_pages import visit

HERE = {"ipn_url": "http://127.0.0.1:9/ipn"}


async def told(here: Shop) -> list[HttpRequest]:
    await here.settle()
    return [request for request in here.receiver.requests if request.target.endswith("/ipn")]


def fields(request: HttpRequest) -> dict[str, str]:
    return dict(parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True))


def genuine(request: HttpRequest) -> dict[str, str]:
    """Its fields, held against their contract."""
    assert not CATALOG.producer("paypal/ipn/events/payment/notification.schema.json").check(fields(request))
    return fields(request)


async def posted_back(here: Shop, sent: dict[str, str]) -> bytes:
    return (await visit(here, f"{BASE}/cgi-bin/webscr", cmd="_notify-validate", **sent)).body


async def test_a_capture_and_its_refund_are_told_and_verified() -> None:
    async with shop(HERE, clock="frozen", start=1_772_380_800_000) as here:
        paid = await here.paid(unit={"custom_id": "order-7", "invoice_id": "INV-7"})
        await here.post(f"/v2/payments/captures/{paid['id']}/refund", {}, whole=True)

        first, second = (genuine(request) for request in await told(here))
        assert first["payment_status"] == "Completed"
        assert (first["txn_id"], first["mc_gross"], first["mc_fee"]) == (paid["id"], "100.00", "3.98")
        assert (first["custom"], first["invoice"], first["test_ipn"]) == ("order-7", "INV-7", "1")
        assert first["payment_date"] == "08:00:00 Mar 01, 2026 PST"
        assert first["payer_email"].endswith("@personal.example.com")
        assert (second["payment_status"], second["mc_gross"]) == ("Refunded", "-100.00")
        assert (second["parent_txn_id"], second["reason_code"]) == (paid["id"], "refund")
        assert await posted_back(here, first) == b"VERIFIED"
        assert await posted_back(here, second) == b"VERIFIED"


async def test_what_was_changed_reordered_or_left_out_is_invalid() -> None:
    async with shop(HERE) as here:
        await here.paid()
        [request] = await told(here)
        sent = fields(request)
        without = {name: value for name, value in sent.items() if name != "mc_fee"}
        for forged in ({**sent, "mc_gross": "1000.00"}, dict(reversed(sent.items())), without, {**sent, "x": "1"}):
            assert await posted_back(here, forged) == b"INVALID"


@pytest.mark.parametrize("damage", ["missing", "corrupt", "wrong_key", "tampered_body"])
async def test_a_spoiled_notification_is_invalid(damage: str) -> None:
    async with shop(HERE) as here:
        here.rules(f"- {{when: {{notification: payment.succeeded}}, then: {{notify: {{signature: {damage}}}}}}}")
        await here.paid()
        [request] = await told(here)
        assert await posted_back(here, fields(request)) == b"INVALID"


async def test_a_classic_payment_names_its_own_listener() -> None:
    async with shop() as here:
        transaction = {"notify_url": "http://127.0.0.1:9/own/ipn", "custom": "order-7"}
        made = await approved(here, transaction=transaction)
        payer = {"payer_id": made["payer"]["payer_info"]["payer_id"]}
        done = await here.post(f"{PATH}/{made['id']}/execute", payer, status=200)
        sale = done["transactions"][0]["related_resources"][0]["sale"]
        await here.post(by_rel(sale, "refund")["href"].removeprefix(BASE), {})

        first, second = (genuine(request) for request in await told(here))
        assert (first["txn_id"], first["custom"], first["mc_fee"]) == (sale["id"], "order-7", "1.54")
        assert second["parent_txn_id"] == sale["id"]


async def test_a_payment_of_a_subscription_and_its_refund_are_told() -> None:
    async with open_shop(HERE) as here:
        id = await subscribed(here, asked={"custom_id": "milk"})
        [sale] = await sales(here, id)
        await here.post(f"/v1/payments/sale/{sale['id']}/refund", {})

        first, second = (genuine(request) for request in await told(here))
        assert (first["txn_type"], first["payment_status"]) == ("recurring_payment", "Completed")
        assert (first["txn_id"], first["mc_gross"], first["custom"]) == (sale["id"], "10.00", "milk")
        assert (second["payment_status"], second["parent_txn_id"]) == ("Refunded", sale["id"])
        assert first["payer_email"].endswith("@personal.example.com")
        for sent in (first, second):
            assert await posted_back(here, sent) == b"VERIFIED"


async def test_a_listener_that_is_down_is_told_again_for_four_days() -> None:
    async with shop(HERE, clock="frozen") as here:
        here.receiver.answer = lambda request: HttpResponse(500, (), b"")
        await here.paid()
        await here.advance(5 * DAY)
        owed = await here.sandbox.work().scan(Notification, Walk(limit=50))
        [listener] = [one for one in owed if one.endpoint.api == "ipn"]
        assert (len(listener.attempts), listener.status) == (16, "exhausted")
