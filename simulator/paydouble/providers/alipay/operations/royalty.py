"""Splitting a trade's money (分账): who may get a share, the splits, and what is left.

https://opendocs.alipay.com/apis/api_1/alipay.trade.order.settle
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, NotRequired, TypedDict

from paydouble.core import json_bytes
from paydouble.core.call import Call, Reply
from paydouble.core.clock import SECOND, Duration, later
from paydouble.core.effect import Result
from paydouble.core.errors import ErrorTable
from paydouble.core.operation import NaturalKey, Operation, operation
from paydouble.core.record import Record
from paydouble.core.work import Walk
from paydouble.providers.alipay import amounts, identifiers, refunding, splitting, times
from paydouble.providers.alipay.amounts import yuan
from paydouble.providers.alipay.errors import COMMON, Acq, Royalty
from paydouble.providers.alipay.models import SUCCESS, Trade, number_key
from paydouble.providers.alipay.operations.routes import documented, routes
from paydouble.providers.alipay.refusing import refusal
from paydouble.providers.alipay.settings import AlipaySettings
from paydouble.providers.alipay.splitting import BACK, SHARE, Settlement

RECEIVERS_MAX = 20
TRADES_LOOKED_AT = 1_000
ASYNC, ASYNC_MS = "async", Duration(10 * SECOND)
TYPES = ("userId", "loginName", "openId")
REPLENISHING = ("replenish", "replenish_refund")

RELATION: tuple[ErrorTable, ...] = (*Royalty, *COMMON)
SETTLE: tuple[ErrorTable, ...] = (
    Acq.TRADE_NOT_EXIST, Acq.TRADE_STATUS_ERROR, Acq.DISCORDANT_REPEAT_REQUEST, Acq.ROYALTY_RECEIVER_INVALID,
    Acq.ALLOC_AMOUNT_VALIDATE_ERROR, Acq.ALREADY_FINISH_ALLOC, Acq.ROYALTY_ACCOUNTS_EQUAL,
    Acq.REPLENISH_ACCOUNT_INVALID, Acq.TXN_RESULT_ACCOUNT_BALANCE_NOT_ENOUGH, Acq.INVALID_PARAMETER,
    Acq.SYSTEM_ERROR, *COMMON,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver(Record):
    """Who may get shares of a seller's trades. Status: BOUND, UNBOUND. `id` is seller and account."""

    kind: ClassVar[str] = "alipay.royalty_receiver"
    indexes: ClassVar[tuple[str, ...]] = ("bound",)

    seller_id: str
    type: str
    account: str
    name: str = ""
    memo: str = ""

    @property
    def bound(self) -> str:
        return self.seller_id if self.status == "BOUND" else ""

    def shown(self) -> dict[str, object]:
        shown = {"type": self.type, "account": self.account, "name": self.name, "memo": self.memo}
        return {name: value for name, value in shown.items() if value}


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the trade's money on its way to an account, or back from it."""

    way: str
    account: str
    type: str
    amount_minor: int

    @property
    def signed(self) -> int:
        return -self.amount_minor if self.way == BACK else self.amount_minor


class RelationRequest(TypedDict):
    out_request_no: str
    receiver_list: list[dict[str, str]]


class SettleRequest(TypedDict):
    out_request_no: str
    trade_no: str
    royalty_parameters: list[dict[str, str]]
    extend_params: NotRequired[dict[str, str]]
    royalty_mode: NotRequired[str]


def operations(settings: AlipaySettings) -> tuple[Operation, ...]:
    """All of it, under these settings."""

    @operation(
        "trade.order.settle", *routes("trade.order.settle"), errors=SETTLE,
        docs=documented("trade.order.settle"),
        idempotency=NaturalKey(("out_request_no",)),
    )
    async def settle(call: Call[SettleRequest]) -> Reply:
        """Split a paid trade among receivers."""
        return await _settle(call, settings)

    @operation(
        "trade.royalty.rate.query", *routes("trade.royalty.rate.query", "GET"), errors=RELATION, reads=True,
        docs=documented("trade.royalty.rate.query"),
    )
    async def rate(call: Call[Any]) -> Reply:
        """See how much of a trade may be split off, in percent."""
        return Reply({"user_id": call.merchant.secrets["seller_id"], "max_ratio": settings.royalty_ratio_max})

    return bind, unbind, listed, rate, settle, settled, unsettled, receivables, confirm


@operation(
    "trade.royalty.relation.bind", *routes("trade.royalty.relation.bind"), errors=RELATION,
    docs=documented("trade.royalty.relation.bind")
)
async def bind(call: Call[RelationRequest]) -> Reply:
    """Name who may get shares; naming someone twice is no error."""
    return await _relate(call, "BOUND")


@operation(
    "trade.royalty.relation.unbind", *routes("trade.royalty.relation.unbind"), errors=RELATION,
    docs=documented("trade.royalty.relation.unbind")
)
async def unbind(call: Call[RelationRequest]) -> Reply:
    """Name who may get shares no longer."""
    return await _relate(call, "UNBOUND")


@operation(
    "trade.royalty.relation.batchquery", *routes("trade.royalty.relation.batchquery"), errors=RELATION,
    reads=True,
    docs=documented("trade.royalty.relation.batchquery"),
)
async def listed(call: Call[Any]) -> Reply:
    """List who may get shares, page by page."""
    number, size = int(call.params.get("page_num", "1") or 1), int(call.params.get("page_size", "20") or 20)
    if not (number >= 1 and 1 <= size <= RECEIVERS_MAX * 5):
        raise Royalty.INVALID_PARAMETER()
    walk = Walk(index="bound", value=call.merchant.secrets["seller_id"], newest_first=False, limit=1_000)
    found = await call.work.scan(Receiver, walk)
    page = found[(number - 1) * size : number * size]
    return Reply({
        "result_code": "SUCCESS", "receiver_list": [each.shown() for each in page],
        "current_page_num": number, "current_page_size": len(page),
        "total_page_num": -(-len(found) // size), "total_record_num": len(found),
    })


@operation(
    "trade.order.settle.query", *routes("trade.order.settle.query", "GET"), errors=(*RELATION,), reads=True,
    docs=documented("trade.order.settle.query"),
)
async def settled(call: Call[Any]) -> Reply:
    """Query a split."""
    params, found = call.params, None
    if number := params.get("settle_no"):
        found = await call.work.get(Settlement, number)
    elif params.get("out_request_no") and params.get("trade_no"):
        key = number_key(params["trade_no"], params["out_request_no"])
        found = await call.work.find(Settlement, "request_key", key)
    else:
        raise Royalty.INVALID_PARAMETER()
    trade = await call.work.get(Trade, found.trade_no) if found else None
    if found is None or trade is None or trade.seller_id != call.merchant.secrets["seller_id"]:
        raise Royalty.MERCHANT_TRADE_NOT_MATCH()
    details = [{**each, "state": found.status} for each in found.details]
    moment = times.china(found.created)
    return Reply(
        {"out_request_no": found.out_request_no, "operation_dt": moment, "royalty_detail_list": details}
    )


@operation(
    "trade.order.onsettle.query", *routes("trade.order.onsettle.query", ""), errors=SETTLE, reads=True,
    docs=documented("trade.order.onsettle.query"),
)
async def unsettled(call: Call[Any]) -> Reply:
    """See how much of a trade is still to be split."""
    trade = await _trade(call)
    return Reply(
        {"unsettled_amount": yuan(0 if trade.royalty_finished else trade.splittable_minor)}, subject=trade
    )


@operation(
    "trade.settle.receivables.query", *routes("trade.settle.receivables.query"), errors=SETTLE, reads=True,
    docs=documented("trade.settle.receivables.query"),
)
async def receivables(call: Call[Any]) -> Reply:
    """See what of a trade, or of all trades, waits to be settled: what a split still holds back."""
    if call.params.get("trade_no"):
        trades = [await _trade(call)]
    else:
        seller = call.merchant.secrets["seller_id"]
        newest = await call.work.scan(Trade, Walk(limit=TRADES_LOOKED_AT))
        trades = [each for each in newest if each.is_paid and each.seller_id == seller]
    held = sum(each.splittable_minor for each in trades if each.royalty_freeze and not each.royalty_finished)
    left = sum(each.splittable_minor for each in trades)
    return Reply({
        "unsettled_amount": yuan(held), "on_settle_amount": "0.00", "settled_amount": yuan(left - held),
    })


@operation(
    "trade.settle.confirm", *routes("trade.settle.confirm"), errors=SETTLE,
    docs=documented("trade.settle.confirm"),
)
async def confirm(call: Call[Any]) -> Reply:
    """Let a trade whose money was held be settled to its merchant."""
    trade = await _trade(call)
    if trade.status != SUCCESS:
        raise Acq.TRADE_STATUS_ERROR(**trade.named())
    settle_info = call.params["settle_info"]
    infos = settle_info.get("settle_detail_infos") if isinstance(settle_info, dict) else None
    rows = [each for each in infos if isinstance(each, dict)] if isinstance(infos, list) else []
    total = sum(amounts.minor(each.get("amount"), Acq.INVALID_PARAMETER) for each in rows)
    if not 0 < total <= trade.splittable_minor:
        raise Acq.ALLOC_AMOUNT_VALIDATE_ERROR(**trade.named())
    frozen = replace(trade, royalty_freeze=False)
    call.work.save(frozen)
    return Reply({
        "out_request_no": call.params["out_request_no"], "settle_amount": yuan(total), "trade_no": trade.id,
    }, subject=frozen)


async def _relate(call: Call[RelationRequest], status: str) -> Reply:
    entities, seller = call.params["receiver_list"], call.merchant.secrets["seller_id"]
    if len(entities) > RECEIVERS_MAX:
        raise Royalty.RECEIVER_LIST_OVERLOAD()
    for each in entities:
        account = each.get("account") or each.get("account_open_id") or ""
        if each.get("type") not in TYPES:
            raise Royalty.INVALID_RECEIVER_TYPE()
        if not isinstance(account, str) or not account:
            raise Royalty.INVALID_PARAMETER()
        if account == seller:
            raise Royalty.USER_NOT_EXIST()
        id = number_key(seller, account)
        await call.work.get(Receiver, id)    # so that binding and unbinding at once conflict
        call.work.save(Receiver(
            id=id, status=status, created=call.clock.now(), seller_id=seller, type=each["type"],
            account=account,
            name=str(each.get("name", "")), memo=str(each.get("memo", "")),
        ))
    return Reply({"result_code": "SUCCESS"})


async def _trade(call: Call[Any]) -> Trade:
    trade = await call.work.get(Trade, call.params["trade_no"])
    if trade is None or not trade.exists or trade.seller_id != call.merchant.secrets["seller_id"]:
        raise Acq.TRADE_NOT_EXIST(trade_no=call.params["trade_no"])
    return trade


async def _settle(call: Call[SettleRequest], settings: AlipaySettings) -> Reply:
    params = call.params
    trade = await _trade(call)
    asked = hashlib.sha256(json_bytes.dumps_sorted(params["royalty_parameters"])).hexdigest()[:32]
    known = await call.work.find(Settlement, "request_key", number_key(trade.id, params["out_request_no"]))
    if known is not None:
        if known.asked != asked:
            raise Acq.DISCORDANT_REPEAT_REQUEST(**trade.named())
        return Reply({"trade_no": trade.id, "settle_no": known.id}, subject=trade)
    shares = await _shares(call, trade, settings)
    if call.outcome is not None and call.outcome.result in (Result.DECLINED, Result.FAILED):
        raise refusal(call.outcome, SETTLE, Acq.SYSTEM_ERROR)
    extend = params.get("extend_params")
    finished = isinstance(extend, Mapping) and str(extend.get("royalty_finish", "")).lower() == "true"
    later_on = params.get("royalty_mode") == ASYNC
    settlement = Settlement(
        id=identifiers.settle_no(call.ids, call.clock.now()), status="PROCESSING" if later_on else "SUCCESS",
        created=call.clock.now(), app_id=trade.app_id, trade_no=trade.id,
        out_request_no=params["out_request_no"], asked=asked, out_trade_no=trade.out_trade_no,
        details=tuple(_detail(call, trade, share) for share in shares),
    )
    call.work.save(settlement)
    if later_on:
        call.work.at(later(call.clock.now(), ASYNC_MS), settlement, "finish")
    total = sum(share.signed for share in shares)
    moved = replace(trade, shared_minor=trade.shared_minor + total, royalty_finished=finished)
    call.work.save(moved)
    for share in shares:
        move = refunding.take_back if share.way == BACK else refunding.hand_out
        move(call.work, trade, share.account, share.amount_minor, settlement.id)
    return Reply({"trade_no": trade.id, "settle_no": settlement.id}, subject=moved)


async def _shares(call: Call[SettleRequest], trade: Trade, settings: AlipaySettings) -> Sequence[Share]:
    """What is asked for, once it is found to be in order."""
    if trade.status != SUCCESS:
        raise Acq.TRADE_STATUS_ERROR(**trade.named())
    if trade.royalty_finished:
        raise Acq.ALREADY_FINISH_ALLOC(**trade.named())
    shares = [_share(each, trade) for each in call.params["royalty_parameters"]]
    handed_out = [share for share in shares if share.way == SHARE]
    for share in handed_out:
        bound = await call.work.get(Receiver, number_key(trade.seller_id, share.account))
        if settings.royalty_needs_binding and (bound is None or bound.status != "BOUND"):
            raise Acq.ROYALTY_RECEIVER_INVALID(**trade.named())
    await _check_back(call, trade, [share for share in shares if share.way == BACK])
    total = sum(share.signed for share in shares)
    most = trade.total_minor * settings.royalty_ratio_max // 100
    if total > trade.splittable_minor or trade.shared_minor + total > most:
        raise Acq.ALLOC_AMOUNT_VALIDATE_ERROR(**trade.named())
    return shares


def _share(each: Mapping[str, Any], trade: Trade) -> Share:
    """One row of `royalty_parameters`; there is no platform here that could pay more in (`replenish`)."""
    way = each.get("royalty_type") or SHARE
    if way in REPLENISHING:
        raise Acq.REPLENISH_ACCOUNT_INVALID(**trade.named())
    if way not in (SHARE, BACK):
        raise Acq.INVALID_PARAMETER(**trade.named())
    side = "trans_out" if way == BACK else "trans_in"
    account = str(each.get(side, ""))
    if account == trade.seller_id:
        raise Acq.ROYALTY_ACCOUNTS_EQUAL(**trade.named())
    minor = amounts.minor(each.get("amount"), Acq.ALLOC_AMOUNT_VALIDATE_ERROR)
    return Share(way, account, str(each.get(f"{side}_type") or TYPES[0]), minor)


async def _check_back(call: Call[SettleRequest], trade: Trade, shares: Sequence[Share]) -> None:
    """Nobody gives back more than he has got."""
    left = await splitting.held(call.work, trade) if shares else Counter[str]()
    for share in shares:
        left[share.account] -= share.amount_minor
    if any(minor < 0 for minor in left.values()):
        raise Acq.ALLOC_AMOUNT_VALIDATE_ERROR(**trade.named())


def _detail(call: Call[SettleRequest], trade: Trade, share: Share) -> Mapping[str, str]:
    now = call.clock.now()
    seller, other = (trade.seller_id, TYPES[0]), (share.account, share.type)
    source, target = (other, seller) if share.way == BACK else (seller, other)
    return {
        "operation_type": share.way, "execute_dt": times.china(now), "trans_out": source[0],
        "trans_out_type": source[1], "trans_in": target[0], "trans_in_type": target[1],
        "amount": yuan(share.amount_minor), "detail_id": identifiers.settle_no(call.ids, now),
    }
