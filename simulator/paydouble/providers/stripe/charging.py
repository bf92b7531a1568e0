"""What a confirmation does: the charge it makes, where the PaymentIntent goes, and what is told.

https://docs.stripe.com/payments/paymentintents/lifecycle
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from paydouble.core.clock import later
from paydouble.core.effect import Outcome, Result, decided
from paydouble.core.errors import ProviderError
from paydouble.core.ledger import PAYER, EntryKind, reserved, transfer
from paydouble.core.machine import fire
from paydouble.providers.stripe import microdeposits, reviewing, settling, sharing
from paydouble.providers.stripe.actions import VOUCHER_LASTS, next_action
from paydouble.providers.stripe.amounts import money
from paydouble.providers.stripe.attempts import approved, attempted, declined, unsettled
from paydouble.providers.stripe.errors import Errors, decline, shown
from paydouble.providers.stripe.events import changed
from paydouble.providers.stripe.instruments import CARD, DEBITS, VOUCHERS, first_step
from paydouble.providers.stripe.machines import PAYMENT_INTENT
from paydouble.providers.stripe.models import Charge, Json, PaymentIntent, PaymentMethod
from paydouble.providers.stripe.scene import Scene
from paydouble.providers.stripe.test_banks import BY_ACCOUNT, Clears


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """How a confirmation is asked for."""

    outcome: Outcome | None = None
    """A scenario's word; None: the card's own fate."""
    off_session: bool = False
    return_url: str = ""
    use_stripe_sdk: bool = False
    refuse_action: bool = False
    """Rather fail than ask the cardholder: `error_on_requires_action`."""
    authenticated: bool = False
    pending: Charge | None = None
    """The charge of a payment that is being processed, which now comes to its end."""


Confirmed = tuple[PaymentIntent, ProviderError | None]
"""The PaymentIntent as it is now; with an error where the caller is refused and all this stays written."""


def confirm(scene: Scene, intent: PaymentIntent, method: PaymentMethod, asked: Confirmation) -> Confirmed:
    """Decides, and writes all that follows."""
    outcome = decided(asked.outcome, _fate(scene, intent, method, asked))
    match outcome.result if outcome else Result.APPROVED:
        case Result.REQUIRES_ACTION if asked.off_session or asked.refuse_action:
            return _refused(scene, intent, method, asked, Errors.AUTHENTICATION_REQUIRED())
        case Result.REQUIRES_ACTION:
            return _challenged(scene, intent, method, asked), None
        case Result.DECLINED | Result.FAILED:
            assert outcome is not None
            return _refused(scene, intent, method, asked, _refusal(method, outcome))
        case Result.PENDING | Result.HELD:
            return _processing(scene, intent, method), None
        case Result.CANCELED:
            return canceled(scene, intent, None, "abandoned"), None
        case _:
            return _approved(scene, intent, method, asked, outcome), None


def _fate(
    scene: Scene, intent: PaymentIntent, method: PaymentMethod, asked: Confirmation
) -> Outcome | None:
    verified = asked.authenticated or asked.pending is not None
    if microdeposits.are_asked_for(intent.payment_method_options, method.type) and not verified:
        return Outcome(Result.REQUIRES_ACTION, action=method.type)
    if method.type != CARD:
        return None if asked.authenticated or asked.pending else first_step(method.type, method.number)
    if not scene.magic:
        return None
    if asked.authenticated:
        return method.card.after_authentication()
    return method.card.outcome(off_session=asked.off_session, set_up=method.set_up)


def _refusal(method: PaymentMethod, outcome: Outcome) -> ProviderError:
    """A bank's refusal of a debit has a code of its own, which the charge shows."""
    if method.type == CARD:
        return decline(outcome)
    code = outcome.native_code or outcome.reason or "generic_decline"
    message = outcome.message or f"The payment failed: {code.replace('_', ' ')}."
    return Errors.ATTEMPT_FAILED(message, failure_code=code)


def _approved(
    scene: Scene, intent: PaymentIntent, method: PaymentMethod, asked: Confirmation, outcome: Outcome | None
) -> PaymentIntent:
    charge = attempted(
        scene, intent, method, authenticated=asked.authenticated, pending=asked.pending,
        fate=approved(intent, method),
    )
    changes: dict[str, object] = {
        "latest_charge": charge.id,
        "payment_method": method.id,
        "last_payment_error": None,
        "next_action": None,
    }
    charge = reviewing.looked_at(scene, intent, charge)
    changes["review"] = charge.review
    if not charge.captured:
        scene.work.save(charge)
        scene.tell("charge.succeeded", charge)
        intent = fire(
            scene.work,
            PAYMENT_INTENT,
            intent,
            "authorize",
            scene.now,
            amount_capturable=intent.amount,
            **changes,
        )
        scene.work.at(later(scene.wall, scene.terms.authorization_lasts), intent, "expire")
    else:
        intent = _captured_at_once(scene, intent, charge, changes, outcome)
    _keep_method(scene, intent, method, authenticated=asked.authenticated)
    if scene.magic:
        _provoke(scene, charge, method)
    return intent


def _provoke(scene: Scene, charge: Charge, method: PaymentMethod) -> None:
    """Some test cards are disputed by their holders, or reported by their issuers."""
    card = method.card
    if method.type == CARD and not (card.dispute or card.fraud_record):
        return
    account = BY_ACCOUNT.get(method.number)
    if card.dispute or (account is not None and account.clears is Clears.DISPUTED):
        scene.work.at(later(scene.wall, scene.terms.disputed_after), charge, "dispute")
    if card.fraud_record:
        scene.work.at(later(scene.wall, scene.terms.disputed_after), charge, "report_fraud")


def _captured_at_once(
    scene: Scene, intent: PaymentIntent, charge: Charge, changes: dict[str, object], outcome: Outcome | None
) -> PaymentIntent:
    fee = settling.fee_of(scene, intent.amount, charge, outcome)
    later_settled = intent.capture_method == "automatic_async"
    if not later_settled:
        charge = _settled(scene, intent, charge, fee)
    scene.work.save(charge)
    scene.tell("charge.succeeded", charge)
    intent = fire(
        scene.work,
        PAYMENT_INTENT,
        intent,
        "pay",
        scene.now,
        amount_received=intent.amount,
        fee=fee,
        **changes,
    )
    settling.pay_fee(scene, intent)
    if later_settled:
        scene.work.at(later(scene.wall, scene.terms.settles_after), charge, "settle")
    return intent


def _settled(scene: Scene, intent: PaymentIntent, charge: Charge, fee: int) -> Charge:
    charge = replace(charge, balance_transaction=settling.settled(scene, charge, fee))
    return sharing.shared(scene, charge, intent.id)


def settled_later(scene: Scene, intent: PaymentIntent, charge: Charge) -> Charge:
    """What automatic_async leaves for later."""
    done = _settled(scene, intent, charge, intent.fee)
    scene.work.save(done)
    scene.tell("charge.updated", done, changed(charge.shown(), done.shown()))
    return done


def _keep_method(scene: Scene, intent: PaymentIntent, method: PaymentMethod, *, authenticated: bool) -> None:
    """A charged method belongs to its customer from then on, or is of no further use."""
    if method.customer:
        if authenticated and not method.set_up:
            scene.work.save(replace(method, set_up=True))
        return
    if intent.customer and intent.setup_future_usage:
        kept = replace(method, customer=intent.customer, set_up=True)
        scene.work.save(kept)
        scene.tell("payment_method.attached", kept)
    else:
        scene.work.save(replace(method, spent=True))


def _refused(
    scene: Scene, intent: PaymentIntent, method: PaymentMethod, asked: Confirmation, error: ProviderError
) -> Confirmed:
    told = shown(error)
    charge = attempted(
        scene, intent, method, authenticated=asked.authenticated, pending=asked.pending,
        fate=declined(method, told, str(error.details.get("failure_code", ""))),
    )
    scene.work.save(charge)
    if not method.customer:
        scene.work.save(method)
    scene.tell("charge.failed", charge)
    method_shown = method.shown()
    intent = fire(
        scene.work,
        PAYMENT_INTENT,
        intent,
        "fail",
        scene.now,
        latest_charge=charge.id,
        payment_method="",
        next_action=None,
        last_payment_error={**told, "charge": charge.id, "payment_method": method_shown},
    )
    return intent, ProviderError(
        error.row,
        error.message,
        {
            **error.details,
            "charge": charge.id,
            "payment_intent": intent.shown(),
            "payment_method": method_shown,
        },
    )


def unauthenticated(
    scene: Scene, intent: PaymentIntent, method: PaymentMethod | None, trigger: str
) -> PaymentIntent:
    """The cardholder failed, or never came: no charge is made."""
    voucher = method is not None and method.type in VOUCHERS
    told = shown(Errors.ATTEMPT_EXPIRED() if voucher else Errors.AUTHENTICATION_FAILURE())
    if method is not None:
        told["payment_method"] = method.shown()
    return fire(
        scene.work,
        PAYMENT_INTENT,
        intent,
        trigger,
        scene.now,
        payment_method="",
        next_action=None,
        last_payment_error=told,
    )


def _challenged(
    scene: Scene, intent: PaymentIntent, method: PaymentMethod, asked: Confirmation
) -> PaymentIntent:
    lasts = VOUCHER_LASTS if method.type in VOUCHERS else scene.terms.action_lasts
    expires = later(scene.wall, lasts)
    scene.work.save(method)
    moved = fire(
        scene.work,
        PAYMENT_INTENT,
        intent,
        "challenge",
        scene.now,
        payment_method=method.id,
        action_expires=expires,
        return_url=asked.return_url,
        next_action=next_action(
            scene, intent, method.type, return_url=asked.return_url, use_stripe_sdk=asked.use_stripe_sdk
        ),
    )
    scene.work.at(expires, moved, "lapse")
    return moved


def _processing(scene: Scene, intent: PaymentIntent, method: PaymentMethod) -> PaymentIntent:
    charge = attempted(scene, intent, method, authenticated=False, fate=unsettled())
    scene.work.save(charge)
    scene.work.save(method)
    scene.tell("charge.pending", charge)
    moved = fire(
        scene.work,
        PAYMENT_INTENT,
        intent,
        "process",
        scene.now,
        latest_charge=charge.id,
        payment_method=method.id,
        next_action=None,
        last_payment_error=None,
    )
    if method.type in DEBITS:
        account = BY_ACCOUNT.get(method.number)
        late, stays = (account.late, account.clears is Clears.STAYS) if account else (False, False)
        if not stays or not scene.magic:
            after = scene.terms.debit_clears_late_after if late else scene.terms.debit_clears_after
            scene.work.at(later(scene.wall, after), moved, "clear")
    return moved


def captured(
    scene: Scene, intent: PaymentIntent, charge: Charge, amount: int, outcome: Outcome | None
) -> PaymentIntent:
    """Takes all or part of what is authorised; the rest is released."""
    rest = intent.amount_capturable - amount
    if rest:
        scene.work.post(
            transfer(
                EntryKind.VOID,
                source=reserved(intent.merchant),
                target=PAYER,
                reference=intent.id,
                memo=charge.id,
                amount=money(rest, intent.currency),
            )
        )
    fee = settling.fee_of(scene, amount, charge, outcome)
    charge = replace(
        charge, captured=True, amount_captured=amount, payment_method_details=_no_longer_capturable(charge)
    )
    charge = _settled(scene, intent, charge, fee)
    scene.work.save(charge)
    scene.tell("charge.captured", charge)
    intent = fire(
        scene.work,
        PAYMENT_INTENT,
        intent,
        "capture",
        scene.now,
        amount_received=amount,
        amount_capturable=0,
        fee=fee,
    )
    settling.pay_fee(scene, intent)
    return intent


def canceled(
    scene: Scene, intent: PaymentIntent, charge: Charge | None, reason: str, trigger: str = "cancel"
) -> PaymentIntent:
    """Ends it for good; an authorisation is released."""
    if charge is not None and intent.status == "requires_capture":
        charge = replace(charge, payment_method_details=_no_longer_capturable(charge))
        scene.work.save(charge)
        if trigger == "expire":
            scene.tell("charge.expired", charge)
    return fire(
        scene.work,
        PAYMENT_INTENT,
        intent,
        trigger,
        scene.now,
        cancellation_reason=reason,
        next_action=None,
        amount_capturable=0,
    )


def _no_longer_capturable(charge: Charge) -> Json:
    details = charge.payment_method_details
    if "card" not in details:
        return details
    card = {name: value for name, value in details["card"].items() if name != "capture_before"}
    return {**details, "card": card}
