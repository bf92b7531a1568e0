"""Transfers to wallets and red packets by API v2; a certificate is needed for all of them.

https://pay.weixin.qq.com/doc/v2/merchant/4011984949, https://pay.weixin.qq.com/doc/v2/merchant/4011985099
"""

from __future__ import annotations

from typing import Any

from paydouble.core.act import Act, Doing, act
from paydouble.core.call import Call, Reply
from paydouble.core.clock import HOUR, later
from paydouble.core.effect import Result
from paydouble.core.machine import fire
from paydouble.core.operation import NaturalKey, Operation, Route, operation
from paydouble.core.record import Record
from paydouble.providers.wechatpay import identifiers
from paydouble.providers.wechatpay.errors import refusal
from paydouble.providers.wechatpay.errors_v2 import COMMON_V2, ErrorsV2
from paydouble.providers.wechatpay.models import number_key
from paydouble.providers.wechatpay.notices import V2
from paydouble.providers.wechatpay.operations.v2.orders import DOCS, Fields, digest
from paydouble.providers.wechatpay.showing_v2 import spaced_time
from paydouble.providers.wechatpay.transferring import top_up
from paydouble.providers.wechatpay.wallet_records import RED_PACKET, RedPacket, WalletTransfer, paid_out

TRANSFERS = "/mmpaymkttransfers"
PACKET_LASTS_MS = 24 * HOUR
PACKET_COUNT_MAX = 20

ERRORS = (
    ErrorsV2.NOTENOUGH, ErrorsV2.NAME_MISMATCH, ErrorsV2.PARAM_ERROR, ErrorsV2.SENDNUM_LIMIT, ErrorsV2.NOAUTH,
    *COMMON_V2,
)
QUERY = (ErrorsV2.NOT_FOUND, *COMMON_V2)


@operation(
    "wallets.transfer", Route(V2, "POST", f"{TRANSFERS}/promotion/transfers"), means=("payout.create",),
    idempotency=NaturalKey(("partner_trade_no",)), errors=ERRORS, docs=f"{DOCS}4011984949",
)
async def send(call: Call[Fields]) -> Reply:
    """Send money to somebody's wallet, where it arrives at once."""
    params, now = call.params, call.clock.now()
    if params["check_name"] == "FORCE_CHECK" and "re_user_name" not in params:
        raise ErrorsV2.NAME_MISMATCH()
    number = number_key(call.merchant.id, params["partner_trade_no"])
    sent = await call.work.find(WalletTransfer, "number", number)
    asked = digest(params)
    if sent is not None and sent.asked != asked:
        raise ErrorsV2.PARAM_ERROR("参数与首次请求不一致")
    if sent is None:
        _refuse(call)
        sent = WalletTransfer(
            id=identifiers.bill_no(call.ids, now), status="SUCCESS", created=now, mchid=call.merchant.id,
            appid=params["mch_appid"], partner_trade_no=params["partner_trade_no"], asked=asked,
            openid=params["openid"], amount_minor=int(params["amount"]), name=params.get("re_user_name", ""),
            text=params["desc"],
        )
        call.work.save(sent)
        top_up(call.work, sent.mchid, sent.amount_minor, sent.id)
        call.work.post(paid_out(sent))
    return Reply({
        "mch_appid": sent.appid, "mchid": sent.mchid, "partner_trade_no": sent.partner_trade_no,
        "payment_no": sent.id, "payment_time": spaced_time(sent.created),
    }, subject=sent)


@operation(
    "wallets.query_transfer", Route(V2, "POST", f"{TRANSFERS}/gettransferinfo"), means=("payout.query",),
    errors=QUERY, docs=f"{DOCS}4011984953", reads=True,
)
async def query_transfer(call: Call[Fields]) -> Reply:
    """Query a transfer to a wallet."""
    number = number_key(call.merchant.id, call.params["partner_trade_no"])
    sent = await call.work.find(WalletTransfer, "number", number)
    if sent is None:
        raise ErrorsV2.NOT_FOUND()
    return Reply(sent.shown(), subject=sent)


def _packet(name: str, *, group: bool, docs: str, summary: str) -> Operation:
    async def give(call: Call[Fields]) -> Reply:
        return await _given(call, group=group)

    give.__doc__ = summary
    return operation(
        f"wallets.{name}", Route(V2, "POST", f"{TRANSFERS}/{name}"), means=("payout.create",),
        idempotency=NaturalKey(("mch_billno",)), errors=ERRORS, docs=f"{DOCS}{docs}",
    )(give)


@operation(
    "wallets.gethbinfo", Route(V2, "POST", f"{TRANSFERS}/gethbinfo"), means=("payout.query",), errors=QUERY,
    docs=f"{DOCS}4011985102", reads=True,
)
async def query_packet(call: Call[Fields]) -> Reply:
    """Query a red packet."""
    number = number_key(call.merchant.id, call.params["mch_billno"])
    packet = await call.work.find(RedPacket, "number", number)
    if packet is None:
        raise ErrorsV2.NOT_FOUND()
    return Reply(packet.shown(), subject=packet)


async def _given(call: Call[Fields], *, group: bool) -> Reply:
    params, now = call.params, call.clock.now()
    count, amount = int(params["total_num"]), int(params["total_amount"])
    if (count < 3 if group else count != 1) or count > PACKET_COUNT_MAX or amount < count:
        raise ErrorsV2.SENDNUM_LIMIT()
    number = number_key(call.merchant.id, params["mch_billno"])
    packet = await call.work.find(RedPacket, "number", number)
    asked = digest(params)
    if packet is not None and packet.asked != asked:
        raise ErrorsV2.PARAM_ERROR("参数与首次请求不一致")
    if packet is None:
        _refuse(call)
        packet = RedPacket(
            id=identifiers.bill_no(call.ids, now), status=RED_PACKET.initial, created=now, asked=asked,
            mchid=call.merchant.id, mch_billno=params["mch_billno"], openid=params["re_openid"],
            amount_minor=amount, count=count, group=group, wishing=params["wishing"],
            act_name=params["act_name"], remark=params["remark"],
        )
        call.work.save(packet)
        call.work.at(later(now, PACKET_LASTS_MS), packet, "expire")
    return Reply({
        "mch_billno": packet.mch_billno, "wxappid": params["wxappid"], "re_openid": packet.openid,
        "total_amount": str(packet.amount_minor), "send_listid": packet.id,
    }, subject=packet)


def _refuse(call: Call[Fields]) -> None:
    """What a scenario decides. Raises ProviderError."""
    outcome = call.outcome
    if outcome is not None and outcome.result in (Result.DECLINED, Result.CANCELED, Result.FAILED):
        raise refusal(outcome, ERRORS, ErrorsV2.NOTENOUGH)


@act(RedPacket, "open")
async def open_packet(doing: Doing[RedPacket]) -> Record:
    """Somebody opens it, before a day is over."""
    packet = fire(doing.work, RED_PACKET, doing.record, "open", doing.now)
    top_up(doing.work, packet.mchid, packet.amount_minor, packet.id)
    return packet


OPERATIONS: tuple[Operation, ...] = (
    send, query_transfer,
    _packet("sendredpack", group=False, docs="4011985099", summary="Send somebody a red packet."),
    _packet("sendgroupredpack", group=True, docs="4011985100",
            summary="Send somebody a red packet to share with others."),
    _packet("sendminiprogramhb", group=False, docs="4011985101",
            summary="Give a mini program's user a red packet."),
    query_packet,
)
ACTS: tuple[Act[Any], ...] = open_packet
