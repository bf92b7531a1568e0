"""What cardholders and their banks do about a charge, without a call (https://docs.stripe.com/disputes)."""

from __future__ import annotations

from typing import Any

from paydouble.core.act import Act, Doing, act
from paydouble.core.machine import IllegalTrigger
from paydouble.core.record import Record
from paydouble.providers.stripe import disputing
from paydouble.providers.stripe.instruments import card_numbered
from paydouble.providers.stripe.machines import DISPUTE
from paydouble.providers.stripe.models import Charge, Dispute
from paydouble.providers.stripe.scene import of_act

_OF_DEBITS = "debit_not_authorized"


@act(Charge, "dispute")
async def dispute(doing: Doing[Charge]) -> Record:
    """The payer disputes the charge, for the `reason` of the details; with `inquiry` no money moves yet."""
    charge = doing.record
    card = card_numbered(charge.card)
    usual = card.dispute or ("fraudulent" if charge.card else _OF_DEBITS)
    reason = str(doing.details.get("reason", usual))
    inquiry = bool(doing.details.get("inquiry", card.inquiry))
    return await disputing.opened(of_act(doing), charge, reason, inquiry=inquiry)


@act(Charge, "report_fraud")
async def report_fraud(doing: Doing[Charge]) -> Record:
    """The issuer reports the charge as fraud."""
    return disputing.reported(of_act(doing), doing.record)


@act(Dispute, "win")
async def win(doing: Doing[Dispute]) -> Record:
    """The bank decides for the merchant."""
    DISPUTE.row(doing.record.status, doing.trigger)
    return await disputing.won(of_act(doing), doing.record)


@act(Dispute, "lose", "lapse")
async def lose(doing: Doing[Dispute]) -> Record:
    """The bank decides for the cardholder, or nobody has answered in time."""
    if doing.trigger == "lapse" and doing.record.due_by > doing.now:
        raise IllegalTrigger(DISPUTE.name, doing.record.status, doing.trigger)
    return await disputing.lost(of_act(doing), doing.record, doing.trigger)


@act(Dispute, "escalate")
async def escalate(doing: Doing[Dispute]) -> Record:
    """An inquiry becomes a chargeback."""
    DISPUTE.row(doing.record.status, doing.trigger)
    return await disputing.escalated(of_act(doing), doing.record)


DISPUTE_ACTS: tuple[Act[Any], ...] = (*dispute, *report_fraud, *win, *lose, *escalate)
