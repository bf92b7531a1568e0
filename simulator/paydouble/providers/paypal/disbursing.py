"""Money of a seller that a platform holds back: kept apart in the books until it is let go.

https://developer.paypal.com/docs/multiparty/checkout/advanced/delay-disbursement/
"""

from __future__ import annotations

from dataclasses import replace

from paydouble.core.clock import DAY, later
from paydouble.core.ledger import EntryKind, pending, transfer
from paydouble.core.money import Money
from paydouble.providers.paypal.models import Capture
from paydouble.providers.paypal.scene import Scene

DELAYED = "DELAYED"
HELD_DAYS = 28
"""How long a platform may hold a seller's money back; then it is let go by itself."""


def held_back(seller: str) -> str:
    """The account of what a seller may not spend yet."""
    return f"merchant:{seller}:delayed"


def hold_back(scene: Scene, done: Capture) -> Capture:
    """What is left for the seller of a capture that has just been completed."""
    minor = done.amount_minor - done.fee_minor - done.platform_fee_minor
    if done.disbursement_mode != DELAYED or minor <= 0:
        return done
    scene.work.post(transfer(
        EntryKind.ADJUSTMENT, source=pending(done.seller), target=held_back(done.seller),
        amount=Money(minor, done.currency), reference=done.order, memo=done.id,
    ))
    kept = replace(done, held_back_minor=minor)
    scene.work.save(kept)
    scene.work.at(later(scene.now, HELD_DAYS * DAY), kept, "disburse")
    return kept


def let_go(scene: Scene, taken: Capture, minor: int, memo: str) -> Capture:
    """The seller can spend `minor` units of it, or what is left of them; the caller saves the capture."""
    minor = min(minor, taken.held_back_minor)
    if minor <= 0:
        return taken
    scene.work.post(transfer(
        EntryKind.ADJUSTMENT, source=held_back(taken.seller), target=pending(taken.seller),
        amount=Money(minor, taken.currency), reference=taken.order, memo=memo,
    ))
    return replace(taken, held_back_minor=taken.held_back_minor - minor)
