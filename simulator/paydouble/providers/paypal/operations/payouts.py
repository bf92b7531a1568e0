"""Payouts: a batch of payments to many receivers. https://developer.paypal.com/docs/api/payments.payouts-batch/v1/"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NotRequired, TypedDict

from paydouble.core.act import Act, Doing, act
from paydouble.core.call import Call, Reply
from paydouble.core.clock import DAY, later
from paydouble.core.effect import Outcome, Result
from paydouble.core.ids import Ids
from paydouble.core.machine import fire
from paydouble.core.operation import Operation, Route, operation
from paydouble.core.record import Record
from paydouble.providers.paypal import replay
from paydouble.providers.paypal.amounts import CURRENCIES, EXPONENTS, decimal_of, money_of
from paydouble.providers.paypal.errors import COMMON, PAYOUTS, Errors, PayoutErrors
from paydouble.providers.paypal.identifiers import UPPER
from paydouble.providers.paypal.payout_models import (
    BATCH,
    BATCHES_PATH,
    ITEM,
    ITEMS_PATH,
    PayoutBatch,
    PayoutItem,
    batch_link,
    created_shown,
    header_shown,
    item_shown,
)
from paydouble.providers.paypal.scene import Scene, of_act, of_call

DOCS = "https://developer.paypal.com/docs/api/payments.payouts-batch/v1/"
BATCH_ID_DAYS, UNCLAIMED_DAYS = 30, 30
PAGE_SIZE = 1_000
UNREGISTERED = "@unregistered.example.com"
"""Receivers whose address ends so have no account; all others have one."""
EMAIL = "EMAIL"

_FATES = {Result.FAILED: "fail", Result.HELD: "hold", Result.PENDING: "hold"}


class PayoutRequest(TypedDict):
    sender_batch_header: Mapping[str, Any]
    items: list[Mapping[str, Any]]


class ByBatch(TypedDict):
    id: str
    page: NotRequired[str]
    page_size: NotRequired[str]
    total_required: NotRequired[str]


class ByItem(TypedDict):
    payout_item_id: str


def _id(ids: Ids) -> str:
    return ids.token(13, UPPER)


def _invalid(field: str, issue: str) -> Exception:
    return Errors.VALIDATION_ERROR(details=[{"field": field, "location": "body", "issue": issue}])


async def batch_now(call: Call[Any], batch: PayoutBatch) -> Reply:
    return Reply(created_shown(batch, call.request.base_url), subject=batch)


@operation(
    "payouts.post", Route(PAYOUTS, "POST", BATCHES_PATH), means=("payout.create",),
    idempotency=replay.of_payouts(batch_now), docs=f"{DOCS}#payouts_post",
    errors=(
        Errors.VALIDATION_ERROR, PayoutErrors.USER_BUSINESS_ERROR, PayoutErrors.INSUFFICIENT_FUNDS,
        PayoutErrors.SENDER_RESTRICTED, *COMMON,
    ),
)
async def create(call: Call[PayoutRequest]) -> Reply:
    """Pay many receivers; the money moves later."""
    scene, params = of_call(call), call.params
    header, items = dict(params["sender_batch_header"]), params["items"]
    for number, item in enumerate(items):
        _check(item["amount"], f"items[{number}].amount")
    currencies = {item["amount"]["currency"] for item in items}
    if len(currencies) > 1:
        raise _invalid("items", "Currency must be the same for all items in the batch")
    await _check_new(call, header)
    outcome = call.outcome
    if outcome is not None and outcome.result is Result.DECLINED:
        raise PayoutErrors.INSUFFICIENT_FUNDS()
    batch = _new(scene, header, items, outcome)
    scene.work.at(later(scene.now, scene.terms.payout_delay), batch, "process")
    return Reply(created_shown(batch, scene.base), 201, subject=batch)


def _check(amount: Mapping[str, Any], at: str) -> None:
    number, currency = decimal_of(amount["value"]), amount["currency"]
    if currency not in CURRENCIES:
        raise _invalid(f"{at}.currency", "Currency is not supported")
    if number is None or number <= 0 or number > 10**12:
        raise _invalid(f"{at}.value", "Amount is not valid")
    if -int(number.normalize().as_tuple().exponent) > EXPONENTS.get(currency, 2):
        raise _invalid(f"{at}.value", "Amount has too many decimals for its currency")


async def _check_new(call: Call[Any], header: Mapping[str, Any]) -> None:
    """A batch that was not denied reserves its number for thirty days."""
    number = header.get("sender_batch_id", "")
    if not number:
        return
    known = await call.work.find(PayoutBatch, "sender_key", f"{call.merchant.id}/{number}")
    recent = known is not None and call.clock.now() < later(known.created, BATCH_ID_DAYS * DAY)
    if known is not None and recent and known.status != "DENIED":
        issue = "Batch with given sender_batch_id already exists"
        raise PayoutErrors.USER_BUSINESS_ERROR(
            details=[{"field": "SENDER_BATCH_ID", "location": "body", "issue": issue}],
            links=[batch_link(known.id, call.request.base_url)],
        )


def _new(
    scene: Scene, header: Mapping[str, Any], items: list[Mapping[str, Any]], outcome: Outcome | None
) -> PayoutBatch:
    currency, id = items[0]["amount"]["currency"], _id(scene.ids)
    step = Decimal(1).scaleb(-EXPONENTS.get(currency, 2))
    fee = int(scene.terms.payout_fee.quantize(step, ROUND_HALF_UP).scaleb(EXPONENTS.get(currency, 2)))
    made = [_item(scene, id, header, item, fee) for item in items]
    batch = PayoutBatch(
        id=id, status=BATCH.initial, created=scene.now, merchant=scene.merchant.id, seller=scene.account,
        header={name: header[name] for name in _HEADER if name in header},
        items=tuple(item.id for item in made), currency=currency,
        total_minor=sum(item.amount_minor for item in made), fees_minor=fee * len(made),
        fate=_FATES.get(outcome.result, "") if outcome else "", base=scene.base,
    )
    for record in (batch, *made):
        scene.work.save(record)
    return batch


_HEADER = ("sender_batch_id", "recipient_type", "email_subject", "email_message")
_ITEM = ("note", "receiver", "sender_item_id", "recipient_wallet", "purpose")


def _item(
    scene: Scene, batch: str, header: Mapping[str, Any], item: Mapping[str, Any], fee: int
) -> PayoutItem:
    amount = money_of({"currency_code": item["amount"]["currency"], "value": item["amount"]["value"]})
    kind = item.get("recipient_type") or header.get("recipient_type") or EMAIL
    return PayoutItem(
        id=_id(scene.ids), status=ITEM.initial, created=scene.now, merchant=scene.merchant.id,
        seller=scene.account, batch=batch, sender_batch_id=header.get("sender_batch_id", ""),
        asked={"recipient_type": kind, **{name: item[name] for name in _ITEM if name in item}},
        amount_minor=amount.minor, fee_minor=fee, currency=amount.currency, base=scene.base,
    )


@operation(
    "payouts.get", Route(PAYOUTS, "GET", f"{BATCHES_PATH}/{{id}}"), means=("payout.query",),
    docs=f"{DOCS}#payouts_get", errors=(Errors.INVALID_RESOURCE_ID, *COMMON),
)
async def show(call: Call[ByBatch]) -> Reply:
    """Show a batch with its items."""
    params, base = call.params, call.request.base_url
    batch = await call.work.get(PayoutBatch, params["id"])
    if batch is None or batch.merchant != call.merchant.id:
        raise Errors.INVALID_RESOURCE_ID()
    size, page = max(1, int(params.get("page_size", PAGE_SIZE))), max(1, int(params.get("page", 1)))
    items = []
    for id in batch.items[(page - 1) * size : page * size]:
        item = await call.work.get(PayoutItem, id)
        assert item is not None, f"{batch.id} lost {id}"
        items.append(item_shown(item, base, alone=False))
    body: dict[str, object] = {
        "batch_header": header_shown(batch), "items": items, "links": [batch_link(batch.id, base)],
    }
    if params.get("total_required") == "true":
        body |= {"total_items": len(batch.items), "total_pages": -(-len(batch.items) // size)}
    return Reply(body, subject=batch)


async def _find(call: Call[Any]) -> PayoutItem:
    item = await call.work.get(PayoutItem, call.params["payout_item_id"])
    if item is None or item.merchant != call.merchant.id:
        raise Errors.INVALID_RESOURCE_ID()
    return item


@operation(
    "payouts-item.get", Route(PAYOUTS, "GET", f"{ITEMS_PATH}/{{payout_item_id}}"), means=("payout.query",),
    docs=f"{DOCS}#payouts-item_get", errors=(Errors.INVALID_RESOURCE_ID, *COMMON),
)
async def show_item(call: Call[ByItem]) -> Reply:
    """Show one item."""
    return Reply(item_shown(await _find(call), call.request.base_url))


@operation(
    "payouts-item.cancel", Route(PAYOUTS, "POST", f"{ITEMS_PATH}/{{payout_item_id}}/cancel"),
    docs=f"{DOCS}#payouts-item_cancel",
    errors=(
        Errors.INVALID_RESOURCE_ID, PayoutErrors.BATCH_NOT_COMPLETED, PayoutErrors.ITEM_ALREADY_CANCELLED,
        PayoutErrors.ITEM_INCORRECT_STATUS, *COMMON,
    ),
)
async def cancel(call: Call[ByItem]) -> Reply:
    """Take back what nobody claimed."""
    item = await _find(call)
    if item.status == "PENDING":
        raise PayoutErrors.BATCH_NOT_COMPLETED()
    if item.status == "RETURNED":
        raise PayoutErrors.ITEM_ALREADY_CANCELLED()
    if item.status != "UNCLAIMED":
        raise PayoutErrors.ITEM_INCORRECT_STATUS()
    item = fire(call.work, ITEM, item, "cancel", call.clock.now())
    return Reply(item_shown(item, call.request.base_url), subject=item)


@act(PayoutBatch, "process", means=("payout.create",))
async def process(doing: Doing[PayoutBatch]) -> Record:
    """PayPal pays the items of a batch, and closes it."""
    scene, batch = of_act(doing), doing.record
    batch = fire(scene.work, BATCH, batch, "process", scene.now)
    payable = 0
    for id in batch.items:
        item = await scene.work.get(PayoutItem, id)
        assert item is not None, f"{batch.id} lost {id}"
        trigger, error = _decided(scene, batch, item)
        item = fire(
            scene.work, ITEM, item, trigger, scene.now, error=error,
            transaction="" if trigger == "fail" else scene.id(),
        )
        payable += trigger != "fail"
        if trigger == "unclaim":
            scene.work.at(later(scene.now, UNCLAIMED_DAYS * DAY), item, "return")
    return fire(scene.work, BATCH, batch, "succeed" if payable else "deny", scene.now)


def _decided(scene: Scene, batch: PayoutBatch, item: PayoutItem) -> tuple[str, str]:
    """(trigger, error) of an item: a scenario's, or by its receiver."""
    receiver = str(item.asked["receiver"]).lower()
    if batch.fate == "fail":
        return "fail", "RISK_DECLINE"
    if batch.fate:
        return batch.fate, ""
    if receiver in (scene.merchant.secrets["email"].lower(), scene.merchant.secrets["merchant_id"].lower()):
        return "fail", "SELF_PAY_NOT_ALLOWED"
    if receiver.endswith(UNREGISTERED):
        return "unclaim", "RECEIVER_UNREGISTERED"
    return "succeed", ""


OPERATIONS: tuple[Operation, ...] = (create, show, show_item, cancel)
ACTS: tuple[Act[Any], ...] = process
