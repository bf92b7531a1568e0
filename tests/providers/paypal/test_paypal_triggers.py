"""The sandbox's own ways to ask for an error: ids, names, notes, the header; and the switch that ends them."""

from __future__ import annotations

from typing import Any

import pytest

from paydouble.core.http import Headers, HttpRequest
from paydouble.providers.paypal import build, canned_payouts
from paydouble.providers.paypal.cards import REJECTED, SECURE
from paydouble.providers.paypal.trigger_values import TRIGGERS
from tests.merchants import world
from tests.providers.paypal.billed import PLANS, PRODUCTS, SUBSCRIPTIONS, cycle, plan_asked
from tests.providers.paypal.checked import Shop, asked, card, shop

BODIES: dict[str, Any] = {
    "plans.update-pricing-schemes": {"pricing_schemes": [
        {"billing_cycle_sequence": 1, "pricing_scheme": {"fixed_price": {"currency_code": "USD", "value": "1"}}}]},
    "subscriptions.suspend": {"reason": "x"}, "subscriptions.cancel": {"reason": "x"},
    "subscriptions.capture": {
        "note": "x", "capture_type": "OUTSTANDING_BALANCE", "amount": {"currency_code": "USD", "value": "1"}},
    "invoices.update": {"detail": {"currency_code": "USD"}},
    "invoices.payments": {"method": "CASH"}, "invoices.refunds": {"method": "CASH"},
    "disputes.escalate": {"note": "x"}, "disputes.send-message": {"message": "x"},
    "disputes.make-offer": {"note": "x", "offer_type": "REFUND"},
}
PATCHES = [{"op": "replace", "path": "/description", "value": "x"}]
WINDOW = "start_time=2026-01-01T00:00:00Z&end_time=2026-02-01T00:00:00Z"


async def asked_for(here: Shop, operation: str, field: str, value: str) -> Any:
    route = next(one for one in build().operations if one.id == operation).routes[0]
    path = route.path.replace("{" + field + "}", value)
    body = BODIES.get(operation, PATCHES if route.method == "PATCH" else None)
    path = path.replace("{invoice_id}", "INV2-ABCD-1234-EFGH-5678")
    if operation == "invoices.create":
        body = {"detail": {"currency_code": "USD", "reference": value}}
    elif field == "reference":
        body = {"reference": value}
    elif operation == "products.create":
        body = {"name": value, "type": "SERVICE"}
    elif operation == "plans.create":
        body = plan_asked("PROD-1", cycle()) | {"name": value}
    elif operation == "subscriptions.create":
        body = {"plan_id": value}
    elif route.method == "GET":
        query = WINDOW if operation.endswith("transactions") else ""
        path += f"?{query}" if "{" in route.path else f"?{field}={value}"
    return await here.call(route.method, path, body)


@pytest.mark.parametrize("operation", TRIGGERS)
async def test_a_documented_value_is_answered_with_its_error(operation: str) -> None:
    field, rows = TRIGGERS[operation]
    async with shop() as here:
        for value, row in rows.items():
            answered = await asked_for(here, operation, field, value)
            issues = [detail.get("issue") for detail in answered.json.get("details", ())]
            assert answered.status == row.http, value
            assert row.code in (answered.json["name"], *issues), value
        assert await here.types() == []


async def test_batches_and_items_that_never_were_are_shown() -> None:
    async with shop() as here:
        for id, status in canned_payouts.BATCH_STATUSES.items():
            shown = await here.get(f"/v1/payments/payouts/{id}")
            assert shown["batch_header"]["batch_status"] == status
        for id, error in canned_payouts.BATCH_ERRORS.items():
            assert (await here.get(f"/v1/payments/payouts/{id}"))["items"][0]["errors"]["name"] == error
        for id, error in canned_payouts.ITEM_ERRORS.items():
            assert (await here.get(f"/v1/payments/payouts-item/{id}")).get("errors", {}).get("name", "") == error
        back = await here.post("/v1/payments/payouts-item/POSPOI002/cancel", status=200)
        assert back["transaction_status"] == "RETURNED"
        paged = await here.call("GET", "/v1/payments/payouts/ERRPYOB001?page_size=5")
        assert paged.status == 404


MOCKED = [
    ("INSTRUMENT_DECLINED", 422), ("TRANSACTION_REFUSED", 422), ("PERMISSION_DENIED", 403),
    ("INVALID_RESOURCE_ID", 404), ("INVALID_ACCOUNT_STATUS", 401), ("PREVIOUS_REQUEST_IN_PROGRESS", 409),
    ("MALFORMED_REQUEST_JSON", 400), ("INTERNAL_SERVER_ERROR", 500), ("INTERNAL_SERVICE_ERROR", 500),
    ("DECLINED_DUE_TO_RELATED_TXN", 422), ("PAYMENT_DENIED", 422), ("CONTINGENCY_NOT_SUCCESSFUL", 422),
]


@pytest.mark.parametrize(("code", "status"), MOCKED)
@pytest.mark.parametrize("form", ['{{"mock_application_codes":"{}"}}', '{{"mock_application_codes":["{}"]}}',
                                  '{{\\"mock_application_codes\\":\\"{}\\"}}'])
async def test_the_header_asks_for_an_error_in_each_of_its_forms(code: str, status: int, form: str) -> None:
    async with shop() as here:
        id = await here.approved()
        refused = await here.call(
            "POST", f"/v2/checkout/orders/{id}/capture", PayPal_Mock_Response=form.format(code)
        )
        assert refused.status == status
        assert code in (refused.json["name"], *(one["issue"] for one in refused.json.get("details", [])))
        assert (await here.get(f"/v2/checkout/orders/{id}"))["status"] == "APPROVED"


async def test_the_header_is_not_heard_elsewhere_nor_for_unknown_codes() -> None:
    async with shop() as here:
        mock = {"PayPal_Mock_Response": '{"mock_application_codes":"INTERNAL_SERVER_ERROR"}'}
        assert (await here.call("GET", PLANS, **mock)).status == 200
        unknown = {"PayPal_Mock_Response": '{"mock_application_codes":"NO_SUCH_CODE"}'}
        assert (await here.call("POST", "/v2/checkout/orders", asked(), **unknown)).status == 201


async def without_magic(body: Any) -> Any:
    """A card payment where test values mean nothing."""
    import json

    from paydouble.providers.paypal import tokens

    async with world(magic=False) as here:
        merchant = here.merchant("paypal")
        token = tokens.issue(merchant.id, merchant.secrets["client_secret"], "nonce")
        request = HttpRequest(
            method="POST", target="/v2/checkout/orders", body=json.dumps(body).encode(), id="0" * 32,
            base_url="http://127.0.0.1:4800", headers=Headers((
                ("Authorization", f"Bearer {token}"), ("Content-Type", "application/json"),
                ("PayPal-Request-Id", "k"), ("Prefer", "return=representation"),
                ("PayPal-Mock-Response", '{"mock_application_codes":"INTERNAL_SERVER_ERROR"}'),
            )),
        )
        return json.loads((await here.simulator.serve("paypal", request)).body)


async def test_a_rejected_name_is_a_name_like_any_other_without_magic() -> None:
    name = next(iter(REJECTED))
    body = asked(payment_source=card(name=name))
    async with shop() as here:
        made = await here.post("/v2/checkout/orders", body, key="k", whole=True)
        assert made["purchase_units"][0]["payments"]["captures"][0]["status"] == "DECLINED"
    made = await without_magic(body)
    assert made["purchase_units"][0]["payments"]["captures"][0]["status"] == "COMPLETED"


async def test_a_card_for_3d_secure_asks_nobody_without_magic() -> None:
    number = next(number for number, row in SECURE.items() if row.asks)
    body = asked(payment_source=card(number))
    async with shop() as here:
        assert (await here.post("/v2/checkout/orders", body, key="k"))["status"] == "PAYER_ACTION_REQUIRED"
    made = await without_magic(body)
    assert made["status"] == "COMPLETED"
    assert "authentication_result" not in made["payment_source"]["card"]


async def test_too_many_calls_are_told_as_the_manual_says() -> None:
    async with shop() as here:
        here.rules("  - when: {operation: payment.create, nth: '2-3'}\n    then: {respond: {error: rate_limited}}\n")
        answers = [await here.call("POST", "/v2/checkout/orders", asked()) for _ in range(4)]
        assert [one.status for one in answers] == [201, 429, 429, 201]
        assert answers[1].json["name"] == "RATE_LIMIT_REACHED"
        assert answers[1].json["message"] == "Too many requests. Blocked due to rate limiting."


async def test_ids_of_other_operations_mean_nothing() -> None:
    async with shop() as here:
        assert (await here.call("GET", f"{PRODUCTS}/ERRSUB001")).status == 404
        assert (await here.call("GET", f"{SUBSCRIPTIONS}/ERRDIS015")).json["details"][0]["issue"] == (
            "INVALID_RESOURCE_ID")


async def test_an_id_that_is_sent_twice_is_taken_once_where_so_set() -> None:
    for settings, status in ((None, 404), ({"doubled_ids": "on"}, 200)):
        async with shop(settings) as here:
            [hook] = (await here.get("/v1/notifications/webhooks"))["webhooks"]
            request = HttpRequest(
                method="GET", target=f"/v1/notifications/webhooks/{hook['id']}/{hook['id']}", id="0" * 32,
                base_url="http://127.0.0.1:4800",
                headers=Headers((("Authorization", f"Bearer {here.token}"),)),
            )
            assert (await here.simulator.serve("paypal", request)).status == status
