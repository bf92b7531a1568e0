"""What PayPal refuses: tokens, requests, amounts; a row each, in the order in which they are found."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import pytest

from paydouble.core.clock import DAY
from paydouble.providers.paypal import tokens
from tests.providers.paypal.checked import FORM, asked, card, shop

ORDERS = "/v2/checkout/orders"


def usd(value: Any, currency: str = "USD") -> dict[str, Any]:
    return {"currency_code": currency, "value": value}


def unit(value: Any = "10.00", currency: str = "USD", **more: Any) -> dict[str, Any]:
    amount = usd(value, currency) | more.pop("amount", {})
    return {"amount": amount, **more}


ITEM = {"name": "Thing", "quantity": "2", "unit_amount": usd("5.00")}
CREATE = [
    ({}, 400, "MISSING_REQUIRED_PARAMETER"),
    ({"intent": "capture", "purchase_units": [unit()]}, 400, "INVALID_PARAMETER_VALUE"),
    ({"intent": "CAPTURE", "purchase_units": []}, 400, "INVALID_ARRAY_MIN_ITEMS"),
    ({"intent": "CAPTURE", "purchase_units": [unit()] * 30}, 400, "INVALID_ARRAY_MAX_ITEMS"),
    ({"intent": "CAPTURE", "purchase_units": [{"amount": {"value": "1.00"}}]}, 400,
     "MISSING_REQUIRED_PARAMETER"),
    ({"intent": "CAPTURE", "purchase_units": [unit("1e2")]}, 400, "INVALID_PARAMETER_SYNTAX"),
    ({"intent": "CAPTURE", "purchase_units": [unit("１00")]}, 400, "INVALID_PARAMETER_SYNTAX"),
    (asked(unit={"custom_id": "c" * 256}), 400, "INVALID_STRING_MAX_LENGTH"),
    (asked("10.00", "TND"), 422, "INVALID_CURRENCY_CODE"),
    (asked("10.00", "usd"), 422, "INVALID_CURRENCY_CODE"),
    (asked("-5.00"), 422, "CANNOT_BE_ZERO_OR_NEGATIVE"),
    (asked("0.00"), 422, "CANNOT_BE_ZERO_OR_NEGATIVE"),
    (asked("100.5", "JPY"), 422, "DECIMALS_NOT_SUPPORTED"),
    (asked("100.00", "JPY"), 422, "DECIMALS_NOT_SUPPORTED"),
    (asked("1.005"), 422, "DECIMAL_PRECISION"),
    (asked("9999999999999999.00"), 422, "MAX_VALUE_EXCEEDED"),
    ({"intent": "CAPTURE", "purchase_units": [
        unit(reference_id="a"), unit("10.00", "EUR", reference_id="b")]}, 422, "MULTI_CURRENCY_ORDER"),
    ({"intent": "CAPTURE", "purchase_units": [unit(reference_id="a"), unit()]}, 422, "REFERENCE_ID_REQUIRED"),
    ({"intent": "CAPTURE", "purchase_units": [unit(reference_id="a")] * 2}, 422, "DUPLICATE_REFERENCE_ID"),
    ({"intent": "AUTHORIZE", "purchase_units": [unit(reference_id="a"), unit(reference_id="b")]}, 422,
     "UNSUPPORTED_INTENT"),
    (asked("10.00", unit={"items": [ITEM]}), 422, "ITEM_TOTAL_REQUIRED"),
    ({"intent": "CAPTURE", "purchase_units": [
        unit(items=[ITEM], amount={"breakdown": {"item_total": usd("9.00")}})]}, 422, "ITEM_TOTAL_MISMATCH"),
    ({"intent": "CAPTURE", "purchase_units": [
        unit(items=[ITEM | {"tax": usd("1.00")}], amount={"breakdown": {"item_total": usd("10.00")}})]}, 422,
     "TAX_TOTAL_REQUIRED"),
    ({"intent": "CAPTURE", "purchase_units": [unit(
        items=[ITEM | {"tax": usd("1.00")}],
        amount={"breakdown": {"item_total": usd("10.00"), "tax_total": usd("1.00")}})]}, 422,
     "TAX_TOTAL_MISMATCH"),
    ({"intent": "CAPTURE", "purchase_units": [
        unit(amount={"breakdown": {"item_total": usd("9.00")}})]}, 422, "AMOUNT_MISMATCH"),
    ({"intent": "CAPTURE", "purchase_units": [
        unit(amount={"breakdown": {"item_total": usd("10.00"), "handling": usd("-1.00")}})]}, 422,
     "CANNOT_BE_NEGATIVE"),
    (asked(unit={"shipping": {"address": {"country_code": "US"}}}), 422, "CITY_REQUIRED"),
    (asked(unit={"shipping": {"address": {"country_code": "US", "admin_area_2": "X"}}}), 422,
     "POSTAL_CODE_REQUIRED"),
    (asked(unit={"shipping": {"options": [{"id": "1", "label": "a", "selected": False}]}}), 422,
     "SHIPPING_OPTION_NOT_SELECTED"),
    (asked(unit={"shipping": {"options": [{"id": "1", "label": "a", "selected": True}] * 2}}), 422,
     "MULTIPLE_SHIPPING_OPTION_SELECTED"),
    (asked("10.00", unit={"payment_instruction": {"platform_fees": [{"amount": usd("10.01")}]}}), 422,
     "INVALID_PLATFORM_FEES_AMOUNT"),
    (asked("10.00", intent="AUTHORIZE", unit={
        "payment_instruction": {"platform_fees": [{"amount": usd("1.00")}]}}), 422,
     "UNSUPPORTED_PAYMENT_INSTRUCTION"),
    (asked(payment_source={**card(), "paypal": {}}), 422, "ONLY_ONE_PAYMENT_SOURCE_ALLOWED"),
    (asked(payment_source=card("4111111111111112")), 422, "PAYMENT_SOURCE_INFO_CANNOT_BE_VERIFIED"),
    (asked(payment_source=card(expiry="2001-01")), 422, "CARD_EXPIRED"),
    (asked(payment_source=card(security_code="1234")), 422, "INVALID_SECURITY_CODE_LENGTH"),
    (asked(payment_source={"paypal": {"vault_id": "nope"}}), 403, "PERMISSION_DENIED"),
    (asked(payment_source=card()), 400, "PAYPAL_REQUEST_ID_REQUIRED"),
]


@pytest.mark.parametrize(("body", "status", "issue"), CREATE, ids=[
    f"{number}-{row[2]}" for number, row in enumerate(CREATE)
])
async def test_an_order_is_refused(body: Any, status: int, issue: str) -> None:
    async with shop() as here:
        assert await here.refused("POST", ORDERS, body) == (status, issue)


async def test_a_value_may_be_a_number_and_yen_have_no_decimals() -> None:
    async with shop() as here:
        assert (await here.order(10.5))["purchase_units"][0]["amount"]["value"] == "10.50"  # type: ignore[arg-type]
        taken = await here.paid("1000", "JPY")
        assert taken["seller_receivable_breakdown"]["paypal_fee"]["value"] == "84"


UNTOUCHED = [
    ("capture", 422, "ORDER_NOT_APPROVED"),
    ("authorize", 422, "ACTION_DOES_NOT_MATCH_INTENT"),
    ("confirm-payment-source", 422, "NO_PAYMENT_SOURCE_PROVIDED"),
]


@pytest.mark.parametrize(("action", "status", "issue"), UNTOUCHED)
async def test_an_order_is_not_paid_before_its_time(action: str, status: int, issue: str) -> None:
    async with shop() as here:
        made = await here.order()
        assert await here.refused("POST", f"{ORDERS}/{made['id']}/{action}") == (status, issue)


PATCHES = [
    ({}, 400, "MISSING_REQUIRED_PARAMETER"),
    ([{"op": "fly", "path": "/intent"}], 400, "INVALID_PARAMETER_VALUE"),
    ([{"op": "add", "value": 1}], 422, "PATCH_PATH_REQUIRED"),
    ([{"op": "add", "path": "intent", "value": "CAPTURE"}], 422, "INVALID_JSON_POINTER_FORMAT"),
    ([{"op": "replace", "path": "/status", "value": "COMPLETED"}], 422, "NOT_PATCHABLE"),
    ([{"op": "remove", "path": "/intent"}], 400, "INVALID_PATCH_OPERATION"),
    ([{"op": "replace", "path": "/intent"}], 422, "PATCH_VALUE_REQUIRED"),
    ([{"op": "replace", "path": "/intent", "value": []}], 422, "UNSUPPORTED_PATCH_PARAMETER_VALUE"),
    ([{"op": "replace", "path": "/purchase_units/@reference_id=='x'/custom_id", "value": "1"}], 422,
     "REFERENCE_ID_NOT_FOUND"),
    ([{"op": "replace", "path": "/purchase_units/@reference_id=='default'/amount", "value": usd("-1.00")}], 422,
     "CANNOT_BE_ZERO_OR_NEGATIVE"),
]


@pytest.mark.parametrize(("patches", "status", "issue"), PATCHES)
async def test_a_patch_is_refused(patches: Any, status: int, issue: str) -> None:
    async with shop() as here:
        made = await here.order()
        assert await here.refused("PATCH", f"{ORDERS}/{made['id']}", patches) == (status, issue)


AMOUNTS = [
    (usd("10.001"), "DECIMAL_PRECISION"), (usd("0"), "CANNOT_BE_ZERO_OR_NEGATIVE"),
    (usd("10", "XXX"), "INVALID_CURRENCY_CODE"), (usd("10.0", "JPY"), "DECIMALS_NOT_SUPPORTED"),
]


@pytest.mark.parametrize(("amount", "issue"), [
    *AMOUNTS, (usd("10", "EUR"), "REFUND_CAPTURE_CURRENCY_MISMATCH"), (usd("100.01"), "REFUND_AMOUNT_EXCEEDED"),
])
async def test_a_refund_is_refused(amount: Any, issue: str) -> None:
    async with shop() as here:
        taken = await here.paid()
        path = f"/v2/payments/captures/{taken['id']}/refund"
        assert await here.refused("POST", path, {"amount": amount}) == (422, issue)
        await here.advance(181 * DAY)
        assert await here.refused("POST", path) == (422, "REFUND_TIME_LIMIT_EXCEEDED")


@pytest.mark.parametrize(("amount", "issue"), [
    *AMOUNTS, (usd("10", "EUR"), "AUTH_CAPTURE_CURRENCY_MISMATCH"),
    (usd("115.01"), "MAX_CAPTURE_AMOUNT_EXCEEDED"),
])
async def test_a_capture_is_refused(amount: Any, issue: str) -> None:
    async with shop() as here:
        held = await here.authorized()
        path = f"/v2/payments/authorizations/{held['id']}/capture"
        assert await here.refused("POST", path, {"amount": amount}) == (422, issue)


async def test_an_invoice_is_paid_once() -> None:
    async with shop() as here:
        await here.paid(unit={"invoice_id": "i-1"})
        id = await here.approved(unit={"invoice_id": "i-1"})
        assert await here.refused("POST", f"{ORDERS}/{id}/capture") == (422, "DUPLICATE_INVOICE_ID")


@pytest.mark.parametrize("path", [
    f"{ORDERS}/NOPE", "/v2/payments/captures/NOPE", "/v2/payments/authorizations/NOPE",
    "/v2/payments/refunds/NOPE",
])
async def test_what_is_not_there_is_not_found(path: str) -> None:
    async with shop() as here:
        assert await here.refused("GET", path) == (404, "INVALID_RESOURCE_ID")


async def test_an_unknown_path_and_a_wrong_method_are_not_found() -> None:
    async with shop() as here:
        assert await here.refused("GET", "/v2/checkout/nowhere") == (404, "RESOURCE_NOT_FOUND")
        assert await here.refused("DELETE", f"{ORDERS}/X") == (404, "RESOURCE_NOT_FOUND")


async def test_bodies_that_are_no_json() -> None:
    async with shop() as here:
        assert await here.refused("POST", ORDERS, b"{") == (400, "MALFORMED_REQUEST_JSON")
        assert await here.refused("POST", ORDERS, b"a=b", Content_Type=FORM) == (415, "UNSUPPORTED_MEDIA_TYPE")
        id = await here.approved()
        assert (await here.call("POST", f"{ORDERS}/{id}/capture/?", b"", Content_Type=FORM)).status == 201


async def test_tokens() -> None:
    async with shop() as here:
        assert (len(here.token), here.token[:5]) == (97, "A21AA")
        answered = await here.sign_in(grant_type="password")
        assert (answered.status, answered.json["error"]) == (400, "unsupported_grant_type")
        assert (await here.sign_in()).json["error_description"] == "Grant Type is NULL"
        basic = base64.b64encode(f"{here.merchant.id}:wrong".encode()).decode()
        body, headers = b"grant_type=client_credentials", {"Content-Type": FORM}
        wrong = await here.raw("POST", "/v1/oauth2/token", body, headers | {"Authorization": f"Basic {basic}"})
        nobody = await here.raw("POST", "/v1/oauth2/token", body, headers)
        assert (wrong.status, wrong.json) == (nobody.status, nobody.json) == (
            401, {"error": "invalid_client", "error_description": "Client Authentication failed"},
        )
        granted = (await here.sign_in(grant_type="authorization_code", code="c")).json["refresh_token"]
        again = await here.sign_in(grant_type="refresh_token", refresh_token=granted)
        assert again.json["token_type"] == "Bearer"
        forged = await here.sign_in(grant_type="refresh_token", refresh_token=granted[:-2] + "AA")
        assert forged.json["error"] == "invalid_grant"


async def test_bearers() -> None:
    async with shop() as here:
        missing = await here.raw("GET", f"{ORDERS}/X", b"", {})
        assert (missing.status, missing.json["name"]) == (401, "AUTHENTICATION_FAILURE")
        for token in ("A21AAnonsense", here.token[:-4] + "AAAA", ""):
            refused = await here.raw("GET", f"{ORDERS}/X", b"", {"Authorization": f"Bearer {token}"})
            assert (refused.status, refused.json["error"]) == (401, "invalid_token")


async def test_a_token_runs_out_on_wire_time() -> None:
    async with shop() as here:
        client, secret = here.merchant.id, here.merchant.secrets["client_secret"]
        old = tokens.issue(client, secret, "nonce", here.sandbox.clock.wire_now())
        refused = await here.raw("GET", f"{ORDERS}/X", b"", {"Authorization": f"Bearer {old}"})
        assert (refused.status, refused.json["error"]) == (401, "invalid_token")
        await here.advance(30 * DAY)
        assert (await here.call("GET", "/v1/notifications/webhooks")).status == 200


MOCKS = [
    ("create", '{"mock_application_codes":"MISSING_REQUIRED_PARAMETER"}', 400, "MISSING_REQUIRED_PARAMETER"),
    ("create", '{\\"mock_application_codes\\":\\"INSTRUMENT_DECLINED\\"}', 422, "INSTRUMENT_DECLINED"),
    ("create", '{"mock_application_codes":["NO_SUCH", "INTERNAL_SERVER_ERROR"]}', 500, "INTERNAL_SERVER_ERROR"),
    ("refund", '{"mock_application_codes":"REFUND_FAILED_INSUFFICIENT_FUNDS"}', 422,
     "REFUND_FAILED_INSUFFICIENT_FUNDS"),
    ("refund", '{"mock_application_codes":"PREVIOUS_REQUEST_IN_PROGRESS"}', 409, "PREVIOUS_REQUEST_IN_PROGRESS"),
]


@pytest.mark.parametrize(("call", "header", "status", "issue"), MOCKS)
async def test_a_mocked_error_is_answered_and_nothing_is_done(
    call: str, header: str, status: int, issue: str
) -> None:
    async with shop() as here:
        taken = await here.paid()
        path = ORDERS if call == "create" else f"/v2/payments/captures/{taken['id']}/refund"
        body = asked() if call == "create" else None
        assert await here.refused("POST", path, body, PayPal_Mock_Response=header) == (status, issue)
        shown = await here.get(f"/v2/payments/captures/{taken['id']}")
        assert shown["status"] == "COMPLETED"


async def test_an_unknown_mock_is_not_heard() -> None:
    async with shop() as here:
        header = '{"mock_application_codes":"NO_SUCH"}'
        assert (await here.call("POST", ORDERS, asked(), PayPal_Mock_Response=header)).status == 201


async def test_one_key_makes_one_order_capture_and_refund() -> None:
    async with shop() as here:
        async def many(path: str, body: Any = None) -> list[Any]:
            calls = (here.call("POST", path, body, key="k") for _ in range(50))
            answers = await asyncio.gather(*calls)
            assert {answer.status for answer in answers} <= {200, 201, 409}
            return [answer.json for answer in answers if answer.status < 300]

        made = {one["id"] for one in await many(ORDERS, asked())}
        [id] = made
        await here.act("order", id, "approve")
        captures = {
            one["purchase_units"][0]["payments"]["captures"][0]["id"]
            for one in await many(f"{ORDERS}/{id}/capture")
        }
        [taken] = captures
        part = {"amount": usd("10.00")}
        assert len({one["id"] for one in await many(f"/v2/payments/captures/{taken}/refund", part)}) == 1


async def test_a_used_key_with_another_body_finds_the_first_order_or_is_refused_where_so_set() -> None:
    async with shop() as here:
        first = await here.post(ORDERS, asked("1.00"), key="k")
        again = await here.call("POST", ORDERS, asked("2.00"), key="k")
        assert (again.status, again.json["id"]) == (200, first["id"])
    async with shop({"request_id_reuse": "refuse"}) as here:
        first = await here.post(ORDERS, asked("1.00"), key="k")
        assert await here.refused("POST", ORDERS, asked("2.00"), key="k") == (
            422, "PAYPAL_REQUEST_ID_PREVIOUSLY_USED")
        assert (await here.call("POST", ORDERS, asked("1.00"), key="k")).json["id"] == first["id"]


async def test_an_authorization_is_renewed_as_often_as_is_set() -> None:
    for times in (1, 2):
        async with shop({"reauthorizations": str(times)}) as here:
            id = (await here.authorized())["id"]
            for _ in range(times):
                await here.advance(4 * DAY)
                id = (await here.post(f"/v2/payments/authorizations/{id}/reauthorize"))["id"]
            await here.advance(4 * DAY)
            assert await here.refused("POST", f"/v2/payments/authorizations/{id}/reauthorize") == (
                422, "REAUTHORIZATION_NOT_SUPPORTED")
            taken = await here.post(f"/v2/payments/authorizations/{id}/capture")
            assert taken["status"] == "COMPLETED"


async def test_two_refunds_at_once_never_exceed_the_capture() -> None:
    async with shop() as here:
        taken = await here.paid()
        path, part = f"/v2/payments/captures/{taken['id']}/refund", {"amount": usd("60.00")}
        answers = await asyncio.gather(*(here.call("POST", path, part) for _ in range(5)))
        assert sorted(answer.status for answer in answers) == [201, 422, 422, 422, 422]
