"""Taking an order's money: captures and authorizations of its units, all of them or none.

https://developer.paypal.com/docs/api/orders/v2/#orders_capture
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from paydouble.core.clock import DAY, Instant, later
from paydouble.core.effect import Outcome, Result
from paydouble.core.errors import ErrorTable, ProviderError
from paydouble.core.ledger import PAYER, Entry, EntryKind, Posting, fees, pending, reserved, transfer
from paydouble.core.machine import fire
from paydouble.core.money import Money
from paydouble.providers.paypal import cards, events
from paydouble.providers.paypal.amounts import money_of
from paydouble.providers.paypal.disbursing import hold_back
from paydouble.providers.paypal.events import PROVIDER
from paydouble.providers.paypal.machines import AUTHORIZATION, CAPTURE, ORDER
from paydouble.providers.paypal.models import Authorization, Capture, Order
from paydouble.providers.paypal.order_errors import OrderErrors
from paydouble.providers.paypal.scene import Scene
from paydouble.providers.paypal.showing import approve_url, link, order_shown
from paydouble.providers.paypal.vaulting import kept_with

VALID_DAYS, HONOR_DAYS = 29, 3
REVIEW = "PENDING_REVIEW"
WAITS = (Result.PENDING, Result.HELD)
SENDS_BACK = (
    OrderErrors.INSTRUMENT_DECLINED, OrderErrors.PAYER_ACTION_REQUIRED,
    OrderErrors.REDIRECT_PAYER_FOR_ALTERNATE_FUNDING,
)
"""Refusals that send the payer back to the approval page."""


@dataclass(frozen=True, slots=True)
class Share:
    """What a platform keeps of a capture."""

    minor: int = 0
    payee: str = ""


NO_SHARE = Share()


def refusal(outcome: Outcome | None, rows: tuple[ErrorTable, ...], fallback: ErrorTable) -> ErrorTable:
    """The row that the outcome's native code or neutral reason names."""
    if outcome is None:
        return fallback
    named = (row for row in rows if row.code == outcome.native_code)
    meant = (row for row in rows if outcome.reason and outcome.reason in row.reasons)
    return next(named, None) or next(meant, None) or fallback


def sent_back(order: Order, row: ErrorTable, base: str) -> ProviderError:
    """The error with the link by which the payer chooses another way to pay."""
    if row not in SENDS_BACK:
        return row()
    rel = "payer-action" if row is OrderErrors.PAYER_ACTION_REQUIRED else "redirect"
    return row(links=[link(approve_url(order, base), rel)])


def wallet_refusal(order: Order, outcome: Outcome | None, rows: tuple[ErrorTable, ...]) -> ErrorTable | None:
    """Why no money can be taken at all; cards fail in their captures instead."""
    if outcome is None or order.is_card:
        return None
    match outcome.result:
        case Result.DECLINED | Result.FAILED | Result.CANCELED:
            return refusal(outcome, rows, OrderErrors.INSTRUMENT_DECLINED)
        case Result.REQUIRES_ACTION:
            return OrderErrors.PAYER_ACTION_REQUIRED
        case _:
            return None


async def check_invoices(scene: Scene, order: Order) -> None:
    """An invoice id can be paid once, where the account says so. Raises DUPLICATE_INVOICE_ID."""
    for unit in order.units:
        if await invoice_is_paid(scene, unit.get("invoice_id", "")):
            raise OrderErrors.DUPLICATE_INVOICE_ID()


async def invoice_is_paid(scene: Scene, invoice_id: str) -> bool:
    if not invoice_id or not scene.terms.unique_invoices:
        return False
    known = await scene.work.find(Capture, "invoice_key", f"{scene.merchant.id}/{invoice_id}")
    return known is not None and known.status not in ("DECLINED", "FAILED")


async def capture_order(scene: Scene, order: Order, outcome: Outcome | None) -> Order:
    """Captures every unit, and completes the order."""
    await check_invoices(scene, order)
    for number, unit in enumerate(order.units):
        order, _ = take(
            scene, order, number, money_of(unit["amount"]), outcome=outcome, share=share_of(unit),
            mode=(unit.get("payment_instruction") or {}).get("disbursement_mode", "INSTANT"),
        )
    return await _complete(scene, order)


async def authorize_order(scene: Scene, order: Order, outcome: Outcome | None) -> Order:
    """Authorizes its only unit, and completes the order."""
    amount = money_of(order.units[0]["amount"])
    order = hold(scene, order, amount, outcome)
    return await _complete(scene, order)


async def _complete(scene: Scene, order: Order) -> Order:
    done = fire(scene.work, ORDER, kept_with(scene, order), "complete", scene.now)
    if done.payment:
        return done
    scene.work.announce(events.completed(done, await order_shown(scene.work, done, done.base)))
    return done


def share_of(unit: Mapping[str, Any]) -> Share:
    platform_fees = (unit.get("payment_instruction") or {}).get("platform_fees") or ()
    if not platform_fees:
        return Share()
    fee = platform_fees[0]
    payee = fee.get("payee") or {}
    return Share(money_of(fee["amount"]).minor, payee.get("merchant_id") or payee.get("email_address", ""))


def take(
    scene: Scene, order: Order, number: int, amount: Money, *, outcome: Outcome | None = None,
    share: Share = NO_SHARE, held: Authorization | None = None, final: bool = True, invoice_id: str = "",
    from_reserve: int = 0, mode: str = "", request_key: str = "",
) -> tuple[Order, Capture]:
    """One capture of one unit, with all that it writes; the order counts it."""
    unit = order.units[number]
    if outcome is not None:
        amount = Money(outcome.part_of(amount.minor), amount.currency)
    card_name = str(order.card.get("name", "")) if scene.magic else ""
    declined = cards.declined_code(outcome, card_name) if order.is_card else ""
    fee = outcome.fee.minor if outcome and outcome.fee else scene.fee(amount, card=order.is_card)
    taken = Capture(
        id=scene.id(), status=CAPTURE.initial, created=scene.now, updated=scene.now,
        merchant=order.merchant, order=order.id, unit=number, amount_minor=amount.minor,
        currency=amount.currency, fee_minor=fee, from_reserve_minor=from_reserve,
        authorization=held.id if held else "", platform_fee_minor=share.minor,
        platform_fee_payee=share.payee, final=final, invoice_id=invoice_id or unit.get("invoice_id", ""),
        custom_id=unit.get("custom_id", ""), disbursement_mode=mode, payee=unit["payee"],
        processor=cards.response(outcome, card_name) if order.is_card else {},
        request_key=request_key, base=order.base, payment=order.payment, payer=order.payer,
        sale=bool(order.payment) and order.intent == "CAPTURE",
    )
    order = replace(order, captures=(*order.captures, taken.id))
    if declined:
        return _saved(scene, order), fire(scene.work, CAPTURE, taken, "decline", scene.now)
    if outcome is not None and outcome.result in WAITS:
        waiting = fire(scene.work, CAPTURE, taken, "hold", scene.now, reason=pending_reason(outcome))
        return _saved(scene, replace(order, pending_count=order.pending_count + 1)), waiting
    return complete(scene, order, taken)


def _saved(scene: Scene, order: Order) -> Order:
    scene.work.save(order)
    return order


def pending_reason(outcome: Outcome) -> str:
    if outcome.native_code:
        return outcome.native_code
    return REVIEW if outcome.result is Result.HELD else "ECHECK"


def complete(scene: Scene, order: Order, taken: Capture) -> tuple[Order, Capture]:
    """The money arrives: capture, fee, the platform's share; the order's sums follow."""
    done = fire(scene.work, CAPTURE, taken, "complete", scene.now, reason="")
    charge_fee(scene, done)
    done = hold_back(scene, done)
    order = replace(
        order, captured_minor=order.captured_minor + done.amount_minor,
        captured_count=order.captured_count + 1, fee_minor=order.fee_minor + done.fee_minor,
    )
    return _saved(scene, order), done


def charge_fee(scene: Scene, done: Capture) -> None:
    def move(what: EntryKind, target: str, minor: int) -> None:
        money = Money(minor, done.currency)
        postings = (Posting(pending(done.seller), -money), Posting(target, money))
        scene.work.post(Entry(id="", what=what, reference=done.order, memo=done.id, postings=postings))

    if done.fee_minor:
        move(EntryKind.FEE, fees(PROVIDER), done.fee_minor)
    if done.platform_fee_minor:
        platform = done.platform_fee_payee or scene.merchant.secrets["merchant_id"]
        if platform != done.seller:
            move(EntryKind.SHARE, pending(platform), done.platform_fee_minor)


def hold(scene: Scene, order: Order, amount: Money, outcome: Outcome | None) -> Order:
    """An authorization for the whole order; a refused card leaves a denied one."""
    unit = order.units[0]
    card_name = str(order.card.get("name", "")) if scene.magic else ""
    held = Authorization(
        id=scene.id(), status=AUTHORIZATION.initial, created=scene.now, updated=scene.now,
        merchant=order.merchant, order=order.id, unit=0, amount_minor=amount.minor,
        currency=amount.currency, reserved_minor=amount.minor, expires=later(scene.now, VALID_DAYS * DAY),
        honored_until=later(scene.now, HONOR_DAYS * DAY), payee=unit["payee"],
        renewals_left=scene.terms.reauthorizations,
        invoice_id=unit.get("invoice_id", ""), custom_id=unit.get("custom_id", ""),
        processor=cards.response(outcome, card_name) if order.is_card else {}, base=order.base,
        payment=order.payment, payer=order.payer,
    )
    order = replace(order, authorizations=(*order.authorizations, held.id))
    if order.is_card and cards.declined_code(outcome, card_name):
        fire(scene.work, AUTHORIZATION, replace(held, reserved_minor=0), "deny", scene.now)
        return _saved(scene, order)
    if outcome is not None and outcome.result in WAITS:
        scene.work.save(replace(held, reason=REVIEW, reserved_minor=0))
        return _saved(scene, replace(order, pending_count=order.pending_count + 1))
    granted = fire(scene.work, AUTHORIZATION, held, "hold", scene.now)
    plan_expiry(scene, granted)
    return _saved(scene, replace(order, authorized_minor=amount.minor))


def renew(scene: Scene, order: Order, held: Authorization, amount: Money) -> tuple[Order, Authorization]:
    """Another authorization takes its place, honored for as long; its end stays the same."""
    renewal = replace(
        held, id=scene.id(), status=AUTHORIZATION.initial, created=scene.now, amount_minor=amount.minor,
        honored_until=later(scene.now, HONOR_DAYS * DAY), parent=held.id, request_key=scene.request_key,
        renewals_left=held.renewals_left - 1,
    )
    order = replace(order, authorizations=(*order.authorizations, renewal.id), updated=scene.now)
    scene.work.save(replace(held, renewed=renewal.id, reserved_minor=0, updated=scene.now))
    renewal = fire(scene.work, AUTHORIZATION, renewal, "renew", scene.now)
    plan_expiry(scene, renewal)
    return _saved(scene, order), renewal


def plan_expiry(scene: Scene, granted: Authorization) -> None:
    if scene.terms.expire_authorizations:
        scene.work.at(granted.expires, granted, "expire")


def release(scene: Scene, held: Authorization, minor: int) -> None:
    """What was reserved and will not be captured goes back to the payer."""
    if minor:
        scene.work.post(_void(held, minor))


def _void(held: Authorization, minor: int) -> Entry:
    return transfer(
        EntryKind.VOID, source=reserved(held.merchant), target=PAYER, reference=held.order, memo=held.id,
        amount=Money(minor, held.currency),
    )


def is_expired(held: Authorization, now: Instant) -> bool:
    return now >= held.expires
