"""What merchants tell Alipay of their orders: fulfilment of credit orders, the order centre, customs.

https://opendocs.alipay.com/apis/api_1/alipay.trade.orderinfo.sync,
https://opendocs.alipay.com/apis/api_1/alipay.trade.customs.declare
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from paydouble.core import json_bytes
from paydouble.core.call import Call, Reply
from paydouble.core.clock import Instant
from paydouble.core.errors import ErrorTable
from paydouble.core.operation import NaturalKey, Operation, operation
from paydouble.core.record import Record
from paydouble.providers.alipay import amounts, documents, identifiers, ordering, times
from paydouble.providers.alipay.amounts import yuan
from paydouble.providers.alipay.errors import COMMON, Acq
from paydouble.providers.alipay.errors_around import Around
from paydouble.providers.alipay.models import Trade, number_key
from paydouble.providers.alipay.operations.routes import documented, routes
from paydouble.providers.alipay.settings import AlipaySettings

SYNC: tuple[ErrorTable, ...] = (
    Acq.TRADE_NOT_EXIST, Acq.NOTIFY_STATUS_INVALID, Acq.INVALID_PARAMETER, Acq.SYSTEM_ERROR, *COMMON,
)
CUSTOMS: tuple[ErrorTable, ...] = (
    Acq.TRADE_NOT_EXIST, Acq.TRADE_STATUS_ERROR, Acq.DISCORDANT_REPEAT_REQUEST, Acq.TOTAL_FEE_EXCEED,
    Acq.INVALID_PARAMETER, Acq.SYSTEM_ERROR, *COMMON,
)
CENTRE: tuple[ErrorTable, ...] = (*Around, *COMMON)
BIZ_TYPES, ENDS = ("CREDIT_AUTH", "CREDIT_DEDUCT"), ("COMPLETE", "CLOSED")
QUERIED_MAX = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncedOrder(Record):
    """An order as the order centre shows it to its buyer; `id` is the record_id."""

    kind: ClassVar[str] = "alipay.synced_order"
    unique: ClassVar[tuple[str, ...]] = ("number",)

    number: str
    order_id: str
    synced: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration(Record):
    """What was declared to customs; `id` is the alipay_declare_no."""

    kind: ClassVar[str] = "alipay.customs_declaration"
    unique: ClassVar[tuple[str, ...]] = ("number",)

    number: str
    out_request_no: str
    trade_no: str
    asked: str
    amount_minor: int
    customs_place: str
    merchant_customs_code: str
    merchant_customs_name: str
    is_split: str
    sub_out_biz_no: str

    def shown(self) -> dict[str, object]:
        shown = {
            "alipay_declare_no": self.id, "amount": yuan(self.amount_minor),
            "customs_place": self.customs_place, "is_split": self.is_split,
            "last_modified_time": times.china(self.created),
            "merchant_customs_code": self.merchant_customs_code, "out_request_no": self.out_request_no,
            "merchant_customs_name": self.merchant_customs_name, "status": self.status,
            "sub_out_biz_no": self.sub_out_biz_no, "trade_no": self.trade_no,
        }
        return {name: value for name, value in shown.items() if value}


def operations(settings: AlipaySettings) -> tuple[Operation, ...]:
    """All of it, under these settings."""

    @operation(
        "trade.orderinfo.sync", *routes("trade.orderinfo.sync"), errors=SYNC,
        docs=documented("trade.orderinfo.sync"),
    )
    async def info(call: Call[Any]) -> Reply:
        """Tell how a credit order ended: fulfilled, or not at all."""
        trade = await ordering.named(call)
        params = call.params
        if params["biz_type"] not in BIZ_TYPES:
            raise Acq.INVALID_PARAMETER()
        if text := params.get("order_biz_info"):
            _check_end(text)
        buyer = {name: value for name, value in trade.buyer(settings).items() if name != "buyer_logon_id"}
        return Reply({**trade.named(), **buyer}, subject=trade)

    return info, order, declare, declared


def _check_end(text: str) -> None:
    try:
        told = documents.read(text)
    except ValueError:
        raise Acq.INVALID_PARAMETER() from None
    if told.get("status") not in ENDS:
        raise Acq.NOTIFY_STATUS_INVALID()


@operation(
    "merchant.order.sync", *routes("merchant.order.sync"), errors=CENTRE,
    idempotency=NaturalKey(("out_biz_no",)), docs=documented("merchant.order.sync"),
)
async def order(call: Call[Any]) -> Reply:
    """Show a buyer his order in Alipay's order centre, or what has become of it."""
    params, seller, now = call.params, call.merchant.secrets["seller_id"], call.clock.now()
    if trade_no := params.get("trade_no"):
        trade = await call.work.get(Trade, trade_no)
        if trade is None or trade.seller_id != seller:
            raise Around.TRADE_NOT_EXIST()
    number = number_key(seller, params["out_biz_no"])
    known = await call.work.find(SyncedOrder, "number", number)
    if params.get("record_id") and (known is None or known.id != params["record_id"]):
        raise Around.RECORD_NOT_EXIST()
    status = _status_told(params) or (known.status if known else "MERCHANT_PROCESSING")
    if known is None:
        known = SyncedOrder(
            id=identifiers.fund_order(call.ids, now), status=status, created=now, number=number, synced=now,
            order_id=identifiers.fund_order(call.ids, now),
        )
    synced = replace(known, status=status, synced=now)
    call.work.save(synced)
    return Reply({"record_id": synced.id, "order_id": synced.order_id, "order_status": synced.status})


def _status_told(params: Any) -> str:
    told = params.get("ext_info") or ()
    pairs = (each for each in told if isinstance(each, dict))
    found = (each.get("ext_value") for each in pairs if each.get("ext_key") == "merchant_order_status")
    return str(next(found, "") or "")


@operation(
    "trade.customs.declare", *routes("trade.customs.declare"), errors=CUSTOMS,
    idempotency=NaturalKey(("out_request_no",)), docs=documented("trade.customs.declare"),
)
async def declare(call: Call[Any]) -> Reply:
    """Declare a paid trade, or a part of it, to customs."""
    params, seller, now = call.params, call.merchant.secrets["seller_id"], call.clock.now()
    trade = await ordering.named(call)
    if not trade.was_paid:
        raise Acq.TRADE_STATUS_ERROR(**trade.named())
    minor = amounts.minor(params["amount"], Acq.TOTAL_FEE_EXCEED)
    if minor > trade.total_minor:
        raise Acq.TOTAL_FEE_EXCEED(**trade.named())
    about = (trade.id, minor, params["customs_place"], params["merchant_customs_code"])
    asked = hashlib.sha256(json_bytes.dumps(about)).hexdigest()[:32]
    number = number_key(seller, params["out_request_no"])
    known = await call.work.find(Declaration, "number", number)
    if known is not None and known.asked != asked:
        raise Acq.DISCORDANT_REPEAT_REQUEST(**trade.named())
    if known is None:
        known = Declaration(
            id=identifiers.settle_no(call.ids, now), status="SUCCESS", created=now, number=number,
            out_request_no=params["out_request_no"], trade_no=trade.id, asked=asked, amount_minor=minor,
            customs_place=params["customs_place"], merchant_customs_code=params["merchant_customs_code"],
            merchant_customs_name=params["merchant_customs_name"], is_split=params.get("is_split", ""),
            sub_out_biz_no=params.get("sub_out_biz_no", ""),
        )
        call.work.save(known)
    return Reply({
        **trade.named(), "alipay_declare_no": known.id, "currency": "CNY",
        "total_amount": yuan(trade.total_minor), "identity_check": "T", "pay_code": "31222699S7",
        "pay_transaction_id": trade.id, "ver_dept": "3",
    }, subject=trade)


@operation(
    "trade.customs.query", *routes("trade.customs.query", "GET"), errors=CUSTOMS, reads=True,
    docs=documented("trade.customs.query"),
)
async def declared(call: Call[Any]) -> Reply:
    """See what was declared, by up to ten request numbers with commas between them."""
    seller, numbers = call.merchant.secrets["seller_id"], call.params["out_request_nos"].split(",")
    if len(numbers) > QUERIED_MAX:
        raise Acq.INVALID_PARAMETER()
    found, missing = [], []
    for each in numbers:
        known = await call.work.find(Declaration, "number", number_key(seller, each))
        if known is None:
            missing.append(each)
        else:
            found.append(known.shown())
    return Reply({"records": found, **({"not_found": ",".join(missing)} if missing else {})})
