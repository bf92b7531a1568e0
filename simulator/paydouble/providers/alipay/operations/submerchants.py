"""Merchants of a service provider (间连, 直付通): what is applied for, and what becomes of it.

https://opendocs.alipay.com/apis; how long a review takes is unverified: here a minute.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from paydouble.core.act import Act, Doing, act
from paydouble.core.call import Call, Reply
from paydouble.core.clock import MINUTE, Duration, Instant, later
from paydouble.core.errors import ErrorTable
from paydouble.core.machine import Machine, Phase, Transition, fire
from paydouble.core.notification import Event
from paydouble.core.operation import NaturalKey, Operation, operation
from paydouble.core.record import Record
from paydouble.providers.alipay import identifiers, messages, times
from paydouble.providers.alipay.errors import COMMON
from paydouble.providers.alipay.errors_around import Around
from paydouble.providers.alipay.models import number_key
from paydouble.providers.alipay.operations.routes import documented, routes

ROWS: tuple[ErrorTable, ...] = (*Around, *COMMON)
EXPAND = "ant.merchant.expand"
ZFT = f"{EXPAND}.indirect.zft"
SHOWN = (
    "external_id", "name", "alias_name", "service_phone", "category_id", "source", "memo", "mcc", "org_pid",
    "business_license", "business_license_type",
)
"""What `indirect.query` shows of what was told."""
REVIEW_MS = Duration(MINUTE)
REVIEWED, PASSED, REJECTED = "031", "99", "-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class IndirectMerchant(Record):
    """A merchant that a service provider brings along; `id` is the sub_merchant_id."""

    kind: ClassVar[str] = "alipay.indirect_merchant"
    unique: ClassVar[tuple[str, ...]] = ("number",)

    number: str
    """Of the provider, and its own name for the merchant."""
    told: Mapping[str, object] = field(default_factory=dict)
    """What was told of it, as it was told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Application(Record):
    """An application for a merchant that is settled with directly; `id` is the order_id."""

    kind: ClassVar[str] = "alipay.merchant_application"
    indexes: ClassVar[tuple[str, ...]] = ("number", "smid")

    app_id: str
    number: str
    external_id: str
    merchant_name: str
    smid: str = ""
    reason: str = ""
    ended: Instant = Instant(0)

    def shown(self) -> dict[str, object]:
        """Neither risk control nor the card, nor the merchant's confirmation, are told apart here."""
        steps = {REVIEWED: "PROCESSING", PASSED: "PASS", REJECTED: "REJECT"}[self.status]
        shown = {
            "order_id": self.id, "external_id": self.external_id, "merchant_name": self.merchant_name,
            "status": self.status, "apply_time": times.china(self.created), "fk_audit": steps,
            "kz_audit": steps, "sub_confirm": "FINISH" if self.status == PASSED else "CREATE",
            "smid": self.smid, "reason": self.reason,
        }
        return {name: value for name, value in shown.items() if value}


def _passed(application: Application) -> Event:
    return _told(application, "passed", smid=application.smid)


def _rejected(application: Application) -> Event:
    return _told(application, "rejected", reason=application.reason)


def _told(application: Application, what: str, **more: object) -> Event:
    content = {"order_id": application.id, "external_id": application.external_id, **more}
    return messages.message(f"{ZFT}.{what}", application.app_id, content, ref=application.external_id)


# fmt: off
APPLICATION: Machine[Application] = Machine(
    "alipay.merchant_application",
    record=Application,
    initial=REVIEWED,
    phases={REVIEWED: Phase.PENDING, PASSED: Phase.CLOSED, REJECTED: Phase.FAILED},
    rows=(
        Transition(REVIEWED, "approve", PASSED,   stamp="ended", event=_passed),
        Transition(REVIEWED, "reject",  REJECTED, stamp="ended", event=_rejected),
    ),
)
# fmt: on


@act(Application, "approve")
async def approve(doing: Doing[Application]) -> Record:
    """The review ends well."""
    smid = doing.record.smid or identifiers.smid(doing.ids)
    return fire(doing.work, APPLICATION, doing.record, "approve", doing.now, smid=smid)


@act(Application, "reject")
async def reject(doing: Doing[Application]) -> Record:
    """The review ends badly; `reason` says why."""
    reason = str(doing.details.get("reason", "资料不完整"))
    return fire(doing.work, APPLICATION, doing.record, "reject", doing.now, reason=reason)


ACTS: tuple[Act[Any], ...] = (*approve, *reject)


def operations() -> tuple[Operation, ...]:
    return create, modify, query, zft_create, zft_simple, zft_modify, zft_consult, zft_orders, order


@operation(
    f"{EXPAND}.indirect.create", *routes(f"{EXPAND}.indirect.create", ""), errors=ROWS,
    idempotency=NaturalKey(("external_id",)), docs=documented(f"{EXPAND}.indirect.create"),
)
async def create(call: Call[Any]) -> Reply:
    """Bring a merchant along, or tell anew what it is."""
    params, seller = call.params, call.merchant.secrets["seller_id"]
    number = number_key(seller, params["external_id"])
    known = await call.work.find(IndirectMerchant, "number", number)
    id = known.id if known else identifiers.smid(call.ids)
    call.work.save(IndirectMerchant(
        id=id, status="NORMAL", created=call.clock.now(), number=number, told=_told_of(call),
    ))
    return Reply({"sub_merchant_id": id})


@operation(
    f"{EXPAND}.indirect.modify", *routes(f"{EXPAND}.indirect.modify", ""), errors=ROWS,
    docs=documented(f"{EXPAND}.indirect.modify"),
)
async def modify(call: Call[Any]) -> Reply:
    """Tell what has changed of a merchant that was brought along; the rest stays as it was."""
    found = await _merchant(call)
    call.work.save(replace(found, told={**found.told, **_told_of(call)}))
    return Reply({"sub_merchant_id": found.id})


@operation(
    f"{EXPAND}.indirect.query", *routes(f"{EXPAND}.indirect.query", ""), errors=ROWS, reads=True,
    docs=documented(f"{EXPAND}.indirect.query"),
)
async def query(call: Call[Any]) -> Reply:
    """See a merchant that was brought along, by either of its names."""
    found = await _merchant(call)
    return Reply({**found.told, "sub_merchant_id": found.id, "indirect_level": "INDIRECT_LEVEL_M3"})


@operation(
    f"{ZFT}.create", *routes(f"{ZFT}.create", ""), errors=ROWS, idempotency=NaturalKey(("external_id",)),
    docs=documented(f"{ZFT}.create"),
)
async def zft_create(call: Call[Any]) -> Reply:
    """Apply for a merchant that is settled with directly."""
    return Reply({"order_id": (await _applied(call)).id})


@operation(
    f"{ZFT}.simplecreate", *routes(f"{ZFT}.simplecreate", ""), errors=ROWS,
    idempotency=NaturalKey(("external_id",)), docs=documented(f"{ZFT}.simplecreate"),
)
async def zft_simple(call: Call[Any]) -> Reply:
    """Apply for a merchant that has an account already."""
    return Reply({"order_id": (await _applied(call)).id})


@operation(
    f"{ZFT}.consult", *routes(f"{ZFT}.consult", ""), errors=ROWS, reads=True,
    docs=documented(f"{ZFT}.consult"),
)
async def zft_consult(call: Call[Any]) -> Reply:
    """Ask whether an application would have to be reviewed, before it is made."""
    return Reply({"account_audit": False, "risk_audit": False})


@operation(
    f"{EXPAND}.indirect.zftorder.query", *routes(f"{EXPAND}.indirect.zftorder.query", ""), errors=ROWS,
    reads=True, docs=documented(f"{EXPAND}.indirect.zftorder.query"),
)
async def zft_orders(call: Call[Any]) -> Reply:
    """See what has become of an application, by its own number or the merchant's."""
    return Reply({"orders": [(await _found(call)).shown()]})


@operation(
    f"{EXPAND}.order.query", *routes(f"{EXPAND}.order.query", ""), errors=ROWS, reads=True,
    docs=documented(f"{EXPAND}.order.query"),
)
async def order(call: Call[Any]) -> Reply:
    """See an application as the list of all kinds of them has it."""
    found = await _found(call)
    shown = {"apply_time": times.china(found.created), "merchant_name": found.merchant_name}
    return Reply({**shown, "status": found.status, **({"ip_role_id": [found.smid]} if found.smid else {})})


@operation(
    f"{ZFT}.modify", *routes(f"{ZFT}.modify", ""), errors=ROWS, docs=documented(f"{ZFT}.modify"),
)
async def zft_modify(call: Call[Any]) -> Reply:
    """Tell what has changed of a merchant that is settled with directly: it is reviewed anew."""
    params, seller = call.params, call.merchant.secrets["seller_id"]
    if params.get("smid"):
        known = await call.work.find(Application, "smid", params["smid"])
    else:
        key = number_key(seller, params.get("external_id", ""))
        known = await call.work.find(Application, "number", key)
    if known is None or not known.smid or not known.number.startswith(f"{seller}/"):
        raise Around.MERCHANT_NOT_EXIST()
    named = {"external_id": known.external_id, "name": params.get("name") or known.merchant_name}
    return Reply({"order_id": (await _applied(replace(call, params=named))).id})


async def _merchant(call: Call[Any]) -> IndirectMerchant:
    params, seller = call.params, call.merchant.secrets["seller_id"]
    if params.get("sub_merchant_id"):
        found = await call.work.get(IndirectMerchant, params["sub_merchant_id"])
    elif params.get("external_id"):
        found = await call.work.find(IndirectMerchant, "number", number_key(seller, params["external_id"]))
    else:
        raise Around.INVALID_PARAMETER()
    if found is None or not found.number.startswith(f"{seller}/"):
        raise Around.MERCHANT_NOT_EXIST()
    return found


def _told_of(call: Call[Any]) -> dict[str, object]:
    return {name: call.params[name] for name in SHOWN if call.params.get(name)}


async def _applied(call: Call[Any]) -> Application:
    """A new application; the same one again while the last is under review."""
    params, now = call.params, call.clock.now()
    number = number_key(call.merchant.secrets["seller_id"], params["external_id"])
    known = await call.work.find(Application, "number", number)
    if known is not None and known.status == REVIEWED:
        return known
    made = Application(
        id=identifiers.settle_no(call.ids, now), status=APPLICATION.initial, created=now,
        app_id=call.merchant.id, number=number, external_id=params["external_id"],
        merchant_name=params.get("name", ""),
    )
    if known is not None and known.smid:
        made = replace(made, smid=known.smid)
    call.work.save(made)
    call.work.at(later(now, REVIEW_MS), made, "approve")
    return made


async def _found(call: Call[Any]) -> Application:
    params, seller = call.params, call.merchant.secrets["seller_id"]
    if params.get("order_id"):
        found = await call.work.get(Application, params["order_id"])
    elif params.get("external_id"):
        found = await call.work.find(Application, "number", number_key(seller, params["external_id"]))
    else:
        raise Around.INVALID_PARAMETER()
    if found is None or not found.number.startswith(f"{seller}/"):
        raise Around.ORDER_NOT_EXIST()
    return found
