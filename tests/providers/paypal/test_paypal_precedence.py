"""Errors of each API in order of precedence: of several faults in one call, the first in its table is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.providers.paypal import billed
from tests.providers.paypal.billed import open_shop
from tests.providers.paypal.checked import FORM, Shop, asked, card
from tests.providers.paypal.test_paypal_classic import approved as classic_approved
from tests.providers.paypal.test_paypal_classic import executed, related
from tests.providers.paypal.test_paypal_classic import usd as dollars
from tests.providers.paypal.test_paypal_disputes import disputed
from tests.providers.paypal.test_paypal_invoicing import item, sent

usd = billed.usd
MISSING = "missing"
"""Takes a field away."""


@dataclass(frozen=True)
class Fault:
    """What is wrong with a call, and what it is answered; `id` names one of the things that were prepared."""

    status: int
    issue: str
    body: Any = None
    id: str = ""
    headers: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Table:
    path: str
    body: Any = None
    faults: tuple[Fault, ...] = ()
    prepare: Callable[[Shop], Awaitable[Mapping[str, str]]] | None = None


NO_TOKEN = Fault(401, "AUTHENTICATION_FAILURE", headers={"Authorization": ""})
A_FORM = Fault(415, "UNSUPPORTED_MEDIA_TYPE", headers={"Content_Type": FORM})
NO_JSON = Fault(400, "MALFORMED_REQUEST_JSON", b"{")
UNKNOWN = Fault(404, "INVALID_RESOURCE_ID", id="unknown")


async def orders(here: Shop) -> dict[str, str]:
    held = await here.approved("10.00", intent="AUTHORIZE")
    paid = await here.approved("10.00")
    await here.post(f"/v2/checkout/orders/{paid}/capture")
    return {"": await here.approved("10.00"), "held": held, "paid": paid, "open": (await here.order())["id"]}


async def captures(here: Shop) -> dict[str, str]:
    back = (await here.paid("10.00"))["id"]
    await here.post(f"/v2/payments/captures/{back}/refund")
    return {"": (await here.paid("10.00"))["id"], "back": back}


async def authorizations(here: Shop) -> dict[str, str]:
    ended = (await here.authorized("10.00"))["id"]
    await here.call("POST", f"/v2/payments/authorizations/{ended}/void")
    return {"": (await here.authorized("10.00"))["id"], "ended": ended}


async def plans(here: Shop) -> dict[str, str]:
    ended = await billed.plan(here)
    await here.call("POST", f"{billed.PLANS}/{ended}/deactivate")
    return {"": await billed.plan(here), "ended": ended}


async def subscriptions(here: Shop) -> dict[str, str]:
    ended = await billed.subscribed(here)
    await here.call("POST", f"{billed.SUBSCRIPTIONS}/{ended}/cancel", {"reason": "Enough"})
    return {"": await billed.subscribed(here), "ended": ended}


async def disputes(here: Shop) -> dict[str, str]:
    ended = await disputed(here)
    await here.act("dispute", ended, "cancel")
    return {"": await disputed(here), "ended": ended}


async def invoices(here: Shop) -> dict[str, str]:
    ended = await sent(here, item("10.00"))
    await here.call("POST", f"/v2/invoicing/invoices/{ended}/cancel", {})
    return {"": await sent(here, item("10.00")), "ended": ended}


async def payments(here: Shop) -> dict[str, str]:
    done = await executed(here)
    return {"": (await classic_approved(here))["id"], "done": done["id"]}


async def sales(here: Shop) -> dict[str, str]:
    made = [related(await executed(here))[0]["sale"]["id"] for _ in range(2)]
    await here.post(f"/v1/payments/sale/{made[1]}/refund", {})
    return {"": made[0], "back": made[1]}


def one(value: str, currency: str = "USD", **more: Any) -> dict[str, Any]:
    return {"purchase_units": [{"amount": usd(value, currency), **more}]}


def paying(value: str, currency: str = "USD", **more: Any) -> dict[str, Any]:
    return {"items": [{"amount": {"value": value, "currency": currency}, "receiver": "ann@example.com", **more}]}


# fmt: off
TABLES: dict[str, Table] = {
    "orders.create": Table("/v2/checkout/orders", body=asked(), faults=(
        NO_TOKEN, A_FORM, NO_JSON,
        Fault(400, "MISSING_REQUIRED_PARAMETER",        {"intent": MISSING}),
        Fault(422, "INVALID_CURRENCY_CODE",             one("1.005", "XXX")),
        Fault(422, "CANNOT_BE_ZERO_OR_NEGATIVE",        one("-1.005")),
        Fault(422, "DECIMAL_PRECISION",                 one("1.005")),
        Fault(422, "ITEM_TOTAL_REQUIRED",               one("1.00", items=[{"name": "a", "quantity": "1", "unit_amount": usd("2.00")}])),
        Fault(400, "PAYPAL_REQUEST_ID_REQUIRED",        {"payment_source": card()}),
    )),
    "orders.capture": Table("/v2/checkout/orders/{}/capture", {}, prepare=orders, faults=(
        NO_TOKEN, A_FORM, NO_JSON, UNKNOWN,
        Fault(422, "ACTION_DOES_NOT_MATCH_INTENT",      id="held"),
        Fault(422, "ORDER_ALREADY_CAPTURED",            id="paid"),
        Fault(422, "ORDER_NOT_APPROVED",                id="open"),
    )),
    "captures.refund": Table("/v2/payments/captures/{}/refund", {}, prepare=captures, faults=(
        NO_TOKEN, A_FORM, NO_JSON,
        Fault(400, "MISSING_REQUIRED_PARAMETER",        {"amount": {"value": "1.00"}}),
        UNKNOWN,
        Fault(422, "CAPTURE_FULLY_REFUNDED",            id="back"),
        Fault(422, "INVALID_CURRENCY_CODE",             {"amount": usd("99.005", "XXX")}),
        Fault(422, "DECIMAL_PRECISION",                 {"amount": usd("99.005", "EUR")}),
        Fault(422, "REFUND_CAPTURE_CURRENCY_MISMATCH",  {"amount": usd("99.00", "EUR")}),
        Fault(422, "REFUND_AMOUNT_EXCEEDED",            {"amount": usd("99.00")}),
    )),
    "authorizations.capture": Table("/v2/payments/authorizations/{}/capture", {}, prepare=authorizations, faults=(
        NO_TOKEN, A_FORM, NO_JSON,
        Fault(400, "MISSING_REQUIRED_PARAMETER",        {"amount": {"value": "1.00"}}),
        UNKNOWN,
        Fault(422, "AUTHORIZATION_VOIDED",              id="ended"),
        Fault(422, "DECIMAL_PRECISION",                 {"amount": usd("99.005", "EUR")}),
        Fault(422, "AUTH_CAPTURE_CURRENCY_MISMATCH",    {"amount": usd("99.00", "EUR")}),
        Fault(422, "MAX_CAPTURE_AMOUNT_EXCEEDED",       {"amount": usd("99.00")}),
    )),
    "subscriptions.create": Table(billed.SUBSCRIPTIONS, {"plan_id": "{}"}, prepare=plans, faults=(
        NO_TOKEN, A_FORM, NO_JSON,
        Fault(400, "MISSING_REQUIRED_PARAMETER",        {"plan_id": MISSING}),
        Fault(404, "INVALID_RESOURCE_ID",               {"plan_id": "P-UNKNOWN"}),
        Fault(422, "PLAN_STATUS_INVALID",               {"plan_id": "{ended}"}),
        Fault(400, "INVALID_PARAMETER_VALUE",           {"start_time": "2001-01-01T00:00:00Z"}),
        Fault(422, "SUBSCRIPTION_CANNOT_HAVE_QUANTITY", {"quantity": "2"}),
    )),
    "subscriptions.capture": Table(f"{billed.SUBSCRIPTIONS}/{{}}/capture",
                                   {"note": "n", "capture_type": "OUTSTANDING_BALANCE", "amount": usd("1.00")},
                                   prepare=subscriptions, faults=(
        NO_TOKEN, A_FORM, NO_JSON,
        Fault(400, "MISSING_REQUIRED_PARAMETER",        {"note": MISSING}),
        UNKNOWN,
        Fault(422, "SUBSCRIPTION_STATUS_INVALID",       id="ended"),
        Fault(422, "ZERO_OUTSTANDING_BALANCE",          {}),
    )),
    "payouts.post": Table("/v1/payments/payouts", {"sender_batch_header": {}, **paying("1.00")}, faults=(
        NO_TOKEN, A_FORM, Fault(400, "MALFORMED_REQUEST", b"{"),
        Fault(400, "VALIDATION_ERROR",                  {"sender_batch_header": MISSING}),
        Fault(422, "INSUFFICIENT_FUNDS",                paying("1.00", "XXX", note="ERRPYO005")),
    )),
    "disputes.escalate": Table("/v1/customer/disputes/{}/escalate", {"note": "Please"}, prepare=disputes, faults=(
        NO_TOKEN, A_FORM, Fault(400, "MALFORMED_REQUEST", b"{"),
        Fault(400, "VALIDATION_ERROR",                  {"note": MISSING}),
        Fault(403, "ACTION_NOT_ALLOWED",                id="unknown"),
        Fault(422, "ACTION_NOT_ALLOWED_IN_CURRENT_DISPUTE_STATE", id="ended"),
    )),
    "invoices.payments": Table("/v2/invoicing/invoices/{}/payments", {"method": "CASH"}, prepare=invoices, faults=(
        NO_TOKEN, A_FORM, NO_JSON,
        Fault(400, "MISSING_REQUIRED_PARAMETER",        {"method": MISSING}),
        UNKNOWN,
        Fault(422, "CANNOT_PROCESS_PAYMENTS",           id="ended"),
        Fault(422, "PAYMENT_AMOUNT_GREATER_THAN_AMOUNT_DUE", {"amount": usd("99.00")}),
    )),
    "payment.execute": Table("/v1/payments/payment/{}/execute", {"payer_id": "NOBODY"}, prepare=payments, faults=(
        NO_TOKEN, A_FORM, Fault(400, "MALFORMED_REQUEST", b"{"), UNKNOWN,
        Fault(400, "PAYMENT_ALREADY_DONE",              id="done"),
        Fault(400, "INVALID_PAYER_ID",                  {}),
    )),
    "sale.refund": Table("/v1/payments/sale/{}/refund", {}, prepare=sales, faults=(
        NO_TOKEN, A_FORM, Fault(400, "MALFORMED_REQUEST", b"{"),
        Fault(400, "VALIDATION_ERROR",                  {"amount": {"total": "1.00"}}),
        UNKNOWN,
        Fault(400, "TRANSACTION_ALREADY_REFUNDED",      id="back"),
        Fault(400, "CURRENCY_NOT_ALLOWED",              {"amount": {**dollars("99.005"), "currency": "XXX"}}),
        Fault(400, "VALIDATION_ERROR",                  {"amount": {**dollars("99.005"), "currency": "EUR"}}),
        Fault(400, "CURRENCY_MISMATCH",                 {"amount": {**dollars("99.00"), "currency": "EUR"}}),
        Fault(400, "REFUND_EXCEEDED_TRANSACTION_AMOUNT", {"amount": dollars("99.00")}),
    )),
}
# fmt: on


def rows() -> Iterator[Any]:
    for operation, table in TABLES.items():
        for number, fault in enumerate(table.faults):
            yield pytest.param(table, number, id=f"{operation}-{number}-{fault.issue}")


def called(table: Table, faults: tuple[Fault, ...], ids: Mapping[str, str]) -> tuple[str, Any, dict[str, str]]:
    """(path, body, headers) of a call with all these faults; of two about the same, the first counts."""
    body, headers, id = table.body, {}, ids.get("", "")
    for fault in reversed(faults):
        headers |= fault.headers or {}
        id = ids.get(fault.id, "UNKNOWN0UNKNOWN00") if fault.id else id
        if isinstance(fault.body, dict) and isinstance(body, dict):
            body = body | fault.body
        elif fault.body is not None:
            body = fault.body
    if isinstance(body, dict):
        body = {name: _named(value, ids) for name, value in body.items() if value != MISSING}
    return table.path.format(id), body, headers


def _named(value: Any, ids: Mapping[str, str]) -> Any:
    return ids[value[1:-1]] if isinstance(value, str) and value.startswith("{") else value


@pytest.mark.parametrize(("table", "number"), [*rows()])
async def test_the_first_of_several_faults_is_told_and_nothing_is_written(table: Table, number: int) -> None:
    async with open_shop({"unique_invoices": "off"}) as here:
        ids = await table.prepare(here) if table.prepare else {}
        events, books = await here.types(), await here.sandbox.store.balances(here.sandbox.id)
        fault = table.faults[number]
        for faults in ((fault,), table.faults[number:]):
            path, body, headers = called(table, faults, ids)
            answered = await here.call("POST", path, body, **headers)
            assert answered.status == fault.status
            assert fault.issue in (answered.json["name"], *(one["issue"] for one in answered.json.get("details", ())))
        assert await here.types() == events
        assert await here.sandbox.store.balances(here.sandbox.id) == books
