"""Many transfers at once, made when the merchant confirms them on Alipay's own site.

https://opendocs.alipay.com/apis; the fields are those of the SDKs, the states are unverified.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from paydouble.core import json_bytes
from paydouble.core.act import Act, Declined, Doing, act
from paydouble.core.call import Call, Reply
from paydouble.core.clock import DAY, Instant, later
from paydouble.core.machine import IllegalTrigger, Machine, Phase, Transition, fire
from paydouble.core.operation import NaturalKey, Operation, operation
from paydouble.core.record import Record
from paydouble.core.work import Work
from paydouble.providers.alipay import amounts, identifiers, times
from paydouble.providers.alipay.amounts import yuan
from paydouble.providers.alipay.errors import Fund
from paydouble.providers.alipay.models import number_key
from paydouble.providers.alipay.operations import transfers
from paydouble.providers.alipay.operations.routes import documented, routes
from paydouble.providers.alipay.operations.transfers import SEND, TRANSFER, Transfer
from paydouble.providers.alipay.settings import AlipaySettings

ORDERS_MAX, PAGE_SIZE_MAX = 1_000, 100
LIFETIME_MS = 7 * DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch(Record):
    """Transfers that are confirmed together; `id` is the batch_trans_id. Status: INIT, SUCCESS, CLOSED."""

    kind: ClassVar[str] = "alipay.transfer_batch"
    unique: ClassVar[tuple[str, ...]] = ("number",)

    number: str
    seller_id: str
    out_batch_no: str
    asked: str
    total_minor: int
    transfers: tuple[str, ...]
    expires: Instant
    gmt_finish: Instant = Instant(0)

    def named(self) -> dict[str, str]:
        return {"out_batch_no": self.out_batch_no, "batch_trans_id": self.id}


# fmt: off
BATCH: Machine[Batch] = Machine(
    "alipay.transfer_batch",
    record=Batch,
    initial="INIT",
    phases={"INIT": Phase.OPEN, "SUCCESS": Phase.PAID, "CLOSED": Phase.CLOSED},
    rows=(
        Transition("INIT", "pay",   "SUCCESS", stamp="gmt_finish"),
        Transition("INIT", "close", "CLOSED",  stamp="gmt_finish"),
    ),
)
# fmt: on


def acts(settings: AlipaySettings) -> tuple[Act[Any], ...]:
    """Under these settings."""

    @act(Batch, "pay")
    async def pay(doing: Doing[Batch]) -> Record:
        """The merchant confirms: every transfer is made."""
        batch = doing.record
        if batch.status != BATCH.initial:
            raise Declined("expired", "该批次已处理")
        if batch.total_minor > await transfers.available(doing.work, batch.seller_id, settings):
            raise Declined("insufficient_funds", "余额不足")
        for each in await _of(doing.work, batch):
            fire(doing.work, TRANSFER, each, "pay", doing.now)
        await transfers.take(doing.work, batch.seller_id, batch.total_minor, doing.now)
        return fire(doing.work, BATCH, batch, "pay", doing.now)

    @act(Batch, "close", "time_out")
    async def close(doing: Doing[Batch]) -> Record:
        """The merchant confirms nothing, or not in time."""
        batch = doing.record
        early = doing.trigger == "time_out" and doing.now < batch.expires
        if batch.status != BATCH.initial or early:
            raise IllegalTrigger(BATCH.name, batch.status, doing.trigger)
        for each in await _of(doing.work, batch):
            fire(doing.work, TRANSFER, each, "close", doing.now)
        return fire(doing.work, BATCH, batch, "close", doing.now)

    return (*pay, *close)


def operations(settings: AlipaySettings) -> tuple[Operation, ...]:
    """Both, under these settings."""

    @operation(
        "fund.batch.create", *routes("fund.batch.create", ""), means=("payout.create",), errors=SEND,
        idempotency=NaturalKey(("out_batch_no",)), docs=documented("fund.batch.create"),
    )
    async def create(call: Call[Any]) -> Reply:
        """Prepare transfers that the merchant confirms together (`pay`)."""
        batch = await _made(call, settings)
        return Reply({**batch.named(), "status": batch.status}, subject=batch)

    return create, detail


@operation(
    "fund.batch.detail.query", *routes("fund.batch.detail.query", ""), means=("payout.query",), errors=SEND,
    reads=True, docs=documented("fund.batch.detail.query"),
)
async def detail(call: Call[Any]) -> Reply:
    """See what has become of a batch, page by page."""
    params, seller = call.params, call.merchant.secrets["seller_id"]
    number = number_key(seller, params["out_batch_no"])
    batch = await call.work.find(Batch, "number", number)
    if batch is None:
        raise Fund.ORDER_NOT_EXIST()
    page, size = int(params.get("page_num") or 1), int(params.get("page_size") or PAGE_SIZE_MAX)
    if page < 1 or not 1 <= size <= PAGE_SIZE_MAX:
        raise Fund.INVALID_PARAMETER()
    found = await _of(call.work, batch)
    done = [each for each in found if each.status == "SUCCESS"]
    finished = {"gmt_finish": times.china(batch.gmt_finish)} if batch.gmt_finish else {}
    return Reply({
        **batch.named(), **finished, "batch_status": batch.status, "total_amount": yuan(batch.total_minor),
        "success_count": len(done), "success_amount": yuan(sum(each.amount_minor for each in done)),
        "total_item_count": len(found), "page_num": page, "page_size": size,
        "total_page_count": -(-len(found) // size),
        "acc_detail_list": [_shown(each) for each in found[(page - 1) * size : page * size]],
    }, subject=batch)


async def _made(call: Call[Any], settings: AlipaySettings) -> Batch:
    """The batch as it is asked for; again where it was, if it is the same."""
    params, seller, now = call.params, call.merchant.secrets["seller_id"], call.clock.now()
    orders = params["trans_order_list"]
    asked = hashlib.sha256(json_bytes.dumps_sorted((params["total_trans_amount"], orders))).hexdigest()[:32]
    number = number_key(seller, params["out_batch_no"])
    known = await call.work.find(Batch, "number", number)
    if known is not None:
        if known.asked != asked:
            raise Fund.PAYMENT_INFO_INCONSISTENCY()
        return known
    if not 1 <= len(orders) <= ORDERS_MAX or str(len(orders)) != params["total_count"]:
        raise Fund.INVALID_PARAMETER()
    made = [await _prepared(call, each, settings) for each in orders]
    total = sum(each.amount_minor for each in made)
    if total != amounts.minor(params["total_trans_amount"], Fund.INVALID_PARAMETER):
        raise Fund.INVALID_PARAMETER()
    batch = Batch(
        id=identifiers.fund_order(call.ids, now), status=BATCH.initial, created=now, number=number,
        seller_id=seller, out_batch_no=params["out_batch_no"], asked=asked, total_minor=total,
        transfers=tuple(each.id for each in made), expires=later(now, LIFETIME_MS),
    )
    call.work.save(batch)
    call.work.at(batch.expires, batch, "time_out")
    return batch


async def _prepared(call: Call[Any], order: Any, settings: AlipaySettings) -> Transfer:
    """One of them, as if it were asked for alone; it waits."""
    shared = {"product_code": call.params["product_code"], "biz_scene": call.params["biz_scene"]}
    one, now = replace(call, params={**order, **shared}), call.clock.now()
    amount = amounts.minor(order["trans_amount"], Fund.INVALID_PARAMETER)
    transfers.check(one, amount, settings)
    seller = call.merchant.secrets["seller_id"]
    number = number_key(f"{seller}/{shared['product_code']}/{shared['biz_scene']}", order["out_biz_no"])
    if await call.work.find(Transfer, "number", number) is not None:
        raise Fund.PAYMENT_INFO_INCONSISTENCY()
    made = Transfer(
        id=identifiers.fund_order(call.ids, now), status="WAIT_PAY", created=now, app_id=call.merchant.id,
        seller_id=seller, number=number, out_biz_no=order["out_biz_no"], asked="", amount_minor=amount,
        payee=order["payee_info"]["identity"], pay_fund_order_id=identifiers.fund_order(call.ids, now),
        order_title=order.get("order_title", ""), **shared,
    )
    call.work.save(made)
    return made


async def _of(work: Work, batch: Batch) -> list[Transfer]:
    found = [await work.get(Transfer, id) for id in batch.transfers]
    return [each for each in found if each is not None]


def _shown(sent: Transfer) -> dict[str, object]:
    return {
        "detail_id": sent.id, "alipay_order_no": sent.pay_fund_order_id, "out_biz_no": sent.out_biz_no,
        "status": sent.status, "trans_amount": yuan(sent.amount_minor),
        "gmt_create": times.china(sent.created),
        **({"gmt_finish": times.china(sent.trans_date)} if sent.trans_date else {}),
    }
