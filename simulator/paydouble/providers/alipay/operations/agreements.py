"""Withholding (代扣, 周期扣款): a buyer signs once, and `trade.pay` takes money later.

https://opendocs.alipay.com/apis
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from paydouble.core.act import Act, Doing, act
from paydouble.core.call import Call, Reply
from paydouble.core.clock import DAY, Instant, later
from paydouble.core.errors import ErrorTable
from paydouble.core.ids import HEX
from paydouble.core.machine import Machine, Phase, Transition, fire
from paydouble.core.notification import Event
from paydouble.core.operation import Operation, operation
from paydouble.core.record import Record
from paydouble.core.work import Work
from paydouble.providers.alipay import amounts, buyers, identifiers, times
from paydouble.providers.alipay.amounts import yuan
from paydouble.providers.alipay.errors import COMMON, Acq, Agreement
from paydouble.providers.alipay.machines import PROVIDER, V2
from paydouble.providers.alipay.models import number_key
from paydouble.providers.alipay.operations.routes import documented, routes
from paydouble.providers.alipay.settings import AlipaySettings, UnsignedQuery

ROWS: tuple[ErrorTable, ...] = (*Agreement, *COMMON)
CYCLE = "CYCLE_PAY_AUTH_P"
PRODUCTS = (CYCLE, "GENERAL_WITHHOLDING_P")
FOR_EVER = "2115-02-01 00:00:00"
DAYS_BEFORE = 5
DAYS_LEAST, DAY_OF_MONTH_LAST = 7, "28"
PERIOD_TYPES, MONTHS_A_YEAR = ("DAY", "MONTH"), 12
CONFIRM_NO = "888888"
SIGN_PAGE = "/agreement/sign.htm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract(Record):
    """An agreement; `id` is the agreement_no. Status: TEMP, NORMAL, STOP."""

    kind: ClassVar[str] = "alipay.agreement"
    unique: ClassVar[tuple[str, ...]] = ("external_key",)
    indexes: ClassVar[tuple[str, ...]] = ("apply_token", "holder")

    app_id: str
    seller_id: str
    external_agreement_no: str = ""
    personal_product_code: str
    sign_scene: str = ""
    user_id: str = buyers.DEFAULT
    notify_url: str = ""
    return_url: str = ""
    signed: Instant = Instant(0)
    ended: Instant = Instant(0)
    apply_token: str = ""
    single_minor: int = 0
    total_minor: int = 0
    total_payments: int = 0
    period_type: str = ""
    """DAY, MONTH; empty where there is no plan."""
    period: int = 0
    next_deduct: str = ""
    """yyyy-MM-dd; empty where there is no plan."""
    last_deduct: str = ""
    taken_minor: int = 0
    taken_count: int = 0

    @property
    def external_key(self) -> str:
        if not self.external_agreement_no:
            return ""
        return external_key(
            self.seller_id, self.personal_product_code, self.sign_scene, self.external_agreement_no
        )

    @property
    def holder(self) -> str:
        """Whose agreement it is, while it is in force."""
        if self.status != "NORMAL":
            return ""
        return number_key(f"{self.seller_id}/{self.personal_product_code}", self.user_id)

    def shown(self) -> dict[str, object]:
        shown = {
            "agreement_no": self.id, "status": self.status,
            "personal_product_code": self.personal_product_code,
            "sign_scene": self.sign_scene, "external_agreement_no": self.external_agreement_no,
            "principal_id": self.user_id, "alipay_logon_id": buyers.logon_id(self.user_id),
            "sign_time": times.china(self.signed) if self.signed else "",
            "valid_time": times.china(self.signed) if self.signed else "",
            "invalid_time": times.china(self.ended) if self.ended else FOR_EVER,
            "next_deduct_time": self.next_deduct, "last_deduct_time": self.last_deduct,
            "execution_plans": self._plans(),
        }
        return {name: value for name, value in shown.items() if value}

    def _plans(self) -> list[dict[str, str]]:
        """Of the next withdrawal; how many there are live, and what `period_id` counts, is unverified."""
        if not self.next_deduct:
            return []
        single = {"single_amount": yuan(self.single_minor)} if self.single_minor else {}
        return [{
            "period_id": str(self.taken_count + 1), "execute_time": self.next_deduct,
            "latest_execute_time": self.next_deduct, **single,
        }]


def external_key(seller_id: str, product: str, scene: str, number: str) -> str:
    return number_key(f"{seller_id}/{product}/{scene}", number)


def _signed(contract: Contract) -> Event:
    return _told(contract, "dut_user_sign", "NORMAL", sign_time=times.china(contract.signed),
                 valid_time=times.china(contract.signed), invalid_time=FOR_EVER)


def _ended(contract: Contract) -> Event:
    return _told(contract, "dut_user_unsign", "UNSIGN", unsign_time=times.china(contract.ended))


def _told(contract: Contract, kind: str, status: str, **more: object) -> Event:
    body: dict[str, object] = {
        "notify_type": kind, "charset": "utf-8", "version": "1.0", "sign_type": "RSA2",
        "app_id": contract.app_id, "auth_app_id": contract.app_id, "agreement_no": contract.id,
        "status": status,
        "alipay_user_id": contract.user_id, "alipay_logon_id": buyers.logon_id(contract.user_id),
        "personal_product_code": contract.personal_product_code, "sign_scene": contract.sign_scene,
        "external_agreement_no": contract.external_agreement_no, **more,
    }
    return Event(
        id="", type=kind, api=V2, provider=PROVIDER, merchant=contract.app_id, body=body,
        url=contract.notify_url, ref=contract.external_agreement_no,
    )


# fmt: off
CONTRACT: Machine[Contract] = Machine(
    "alipay.agreement",
    record=Contract,
    initial="TEMP",
    phases={"TEMP": Phase.OPEN, "NORMAL": Phase.AUTHORIZED, "STOP": Phase.CLOSED},
    rows=(
        Transition("TEMP",   "sign",   "NORMAL", stamp="signed", event=_signed),
        Transition("TEMP",   "cancel", "TEMP"),
        Transition("NORMAL", "unsign", "STOP",   stamp="ended",  event=_ended),
    ),
)
# fmt: on


@act(Contract, "sign")
async def sign(doing: Doing[Contract]) -> Record:
    """The buyer signs."""
    user = str(doing.details.get("buyer_id", "")) or doing.record.user_id
    return fire(doing.work, CONTRACT, doing.record, "sign", doing.now, user_id=user)


ACTS: tuple[Act[Any], ...] = sign


def operations(settings: AlipaySettings) -> tuple[Operation, ...]:
    """All of it, under these settings."""

    @operation(
        "user.agreement.query", *routes("user.agreement.query", "GET"), errors=ROWS, reads=True,
        docs=documented("user.agreement.query"),
    )
    async def query(call: Call[Any]) -> Reply:
        """See an agreement."""
        contract = await _named(call, Agreement.USER_AGREEMENT_NOT_EXIST)
        if contract.status == "STOP" and settings.unsigned_query is UnsignedQuery.HAS_UNSIGNED:
            raise Agreement.AGREEMENT_HAS_UNSIGNED()
        ended = contract.status == "STOP" and settings.unsigned_query is UnsignedQuery.NOT_EXIST
        if contract.status == "TEMP" or ended:
            raise Agreement.USER_AGREEMENT_NOT_EXIST()
        return Reply(contract.shown(), subject=contract)

    return page_sign, query, unsign, modify, apply, confirm


@operation(
    "user.agreement.page.sign", *routes("user.agreement.page.sign", ""), errors=ROWS,
    docs=documented("user.agreement.page.sign"),
)
async def page_sign(call: Call[Any]) -> Reply:
    """Send a buyer to the page on which he signs."""
    params = call.params
    product = params["personal_product_code"]
    if product not in PRODUCTS:
        raise Agreement.PRODUCT_CODE_NOT_SUPPORTED_ERROR()
    plan = params.get("period_rule_params") or {}
    if product == CYCLE and not plan:
        raise Agreement.INVALID_PARAMETER()
    told = {name: params.get(name, "") for name in ("notify_url", "return_url")}
    asked = Asked(params=params, product=product, plan=plan, **told)
    contract = await drawn_up(call, asked)
    call.work.save(contract)
    url = f"{call.request.base_url}{SIGN_PAGE}?agreement_no={contract.id}&app_id={contract.app_id}"
    return Reply(b"", 302, subject=contract, headers=(("Location", url), ("Cache-Control", "no-store")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An agreement as it is asked for: on a page of its own, or together with a payment."""

    params: Mapping[str, Any]
    product: str
    plan: Mapping[str, Any]
    notify_url: str
    return_url: str = ""


async def drawn_up(call: Call[Any], asked: Asked) -> Contract:
    """A new contract, or the unsigned one of that number; not yet saved."""
    seller, now = call.merchant.secrets["seller_id"], call.clock.now()
    number, scene = asked.params.get("external_agreement_no", ""), asked.params.get("sign_scene", "")
    known = None
    if number:
        key = external_key(seller, asked.product, scene, number)
        known = await call.work.find(Contract, "external_key", key)
    if known is not None and known.status != "TEMP":
        raise Agreement.INVALID_PARAMETER("商户签约号已存在")
    return Contract(
        id=known.id if known else identifiers.agreement_no(call.ids, now), status=CONTRACT.initial,
        created=now, app_id=call.merchant.id, seller_id=seller, external_agreement_no=number,
        personal_product_code=asked.product, sign_scene=scene, notify_url=asked.notify_url,
        return_url=asked.return_url, **planned(asked.plan),
    )


def planned(plan: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a contract that `period_rule_params` decides."""
    period_type, period = str(plan.get("period_type", "")), _count(plan.get("period", "0"))
    if plan and (period_type not in PERIOD_TYPES or period < 1):
        raise Agreement.INVALID_PARAMETER("周期类型或周期数无效")
    if period_type == "DAY" and period < DAYS_LEAST:
        raise Agreement.INVALID_PARAMETER("周期天数不能小于7天")
    first = _day(plan.get("execute_time", ""))
    if period_type == "MONTH" and first[8:] > DAY_OF_MONTH_LAST:
        raise Agreement.ILLEGAL_EXECUTION_TIME("执行日期不能晚于28日")
    return {
        "period_type": period_type, "period": period, "next_deduct": first,
        "single_minor": _limit(plan, "single_amount"), "total_minor": _limit(plan, "total_amount"),
        "total_payments": _count(plan.get("total_payments", "0")),
    }


@operation(
    "user.agreement.unsign", *routes("user.agreement.unsign"), errors=ROWS,
    docs=documented("user.agreement.unsign"),
)
async def unsign(call: Call[Any]) -> Reply:
    """End an agreement."""
    contract = await _named(call, Agreement.AGREEMENT_NOT_EXIST)
    if contract.status != "NORMAL":
        raise Agreement.USER_AGREEMENT_STATUS_NOT_NORMAL()
    return Reply({}, subject=fire(call.work, CONTRACT, contract, "unsign", call.clock.now()))


@operation(
    "user.agreement.executionplan.modify", *routes("user.agreement.executionplan.modify"), errors=ROWS,
    docs=documented("user.agreement.executionplan.modify"),
)
async def modify(call: Call[Any]) -> Reply:
    """Move the next withdrawal to another day."""
    contract = await _named(call, Agreement.ILLEGAL_AGREEMENT)
    if contract.status != "NORMAL" or contract.personal_product_code != CYCLE:
        raise Agreement.ILLEGAL_AGREEMENT()
    day = _day(call.params["deduct_time"])
    if day < times.china(call.clock.now(), "%Y-%m-%d"):
        raise Agreement.ILLEGAL_EXECUTION_TIME()
    call.work.save(replace(contract, next_deduct=day))
    return Reply({"agreement_no": contract.id, "deduct_time": day}, subject=contract)


@operation(
    "user.agreement.auth.apply", *routes("user.agreement.auth.apply", ""), errors=ROWS,
    docs=documented("user.agreement.auth.apply")
)
async def apply(call: Call[Any]) -> Reply:
    """Ask for the code that confirms a withdrawal."""
    contract = await _named(call, Agreement.AGREEMENT_NOT_EXIST)
    token = call.ids.token(32, HEX)
    call.work.save(replace(contract, apply_token=token))
    return Reply({"apply_token": token}, subject=contract)


@operation(
    "user.agreement.auth.confirm", *routes("user.agreement.auth.confirm", ""), errors=ROWS,
    docs=documented("user.agreement.auth.confirm")
)
async def confirm(call: Call[Any]) -> Reply:
    """Confirm a withdrawal by the code that the buyer was sent; here it is always 888888."""
    contract = await _named(call, Agreement.AGREEMENT_NOT_EXIST)
    if not contract.apply_token or call.params["apply_token"] != contract.apply_token:
        raise Agreement.APPLY_TOKEN_INVALID()
    if call.params["auth_confirm_no"] != CONFIRM_NO:
        raise Agreement.CONFIRM_NO_INVALID()
    return Reply({}, subject=contract)


async def check(work: Work, seller_id: str, agreement_no: str, minor: int, now: Instant) -> Contract:
    """The agreement that a withdrawal names. Raises where it does not allow this one."""
    contract = await work.get(Contract, agreement_no)
    if contract is None or contract.seller_id != seller_id:
        raise Acq.AGREEMENT_NOT_EXIST()
    if contract.status != "NORMAL":
        raise Acq.AGREEMENT_STATUS_NOT_NORMAL()
    if contract.single_minor and minor > contract.single_minor:
        raise Acq.CYCLE_PAY_SINGLE_FEE_EXCEED()
    if contract.total_minor and contract.taken_minor + minor > contract.total_minor:
        raise Acq.CYCLE_PAY_TOTAL_FEE_EXCEED()
    if contract.total_payments and contract.taken_count >= contract.total_payments:
        raise Acq.CYCLE_PAY_TOTAL_TIMES_EXCEED()
    if contract.next_deduct and not _in_window(contract.next_deduct, now):
        raise Acq.CYCLE_PAY_DATE_NOT_MATCH()
    return contract


async def take(work: Work, agreement_no: str, minor: int, now: Instant) -> None:
    """Counts a withdrawal, so that two at once cannot both be the last; a plan's next is a period later."""
    contract = await work.get(Contract, agreement_no)
    assert contract is not None, "it was checked"
    work.save(replace(
        contract, taken_minor=contract.taken_minor + minor, taken_count=contract.taken_count + 1,
        last_deduct=times.china(now, "%Y-%m-%d"), next_deduct=_next(contract),
    ))


def _next(contract: Contract) -> str:
    """The day of the withdrawal after this one; where a month has no such day, its last."""
    if not contract.next_deduct:
        return ""
    day = date.fromisoformat(contract.next_deduct)
    if contract.period_type == "DAY":
        return (day + timedelta(days=contract.period)).isoformat()
    year, month = divmod(day.year * MONTHS_A_YEAR + day.month - 1 + contract.period, MONTHS_A_YEAR)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last)).isoformat()


def _in_window(day: str, now: Instant) -> bool:
    """On the day itself, or up to five days before."""
    first = later(times.parse(f"{day} 00:00:00"), -DAYS_BEFORE * DAY)
    return first <= now < later(times.parse(f"{day} 00:00:00"), DAY)


async def _named(call: Call[Any], missing: ErrorTable) -> Contract:
    params, seller = call.params, call.merchant.secrets["seller_id"]
    if id := params.get("agreement_no"):
        contract = await call.work.get(Contract, id)
    elif params.get("external_agreement_no") and params.get("personal_product_code"):
        key = external_key(
            seller, params["personal_product_code"], params.get("sign_scene", ""),
            params["external_agreement_no"]
        )
        contract = await call.work.find(Contract, "external_key", key)
    elif user := _user(params):
        key = number_key(f"{seller}/{params.get('personal_product_code', '')}", user)
        contract = await call.work.find(Contract, "holder", key)
    else:
        raise Agreement.INVALID_PARAMETER()
    if contract is None or contract.seller_id != seller:
        raise missing()
    return contract


def _user(params: Mapping[str, Any]) -> str:
    """By id, or by the one logon id that is known here."""
    if params.get("alipay_user_id"):
        return str(params["alipay_user_id"])
    return buyers.DEFAULT if params.get("alipay_logon_id") == buyers.LOGON else ""


def _limit(plan: Mapping[str, Any], name: str) -> int:
    return amounts.minor(plan[name], Agreement.INVALID_PARAMETER) if plan.get(name) else 0


def _count(text: object) -> int:
    if not isinstance(text, str) or not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Agreement.INVALID_PARAMETER()
    return int(text)


def _day(text: object) -> str:
    if not isinstance(text, str) or not text.isascii():
        raise Agreement.ILLEGAL_EXECUTION_TIME()
    if not text:
        return ""
    try:
        return datetime.strptime(text, "%Y-%m-%d").strftime("%Y-%m-%d")
    except ValueError:
        raise Agreement.ILLEGAL_EXECUTION_TIME() from None
