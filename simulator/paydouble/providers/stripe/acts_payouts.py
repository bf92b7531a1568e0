"""What time and banks do about balances and payouts (https://docs.stripe.com/payouts)."""

from __future__ import annotations

from typing import Any

from paydouble.core.act import Act, Doing, act
from paydouble.core.record import Record
from paydouble.providers.stripe import funds, paying_out
from paydouble.providers.stripe.machines import PAYOUT
from paydouble.providers.stripe.models import Payout, Release
from paydouble.providers.stripe.scene import of_act
from paydouble.providers.stripe.settings import PayoutSchedule


@act(Payout, "fail")
async def fail(doing: Doing[Payout]) -> Record:
    """The bank refuses the payout, for the `reason` of the details; one that was paid may still come back."""
    PAYOUT.row(doing.record.status, doing.trigger)
    code = str(doing.details.get("reason", paying_out.FAILURE))
    return paying_out.returned(of_act(doing), doing.record, "fail", code)


@act(Payout, "cancel")
async def cancel(doing: Doing[Payout]) -> Record:
    """The merchant calls it off in the dashboard."""
    return paying_out.returned(of_act(doing), doing.record, "cancel")


@act(Release, "release")
async def release(doing: Doing[Release]) -> Record:
    """What was pending is available, and under an automatic schedule paid out at once."""
    scene = of_act(doing)
    await funds.released(scene)
    if scene.terms.payout_schedule is PayoutSchedule.DAILY:
        await paying_out.automatic(scene)
    return doing.record


PAYOUT_ACTS: tuple[Act[Any], ...] = (*fail, *cancel, *release)
