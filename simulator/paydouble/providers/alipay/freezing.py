"""Frozen money: its records, its states, and what freezing, freeing and paying out of it write.

https://opendocs.alipay.com/apis/api_28/alipay.fund.auth.order.freeze
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from paydouble.core.act import Act, Declined, Doing, act
from paydouble.core.clock import DAY, Instant, later
from paydouble.core.effect import Result
from paydouble.core.ids import Ids
from paydouble.core.ledger import PAYER, Entry, EntryKind, reserved, transfer
from paydouble.core.machine import IllegalTrigger, Machine, Phase, Transition, fire
from paydouble.core.money import Money
from paydouble.core.notification import Event
from paydouble.core.record import Record
from paydouble.core.work import Work
from paydouble.providers.alipay import buyers, identifiers, paying, times
from paydouble.providers.alipay.amounts import CNY, yuan
from paydouble.providers.alipay.machines import PROVIDER, V2
from paydouble.providers.alipay.models import number_key

LIFETIME_MS = 365 * DAY
UNFROZEN = "fund_auth_unfreeze"


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorisation(Record):
    """Money that is frozen; `id` is the auth_no. Status: INIT, AUTHORIZED, FINISH, CLOSED."""

    kind: ClassVar[str] = "alipay.authorisation"
    unique: ClassVar[tuple[str, ...]] = ("order_key",)
    indexes: ClassVar[tuple[str, ...]] = ("code",)

    app_id: str
    seller_id: str
    out_order_no: str
    out_request_no: str
    operation_id: str
    order_title: str
    code: str = ""
    asked_minor: int
    frozen_minor: int = 0
    freed_minor: int = 0
    paid_minor: int = 0
    payer_id: str = ""
    gmt_trans: Instant = Instant(0)
    expires: Instant
    notify_url: str = ""

    @property
    def order_key(self) -> str:
        return number_key(self.seller_id, self.out_order_no)

    @property
    def rest_minor(self) -> int:
        return self.frozen_minor - self.freed_minor - self.paid_minor

    def named(self) -> dict[str, object]:
        return {"auth_no": self.id, "out_order_no": self.out_order_no}

    def payer(self) -> dict[str, object]:
        if not self.payer_id:
            return {}
        return {"payer_user_id": self.payer_id, "payer_logon_id": buyers.logon_id(self.payer_id)}

    def totals(self) -> dict[str, object]:
        return {
            "rest_amount": yuan(self.rest_minor), "total_freeze_amount": yuan(self.frozen_minor),
            "total_pay_amount": yuan(self.paid_minor),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Record):
    """One operation on it; `id` is the operation_id. Status: INIT, SUCCESS, CLOSED."""

    kind: ClassVar[str] = "alipay.authorisation_step"
    unique: ClassVar[tuple[str, ...]] = ("request_key",)

    auth_no: str
    what: str
    """FREEZE, UNFREEZE, PAY."""
    out_request_no: str
    amount_minor: int
    remark: str = ""

    @property
    def request_key(self) -> str:
        return number_key(self.auth_no, self.out_request_no)


# fmt: off
AUTHORISATION: Machine[Authorisation] = Machine(
    "alipay.authorisation",
    record=Authorisation,
    initial="INIT",
    phases={"INIT": Phase.OPEN, "AUTHORIZED": Phase.AUTHORIZED, "FINISH": Phase.PAID, "CLOSED": Phase.CLOSED},
    rows=(
        Transition("INIT",       "pay",      "AUTHORIZED", stamp="gmt_trans"),
        Transition("INIT",       "close",    "CLOSED"),
        Transition("AUTHORIZED", "unfreeze", "AUTHORIZED"),
        Transition("AUTHORIZED", "take",     "AUTHORIZED"),
        Transition("AUTHORIZED", "finish",   "FINISH"),
        Transition("AUTHORIZED", "close",    "CLOSED"),
    ),
)
# fmt: on


def told(auth: Authorisation, step: Step, kind: str, *, by_itself: bool = False, **more: object) -> Event:
    """To whoever asked for the freezing; what happens by itself is told to the app's gateway."""
    body: dict[str, object] = {
        "notify_type": kind, "charset": "utf-8", "version": "1.0", "sign_type": "RSA2", "app_id": auth.app_id,
        "auth_app_id": auth.app_id, **auth.named(), "operation_id": step.id,
        "out_request_no": step.out_request_no,
        "operation_type": step.what, "amount": yuan(step.amount_minor), "status": "SUCCESS",
        "gmt_create": times.china(auth.created), "gmt_trans": times.china(step.created), **auth.payer(),
        "payee_user_id": auth.seller_id, **auth.totals(), "total_unfreeze_amount": yuan(auth.freed_minor),
        "fund_amount": yuan(step.amount_minor), "rest_fund_amount": yuan(auth.rest_minor),
        "total_freeze_fund_amount": yuan(auth.frozen_minor),
        **more,
    }
    return Event(
        id="", type=kind, api=V2, provider=PROVIDER, merchant=auth.app_id, body=body,
        url="" if by_itself else auth.notify_url,
        ref=auth.out_order_no,
    )


@act(Authorisation, "pay", means=("payment.charge",))
async def authorise(doing: Doing[Authorisation]) -> Record:
    """The buyer agrees: the money is frozen."""
    auth, outcome = doing.record, doing.outcome
    if auth.status != "INIT" or doing.now >= auth.expires:
        raise Declined("expired", "该笔授权已关闭")
    if outcome is not None and outcome.result in paying.WAITS:
        return auth
    if outcome is not None and outcome.result is not Result.APPROVED:
        raise Declined(outcome.reason or "do_not_honor", outcome.message or "授权失败")
    return freeze(doing.work, auth, doing.now)[0]


@act(Authorisation, "time_out")
async def time_out(doing: Doing[Authorisation]) -> Record:
    """What nobody agreed to lapses; what is frozen too long is freed."""
    auth = doing.record
    if auth.status == "INIT" and doing.now >= auth.expires:
        return await lapse(doing.work, auth, doing.now)
    if auth.status == "AUTHORIZED" and doing.now >= later(auth.gmt_trans, LIFETIME_MS):
        return unfreeze(
            doing.work, doing.ids, auth, auth.rest_minor, f"auto-{auth.id}", "到期自动解冻", doing.now,
            by_itself=True,
        )[0]
    raise IllegalTrigger(AUTHORISATION.name, auth.status, doing.trigger)


@act(Authorisation, "close", "unfreeze", "finish")
async def end(doing: Doing[Authorisation]) -> Record:
    """The merchant frees on Alipay's own site all that is still frozen."""
    auth = doing.record
    if auth.status == "INIT":
        return await lapse(doing.work, auth, doing.now)
    if auth.status != "AUTHORIZED":
        raise IllegalTrigger(AUTHORISATION.name, auth.status, doing.trigger)
    number = f"site-{auth.id}"
    return unfreeze(doing.work, doing.ids, auth, auth.rest_minor, number, "商家解冻", doing.now)[0]


ACTS: tuple[Act[Any], ...] = (*authorise, *time_out, *end)


async def lapse(work: Work, auth: Authorisation, now: Instant) -> Authorisation:
    """Ends what nobody agreed to, and the freezing that was asked for with it."""
    step = await work.get(Step, auth.operation_id)
    assert step is not None, "it was saved together with the authorisation"
    work.save(replace(step, status="CLOSED"))
    return fire(work, AUTHORISATION, auth, "close", now)


def freeze(work: Work, auth: Authorisation, now: Instant) -> tuple[Authorisation, Step]:
    moved = fire(
        work, AUTHORISATION, auth, "pay", now, frozen_minor=auth.asked_minor,
        payer_id=auth.payer_id or buyers.DEFAULT,
    )
    step = Step(id=auth.operation_id, status="SUCCESS", created=now, auth_no=auth.id, what="FREEZE",
                out_request_no=auth.out_request_no, amount_minor=auth.asked_minor)
    work.save(step)
    work.post(entry(EntryKind.AUTHORIZE, moved, step.amount_minor, step.id, back=False))
    work.at(later(now, LIFETIME_MS), moved, "time_out")
    work.announce(told(moved, step, "fund_auth_freeze"))
    return moved, step


def unfreeze(
    work: Work, ids: Ids, auth: Authorisation, minor: int, out_request_no: str, remark: str, now: Instant,
    *, by_itself: bool = False,
) -> tuple[Authorisation, Step]:
    """Gives back a part of what is frozen; with all of it the authorisation ends."""
    done = minor == auth.rest_minor
    trigger = "unfreeze" if not done else "finish" if auth.paid_minor else "close"
    moved = fire(work, AUTHORISATION, auth, trigger, now, freed_minor=auth.freed_minor + minor)
    step = Step(
        id=identifiers.operation_id(ids, now), status="SUCCESS", created=now, auth_no=auth.id,
        what="UNFREEZE",
        out_request_no=out_request_no, amount_minor=minor, remark=remark,
    )
    work.save(step)
    if minor:
        work.post(entry(EntryKind.VOID, moved, minor, step.id, back=True))
    if by_itself or auth.notify_url:
        work.announce(told(moved, step, UNFROZEN, by_itself=by_itself))
    return moved, step


def take(
    work: Work, ids: Ids, auth: Authorisation, minor: int, memo: str, now: Instant, *, complete: bool
) -> None:
    """Pays out of what is frozen; `complete` frees the rest."""
    done = minor == auth.rest_minor
    moved = fire(
        work, AUTHORISATION, auth, "finish" if done else "take", now, paid_minor=auth.paid_minor + minor
    )
    work.save(Step(
        id=identifiers.operation_id(ids, now), status="SUCCESS", created=now, auth_no=auth.id, what="PAY",
        out_request_no=memo, amount_minor=minor,
    ))
    work.post(entry(EntryKind.VOID, moved, minor, memo, back=True))
    if complete and not done:
        unfreeze(work, ids, moved, moved.rest_minor, f"complete-{memo}", "转支付完成", now)


def entry(what: EntryKind, auth: Authorisation, minor: int, memo: str, *, back: bool) -> Entry:
    source, target = (reserved(auth.seller_id), PAYER) if back else (PAYER, reserved(auth.seller_id))
    return transfer(
        what, source=source, target=target, amount=Money(minor, CNY), reference=auth.id, memo=memo
    )
