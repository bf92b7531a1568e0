"""What of a transfer is given back: https://opendocs.alipay.com/apis/api_28/alipay.fund.trans.refund."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from paydouble.core.call import Call, Reply
from paydouble.core.ledger import EntryKind, transfer
from paydouble.core.machine import fire
from paydouble.core.money import Money
from paydouble.core.operation import NaturalKey, Operation, operation
from paydouble.core.record import Record
from paydouble.providers.alipay import amounts, identifiers, times
from paydouble.providers.alipay.amounts import CNY, yuan
from paydouble.providers.alipay.errors import Fund
from paydouble.providers.alipay.models import number_key
from paydouble.providers.alipay.operations import transfers
from paydouble.providers.alipay.operations.routes import documented, routes
from paydouble.providers.alipay.operations.transfers import SEND, TRANSFER, Transfer


@dataclass(frozen=True, slots=True, kw_only=True)
class Return(Record):
    """One refund of a transfer; `id` is the refund_order_id."""

    kind: ClassVar[str] = "alipay.transfer_refund"
    unique: ClassVar[tuple[str, ...]] = ("request_key",)

    order_id: str
    out_request_no: str
    amount_minor: int

    @property
    def request_key(self) -> str:
        return number_key(self.order_id, self.out_request_no)

    def shown(self) -> dict[str, str]:
        return {
            "order_id": self.order_id, "out_request_no": self.out_request_no, "refund_order_id": self.id,
            "refund_amount": yuan(self.amount_minor), "refund_date": times.china(self.created),
            "status": self.status,
        }


def operations() -> tuple[Operation, ...]:
    return (refund,)


@operation(
    "fund.trans.refund", *routes("fund.trans.refund"), errors=SEND,
    idempotency=NaturalKey(("order_id", "out_request_no")), docs=documented("fund.trans.refund"),
)
async def refund(call: Call[Any]) -> Reply:
    """Give back what a red packet or an app's transfer brought."""
    params, sent = call.params, await transfers.found(call)
    minor = amounts.minor(params["refund_amount"], Fund.INVALID_PARAMETER)
    known = await call.work.find(Return, "request_key", number_key(sent.id, params["out_request_no"]))
    if known is not None:
        if known.amount_minor != minor:
            raise Fund.PAYMENT_INFO_INCONSISTENCY()
        return Reply(known.shown(), subject=sent)
    if sent.status != "SUCCESS" or minor > sent.amount_minor - sent.refunded_minor:
        raise Fund.REFUND_AMOUNT_EXCEED()
    made, moved = await _given_back(call, sent, minor)
    return Reply(made.shown(), subject=moved)


async def _given_back(call: Call[Any], sent: Transfer, minor: int) -> tuple[Return, Transfer]:
    now, work = call.clock.now(), call.work
    made = Return(
        id=identifiers.fund_order(call.ids, now), status="SUCCESS", created=now, order_id=sent.id,
        out_request_no=call.params["out_request_no"], amount_minor=minor,
    )
    work.save(made)
    moved = fire(work, TRANSFER, sent, "refund", now, refunded_minor=sent.refunded_minor + minor)
    work.post(transfer(
        EntryKind.ADJUSTMENT, source=sent.payee_account, target=sent.payer_account,
        amount=Money(minor, CNY), reference=sent.id, memo=made.id,
    ))
    if not sent.by_user:
        await transfers.take(work, sent.seller_id, -minor)
    return made, moved
