"""Contracts and deductions (委托代扣). https://pay.weixin.qq.com/doc/v3/merchant/4012526801 and others"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import quote

from paydouble.core.act import Act, Doing, act
from paydouble.core.call import Call, Reply
from paydouble.core.effect import Result
from paydouble.core.errors import ErrorTable
from paydouble.core.machine import fire
from paydouble.core.operation import NaturalKey, Operation, Route, operation
from paydouble.core.record import Record
from paydouble.providers.wechatpay import identifiers, ordering, test_values
from paydouble.providers.wechatpay.errors import COMMON, Errors, refusal
from paydouble.providers.wechatpay.errors_v2 import ErrorsV2
from paydouble.providers.wechatpay.keys import in_public_key_mode
from paydouble.providers.wechatpay.machines import API, TRANSACTION
from paydouble.providers.wechatpay.models import Transaction
from paydouble.providers.wechatpay.notices import V2, deduction_failed
from paydouble.providers.wechatpay.operations.order_errors import PREPAY
from paydouble.providers.wechatpay.papay_records import PAPAY_CONTRACT, PapayContract, contract_key
from paydouble.providers.wechatpay.settings import WechatpaySettings

CONTRACTS = "/v3/papay/sign/contracts/plan-id/{plan_id}/out-contract-code/{out_contract_code}"
DOCS = "https://pay.weixin.qq.com/doc/v3/merchant/"
SCHEDULES = "/v3/papay/pay/schedules/contract-id/{contract_id}"
SIGN_PAGE = "/papay/sign"
PRODUCTS = ("app", "h5", "jsapi", "mini-program")

DEDUCTED = (ErrorsV2.NOTENOUGH, ErrorsV2.BANKERROR, ErrorsV2.TRADE_ERROR)

Params = dict[str, Any]
ERRORS: tuple[ErrorTable, ...] = (
    Errors.PAPAY_UNKNOWN, Errors.PAPAY_STATE, Errors.APPID_MCHID_NOT_MATCH, *COMMON
)


def operations(settings: WechatpaySettings) -> tuple[Operation, ...]:
    @operation(
        "papay.apply", Route(API, "POST", "/v3/papay/pay/transactions/apply"), means=("payment.create",),
        idempotency=NaturalKey(("out_trade_no",)), errors=(Errors.PAPAY_UNKNOWN, Errors.PAPAY_STATE, *PREPAY),
        docs=f"{DOCS}4012526857",
    )
    async def apply(call: Call[Params]) -> Reply:
        """Deduct under a contract; what came of it is told later."""
        return await _apply(call, settings)

    presigns = (_presign(product, settings) for product in PRODUCTS)
    return (*presigns, query, terminate, announce, apply, query_schedule, schedule)


def _presign(product: str, settings: WechatpaySettings) -> Operation:
    async def presign(call: Call[Params]) -> Reply:
        return await _prepared(call, settings)

    presign.__doc__ = f"Ask a user to sign a contract, in {product}."
    return operation(
        f"papay.presign_{product.replace('-', '_')}",
        Route(API, "POST", f"/v3/papay/scheduled-deduct-sign/contracts/pre-entrust-sign/{product}"),
        idempotency=NaturalKey(("out_contract_code",)), errors=ERRORS, docs=f"{DOCS}4012526801",
    )(presign)


@operation("papay.query", Route(API, "GET", CONTRACTS), errors=ERRORS, docs=f"{DOCS}4012526833")
async def query(call: Call[Params]) -> Reply:
    """Query a contract that was signed."""
    contract = await _known(call)
    return Reply(contract.shown(), subject=contract)


@operation(
    "papay.terminate", Route(API, "POST", f"{CONTRACTS}/terminate"), errors=ERRORS, docs=f"{DOCS}4012526837"
)
async def terminate(call: Call[Params]) -> Reply:
    """End a contract."""
    contract = await _known(call)
    if contract.status != "TERMINATED":
        remark = call.params["contract_termination_remark"]
        contract = fire(call.work, PAPAY_CONTRACT, contract, "terminate", call.clock.now(), remark=remark)
    return Reply(contract.shown(), subject=contract)


@operation(
    "papay.notify", Route(API, "POST", "/v3/papay/contracts/{contract_id}/notify"), errors=ERRORS,
    docs=f"{DOCS}4012526845", reads=True,
)
async def announce(call: Call[Params]) -> Reply:
    """Tell the user that money will be deducted."""
    await _signed(call)
    return Reply(b"", status=204)


@operation("papay.query_schedule", Route(API, "GET", SCHEDULES), errors=ERRORS, docs=f"{DOCS}4012526865")
async def query_schedule(call: Call[Params]) -> Reply:
    """Query when a contract's next deduction is to be. Its fields are unverified."""
    contract = await _signed(call)
    return Reply({
        "contract_id": contract.id, "appid": contract.appid, "plan_id": contract.plan_id,
        "out_contract_code": contract.out_contract_code, "deduct_schedule": contract.schedule_shown(),
    }, subject=contract)


@operation(
    "papay.schedule", Route(API, "POST", f"{SCHEDULES}/schedule"), errors=ERRORS, docs=f"{DOCS}4012526861"
)
async def schedule(call: Call[Params]) -> Reply:
    """Fix how much the next deduction is to be, so that the user is told. Its fields are unverified."""
    contract = await _signed(call)
    if contract.deducted:
        raise Errors.PAPAY_STATE()
    total, now = call.params["schedule_amount"]["total"], call.clock.now()
    contract = replace(contract, scheduled_minor=total, scheduled=now)
    call.work.save(contract)
    return Reply(b"", status=204, subject=contract)


async def _prepared(call: Call[Params], settings: WechatpaySettings) -> Reply:
    params = call.params
    ordering.check_appid(call)
    key = contract_key(call.merchant.id, str(params["plan_id"]), params["out_contract_code"])
    contract = await call.work.find(PapayContract, "number", key)
    if contract is not None and contract.status != "SIGNING":
        raise Errors.PAPAY_STATE()
    if contract is None:
        contract = PapayContract(
            id=identifiers.contract_id(call.ids, call.clock.now()), status=PAPAY_CONTRACT.initial,
            created=call.clock.now(), mchid=call.merchant.id, appid=params["appid"],
            plan_id=params["plan_id"], out_contract_code=params["out_contract_code"],
            display_account=params["contract_display_account"], notify_url=params["contract_notify_url"],
            openid=params.get("openid", ""), schedule=params.get("deduct_schedule", {}),
            public_key_mode=in_public_key_mode(call.envelope, settings),
        )
        call.work.save(contract)
    return Reply({"redirect_url": sign_url(call.request.base_url, contract)}, subject=contract)


def sign_url(base_url: str, contract: PapayContract) -> str:
    """Where its user signs it."""
    return f"{base_url}{SIGN_PAGE}?mchid={contract.mchid}&contract_id={quote(contract.id)}"


async def _known(call: Call[Params]) -> PapayContract:
    params = call.params
    key = contract_key(call.merchant.id, params["plan_id"], params["out_contract_code"])
    contract = await call.work.find(PapayContract, "number", key)
    if contract is None or contract.status == "SIGNING":
        raise Errors.PAPAY_UNKNOWN()
    return contract


async def _signed(call: Call[Params]) -> PapayContract:
    contract = await call.work.get(PapayContract, call.params["contract_id"])
    if contract is None or contract.mchid != call.merchant.id or contract.status == "SIGNING":
        raise Errors.PAPAY_UNKNOWN()
    if contract.status != "SIGNED":
        raise Errors.PAPAY_STATE()
    return contract


async def _apply(call: Call[Params], settings: WechatpaySettings) -> Reply:
    params, now = call.params, call.clock.now()
    ordering.check_sizes(params)
    ordering.check_appid(call)
    contract = await _signed(call)
    order = await ordering.place(call.work, call.ids, now, ordering.Wanted(
        trade_type="PAP", mchid=call.merchant.id, appid=params["appid"], out_trade_no=params["out_trade_no"],
        notify_url=params["transaction_notify_url"], total_minor=params["amount"]["total"],
        description=params["description"], attach=params.get("attach", ""), openid=contract.openid,
        expires=ordering.expiry(None, now, "PAP", settings), asked=ordering.digest(params, "PAP"),
        contract=contract.id, public_key_mode=in_public_key_mode(call.envelope, settings),
    ))
    call.work.at(now, order, "deduct")
    return Reply({"out_trade_no": order.out_trade_no, "amount": dict(params["amount"])}, subject=order)


def acts(settings: WechatpaySettings) -> tuple[Act[Any], ...]:
    @act(Transaction, "deduct", means=("payment.charge",))
    async def deduct(doing: Doing[Transaction]) -> Record:
        """The money is taken under a contract, or it is not."""
        order, outcome = doing.record, doing.outcome
        if outcome is None and doing.magic:
            outcome = test_values.paying(order.out_trade_no, order.total_minor)
        if order.status != "NOTPAY":
            return order
        if outcome is not None and outcome.result is not Result.APPROVED:
            refused = fire(doing.work, TRANSACTION, order, "refuse", doing.now)
            if order.api == V2:
                reason = refusal(outcome, DEDUCTED, ErrorsV2.TRADE_ERROR)
                doing.work.announce(deduction_failed(refused, reason.row.code))
            return refused
        contract = await doing.work.get(PapayContract, order.contract)
        if contract is not None and contract.scheduled_minor:
            doing.work.save(replace(contract, deducted=doing.now))
        openid = order.openid or identifiers.openid(doing.ids)
        return ordering.settled(
            doing.work, order, "pay", doing.now, settings, openid=openid, bank_type="OTHERS"
        )

    return deduct
