"""Payments of the classic API: created, approved, executed. https://developer.paypal.com/docs/api/payments/v1/"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NotRequired, TypedDict

from paydouble.core.call import Call, Reply
from paydouble.core.clock import later, parse_rfc3339
from paydouble.core.errors import ErrorTable
from paydouble.core.ids import BASE62
from paydouble.core.machine import fire
from paydouble.core.operation import Operation, Route, operation
from paydouble.core.work import Walk
from paydouble.providers.paypal import cards, classic, classic_showing, paying, replay, sources
from paydouble.providers.paypal.amounts import money_of as minor_money
from paydouble.providers.paypal.classic_errors import ClassicErrors
from paydouble.providers.paypal.errors import CLASSIC, COMMON, PATCHES, Errors
from paydouble.providers.paypal.identifiers import order_id
from paydouble.providers.paypal.known import CLASSIC_PAYMENT, TRANSACTION, kept
from paydouble.providers.paypal.machines import APPROVED, COMPLETED, CREATED, ORDER, VOIDED
from paydouble.providers.paypal.models import Order
from paydouble.providers.paypal.scene import Scene, of_call
from paydouble.providers.paypal.showing import link

DOCS = "https://developer.paypal.com/docs/api/payments/v1/"
PATH = classic_showing.PAYMENTS_PATH
ITSELF = f"{PATH}/{{payment_id}}"
COUNT, COUNT_MAX = 10, 20
V1: tuple[ErrorTable, ...] = (
    Errors.VALIDATION_ERROR, Errors.MALFORMED_REQUEST, Errors.INVALID_RESOURCE_ID, *COMMON
)
DECLINES: tuple[ErrorTable, ...] = (
    ClassicErrors.INSTRUMENT_DECLINED, ClassicErrors.CREDIT_PAYMENT_NOT_ALLOWED,
    ClassicErrors.TRANSACTION_REFUSED, ClassicErrors.PAYER_ACCOUNT_LOCKED_OR_CLOSED,
    ClassicErrors.TRANSACTION_LIMIT_EXCEEDED, ClassicErrors.DUPLICATE_TRANSACTION,
    ClassicErrors.CREDIT_CARD_REFUSED, ClassicErrors.EXPIRED_CREDIT_CARD,
    ClassicErrors.CREDIT_CARD_CVV_CHECK_FAILED,
)


class PaymentRequest(TypedDict):
    intent: str
    payer: Mapping[str, Any]
    transactions: list[Mapping[str, Any]]
    redirect_urls: NotRequired[Mapping[str, str]]
    note_to_payer: NotRequired[str]
    experience_profile_id: NotRequired[str]
    application_context: NotRequired[Mapping[str, Any]]


class ById(TypedDict):
    payment_id: str


class ListRequest(TypedDict):
    count: NotRequired[str]
    start_id: NotRequired[str]
    start_index: NotRequired[str]
    start_time: NotRequired[str]
    end_time: NotRequired[str]
    payee_id: NotRequired[str]
    sort_by: NotRequired[str]
    sort_order: NotRequired[str]


class PatchRequest(TypedDict):
    payment_id: str
    patches: list[Mapping[str, Any]]


class ExecuteRequest(TypedDict):
    payment_id: str
    payer_id: NotRequired[str]
    transactions: NotRequired[list[Mapping[str, Any]]]


async def shown(call: Call[Any], order: Order) -> Reply:
    return Reply(await classic_showing.payment_shown(call.work, order, call.request.base_url), subject=order)


async def find(call: Call[Any]) -> Order:
    """Raises INVALID_RESOURCE_ID."""
    order = await call.work.find(Order, "payment", call.params["payment_id"])
    if order is None or order.merchant != call.merchant.id:
        raise Errors.INVALID_RESOURCE_ID()
    return order


@operation(
    "payment.create", Route(CLASSIC, "POST", PATH), means=("payment.create",),
    idempotency=replay.of_classic(shown), docs=f"{DOCS}#payment_create",
    errors=(ClassicErrors.CURRENCY_NOT_ALLOWED, ClassicErrors.CURRENCY_MISMATCH, *DECLINES, *V1),
)
async def create(call: Call[PaymentRequest]) -> Reply:
    """Create a payment; a card is charged at once, a wallet's owner is asked first."""
    scene, params = of_call(call), call.params
    order = _new(scene, params)
    if params["payer"]["payment_method"] == classic.CARD:
        order = await _charged(scene, order, call)
    else:
        if not {"return_url", "cancel_url"} <= params.get("redirect_urls", {}).keys():
            raise classic.invalid("redirect_urls", "Required field missing")
        scene.work.save(order)
        scene.work.at(later(scene.now, scene.terms.order_lifetime), order, "expire")
    return replace(await shown(call, order), status=201)


def _new(scene: Scene, params: PaymentRequest) -> Order:
    seller = {"email_address": scene.merchant.secrets["email"], "merchant_id": scene.account}
    units = tuple(classic.unit_of(one, number, seller) for number, one in enumerate(params["transactions"]))
    amounts = [minor_money(unit["amount"]) for unit in units]
    if len({amount.currency for amount in amounts}) > 1:
        raise ClassicErrors.CURRENCY_MISMATCH()
    urls = params.get("redirect_urls", {})
    return Order(
        id=order_id(scene.ids, scene.merchant.sandbox), status=CREATED, created=scene.now, updated=scene.now,
        merchant=scene.merchant.id, account=scene.account, intent=classic.INTENTS[params["intent"]],
        units=units, currency=amounts[0].currency, total_minor=sum(amount.minor for amount in amounts),
        context={**urls, **params.get("application_context", {})}, request_key=scene.request_key,
        base=scene.base, payment=f"PAYID-{scene.ids.token(24, BASE62).upper()}",
        classic=kept(dict(params), CLASSIC_PAYMENT),
    )


async def _charged(scene: Scene, order: Order, call: Call[Any]) -> Order:
    """A card needs no approval. Raises what the bank says, and then nothing is kept."""
    source = sources.read(classic.card_of(call.params["payer"]), scene.now)
    assert source is not None, "a card was read"
    order = replace(order, source=source.shown, card=source.card)
    name = str(source.card.get("name", ""))
    declined = cards.declined_code(call.outcome, name)
    if declined:
        raise classic.refusal_of_card(declined)()
    return await _taken(scene, order, call)


async def _taken(scene: Scene, order: Order, call: Call[Any]) -> Order:
    """By the payment's intent: captured, authorized, or kept as an order."""
    for unit in order.units:
        if await paying.invoice_is_paid(scene, unit.get("invoice_id", "")):
            raise ClassicErrors.DUPLICATE_TRANSACTION()
    if order.intent == "ORDER":
        return fire(scene.work, ORDER, order, "save", scene.now)
    pays = paying.authorize_order if order.intent == "AUTHORIZE" else paying.capture_order
    return await pays(scene, order, call.outcome)


@operation(
    "payment.execute", Route(CLASSIC, "POST", f"{ITSELF}/execute"),
    means=("payment.charge", "payment.capture"), idempotency=replay.of_classic(shown),
    docs=f"{DOCS}#payment_execute",
    errors=(
        ClassicErrors.PAYMENT_ALREADY_DONE, ClassicErrors.PAYMENT_STATE_INVALID,
        ClassicErrors.PAYMENT_NOT_APPROVED_FOR_EXECUTION, ClassicErrors.INVALID_PAYER_ID,
        ClassicErrors.MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED, *DECLINES, *V1,
    ),
)
async def execute(call: Call[ExecuteRequest]) -> Reply:
    """Take the money of a payment that its payer approved."""
    scene, order = of_call(call), await find(call)
    if order.status in (COMPLETED, "SAVED"):
        raise ClassicErrors.PAYMENT_ALREADY_DONE()
    if order.status == VOIDED:
        raise ClassicErrors.PAYMENT_STATE_INVALID()
    if order.status != APPROVED:
        raise ClassicErrors.PAYMENT_NOT_APPROVED_FOR_EXECUTION()
    if call.params.get("payer_id") != order.payer.get("payer_id"):
        raise ClassicErrors.INVALID_PAYER_ID()
    if order.attempts >= scene.terms.attempts_max:
        raise ClassicErrors.MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED()
    order = _repriced(scene, order, call.params.get("transactions"))
    if paying.wallet_refusal(order, call.outcome, DECLINES) is not None:
        row = paying.refusal(call.outcome, DECLINES, ClassicErrors.INSTRUMENT_DECLINED)
        failed = replace(order, attempts=order.attempts + 1, updated=scene.now)
        call.work.save(failed)
        again = link(classic_showing.approval_url(failed, scene.base), "redirect", "REDIRECT")
        return Reply.refused(row(links=[again]), failed)
    return await shown(call, await _taken(scene, order, call))


def _repriced(scene: Scene, order: Order, transactions: list[Mapping[str, Any]] | None) -> Order:
    """An amount in the call takes the place of the one that was created."""
    if not transactions:
        return order
    known = order.classic["transactions"]
    if len(known) != len(transactions):
        raise classic.invalid("transactions", "Must be as many as the payment has")
    asked = [{**one, **told} for one, told in zip(known, transactions, strict=True)]
    return _with_transactions(scene, order, asked)


def _with_transactions(scene: Scene, order: Order, asked: Sequence[Mapping[str, Any]]) -> Order:
    seller = order.units[0]["payee"]
    units = tuple(
        {**unit, **classic.unit_of(one, number, seller)}
        for number, (unit, one) in enumerate(zip(order.units, asked, strict=True))
    )
    amounts = [minor_money(unit["amount"]) for unit in units]
    if {amount.currency for amount in amounts} != {order.currency}:
        raise ClassicErrors.CURRENCY_MISMATCH()
    return replace(
        order, units=units, total_minor=sum(amount.minor for amount in amounts), updated=scene.now,
        classic={**order.classic, "transactions": kept(asked, TRANSACTION)},
    )


@operation(
    "payment.get", Route(CLASSIC, "GET", ITSELF), means=("payment.query",), docs=f"{DOCS}#payment_get",
    errors=V1,
)
async def show(call: Call[ById]) -> Reply:
    """Show a payment."""
    return await shown(call, await find(call))


@operation("payment.list", Route(CLASSIC, "GET", PATH), docs=f"{DOCS}#payment_list", errors=V1)
async def listed(call: Call[ListRequest]) -> Reply:
    """List payments, the newest first."""
    params, base = call.params, call.request.base_url
    count = min(COUNT_MAX, int(params.get("count", COUNT)))
    try:
        between = (
            parse_rfc3339(params.get("start_time", "1970-01-01T00:00:00Z")),
            parse_rfc3339(params.get("end_time", "9999-01-01T00:00:00Z")),
        )
    except ValueError:
        raise classic.invalid("start_time", "Must be a date and time as in RFC 3339") from None
    start = await call.work.find(Order, "payment", params["start_id"]) if params.get("start_id") else None
    skip = int(params.get("start_index", 0))
    found = await call.work.scan(Order, Walk(
        index="classic_key", value=call.merchant.id, between=between, limit=skip + count + 1,
        newest_first=params.get("sort_order", "desc") == "desc", after=start.id if start else "",
    ))  # fmt: skip
    rows = [*([start] if start else ()), *found][skip:]
    shown = [await classic_showing.payment_shown(call.work, one, base) for one in rows[:count]]
    following = {"next_id": rows[count].payment} if len(rows) > count else {}
    return Reply({"payments": shown, "count": len(shown), **following})


PATCHABLE = ("custom", "invoice_number", "description", "amount", "item_list")


@operation(
    "payment.update", Route(CLASSIC, "PATCH", ITSELF), docs=f"{DOCS}#payment_update",
    errors=(
        ClassicErrors.PAYMENT_ALREADY_DONE, ClassicErrors.CURRENCY_NOT_ALLOWED,
        ClassicErrors.CURRENCY_MISMATCH, *V1,
    ),
)
async def update(call: Call[PatchRequest]) -> Reply:
    """Change a payment that was not executed yet: /transactions/0/amount, /custom and the like."""
    scene, order = of_call(call), await find(call)
    if order.status in (COMPLETED, VOIDED, "SAVED"):
        raise ClassicErrors.PAYMENT_ALREADY_DONE()
    asked = [dict(one) for one in order.classic["transactions"]]
    for patch in call.params[PATCHES]:  # type: ignore[literal-required]
        _patch(asked, patch)
    changed = _with_transactions(scene, order, asked)
    scene.work.save(changed)
    return await shown(call, changed)


def _patch(asked: list[dict[str, Any]], patch: Mapping[str, Any]) -> None:
    """One of /transactions/N/field, or of the shipping address below its item list."""
    parts = str(patch["path"]).strip("/").split("/")
    if len(parts) < 3 or parts[0] != "transactions" or parts[1] not in map(str, range(len(asked))):
        raise classic.invalid("path", "Not a valid patch path")
    transaction, field = asked[int(parts[1])], parts[2]
    if patch["op"] not in ("add", "replace") or field not in PATCHABLE:
        raise classic.invalid("op", "Only add and replace are allowed on this path")
    if field == "item_list" and parts[3:] == ["shipping_address"]:
        address = patch.get("value")
        if not isinstance(address, dict) or not {"line1", "country_code"} <= address.keys():
            raise classic.invalid("value", "Not a valid value for this path")
        transaction["item_list"] = {**transaction.get("item_list", {}), "shipping_address": address}
        return
    if len(parts) != 3 or not _fits(field, patch.get("value")):
        raise classic.invalid("value", "Not a valid value for this path")
    transaction[field] = patch["value"]


def _fits(field: str, value: object) -> bool:
    if field == "amount":
        return isinstance(value, dict) and {"currency", "total"} <= value.keys()
    return field != "item_list" and isinstance(value, str) and len(value) <= 127


OPERATIONS: tuple[Operation, ...] = (create, execute, show, listed, update)
