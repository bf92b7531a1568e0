"""Payouts: money that leaves the balance for a bank, and may come back (https://docs.stripe.com/payouts)."""

from __future__ import annotations

from dataclasses import replace

from paydouble.core.clock import Instant, later
from paydouble.core.errors import ProviderError
from paydouble.core.ledger import BANK, EntryKind, pending, transfer
from paydouble.core.machine import fire
from paydouble.providers.stripe import externals
from paydouble.providers.stripe.amounts import display, money
from paydouble.providers.stripe.booking import book, held
from paydouble.providers.stripe.errors import Errors
from paydouble.providers.stripe.machines import PAYOUT
from paydouble.providers.stripe.models import BalanceTransaction, Payout, PayoutTurn
from paydouble.providers.stripe.scene import Scene
from paydouble.providers.stripe.settling import available_on

FAILURE = "could_not_process"
_MESSAGES = {
    "account_closed": "The bank account has been closed.",
    "no_account": "The bank account details on file are probably incorrect. No bank account could be found "
    "with those details.",
    FAILURE: "The bank could not process this payout.",
}


async def check_balance(scene: Scene, amount: int, currency: str) -> None:
    """Raises ProviderError where less is available. Payouts at once wait for each other here."""
    turn = await scene.work.get(PayoutTurn, scene.account)
    turn = turn or PayoutTurn(id=scene.account, created=scene.now, merchant=scene.account)
    scene.work.save(replace(turn, count=turn.count + 1))
    available, _ = await held(scene.work, scene.account, scene.now)
    if amount > available[currency]:
        raise Errors.BALANCE_INSUFFICIENT(
            "You have insufficient funds in your Stripe account for this transfer: "
            f"{display(amount, currency)} "
            f"was asked for, {display(available[currency], currency)} is available. You can use the "
            "/v1/balance "
            "endpoint to view your Stripe balance."
        )


def arrival(scene: Scene, method: str) -> Instant:
    return scene.now if method == "instant" else available_on(scene.now)


async def automatic(scene: Scene) -> None:
    """Pays out all that is available, to the default bank of each currency; an account without one waits."""
    available, _ = await held(scene.work, scene.account, scene.now)
    for currency, amount in sorted(available.items()):
        if amount <= 0:
            continue
        try:
            bank = await externals.paid_out_to(scene, currency, "")
        except ProviderError:
            continue
        await check_balance(scene, amount, currency)
        sent(scene, Payout(
            id=scene.id("po_1"), created=scene.now, merchant=scene.account, amount=amount, currency=currency,
            arrives=arrival(scene, "standard"), destination=bank, automatic=True,
            description="STRIPE PAYOUT",
        ))


def sent(scene: Scene, payout: Payout) -> Payout:
    """Takes the money from the balance, and says when it arrives."""
    transaction = _transaction(scene, payout, -payout.amount, "payout", "STRIPE PAYOUT")
    payout = replace(payout, balance_transaction=transaction)
    scene.work.save(payout)
    scene.work.post(transfer(
        EntryKind.PAYOUT, source=pending(payout.merchant), target=BANK, reference=payout.id, memo=payout.id,
        amount=money(payout.amount, payout.currency),
    ))
    scene.tell("payout.created", payout)
    leaves = min(later(scene.now, scene.terms.payout_leaves_after), payout.arrives)
    scene.work.at(leaves, payout, "leave")
    scene.work.at(max(payout.arrives, leaves), payout, "arrive")
    return payout


def returned(scene: Scene, payout: Payout, trigger: str, code: str = "") -> Payout:
    """It fails, or is called off: the money is back. Raises IllegalTrigger."""
    PAYOUT.row(payout.status, trigger)
    type = "payout_failure" if trigger == "fail" else "payout_cancel"
    transaction = _transaction(scene, payout, payout.amount, type, "STRIPE PAYOUT RETURNED")
    scene.work.post(transfer(
        EntryKind.PAYOUT, source=BANK, target=pending(payout.merchant), reference=payout.id, memo=transaction,
        amount=money(payout.amount, payout.currency),
    ))
    message = _MESSAGES.get(code, _MESSAGES[FAILURE])
    changes = {"failure_code": code, "failure_message": message} if code else {}
    return fire(
        scene.work, PAYOUT, payout, trigger, scene.now, failure_balance_transaction=transaction, **changes
    )


def _transaction(scene: Scene, payout: Payout, amount: int, type: str, words: str) -> str:
    transaction = BalanceTransaction(
        id=scene.id("txn_1"), created=scene.now, merchant=payout.merchant, amount=amount, fee=0,
        currency=payout.currency, source=payout.id, type=type,
        reporting_category="payout" if amount < 0 else "payout_reversal", available_on=scene.now,
        description=payout.description or words,
    )
    return book(scene, transaction)
