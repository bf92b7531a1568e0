"""Orders: made, approved, captured, authorized, refunded, as a shop sees it."""

from __future__ import annotations

from typing import Any

import pytest

from paydouble.core.clock import DAY, HOUR
from tests.providers.paypal.checked import asked, capture_of, card, shop

ORDERS = "/v2/checkout/orders"


def rels(body: Any) -> list[str]:
    return [link["rel"] for link in body["links"]]


async def test_an_order_is_made_approved_and_captured() -> None:
    async with shop() as here:
        made = await here.post(ORDERS, asked(unit={"custom_id": "order-1"}))
        assert (made["status"], rels(made)) == ("CREATED", ["self", "approve", "update", "capture"])
        assert set(made) == {"id", "status", "links"}
        assert made["links"][1]["href"] == f"http://127.0.0.1:4800/checkoutnow?token={made['id']}"
        await here.act("order", made["id"], "approve", email="ann@example.com")
        shown = await here.get(f"{ORDERS}/{made['id']}")
        assert (shown["status"], rels(shown)) == ("APPROVED", ["self", "update", "capture"])
        assert shown["payer"]["email_address"] == "ann@example.com"
        done = await here.post(f"{ORDERS}/{made['id']}/capture")
        taken = capture_of(done)
        assert (done["status"], taken["status"], "intent" in done) == ("COMPLETED", "COMPLETED", False)
        assert taken["seller_receivable_breakdown"] == {
            "gross_amount": {"currency_code": "USD", "value": "100.00"},
            "paypal_fee": {"currency_code": "USD", "value": "3.98"},
            "net_amount": {"currency_code": "USD", "value": "96.02"},
        }
        assert await here.types() == [
            "CHECKOUT.ORDER.APPROVED", "PAYMENT.CAPTURE.COMPLETED", "CHECKOUT.ORDER.COMPLETED",
        ]


async def test_every_link_of_an_answer_leads_somewhere() -> None:
    async with shop() as here:
        taken = await here.paid()
        for link in taken["links"]:
            if link["method"] == "GET":
                await here.get(link["href"].removeprefix("http://127.0.0.1:4800"))


async def test_a_wallet_order_waits_for_its_payer_and_answers_200() -> None:
    async with shop() as here:
        context = {"return_url": "https://shop.example/back", "cancel_url": "https://shop.example/no"}
        body = asked(payment_source={"paypal": {"experience_context": context}})
        made = await here.post(ORDERS, body, status=200, key="k1")
        assert (made["status"], rels(made)) == ("PAYER_ACTION_REQUIRED", ["self", "payer-action"])
        assert made["payment_source"] == {"paypal": {}}


async def test_a_card_pays_at_once_and_keeps_its_number_to_itself() -> None:
    async with shop() as here:
        body = asked("12.34", payment_source=card(name="Ann Buyer"))
        done = await here.post(ORDERS, body, key="k1", whole=True)
        taken = capture_of(done)
        assert (done["status"], taken["processor_response"]["response_code"]) == ("COMPLETED", "0000")
        assert taken["seller_receivable_breakdown"]["paypal_fee"]["value"] == "0.81"
        assert done["payment_source"]["card"]["last_digits"] == "1111"
        assert "4111111111111111" not in str(done)


async def test_a_refused_card_leaves_a_declined_capture() -> None:
    async with shop() as here:
        body = asked(payment_source=card("4012888888881881", name="CCREJECT-IF"))
        done = await here.post(ORDERS, body, key="k1", whole=True)
        taken = capture_of(done)
        assert (done["status"], taken["status"]) == ("COMPLETED", "DECLINED")
        assert taken["processor_response"] == {"avs_code": "G", "cvv_code": "P", "response_code": "5120"}


async def test_a_card_that_needs_its_holder_is_approved_with_a_liability_shift() -> None:
    async with shop() as here:
        made = await here.post(ORDERS, asked(payment_source=card("4868719166101368")), key="k1")
        assert (made["status"], rels(made)) == ("PAYER_ACTION_REQUIRED", ["self", "payer-action"])
        await here.act("order", made["id"], "approve")
        done = await here.post(f"{ORDERS}/{made['id']}/capture")
        assert done["payment_source"]["card"]["authentication_result"] == {
            "liability_shift": "POSSIBLE",
            "three_d_secure": {"enrollment_status": "Y", "authentication_status": "Y"},
        }


async def test_a_declined_wallet_is_sent_back_and_pays_with_another_source() -> None:
    async with shop() as here:
        id = await here.approved()
        here.rules(
            "  - when: {operation: payment.capture, nth: 1}\n"
            "    then: {outcome: {result: declined, reason: insufficient_funds}}\n"
        )
        answered = await here.call("POST", f"{ORDERS}/{id}/capture", key="first")
        assert answered.status == 422
        assert answered.json["details"][0]["issue"] == "INSTRUMENT_DECLINED"
        assert answered.json["links"][1] == {
            "href": f"http://127.0.0.1:4800/checkoutnow?token={id}", "rel": "redirect", "method": "GET",
        }
        assert (await here.get(f"{ORDERS}/{id}"))["status"] == "APPROVED"
        await here.act("order", id, "approve")
        done = await here.post(f"{ORDERS}/{id}/capture", key="second")
        assert done["status"] == "COMPLETED"


async def test_a_held_capture_is_decided_later() -> None:
    async with shop() as here:
        here.rules(
            "  - when: {operation: payment.capture}\n    then: {outcome: {result: held, reason: risk_review}}\n"
        )
        taken = await here.paid()
        assert (taken["status"], taken["status_details"]) == ("PENDING", {"reason": "PENDING_REVIEW"})
        assert await here.refused("POST", f"/v2/payments/captures/{taken['id']}/refund") == (
            422, "PENDING_CAPTURE",
        )
        await here.act("capture", taken["id"], "complete")
        assert (await here.get(f"/v2/payments/captures/{taken['id']}"))["status"] == "COMPLETED"
        assert (await here.types())[-1] == "PAYMENT.CAPTURE.COMPLETED"


async def test_a_replay_shows_the_order_as_it_is_now() -> None:
    async with shop() as here:
        first = await here.post(ORDERS, asked(), key="same")
        await here.act("order", first["id"], "approve")
        again = await here.post(ORDERS, asked("7.00"), key="same", status=200)
        assert (again["id"], again["status"]) == (first["id"], "APPROVED")
        done = await here.post(f"{ORDERS}/{first['id']}/capture", key="same")
        replayed = await here.post(f"{ORDERS}/{first['id']}/capture", key="same", status=200)
        assert capture_of(done)["id"] == capture_of(replayed)["id"]
        assert await here.refused("POST", f"{ORDERS}/{first['id']}/capture", key="other") == (
            422, "ORDER_ALREADY_CAPTURED",
        )


async def test_a_replayed_refund_is_found_and_not_made_again() -> None:
    async with shop() as here:
        taken = await here.paid()
        path = f"/v2/payments/captures/{taken['id']}/refund"
        part = {"amount": {"currency_code": "USD", "value": "30.00"}}
        first = await here.post(path, part, key="r1")
        assert set(first) == {"id", "status", "links"}
        again = await here.post(path, part, key="r1", status=200, whole=True)
        assert again["id"] == first["id"]
        assert again["seller_payable_breakdown"]["total_refunded_amount"]["value"] == "30.00"


async def test_partial_refunds_end_in_a_refunded_capture() -> None:
    async with shop() as here:
        taken = await here.paid()
        path = f"/v2/payments/captures/{taken['id']}"
        await here.post(f"{path}/refund", {"amount": {"currency_code": "USD", "value": "30.00"}})
        assert (await here.get(path))["status"] == "PARTIALLY_REFUNDED"
        too_much = {"amount": {"currency_code": "USD", "value": "70.01"}}
        assert await here.refused("POST", f"{path}/refund", too_much) == (422, "REFUND_AMOUNT_EXCEEDED")
        rest = await here.post(f"{path}/refund", whole=True)
        assert rest["amount"]["value"] == "70.00"
        assert (await here.get(path))["status"] == "REFUNDED"
        assert await here.refused("POST", f"{path}/refund") == (422, "CAPTURE_FULLY_REFUNDED")
        assert (await here.types())[-1] == "PAYMENT.CAPTURE.REFUNDED"


async def test_an_authorization_is_renewed_after_four_days_and_captured() -> None:
    async with shop() as here:
        held = await here.authorized()
        path = f"/v2/payments/authorizations/{held['id']}"
        assert await here.refused("POST", f"{path}/reauthorize") == (422, "REAUTHORIZATION_TOO_SOON")
        await here.advance(4 * DAY)
        renewed = await here.post(f"{path}/reauthorize", whole=True)
        assert (renewed["id"] != held["id"], renewed["expiration_time"]) == (True, held["expiration_time"])
        assert await here.refused("POST", f"{path}/reauthorize") == (422, "REAUTHORIZATION_NOT_SUPPORTED")
        itself = f"/v2/payments/authorizations/{renewed['id']}"
        assert await here.refused("POST", f"{itself}/void") == (422, "CANNOT_BE_VOIDED")
        taken = await here.post(f"{itself}/capture", whole=True)
        assert (taken["amount"]["value"], taken["status"]) == ("100.00", "COMPLETED")
        assert (await here.get(itself))["status"] == "CAPTURED"


async def test_an_authorization_is_captured_in_parts_and_up_to_15_percent_more() -> None:
    async with shop() as here:
        held = await here.authorized()
        path = f"/v2/payments/authorizations/{held['id']}"
        part = {"amount": {"currency_code": "USD", "value": "60.00"}}
        await here.post(f"{path}/capture", part)
        assert (await here.get(path))["status"] == "PARTIALLY_CAPTURED"
        assert await here.refused("POST", f"{path}/capture", part) == (422, "MAX_CAPTURE_AMOUNT_EXCEEDED")
        await here.post(f"{path}/capture", {"amount": {"currency_code": "USD", "value": "55.00"}})
        assert await here.refused("POST", f"{path}/capture", part) == (422, "AUTHORIZATION_ALREADY_CAPTURED")
        assert await here.refused("POST", f"{path}/void") == (422, "PREVIOUSLY_CAPTURED")


async def test_an_authorization_is_voided_by_call_and_by_time() -> None:
    async with shop() as here:
        held = await here.authorized()
        path = f"/v2/payments/authorizations/{held['id']}"
        answered = await here.call("POST", f"{path}/void", Content_Type="application/x-www-form-urlencoded")
        assert (answered.status, answered.response.body) == (204, b"")
        assert await here.refused("POST", f"{path}/void") == (422, "PREVIOUSLY_VOIDED")
        assert await here.refused("POST", f"{path}/capture") == (422, "AUTHORIZATION_VOIDED")
        other = await here.authorized()
        await here.advance(29 * DAY)
        refused = await here.refused("POST", f"/v2/payments/authorizations/{other['id']}/capture")
        assert refused == (422, "AUTHORIZATION_EXPIRED")
        assert (await here.types())[-1] == "PAYMENT.AUTHORIZATION.VOIDED"


async def test_an_order_that_nobody_approves_is_gone_after_six_hours() -> None:
    async with shop() as here:
        made = await here.order()
        await here.advance(6 * HOUR)
        assert await here.refused("GET", f"{ORDERS}/{made['id']}") == (404, "INVALID_RESOURCE_ID")


async def test_an_order_is_patched_until_it_is_paid() -> None:
    async with shop() as here:
        made = await here.order(unit={"description": "old"})
        path = f"{ORDERS}/{made['id']}"
        unit = "/purchase_units/@reference_id=='default'"
        changes = [
            {"op": "replace", "path": f"{unit}/amount", "value": {"currency_code": "USD", "value": "7"}},
            {"op": "add", "path": f"{unit}/custom_id", "value": "c-1"},
            {"op": "remove", "path": f"{unit}/description"},
        ]
        answered = await here.call("PATCH", path, changes)
        assert (answered.status, answered.response.body) == (204, b"")
        [shown] = (await here.get(path))["purchase_units"]
        assert (shown["amount"]["value"], shown["custom_id"], "description" in shown) == ("7.00", "c-1", False)
        await here.act("order", made["id"], "approve")
        await here.post(f"{path}/capture")
        assert await here.refused("PATCH", path, changes) == (422, "ORDER_ALREADY_COMPLETED")


async def test_a_source_is_confirmed_before_capture() -> None:
    async with shop() as here:
        made = await here.order()
        path = f"{ORDERS}/{made['id']}"
        confirmed = await here.post(
            f"{path}/confirm-payment-source", {"payment_source": card()}, status=200
        )
        assert confirmed["status"] == "APPROVED"
        assert (await here.post(f"{path}/capture"))["status"] == "COMPLETED"


async def test_units_are_captured_together_and_shared_with_the_platform() -> None:
    async with shop() as here:
        units = [
            {"reference_id": "a", "amount": {"currency_code": "USD", "value": "50.00"},
             "payee": {"merchant_id": "QYR5Z8XDVJNXQ"},
             "payment_instruction": {
                 "disbursement_mode": "DELAYED",
                 "platform_fees": [{"amount": {"currency_code": "USD", "value": "5.00"}}],
             }},
            {"reference_id": "b", "amount": {"currency_code": "USD", "value": "20.00"}},
        ]
        made = await here.post(ORDERS, {"intent": "CAPTURE", "purchase_units": units})
        await here.act("order", made["id"], "approve")
        done = await here.post(f"{ORDERS}/{made['id']}/capture", whole=True)
        first, second = (unit["payments"]["captures"][0] for unit in done["purchase_units"])
        assert first["disbursement_mode"] == "DELAYED"
        assert first["seller_receivable_breakdown"]["net_amount"]["value"] == "42.76"
        assert first["seller_receivable_breakdown"]["platform_fees"][0]["amount"]["value"] == "5.00"
        assert second["seller_receivable_breakdown"]["net_amount"]["value"] == "18.81"


async def test_a_shipment_is_told_and_cancelled() -> None:
    async with shop() as here:
        id = await here.approved()
        taken = capture_of(await here.post(f"{ORDERS}/{id}/capture"))
        told = await here.post(
            f"{ORDERS}/{id}/track", {"capture_id": taken["id"], "tracking_number": "T1", "carrier": "UPS"}
        )
        [tracker] = told["purchase_units"][0]["shipping"]["trackers"]
        assert tracker["id"] == f"{taken['id']}-T1"
        path = f"{ORDERS}/{id}/trackers/{tracker['id']}"
        patch = [{"op": "replace", "path": "/status", "value": "CANCELLED"}]
        assert (await here.call("PATCH", path, patch)).status == 204
        shown = await here.get(f"{ORDERS}/{id}")
        assert shown["purchase_units"][0]["shipping"]["trackers"][0]["status"] == "CANCELLED"


@pytest.mark.parametrize(("given", "status", "shown"), [
    ({"barter": {"name": "Ann"}}, "CREATED", None),
    ({"barter": {"name": "Ann"}, "ideal": {"name": "Ann", "country_code": "NL"}}, "PAYER_ACTION_REQUIRED",
     {"ideal": {"name": "Ann", "country_code": "NL"}}),
    ({"google_pay": {"name": "Ann"}}, "PAYER_ACTION_REQUIRED", {"google_pay": {"name": "Ann"}}),
])
async def test_a_source_that_the_api_does_not_know_is_ignored(
    given: dict[str, Any], status: str, shown: dict[str, Any] | None
) -> None:
    async with shop() as it:
        made = await it.call("POST", "/v2/checkout/orders", asked(payment_source=given), whole=True, key="k1")
        assert (made.json["status"], made.json.get("payment_source")) == (status, shown)
