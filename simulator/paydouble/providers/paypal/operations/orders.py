"""Orders: made, shown, patched, confirmed. https://developer.paypal.com/docs/api/orders/v2/"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NotRequired, TypedDict

from paydouble.core.call import Call, Reply
from paydouble.core.clock import later
from paydouble.core.errors import ErrorTable
from paydouble.core.machine import fire
from paydouble.core.operation import Operation, Route, operation
from paydouble.providers.paypal import paying, replay, sources, vaulting
from paydouble.providers.paypal.amounts import money_of
from paydouble.providers.paypal.checking import check_order, normal
from paydouble.providers.paypal.errors import COMMON, ORDERS
from paydouble.providers.paypal.identifiers import order_id
from paydouble.providers.paypal.known import PAYER, kept
from paydouble.providers.paypal.machines import ACTION, APPROVED, COMPLETED, CREATED, ORDER, VOIDED
from paydouble.providers.paypal.models import Order
from paydouble.providers.paypal.order_errors import OrderErrors
from paydouble.providers.paypal.patching import patched
from paydouble.providers.paypal.scene import REQUEST_ID, Scene, of_call, wants_whole
from paydouble.providers.paypal.settings import RequestId
from paydouble.providers.paypal.showing import ORDERS_PATH, briefly_shown, order_shown
from paydouble.providers.paypal.sources import Source

DOCS = "https://developer.paypal.com/docs/api/orders/v2/"
ITSELF = f"{ORDERS_PATH}/{{id}}"
DECLINES: tuple[ErrorTable, ...] = (
    OrderErrors.INSTRUMENT_DECLINED, OrderErrors.CARD_EXPIRED, OrderErrors.TRANSACTION_LIMIT_EXCEEDED,
    OrderErrors.TRANSACTION_REFUSED, OrderErrors.PAYER_ACCOUNT_LOCKED_OR_CLOSED,
    OrderErrors.PAYER_ACCOUNT_RESTRICTED, OrderErrors.PAYER_CANNOT_PAY, OrderErrors.DUPLICATE_INVOICE_ID,
    OrderErrors.PAYEE_BLOCKED_TRANSACTION, OrderErrors.TRANSACTION_BLOCKED_BY_PAYEE,
    OrderErrors.COMPLIANCE_VIOLATION, OrderErrors.DECLINED_DUE_TO_RELATED_TXN,
    OrderErrors.REDIRECT_PAYER_FOR_ALTERNATE_FUNDING, OrderErrors.PAYER_ACTION_REQUIRED,
    OrderErrors.TRANSACTION_RECEIVING_LIMIT_EXCEEDED, OrderErrors.MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED,
)
CHECKED: tuple[ErrorTable, ...] = (
    OrderErrors.INVALID_CURRENCY_CODE, OrderErrors.CANNOT_BE_NEGATIVE, OrderErrors.CANNOT_BE_ZERO_OR_NEGATIVE,
    OrderErrors.DECIMALS_NOT_SUPPORTED, OrderErrors.DECIMAL_PRECISION, OrderErrors.MAX_VALUE_EXCEEDED,
    OrderErrors.MULTI_CURRENCY_ORDER, OrderErrors.REFERENCE_ID_REQUIRED, OrderErrors.DUPLICATE_REFERENCE_ID,
    OrderErrors.UNSUPPORTED_INTENT, OrderErrors.ITEM_TOTAL_REQUIRED, OrderErrors.ITEM_TOTAL_MISMATCH,
    OrderErrors.TAX_TOTAL_REQUIRED, OrderErrors.TAX_TOTAL_MISMATCH, OrderErrors.AMOUNT_MISMATCH,
    OrderErrors.CITY_REQUIRED, OrderErrors.POSTAL_CODE_REQUIRED, OrderErrors.SHIPPING_OPTION_NOT_SELECTED,
    OrderErrors.MULTIPLE_SHIPPING_OPTION_SELECTED, OrderErrors.UNSUPPORTED_PAYMENT_INSTRUCTION,
    OrderErrors.INVALID_PLATFORM_FEES_AMOUNT,
)
SOURCED: tuple[ErrorTable, ...] = (
    OrderErrors.ONLY_ONE_PAYMENT_SOURCE_ALLOWED, OrderErrors.PERMISSION_DENIED, OrderErrors.CARD_EXPIRED,
    OrderErrors.PAYMENT_SOURCE_INFO_CANNOT_BE_VERIFIED, OrderErrors.INVALID_SECURITY_CODE_LENGTH,
)

class OrderRequest(TypedDict):
    intent: str
    purchase_units: list[Mapping[str, Any]]
    payer: NotRequired[Mapping[str, Any]]
    payment_source: NotRequired[Mapping[str, Any]]
    processing_instruction: NotRequired[str]
    application_context: NotRequired[Mapping[str, Any]]


class ById(TypedDict):
    id: str


class PatchRequest(TypedDict):
    id: str
    patches: list[Mapping[str, Any]]


class ConfirmRequest(TypedDict):
    id: str
    payment_source: NotRequired[Mapping[str, Any]]
    application_context: NotRequired[Mapping[str, Any]]
    processing_instruction: NotRequired[str]


async def find(call: Call[Any]) -> Order:
    """The order of this path. Raises INVALID_RESOURCE_ID; an expired one is not found either."""
    order = await call.work.get(Order, call.params["id"])
    if order is None or order.merchant != call.merchant.id or order.status == VOIDED:
        raise OrderErrors.INVALID_RESOURCE_ID(
            field="order_id", value=call.params["id"], location="path"
        )
    return order


async def made(call: Call[Any], order: Order) -> Reply:
    """As `Prefer` asks: whole, or what is needed to go on."""
    whole = wants_whole(call)
    base = call.request.base_url
    body = await order_shown(call.work, order, base) if whole else briefly_shown(order, base)
    return Reply(body, subject=order)


@operation(
    "orders.create", Route(ORDERS, "POST", ORDERS_PATH), means=("payment.create",),
    idempotency=replay.of_orders(made), docs=f"{DOCS}#orders_create",
    errors=(OrderErrors.PAYPAL_REQUEST_ID_REQUIRED, *CHECKED, *SOURCED, *DECLINES, *COMMON),
)
async def create(call: Call[OrderRequest]) -> Reply:
    """Create an order; with a card, or a saved source, it is paid at once."""
    scene, params = of_call(call), call.params
    check_order(params["intent"], params["purchase_units"])
    source = await source_of(call, scene)
    _require_request_id(call, scene, source)
    order = _new(scene, params, source)
    scene.work.save(order)
    scene.work.at(later(scene.now, scene.terms.order_lifetime), order, "expire")
    if source is None:
        return replace(await made(call, order), status=201)
    if not source.pays:
        order = fire(scene.work, ORDER, order, "ask", scene.now)
        return replace(await made(call, order), status=201 if source.kind == "card" else 200)
    order = await pay(scene, order, call)
    return replace(await made(call, order), status=201)


async def source_of(call: Call[Any], scene: Scene) -> Source | None:
    """The payment source of the body: a new one, or one of the vault."""
    given = call.params.get("payment_source") or {}
    source = await vaulting.kept(call, given) or sources.read(
        given, scene.now, magic=scene.magic
    )
    customer = vaulting.wants_keeping(given)
    if source is None or customer is None:
        return source
    return replace(source, card={**source.card, "keep_for": customer})


def _require_request_id(call: Call[Any], scene: Scene, source: Source | None) -> None:
    demanded = scene.terms.request_id
    if source is None or demanded is RequestId.NEVER or call.request.headers.get(REQUEST_ID):
        return
    if source.pays or demanded is RequestId.SOURCE:
        raise OrderErrors.PAYPAL_REQUEST_ID_REQUIRED(field=REQUEST_ID, location="header")


async def pay(scene: Scene, order: Order, call: Call[Any]) -> Order:
    """By the order's own intent."""
    pays = paying.authorize_order if order.intent == "AUTHORIZE" else paying.capture_order
    return await pays(scene, order, call.outcome)


def _new(scene: Scene, params: OrderRequest, source: Source | None) -> Order:
    seller = {"email_address": scene.merchant.secrets["email"], "merchant_id": scene.account}
    units = tuple(normal(unit, seller) for unit in params["purchase_units"])
    amounts = [money_of(unit["amount"]) for unit in units]
    return Order(
        id=order_id(scene.ids, scene.merchant.sandbox), status=CREATED, created=scene.now,
        updated=scene.now, merchant=scene.merchant.id,
        account=scene.account, intent=params["intent"], units=units, currency=amounts[0].currency,
        total_minor=sum(amount.minor for amount in amounts), payer=kept(params.get("payer") or {}, PAYER),
        source=source.shown if source else {}, card=source.card if source else {},
        context=(source.context if source else {}) or params.get("application_context") or {},
        instruction=params.get("processing_instruction", ""), request_key=scene.request_key, base=scene.base,
    )


@operation(
    "orders.get", Route(ORDERS, "GET", ITSELF), means=("payment.query",), docs=f"{DOCS}#orders_get",
    errors=(OrderErrors.INVALID_RESOURCE_ID, *COMMON),
)
async def show(call: Call[ById]) -> Reply:
    """Show an order."""
    order = await find(call)
    return Reply(await order_shown(call.work, order, call.request.base_url), subject=order)


@operation(
    "orders.patch", Route(ORDERS, "PATCH", ITSELF), docs=f"{DOCS}#orders_patch",
    errors=(
        OrderErrors.INVALID_RESOURCE_ID, OrderErrors.ORDER_ALREADY_COMPLETED, OrderErrors.PATCH_PATH_REQUIRED,
        OrderErrors.INVALID_JSON_POINTER_FORMAT, OrderErrors.NOT_PATCHABLE,
        OrderErrors.INVALID_PATCH_OPERATION,
        OrderErrors.PATCH_VALUE_REQUIRED, OrderErrors.UNSUPPORTED_PATCH_PARAMETER_VALUE,
        OrderErrors.REFERENCE_ID_NOT_FOUND, *CHECKED, *COMMON,
    ),
)
async def patch(call: Call[PatchRequest]) -> Reply:
    """Change an order that is not paid yet."""
    scene, order = of_call(call), await find(call)
    if order.status == COMPLETED:
        raise OrderErrors.ORDER_ALREADY_COMPLETED()
    changed = patched(call.params["patches"], order.intent, order.units, order.payer)
    check_order(changed.intent, changed.units)
    seller = {"email_address": scene.merchant.secrets["email"], "merchant_id": order.account}
    units = tuple(normal(unit, seller) for unit in changed.units)
    amounts = [money_of(unit["amount"]) for unit in units]
    call.work.save(replace(
        order, intent=changed.intent, units=units, payer=kept(dict(changed.payer), PAYER), updated=scene.now,
        currency=amounts[0].currency, total_minor=sum(amount.minor for amount in amounts),
    ))
    return Reply(b"", 204, subject=order)


@operation(
    "orders.confirm", Route(ORDERS, "POST", f"{ITSELF}/confirm-payment-source"), means=("payment.confirm",),
    docs=f"{DOCS}#orders_confirm",
    errors=(
        OrderErrors.INVALID_RESOURCE_ID, OrderErrors.ORDER_ALREADY_CAPTURED,
        OrderErrors.ORDER_ALREADY_AUTHORIZED, OrderErrors.PAYMENT_ALREADY_APPROVED,
        OrderErrors.NO_PAYMENT_SOURCE_PROVIDED, *SOURCED, *COMMON,
    ),
)
async def confirm(call: Call[ConfirmRequest]) -> Reply:
    """Name the payment source of an order."""
    scene, order = of_call(call), await find(call)
    if order.status == COMPLETED:
        raise already(order)
    if order.status == APPROVED and not order.attempts:
        raise OrderErrors.PAYMENT_ALREADY_APPROVED()
    source = await source_of(call, scene)
    if source is None:
        raise OrderErrors.NO_PAYMENT_SOURCE_PROVIDED()
    context = source.context or call.params.get("application_context") or order.context
    trigger = "ask" if source.asks else "confirm"
    order = replace(order, source=source.shown, card=source.card, context=context)
    if order.status == CREATED or (order.status == ACTION and trigger == "ask"):
        order = fire(scene.work, ORDER, order, trigger, scene.now)
    else:
        order = replace(order, status=ACTION if source.asks else APPROVED, updated=scene.now)
        scene.work.save(order)
    return await made(call, order)


def already(order: Order) -> Exception:
    if order.intent == "AUTHORIZE":
        return OrderErrors.ORDER_ALREADY_AUTHORIZED()
    return OrderErrors.ORDER_ALREADY_CAPTURED()


OPERATIONS: tuple[Operation, ...] = (create, show, patch, confirm)
