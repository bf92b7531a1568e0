"""Classic payments: sale, authorize, order. https://developer.paypal.com/docs/api/payments/v1/"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from paydouble.core.clock import DAY
from tests.providers.paypal.checked import BASE, Shop, shop
from tests.providers.paypal.test_paypal_pages import visit

PATH = "/v1/payments/payment"
ADDRESS = {"line1": "1 Main Street", "city": "Anytown", "state": "CA", "country_code": "US"}
URLS = {"return_url": "https://shop.example/back", "cancel_url": "https://shop.example/no"}


def usd(total: str, **details: str) -> dict[str, Any]:
    return {"currency": "USD", "total": total, **({"details": details} if details else {})}


def asked(total: str = "30.00", intent: str = "sale", **more: Any) -> dict[str, Any]:
    transaction = {"amount": usd(total), **more.pop("transaction", {})}
    return {
        "intent": intent, "payer": {"payment_method": "paypal"}, "transactions": [transaction],
        "redirect_urls": URLS, **more,
    }  # fmt: skip


def by_rel(body: Any, rel: str) -> Any:
    return next(link for link in body["links"] if link["rel"] == rel)


async def approved(here: Shop, **more: Any) -> Any:
    """A payment whose payer agreed."""
    made = await here.post(PATH, asked(**more))
    await here.act("order", made["cart"], "approve")
    return await here.get(f"{PATH}/{made['id']}")


async def executed(here: Shop, **more: Any) -> Any:
    made = await approved(here, **more)
    payer = made["payer"]["payer_info"]["payer_id"]
    return await here.post(f"{PATH}/{made['id']}/execute", {"payer_id": payer}, status=200)


def related(payment: Any) -> list[Any]:
    return list(payment["transactions"][0]["related_resources"])


async def test_a_payer_approves_at_the_old_address_and_comes_back_with_three_names() -> None:
    async with shop() as here:
        made = await here.post(PATH, asked())
        approval = by_rel(made, "approval_url")
        assert approval["method"] == "REDIRECT"
        assert approval["href"].startswith(f"{BASE}/cgi-bin/webscr?cmd=_express-checkout&token=EC-")

        onward = await visit(here, approval["href"])
        page = f"{BASE}{onward.header('Location')}"
        assert b"Log in" in (await visit(here, page)).body
        back = await visit(here, page, step="approve", email="ann@example.com")

        payer = (await here.get(f"{PATH}/{made['id']}"))["payer"]["payer_info"]
        assert payer["email"] == "ann@example.com"
        token = approval["href"].rpartition("=")[2]
        assert back.header("Location") == (
            f"{URLS['return_url']}?paymentId={made['id']}&token={token}&PayerID={payer['payer_id']}"
        )
        assert await here.types() == ["PAYMENTS.PAYMENT.CREATED"]


async def test_a_sale_is_executed_and_refunded_in_parts_until_nothing_is_left() -> None:
    async with shop() as here:
        done = await executed(here, transaction={"custom": "order-7", "invoice_number": "INV-7"})
        [resource] = related(done)
        sale = resource["sale"]
        assert (done["state"], sale["state"]) == ("approved", "completed")
        assert sale["transaction_fee"] == {"value": "1.54", "currency": "USD"}
        address = f"/v1/payments/sale/{sale['id']}"

        first = await here.post(f"{address}/refund", {"amount": usd("10.00"), "description": "one broken"})
        assert (await here.get(address))["state"] == "partially_refunded"
        assert await here.refused("POST", f"{address}/refund", {"amount": usd("20.01")}) == (
            400, "REFUND_EXCEEDED_TRANSACTION_AMOUNT",
        )
        rest = await here.post(f"{address}/refund", {})
        assert rest["total_refunded_amount"] == {"value": "30.00", "currency": "USD"}
        assert await here.refused("POST", f"{address}/refund", {}) == (400, "TRANSACTION_ALREADY_REFUNDED")
        assert (await here.get(f"/v1/payments/refund/{first['id']}"))["sale_id"] == sale["id"]
        kinds = [next(iter(one)) for one in related(await here.get(f"{PATH}/{done['id']}"))]
        assert kinds == ["sale", "refund", "refund"]
        assert await here.types() == [
            "PAYMENTS.PAYMENT.CREATED", "PAYMENT.SALE.COMPLETED", "PAYMENT.SALE.REFUNDED", "PAYMENT.SALE.REFUNDED",
        ]


async def test_an_authorization_is_renewed_after_three_days_and_captured() -> None:
    async with shop() as here:
        [resource] = related(await executed(here, intent="authorize"))
        held = resource["authorization"]
        address = f"/v1/payments/authorization/{held['id']}"
        assert held["state"] == "authorized"
        assert await here.refused("POST", f"{address}/reauthorize", {"amount": usd("30.00")}) == (
            400, "CANNOT_REAUTH_INSIDE_HONOR_PERIOD",
        )
        await here.advance(4 * DAY)
        renewed = await here.post(f"{address}/reauthorize", {"amount": usd("30.00")})
        assert await here.refused("POST", f"{address}/capture", {"amount": usd("1.00")}) == (
            400, "TRANSACTION_REFUSED",
        )
        address = f"/v1/payments/authorization/{renewed['id']}"
        part = await here.post(f"{address}/capture", {"amount": usd("10.00")})
        assert (await here.get(address))["state"] == "partially_captured"
        await here.post(f"{address}/capture", {"amount": usd("20.00"), "is_final_capture": True})
        assert await here.refused("POST", f"{address}/capture", {}) == (400, "AUTHORIZATION_ALREADY_COMPLETED")
        back = await here.post(f"/v1/payments/capture/{part['id']}/refund", {})
        assert back["capture_id"] == part["id"]
        assert (await here.get(f"/v1/payments/capture/{part['id']}"))["state"] == "refunded"


async def test_an_authorization_is_given_up() -> None:
    async with shop() as here:
        [resource] = related(await executed(here, intent="authorize"))
        address = f"/v1/payments/authorization/{resource['authorization']['id']}"
        ended = await here.post(f"{address}/void", {}, status=200)
        assert ended["state"] == "voided"
        assert await here.refused("POST", f"{address}/capture", {}) == (400, "AUTHORIZATION_VOIDED")


async def test_an_order_is_captured_authorized_or_given_up_in_its_own_time() -> None:
    async with shop() as here:
        ids = [related(await executed(here, intent="order"))[0]["order"]["id"] for _ in range(3)]
        taken, held, voided = (f"/v1/payments/orders/{id}" for id in ids)

        await here.post(f"{taken}/capture", {"amount": usd("10.00")})
        await here.post(f"{taken}/capture", {"amount": usd("20.00"), "is_final_capture": True})
        assert (await here.get(taken))["state"] == "COMPLETED"
        assert await here.refused("POST", f"{taken}/capture", {"amount": usd("1.00")}) == (
            400, "ORDER_ALREADY_COMPLETED",
        )
        authorization = await here.post(f"{held}/authorize", {"amount": usd("30.00")})
        assert authorization["state"] == "authorized"
        assert (await here.post(f"{voided}/do-void", status=200))["state"] == "VOIDED"
        assert await here.refused("POST", f"{voided}/capture", {}) == (400, "ORDER_ALREADY_COMPLETED")


async def test_a_card_is_charged_at_once_and_its_number_is_forgotten() -> None:
    card = {"number": "4111111111111111", "type": "visa", "expire_month": "12", "expire_year": "2035", "cvv2": "123"}
    async with shop() as here:
        def paying(name: str = "Ann") -> dict[str, Any]:
            instrument = {"credit_card": {**card, "first_name": name}}
            return asked(payer={"payment_method": "credit_card", "funding_instruments": [instrument]})

        made = await here.post(PATH, paying())
        assert (made["state"], related(made)[0]["sale"]["state"]) == ("approved", "completed")
        assert "funding_instruments" not in made["payer"]
        assert await here.refused("POST", PATH, paying("CCREJECT-IF")) == (400, "CREDIT_CARD_REFUSED")
        assert await here.refused("POST", PATH, paying("CCREJECT-EC")) == (400, "EXPIRED_CREDIT_CARD")
        assert (await here.get(PATH))["count"] == 1


async def test_a_declined_execution_sends_the_payer_back() -> None:
    async with shop() as here:
        here.rules("- {when: {operation: payment.charge, nth: 1}, then: {outcome: declined}}")
        made = await approved(here)
        payer = {"payer_id": made["payer"]["payer_info"]["payer_id"]}
        refused = await here.call("POST", f"{PATH}/{made['id']}/execute", payer)
        assert refused.json["name"] == "INSTRUMENT_DECLINED"
        assert by_rel(refused.json, "redirect")["href"] == by_rel(made, "approval_url")["href"]
        assert (await here.post(f"{PATH}/{made['id']}/execute", payer, status=200))["state"] == "approved"


async def test_executing_is_refused_for_a_reason() -> None:
    async with shop() as here:
        made = await here.post(PATH, asked())
        address = f"{PATH}/{made['id']}/execute"
        assert await here.refused("POST", address, {"payer_id": "X"}) == (
            400, "PAYMENT_NOT_APPROVED_FOR_EXECUTION",
        )
        await here.act("order", made["cart"], "approve")
        assert await here.refused("POST", address, {"payer_id": "X"}) == (400, "INVALID_PAYER_ID")
        done = await executed(here)
        again = {"payer_id": done["payer"]["payer_info"]["payer_id"]}
        assert await here.refused("POST", f"{PATH}/{done['id']}/execute", again) == (400, "PAYMENT_ALREADY_DONE")
        assert await here.refused("POST", f"{PATH}/PAYID-NONE/execute", again) == (404, "INVALID_RESOURCE_ID")


async def test_the_amount_can_be_changed_before_it_is_executed() -> None:
    async with shop() as here:
        made = await approved(here)
        patched = await here.call("PATCH", f"{PATH}/{made['id']}", [
            {"op": "replace", "path": "/transactions/0/amount", "value": usd("31.00")},
            {"op": "add", "path": "/transactions/0/custom", "value": "order-8"},
            {"op": "add", "path": "/transactions/0/item_list/shipping_address", "value": ADDRESS},
        ])  # fmt: skip
        assert patched.json["transactions"][0]["amount"]["total"] == "31.00"
        payer = {"payer_id": made["payer"]["payer_info"]["payer_id"], "transactions": [{"amount": usd("32.00")}]}
        done = await here.post(f"{PATH}/{made['id']}/execute", payer, status=200)
        assert related(done)[0]["sale"]["amount"]["total"] == "32.00"
        bad = [{"op": "remove", "path": "/transactions/0/custom"}]
        assert await here.refused("PATCH", f"{PATH}/{done['id']}", bad) == (400, "PAYMENT_ALREADY_DONE")
        fresh = await here.post(PATH, asked())
        for wrong in (bad, [{"op": "add", "path": "/intent", "value": "order"}]):
            assert (await here.refused("PATCH", f"{PATH}/{fresh['id']}", wrong))[0] == 400


async def test_payments_are_listed_the_newest_first_page_by_page() -> None:
    async with shop() as here:
        made = [(await here.post(PATH, asked(f"{number}.00")))["id"] for number in range(1, 4)]
        page = await here.get(f"{PATH}?count=2")
        assert ([one["id"] for one in page["payments"]], page["count"]) == ([made[2], made[1]], 2)
        rest = await here.get(f"{PATH}?count=2&start_id={page['next_id']}")
        assert [one["id"] for one in rest["payments"]] == [made[0]]
        assert "next_id" not in rest
        assert (await here.get(f"{PATH}?start_time=2100-01-01T00:00:00Z"))["payments"] == []


async def test_the_same_request_id_shows_the_payment_as_it_is_and_another_body_is_refused() -> None:
    async with shop() as here:
        first = await here.post(PATH, asked(), key="k-1")
        again = await here.call("POST", PATH, asked(), key="k-1")
        assert (again.status, again.json["id"]) == (200, first["id"])
        assert await here.refused("POST", PATH, asked("31.00"), key="k-1") == (400, "DUPLICATE_REQUEST_ID")


async def test_a_mocked_error_is_told_where_a_payment_is_created_or_executed_and_nowhere_else() -> None:
    async with shop() as here:
        made = await approved(here)
        payer = {"payer_id": made["payer"]["payer_info"]["payer_id"]}
        mock = '{"mock_application_codes":"INSTRUMENT_DECLINED"}'
        for path, body in ((PATH, asked()), (f"{PATH}/{made['id']}/execute", payer)):
            refused = await here.call("POST", path, body, PayPal_Mock_Response=mock)
            assert (refused.status, refused.json["name"]) == (400, "INSTRUMENT_DECLINED")
        assert (await here.get(PATH))["count"] == 1
        shown = await here.call("GET", f"{PATH}/{made['id']}", PayPal_Mock_Response=mock)
        assert (shown.status, shown.json["state"]) == (200, "created")


async def test_one_key_makes_one_payment_sale_and_refund() -> None:
    async with shop() as here:
        async def many(path: str, body: Any) -> list[Any]:
            answers = await asyncio.gather(*(here.call("POST", path, body, key="k") for _ in range(50)))
            assert {answer.status for answer in answers} <= {200, 201, 409}
            return [answer.json for answer in answers if answer.status < 300]

        [id] = {one["id"] for one in await many(PATH, asked())}
        made = await here.get(f"{PATH}/{id}")
        await here.act("order", made["cart"], "approve")
        payer = (await here.get(f"{PATH}/{id}"))["payer"]["payer_info"]["payer_id"]
        done = await many(f"{PATH}/{id}/execute", {"payer_id": payer})
        [sale] = {related(one)[0]["sale"]["id"] for one in done}
        refunds = await many(f"/v1/payments/sale/{sale}/refund", {"amount": usd("10.00")})
        assert len({one["id"] for one in refunds}) == 1
        assert (await here.get(f"/v1/payments/sale/{sale}"))["state"] == "partially_refunded"


# fmt: off
@pytest.mark.parametrize(("body", "name"), [
    ({},                                                                         "VALIDATION_ERROR"),
    (asked(intent="gift"),                                                       "VALIDATION_ERROR"),
    (asked("0.00"),                                                              "VALIDATION_ERROR"),
    (asked("-1.00"),                                                             "VALIDATION_ERROR"),
    (asked("1e2"),                                                               "VALIDATION_ERROR"),
    (asked("1.001"),                                                             "VALIDATION_ERROR"),
    (asked(transaction={"amount": {"currency": "JPY", "total": "1.50"}}),        "VALIDATION_ERROR"),
    (asked(transaction={"amount": {"currency": "XXX", "total": "1.50"}}),        "CURRENCY_NOT_ALLOWED"),
    (asked(transaction={"amount": usd("30.00", subtotal="28.00", tax="1.00")}),  "VALIDATION_ERROR"),
    (asked(transaction={"item_list": {"items": [{"price": "1.00", "quantity": "1", "currency": "USD"}]}}), "VALIDATION_ERROR"),
    (asked(transaction={"item_list": {"items": [{"price": "30.00", "quantity": "1", "currency": "EUR"}]}}), "CURRENCY_MISMATCH"),
    (asked(redirect_urls={"return_url": "https://shop.example"}),                "VALIDATION_ERROR"),
    (asked(payer={"payment_method": "credit_card"}),                             "VALIDATION_ERROR"),
])
# fmt: on
async def test_what_is_wrong_is_told_by_the_name_of_the_error_and_nothing_is_kept(
    body: dict[str, Any], name: str
) -> None:
    async with shop() as here:
        answered = await here.call("POST", PATH, body)
        assert (answered.status, answered.json["name"]) == (400, name)
        assert (await here.get(PATH))["count"] == 0
