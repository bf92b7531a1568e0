"""Several orders paid at once (合并支付): https://opendocs.alipay.com/apis/api_1/alipay.trade.merge.precreate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from paydouble.core.act import Act, Declined, Doing, act
from paydouble.core.call import Call, Reply
from paydouble.core.clock import Instant
from paydouble.core.effect import Result
from paydouble.core.errors import ErrorTable, ProviderError
from paydouble.core.operation import NaturalKey, Operation, operation
from paydouble.core.page import Go, Next, Page, Pull, Show, Visit, page
from paydouble.core.record import Record
from paydouble.core.work import Work
from paydouble.providers.alipay import buyers, identifiers, ordering, paying
from paydouble.providers.alipay.amounts import yuan
from paydouble.providers.alipay.errors import COMMON, Acq
from paydouble.providers.alipay.models import Trade, number_key
from paydouble.providers.alipay.operations.routes import documented, routes
from paydouble.providers.alipay.operations.trades import ORDER
from paydouble.providers.alipay.passwords import is_good
from paydouble.providers.alipay.refusing import refusal
from paydouble.providers.alipay.settings import AlipaySettings

ROWS: tuple[ErrorTable, ...] = (*ORDER, Acq.TRADE_NOT_EXIST, Acq.PAYMENT_FAIL, *COMMON)
ORDERS_MAX = 20
CASHIER = "/merge/cashier.htm"
PAID = "PAID"


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedOrder(Record):
    """Orders that are paid together; `id` is the pre_order_no. Status: WAIT_PAY, PAID."""

    kind: ClassVar[str] = "alipay.merged_order"
    unique: ClassVar[tuple[str, ...]] = ("number",)

    number: str
    seller_id: str
    app_id: str
    out_merge_no: str
    return_url: str = ""
    total_minor: int
    trades: tuple[str, ...]


def operations(settings: AlipaySettings) -> tuple[Operation, ...]:
    """All of it, under these settings."""

    @operation(
        "trade.app.merge.pay", *routes("trade.app.merge.pay", ""), means=("payment.charge",), errors=ROWS,
        docs=documented("trade.app.merge.pay"),
    )
    async def pay(call: Call[Any]) -> Reply:
        """Pay all orders of a merged one: what the phone's SDK would do."""
        return await _pay(call, settings)

    return precreate, pay, web, wap


def acts(settings: AlipaySettings) -> tuple[Act[Any], ...]:
    """Under these settings."""

    @act(MergedOrder, "pay", means=("payment.charge",))
    async def pay(doing: Doing[MergedOrder]) -> Record:
        """The buyer pays all orders of a merged one."""
        outcome = doing.outcome
        if outcome is not None and outcome.result is not Result.APPROVED:
            raise Declined(outcome.reason or "do_not_honor", outcome.message or "付款失败")
        try:
            return (await _paid(doing.work, doing.record, doing.now, settings))[0]
        except ProviderError as error:
            raise Declined("expired", error.message) from None

    return pay


@operation(
    "trade.merge.precreate", *routes("trade.merge.precreate", ""), means=("payment.create",), errors=ROWS,
    idempotency=NaturalKey(("out_merge_no",)), docs=documented("trade.merge.precreate"),
)
async def precreate(call: Call[Any]) -> Reply:
    """Order several things, to be paid together."""
    merged, offered = await _merged(call, "app")
    results = [
        {"out_trade_no": each.out_trade_no, "app_id": each.app_id, "success": True, "result_code": "SUCCESS"}
        for each in offered
    ]
    return Reply({
        "out_merge_no": merged.out_merge_no, "pre_order_no": merged.id, "order_detail_results": results,
    })


@operation(
    "trade.page.merge.pay", *routes("trade.page.merge.pay", ""), means=("payment.create",), errors=ROWS,
    idempotency=NaturalKey(("out_merge_no",)), docs=documented("trade.page.merge.pay"),
)
async def web(call: Call[Any]) -> Reply:
    """Order several things, and send a browser to the page on which they are paid together."""
    return _to_cashier(call, (await _merged(call, "page"))[0])


@operation(
    "trade.wap.merge.pay", *routes("trade.wap.merge.pay", ""), means=("payment.create",), errors=ROWS,
    docs=documented("trade.wap.merge.pay"),
)
async def wap(call: Call[Any]) -> Reply:
    """Send a phone's browser to the page on which the orders of a merged one are paid."""
    merged = replace(await _ordered(call), return_url=call.params.get("return_url", ""))
    call.work.save(merged)
    return _to_cashier(call, merged)


@page(
    CASHIER, MergedOrder, folder="paydouble.providers.alipay",
    names=lambda fields: (fields.get("app_id", ""), fields.get("preOrderNo", "")),
)
async def cashier(visit: Visit) -> Next:
    """The page on which merged orders are paid; the way back is not signed: how it is live is unverified."""
    merged = visit.record
    if not isinstance(merged, MergedOrder):
        return Show("done.html", {"heading": "订单不存在", "amount": "", "link": "", "refused": ""}, 404)
    shown = {"amount": yuan(merged.total_minor), "refused": visit.refused.message if visit.refused else ""}
    if merged.status == PAID:
        if visit.pulled and merged.return_url:
            return Go(merged.return_url)
        more = {"heading": "付款成功", "link": merged.return_url, "link_text": "返回商家"}
        return Show("done.html", {**shown, **more})
    if visit.submitted and not visit.pulled:
        if is_good(visit.fields.get("password", "")):
            return Pull("pay")
        shown["refused"] = "支付密码错误，请重新输入"
    return Show("pay.html", {
        **shown, "subject": f"合并支付（{len(merged.trades)}笔）", "seller": merged.seller_id,
        "number": merged.out_merge_no, "payer": buyers.logon_id(buyers.DEFAULT),
    })


PAGES: tuple[Page, ...] = (cashier,)


def _to_cashier(call: Call[Any], merged: MergedOrder) -> Reply:
    url = f"{call.request.base_url}{CASHIER}?preOrderNo={merged.id}&app_id={merged.app_id}"
    return Reply(b"", 302, headers=(("Location", url), ("Cache-Control", "no-store")))


async def _merged(call: Call[Any], channel: str) -> tuple[MergedOrder, list[Trade]]:
    """The orders as they are asked for, offered; again where they were, if they are the same."""
    params, seller, now = call.params, call.merchant.secrets["seller_id"], call.clock.now()
    details = params["order_details"]
    if not 1 <= len(details) <= ORDERS_MAX or len({each["out_trade_no"] for each in details}) < len(details):
        raise Acq.INVALID_PARAMETER()
    number = number_key(seller, params["out_merge_no"])
    known = await call.work.find(MergedOrder, "number", number)
    if known is not None and known.status == PAID:
        raise Acq.TRADE_HAS_SUCCESS(out_trade_no=params["out_merge_no"])
    offered = [await _offered(call, each, channel) for each in details]
    merged = MergedOrder(
        id=known.id if known else identifiers.settle_no(call.ids, now), status="WAIT_PAY", created=now,
        number=number, seller_id=seller, app_id=call.merchant.id, out_merge_no=params["out_merge_no"],
        return_url=params.get("return_url", ""), trades=tuple(each.id for each in offered),
        total_minor=sum(each.total_minor for each in offered),
    )
    if known is not None and known.trades != merged.trades:
        raise Acq.CONTEXT_INCONSISTENT(out_trade_no=params["out_merge_no"])
    call.work.save(merged)
    return merged, offered


async def _offered(call: Call[Any], detail: Any, channel: str) -> Trade:
    shared = {name: call.params[name] for name in ("timeout_express", "time_expire", "notify_url")
              if call.params.get(name)}
    own = replace(call, params={**shared, **detail})
    before = await ordering.known(own)
    order = ordering.asked(own, channel, before)
    paying.check_again(before, order)
    if before is not None and before.exists:
        return before
    return paying.offer(call.work, order)


async def _ordered(call: Call[Any]) -> MergedOrder:
    merged = await call.work.get(MergedOrder, call.params["pre_order_no"])
    if merged is None or merged.seller_id != call.merchant.secrets["seller_id"]:
        raise Acq.TRADE_NOT_EXIST()
    return merged


async def _pay(call: Call[Any], settings: AlipaySettings) -> Reply:
    merged, outcome = await _ordered(call), call.outcome
    if outcome is not None and outcome.result is not Result.APPROVED:
        raise refusal(outcome, ROWS, Acq.PAYMENT_FAIL)
    _, paid = await _paid(call.work, merged, call.clock.now(), settings)
    return Reply({
        "out_merge_no": merged.out_merge_no, "merge_pay_status": "FINISHED",
        "order_detail_results": [
            {
                **each.named(), "app_id": each.app_id, "seller_id": each.seller_id, "subject": each.subject,
                "total_amount": yuan(each.total_minor), "trade_status": each.status,
            }
            for each in paid
        ],
    }, subject=paid[0])


async def _paid(
    work: Work, merged: MergedOrder, now: Instant, settings: AlipaySettings
) -> tuple[MergedOrder, list[Trade]]:
    """All orders, paid, or none of them: raises TRADE_HAS_CLOSE where one is over."""
    trades = []
    for id in merged.trades:
        trade = await work.get(Trade, id)
        assert trade is not None, "it was offered"
        trades.append(trade)
    if any(not trade.was_paid and not paying.is_payable(trade) for trade in trades):
        raise Acq.TRADE_HAS_CLOSE()
    paid = [each if each.was_paid else paying.pay(work, each, now, settings) for each in trades]
    done = replace(merged, status=PAID)
    work.save(done)
    return done, paid
