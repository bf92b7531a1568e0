"""Bills of power, water and the like (生活缴费), paid one by one or by an agreement.

https://opendocs.alipay.com/apis; codes, states and the ten seconds of a late payment are unverified.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from paydouble.core.call import Call, Reply
from paydouble.core.clock import SECOND, Duration, later
from paydouble.core.effect import Result
from paydouble.core.errors import ErrorTable
from paydouble.core.ledger import PAYER, Entry, EntryKind, transfer
from paydouble.core.machine import Machine, Phase, Transition, fire
from paydouble.core.money import Money
from paydouble.core.operation import NaturalKey, Operation, operation
from paydouble.core.record import Record
from paydouble.providers.alipay import amounts, buyers, identifiers, refunding, times
from paydouble.providers.alipay.amounts import CNY, yuan
from paydouble.providers.alipay.errors import COMMON
from paydouble.providers.alipay.errors_around import Around
from paydouble.providers.alipay.models import number_key
from paydouble.providers.alipay.operations.routes import documented, routes

ROWS: tuple[ErrorTable, ...] = (*Around, *COMMON)
TAKES_MS = Duration(10 * SECOND)
# fmt: off
RESULTS = {
    "PROCESSING": ("PROCESSING", "处理中"),
    "SUCCESS":    ("SUCCESS",    "成功"),
    "FAIL":       ("FAIL",       "失败"),
}
# fmt: on
"""Status of a deduction → code and text of its result."""
TOLD = (
    "bill_date", "bill_key", "charge_inst", "extend_field", "merchant_order_no", "order_type", "owner_name",
    "sub_order_type", "bank_bill_no", "traffic_location", "traffic_regulations",
)
SHOWN = (
    "bill_date", "bill_key", "charge_inst", "merchant_order_no", "order_type", "owner_name",
    "sub_order_type", "traffic_location", "traffic_regulations",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UtilityBill(Record):
    """A bill that was paid through a merchant; `id` is the alipay_order_no. Status: CREATED, SUCCESS."""

    kind: ClassVar[str] = "alipay.utility_bill"
    unique: ClassVar[tuple[str, ...]] = ("number",)

    number: str
    told: Mapping[str, str] = field(default_factory=dict)
    pay_minor: int
    service_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeductContract(Record):
    """An agreement to pay the bills of one account; `id` is the agreement_id. Status: NORMAL, STOP."""

    kind: ClassVar[str] = "alipay.deduct_contract"
    indexes: ClassVar[tuple[str, ...]] = ("account",)

    seller_id: str
    bill_key: str
    charge_inst: str
    user_id: str
    out_agreement_id: str

    @property
    def account(self) -> str:
        return number_key(f"{self.seller_id}/{self.charge_inst}", self.bill_key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deduction(Record):
    """One payment by such an agreement; `id` is the bill_no. Status: PROCESSING, SUCCESS, FAIL."""

    kind: ClassVar[str] = "alipay.deduction"
    unique: ClassVar[tuple[str, ...]] = ("number",)

    number: str
    agreement_id: str
    charge_inst: str
    out_order_no: str
    amount_minor: int

    def named(self) -> dict[str, str]:
        return {"agreement_id": self.agreement_id, "out_order_no": self.out_order_no}


def _deducted(paid: Deduction) -> Entry:
    return transfer(
        EntryKind.PAYOUT, source=PAYER, target=refunding.payee(paid.charge_inst),
        amount=Money(paid.amount_minor, CNY), reference=paid.id, memo=paid.id,
    )


# fmt: off
DEDUCTION: Machine[Deduction] = Machine(
    "alipay.deduction",
    record=Deduction,
    initial="PROCESSING",
    phases={"PROCESSING": Phase.PENDING, "SUCCESS": Phase.CLOSED, "FAIL": Phase.FAILED},
    rows=(
        Transition("PROCESSING", "succeed", "SUCCESS", entry=_deducted),
        Transition("PROCESSING", "fail",    "FAIL"),
    ),
)
CONTRACT: Machine[DeductContract] = Machine(
    "alipay.deduct_contract",
    record=DeductContract,
    initial="NORMAL",
    phases={"NORMAL": Phase.AUTHORIZED, "STOP": Phase.CLOSED},
    rows=(Transition("NORMAL", "cancel", "STOP"),),
)
# fmt: on


def operations() -> tuple[Operation, ...]:
    return add, get, validate, sign, signed, cancel, pay, pay_later, paid_status


@operation(
    "ebpp.bill.add", *routes("ebpp.bill.add"), errors=ROWS, idempotency=NaturalKey(("merchant_order_no",)),
    docs=documented("ebpp.bill.add"),
)
async def add(call: Call[Any]) -> Reply:
    """Tell of a bill that a user pays through this merchant."""
    params, now = call.params, call.clock.now()
    number = number_key(call.merchant.secrets["seller_id"], params["merchant_order_no"])
    minor = amounts.minor(params["pay_amount"], Around.INVALID_PARAMETER)
    fee = amounts.minor(params.get("service_amount") or "0.00", Around.INVALID_PARAMETER, 0)
    known = await call.work.find(UtilityBill, "number", number)
    if known is not None and known.pay_minor != minor:
        raise Around.DUPLICATE_REQUEST()
    bill = known or UtilityBill(
        id=identifiers.fund_order(call.ids, now), status="SUCCESS", created=now, number=number,
        told={name: params[name] for name in TOLD if params.get(name)}, pay_minor=minor, service_minor=fee,
    )
    if known is None:
        call.work.save(bill)
    return Reply({**bill.told, **_amounts(bill), "alipay_order_no": bill.id, "trade_no": bill.id})


@operation(
    "ebpp.bill.get", *routes("ebpp.bill.get", "GET"), errors=ROWS, reads=True,
    docs=documented("ebpp.bill.get"),
)
async def get(call: Call[Any]) -> Reply:
    """See a bill that was told of."""
    number = number_key(call.merchant.secrets["seller_id"], call.params["merchant_order_no"])
    bill = await call.work.find(UtilityBill, "number", number)
    if bill is None:
        raise Around.BILL_NOT_EXIST()
    told = {name: value for name, value in bill.told.items() if name in SHOWN}
    return Reply({
        **told, **_amounts(bill), "alipay_order_no": bill.id, "order_status": bill.status,
        "pay_time": times.china(bill.created),
    })


def _amounts(bill: UtilityBill) -> dict[str, str]:
    return {"pay_amount": yuan(bill.pay_minor), "service_amount": yuan(bill.service_minor)}


@operation(
    "ebpp.pdeduct.sign.add", *routes("ebpp.pdeduct.sign.add"), errors=ROWS,
    docs=documented("ebpp.pdeduct.sign.add"),
)
async def sign(call: Call[Any]) -> Reply:
    """Sign an agreement to pay the bills of one account."""
    params, now = call.params, call.clock.now()
    contract = DeductContract(
        id=identifiers.agreement_no(call.ids, now), status=CONTRACT.initial, created=now,
        seller_id=call.merchant.secrets["seller_id"], bill_key=params["bill_key"],
        charge_inst=params["charge_inst"], user_id=params.get("user_id") or buyers.DEFAULT,
        out_agreement_id=params.get("out_agreement_id", ""),
    )
    known = await call.work.find(DeductContract, "account", contract.account)
    if known is not None and known.status == CONTRACT.initial:
        contract = known
    else:
        call.work.save(contract)
    return Reply({
        **_named(contract), "agreement_status": contract.status, "sign_date": times.china(contract.created),
    })


@operation(
    "ebpp.pdeduct.sign.validate", *routes("ebpp.pdeduct.sign.validate"), errors=ROWS, reads=True,
    docs=documented("ebpp.pdeduct.sign.validate"),
)
async def validate(call: Call[Any]) -> Reply:
    """Ask whether an agreement could be signed for an account: not where there is one."""
    params, seller = call.params, call.merchant.secrets["seller_id"]
    account = number_key(f"{seller}/{params['charge_inst']}", params["bill_key"])
    known = await call.work.find(DeductContract, "account", account)
    if known is not None and known.status == CONTRACT.initial:
        raise Around.DUPLICATE_REQUEST()
    return Reply({})


@operation(
    "ebpp.pdeduct.sign.query", *routes("ebpp.pdeduct.sign.query", "GET"), errors=ROWS, reads=True,
    docs=documented("ebpp.pdeduct.sign.query"),
)
async def signed(call: Call[Any]) -> Reply:
    """See such an agreement, by its number or by the account."""
    params, seller = call.params, call.merchant.secrets["seller_id"]
    if params.get("agreement_id"):
        contract = await _contract(call)
    else:
        account = number_key(f"{seller}/{params.get('charge_inst', '')}", params.get("bill_key", ""))
        found = await call.work.find(DeductContract, "account", account)
        if found is None or found.status != CONTRACT.initial:
            raise Around.AGREEMENT_NOT_EXIST()
        contract = found
    return Reply({
        **_named(contract), "bill_key": contract.bill_key, "charge_inst": contract.charge_inst,
        "sign_date": times.china(contract.created), "user_id": contract.user_id,
    })


@operation(
    "ebpp.pdeduct.sign.cancel", *routes("ebpp.pdeduct.sign.cancel"), errors=ROWS,
    docs=documented("ebpp.pdeduct.sign.cancel"),
)
async def cancel(call: Call[Any]) -> Reply:
    """End such an agreement."""
    contract = fire(call.work, CONTRACT, await _contract(call), "cancel", call.clock.now())
    return Reply({**_named(contract), "agreement_status": contract.status})


@operation(
    "ebpp.pdeduct.pay", *routes("ebpp.pdeduct.pay"), errors=ROWS, idempotency=NaturalKey(("out_order_no",)),
    docs=documented("ebpp.pdeduct.pay"),
)
async def pay(call: Call[Any]) -> Reply:
    """Pay a bill by an agreement: from the user to whoever supplies him."""
    paid = await _deduction(call)
    if paid.status == DEDUCTION.initial:
        paid = fire(call.work, DEDUCTION, paid, "succeed", call.clock.now())
    code, text = RESULTS[paid.status]
    return Reply({
        **paid.named(), "bill_no": paid.id, "result_code": code, "result_msg": text,
        "result_status": paid.status,
    })


@operation(
    "ebpp.pdeduct.async.pay", *routes("ebpp.pdeduct.async.pay"), errors=ROWS,
    idempotency=NaturalKey(("out_order_no",)), docs=documented("ebpp.pdeduct.async.pay"),
)
async def pay_later(call: Call[Any]) -> Reply:
    """Have a bill paid by an agreement, and look later whether it was (`ebpp.pdeduct.bill.pay.status`)."""
    accepted = await _deduction(call)
    if accepted.status == DEDUCTION.initial:
        call.work.at(later(call.clock.now(), TAKES_MS), accepted, "succeed")
    return Reply({**accepted.named(), "result_status": accepted.status})


@operation(
    "ebpp.pdeduct.bill.pay.status", *routes("ebpp.pdeduct.bill.pay.status", "GET"), errors=ROWS, reads=True,
    docs=documented("ebpp.pdeduct.bill.pay.status"),
)
async def paid_status(call: Call[Any]) -> Reply:
    """See whether a bill was paid by an agreement."""
    number = number_key(call.merchant.secrets["seller_id"], call.params["out_order_no"])
    found = await call.work.find(Deduction, "number", number)
    if found is None or found.agreement_id != call.params["agreement_id"]:
        raise Around.BILL_NOT_EXIST()
    code, text = RESULTS[found.status]
    return Reply({
        **found.named(), "order_no": found.id, "status": found.status, "order_result_code": code,
        "order_result_msg": text,
    })


async def _deduction(call: Call[Any]) -> Deduction:
    """The payment that is asked for, not yet made; again where it was, if it is the same."""
    params, now = call.params, call.clock.now()
    contract = await _contract(call)
    minor = amounts.minor(params["pay_amount"], Around.INVALID_PARAMETER)
    number = number_key(contract.seller_id, params["out_order_no"])
    known = await call.work.find(Deduction, "number", number)
    if known is not None:
        if known.amount_minor != minor:
            raise Around.DUPLICATE_REQUEST()
        return known
    if call.outcome is not None and call.outcome.result is not Result.APPROVED:
        raise Around.BALANCE_NOT_ENOUGH()
    asked = Deduction(
        id=identifiers.fund_order(call.ids, now), status=DEDUCTION.initial, created=now, number=number,
        agreement_id=contract.id, charge_inst=contract.charge_inst, out_order_no=params["out_order_no"],
        amount_minor=minor,
    )
    call.work.save(asked)
    return asked


async def _contract(call: Call[Any]) -> DeductContract:
    contract = await call.work.get(DeductContract, call.params["agreement_id"])
    if contract is None or contract.seller_id != call.merchant.secrets["seller_id"]:
        raise Around.AGREEMENT_NOT_EXIST()
    if contract.status != CONTRACT.initial:
        raise Around.AGREEMENT_NOT_EXIST()
    return contract


def _named(contract: DeductContract) -> dict[str, str]:
    named = {"agreement_id": contract.id, "out_agreement_id": contract.out_agreement_id}
    return {name: value for name, value in named.items() if value}
