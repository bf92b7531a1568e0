"""Agreements that come about by paying, by a code, or out of another product.

https://opendocs.alipay.com/apis
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from paydouble.core.call import Call, Reply
from paydouble.core.clock import Instant
from paydouble.core.machine import fire
from paydouble.core.operation import Operation, operation
from paydouble.core.work import Work
from paydouble.providers.alipay.amounts import yuan
from paydouble.providers.alipay.errors import Agreement
from paydouble.providers.alipay.models import Trade
from paydouble.providers.alipay.operations.agreements import (
    CONFIRM_NO,
    CONTRACT,
    CYCLE,
    PRODUCTS,
    ROWS,
    Asked,
    Contract,
    drawn_up,
    planned,
)
from paydouble.providers.alipay.operations.routes import documented, routes

GENERAL = "GENERAL_WITHHOLDING_P"
TARGETS = {"CYCLE_PAY_AUTH": CYCLE, CYCLE: CYCLE, "GENERAL_WITHHOLDING": GENERAL, GENERAL: GENERAL}


def operations() -> tuple[Operation, ...]:
    return confirm, transfer


async def together(call: Call[Any], order: Trade) -> Trade:
    """The order with the agreement that its payment is to sign, if it names one (`agreement_sign_params`)."""
    params = call.params.get("agreement_sign_params")
    if not isinstance(params, Mapping) or not params:
        return order
    product = params.get("personal_product_code", GENERAL)
    if product not in PRODUCTS:
        raise Agreement.PRODUCT_CODE_NOT_SUPPORTED_ERROR()
    plan = params.get("period_rule_params") or {}
    url = params.get("sign_notify_url") or order.notify_url
    asked = Asked(params=params, product=product, plan=plan, notify_url=url)
    contract = await drawn_up(call, asked)
    call.work.save(contract)
    return replace(order, signs=contract.id)


async def by_paying(work: Work, paid: Trade, now: Instant) -> None:
    """Signs the agreement that this payment carried along."""
    contract = await work.get(Contract, paid.signs) if paid.signs else None
    if contract is not None and contract.status == CONTRACT.initial:
        fire(work, CONTRACT, contract, "sign", now, user_id=paid.buyer_id)


@operation(
    "user.agreement.sign.confirm", *routes("user.agreement.sign.confirm", ""), errors=ROWS,
    docs=documented("user.agreement.sign.confirm"),
)
async def confirm(call: Call[Any]) -> Reply:
    """Sign by the code that the buyer was sent; here it is always 888888."""
    token = call.params["apply_token"]
    contract = await call.work.find(Contract, "apply_token", token) if token else None
    if contract is None or contract.seller_id != call.merchant.secrets["seller_id"]:
        raise Agreement.APPLY_TOKEN_INVALID()
    if call.params["confirm_no"] != CONFIRM_NO:
        raise Agreement.CONFIRM_NO_INVALID()
    if contract.status == CONTRACT.initial:
        contract = fire(call.work, CONTRACT, contract, "sign", call.clock.now())
    if contract.status != "NORMAL":
        raise Agreement.USER_AGREEMENT_STATUS_NOT_NORMAL()
    shown = {"agreement_no": contract.id, "status": contract.status, "forex_eligible": "F"}
    return Reply(shown, subject=contract)


@operation(
    "user.agreement.transfer", *routes("user.agreement.transfer"), errors=ROWS,
    docs=documented("user.agreement.transfer"),
)
async def transfer(call: Call[Any]) -> Reply:
    """Move an agreement to another product, with the plan that one needs."""
    params = call.params
    contract = await call.work.get(Contract, params["agreement_no"])
    if contract is None or contract.seller_id != call.merchant.secrets["seller_id"]:
        raise Agreement.AGREEMENT_NOT_EXIST()
    if contract.status != "NORMAL":
        raise Agreement.USER_AGREEMENT_STATUS_NOT_NORMAL()
    product, plan = TARGETS.get(params["target_product_code"], ""), params.get("period_rule_params") or {}
    if not product:
        raise Agreement.PRODUCT_CODE_NOT_SUPPORTED_ERROR()
    if product == CYCLE and not plan:
        raise Agreement.INVALID_PARAMETER()
    moved = replace(contract, personal_product_code=product, **planned(plan))
    call.work.save(moved)
    shown = {
        "execute_time": moved.next_deduct, "period_type": moved.period_type,
        "period": str(moved.period) if moved.period else "",
        "amount": yuan(moved.single_minor) if moved.single_minor else "",
        "total_amount": yuan(moved.total_minor) if moved.total_minor else "",
        "total_payments": str(moved.total_payments) if moved.total_payments else "",
    }
    return Reply({name: value for name, value in shown.items() if value}, subject=moved)
