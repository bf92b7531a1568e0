"""Contracts and deductions (委托代扣) by API v2; the states that queries answer with are unverified.

https://pay.weixin.qq.com/doc/v2/merchant/4011987588 and those after it
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from paydouble.core.call import Call, Reply
from paydouble.core.clock import Instant
from paydouble.core.effect import Result
from paydouble.core.ids import Ids
from paydouble.core.machine import fire
from paydouble.core.operation import NaturalKey, Operation, Route, operation
from paydouble.core.page import Go, Next, Page, Show, Visit, page
from paydouble.core.work import Work
from paydouble.providers.wechatpay import identifiers, ordering, showing_v2, signatures_v2
from paydouble.providers.wechatpay.errors import refusal
from paydouble.providers.wechatpay.errors_v2 import COMMON_V2, ErrorsV2
from paydouble.providers.wechatpay.notices import V2
from paydouble.providers.wechatpay.operations.papay import sign_url
from paydouble.providers.wechatpay.operations.v2.orders import (
    CREATE,
    DOCS,
    QUERY,
    Fields,
    found,
    placed,
    wanted,
)
from paydouble.providers.wechatpay.papay_records import PAPAY_CONTRACT, PapayContract, contract_key
from paydouble.providers.wechatpay.settings import WechatpaySettings
from paydouble.providers.wechatpay.showing_v2 import PAP, spaced_time

CONTRACT = (
    ErrorsV2.CONTRACT_NOT_EXIST, ErrorsV2.CONTRACT_EXISTED, ErrorsV2.CONTRACT_EXPIRED, *COMMON_V2
)
STATES = {"SIGNED": "0", "TERMINATED": "1"}
MERCHANT_ENDED = "3"
_PLAN = re.compile(r"[0-9]{1,28}", re.ASCII)
NEEDED = (
    "appid", "mch_id", "plan_id", "contract_code", "request_serial", "contract_display_account", "notify_url",
    "sign",
)
"""Without which a browser is not sent to sign."""


def operations(settings: WechatpaySettings) -> tuple[Operation, ...]:
    @operation(
        "papay.pappayapply", Route(V2, "POST", "/pay/pappayapply"), means=("payment.create",),
        idempotency=NaturalKey(("out_trade_no",)), docs=f"{DOCS}4011987600",
        errors=(ErrorsV2.CONTRACT_NOT_EXIST, ErrorsV2.CONTRACT_EXPIRED, *CREATE),
    )
    async def pappayapply(call: Call[Fields]) -> Reply:
        """Deduct under a contract; what came of it is told later."""
        contract = await _known(call)
        if contract.status != "SIGNED":
            raise ErrorsV2.CONTRACT_EXPIRED()
        asked = wanted(call, PAP, settings, contract=contract.id, openid=contract.openid)
        order = await ordering.place(call.work, call.ids, call.clock.now(), asked)
        call.work.at(call.clock.now(), order, "deduct")
        return Reply({}, subject=order)

    @operation(
        "papay.contractorder", Route(V2, "POST", "/pay/contractorder"), means=("payment.create",),
        idempotency=NaturalKey(("out_trade_no",)), errors=(ErrorsV2.CONTRACT_EXISTED, *CREATE),
        docs=f"{DOCS}4011987593",
    )
    async def contractorder(call: Call[Fields]) -> Reply:
        """Order, and ask the payer to sign a contract with the payment."""
        outcome = call.outcome
        if outcome is not None and outcome.result in (Result.DECLINED, Result.FAILED):
            raise refusal(outcome, CREATE, ErrorsV2.TRADE_ERROR)
        fields = {**call.params, "notify_url": call.params["contract_notify_url"]}
        contract = await _asked(call.work, call.ids, call.clock.now(), call.merchant.id, fields)
        order, shown = await placed(call, settings, contract=contract.id)
        signs = {"contract_result_code": "SUCCESS", "plan_id": str(contract.plan_id)}
        told = ("request_serial", "contract_code", "contract_display_account")
        return Reply(shown | signs | {name: call.params[name] for name in told}, subject=order)

    return (
        preentrustweb, h5entrustweb, querycontract, deletecontract, pappayapply, paporderquery, contractorder
    )


@operation(
    "papay.preentrustweb", Route(V2, "POST", "/papay/preentrustweb"),
    idempotency=NaturalKey(("contract_code",)), errors=CONTRACT, docs=f"{DOCS}4011987589",
)
async def preentrustweb(call: Call[Fields]) -> Reply:
    """Ask a user to sign a contract, in an app or mini program."""
    contract = await _asked(call.work, call.ids, call.clock.now(), call.merchant.id, call.params)
    return Reply({"pre_entrustweb_id": contract.id}, subject=contract)


@operation(
    "papay.h5entrustweb", Route(V2, "POST", "/papay/h5entrustweb"),
    idempotency=NaturalKey(("contract_code",)), errors=CONTRACT, docs=f"{DOCS}4011987590",
)
async def h5entrustweb(call: Call[Fields]) -> Reply:
    """Ask a user to sign a contract, in a browser outside WeChat."""
    contract = await _asked(call.work, call.ids, call.clock.now(), call.merchant.id, call.params)
    return Reply({"redirect_url": sign_url(call.request.base_url, contract)}, subject=contract)


@operation(
    "papay.querycontract", Route(V2, "POST", "/papay/querycontract"), errors=CONTRACT,
    docs=f"{DOCS}4011987595", reads=True,
)
async def querycontract(call: Call[Fields]) -> Reply:
    """Query a contract that was signed."""
    contract = await _known(call)
    shown = {
        **_named(contract), "request_serial": contract.request_serial, "openid": contract.openid,
        "contract_display_account": contract.display_account, "contract_state": STATES[contract.status],
        "contract_signed_time": spaced_time(contract.signed),
    }
    if contract.status == "TERMINATED":
        shown |= {
            "contract_terminated_time": spaced_time(contract.terminated),
            "contract_termination_mode": MERCHANT_ENDED, "contract_termination_remark": contract.remark,
        }
    return Reply(shown, subject=contract)


@operation(
    "papay.deletecontract", Route(V2, "POST", "/papay/deletecontract"), errors=CONTRACT,
    docs=f"{DOCS}4011987596",
)
async def deletecontract(call: Call[Fields]) -> Reply:
    """End a contract."""
    contract = await _known(call)
    if contract.status == "SIGNED":
        remark = call.params["contract_termination_remark"]
        contract = fire(call.work, PAPAY_CONTRACT, contract, "terminate", call.clock.now(), remark=remark)
    return Reply(_named(contract), subject=contract)


@operation(
    "papay.paporderquery", Route(V2, "POST", "/pay/paporderquery"), means=("payment.query",), errors=QUERY,
    docs=f"{DOCS}4011987601", reads=True,
)
async def paporderquery(call: Call[Fields]) -> Reply:
    """Query a deduction by either number."""
    order = await found(call)
    if order.trade_type != PAP:
        raise ErrorsV2.ORDERNOTEXIST()
    return Reply(showing_v2.queried_deduction(order), subject=order)


def _by_merchant(fields: Mapping[str, str]) -> tuple[str, str]:
    return fields.get("mch_id", ""), ""


@page("/papay/entrustweb", folder="paydouble.providers.wechatpay", names=_by_merchant)
async def entrustweb(visit: Visit) -> Next:
    """Where a page inside WeChat sends its user to sign a contract: all is in the signed query."""
    fields = {name: text for name, text in visit.fields.items() if text}
    secrets, sign_type = visit.merchant.secrets, fields.get("sign_type", signatures_v2.MD5)
    good = sign_type in signatures_v2.TYPES and all(name in fields for name in NEEDED)
    if not good or not signatures_v2.verifies(fields, secrets["apiv2_key"], sign_type):
        return _said(ErrorsV2.SIGNERROR, 403)
    if fields["appid"] != secrets["appid"] or not _PLAN.fullmatch(fields["plan_id"]):
        return _said(ErrorsV2.PARAM_INVALID, 400)
    contract = await _signing(visit.work, visit.ids, visit.now, visit.merchant.id, fields)
    if contract is None:
        return _said(ErrorsV2.CONTRACT_EXISTED, 409)
    return Go(sign_url(visit.base_url, contract))


def _said(row: ErrorsV2, status: int) -> Show:
    return Show("done.html", {"heading": row.message, "link": "", "refused": ""}, status)


PAGES: tuple[Page, ...] = (entrustweb,)


async def _asked(work: Work, ids: Ids, now: Instant, mchid: str, fields: Mapping[str, str]) -> PapayContract:
    """Raises ProviderError where one under this code was signed, whatever became of it."""
    contract = await _signing(work, ids, now, mchid, fields)
    if contract is None:
        raise ErrorsV2.CONTRACT_EXISTED()
    return contract


async def _signing(
    work: Work, ids: Ids, now: Instant, mchid: str, fields: Mapping[str, str]
) -> PapayContract | None:
    key = contract_key(mchid, str(int(fields["plan_id"])), fields["contract_code"])
    known = await work.find(PapayContract, "number", key)
    if known is not None:
        return known if known.status == "SIGNING" else None
    contract = PapayContract(
        id=identifiers.contract_id(ids, now), status=PAPAY_CONTRACT.initial, created=now, mchid=mchid,
        appid=fields["appid"], plan_id=int(fields["plan_id"]), out_contract_code=fields["contract_code"],
        display_account=fields["contract_display_account"], notify_url=fields["notify_url"],
        openid=fields.get("openid", ""), api=V2, sign_type=fields.get("sign_type", signatures_v2.MD5),
        request_serial=fields["request_serial"],
    )
    work.save(contract)
    return contract


async def _known(call: Call[Fields]) -> PapayContract:
    """By its id, or by plan and code. Raises ProviderError."""
    params = call.params
    if "contract_id" in params:
        contract = await call.work.get(PapayContract, params["contract_id"])
    else:
        plan, code = params.get("plan_id"), params.get("contract_code")
        if plan is None or code is None:
            raise ErrorsV2.LACK_PARAMS("缺少参数:contract_id")
        key = contract_key(call.merchant.id, str(int(plan)), code)
        contract = await call.work.find(PapayContract, "number", key)
    if contract is None or contract.mchid != call.merchant.id or contract.status == "SIGNING":
        raise ErrorsV2.CONTRACT_NOT_EXIST()
    return contract


def _named(contract: PapayContract) -> dict[str, str]:
    return {
        "contract_id": contract.id, "plan_id": str(contract.plan_id),
        "contract_code": contract.out_contract_code,
    }
