"""What a refund brings back from others: a part of the transfer, a part of the platform's fee.

https://docs.stripe.com/connect/destination-charges#issue-refunds
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from paydouble.providers.stripe import sharing
from paydouble.providers.stripe.errors import Errors
from paydouble.providers.stripe.models import ApplicationFee, Charge, Refund, Transfer
from paydouble.providers.stripe.scene import Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """Amounts in minor units, in proportion to the refund."""

    transfer: Transfer | None = None
    transfer_amount: int = 0
    fee: ApplicationFee | None = None
    fee_amount: int = 0


async def asked_for(scene: Scene, charge: Charge, amount: int, params: Mapping[str, Any]) -> Back:
    """Raises ProviderError where there is nothing of the kind to bring back."""
    back, rest = Back(), amount == charge.refundable
    if params.get("reverse_transfer"):
        found = await scene.work.get(Transfer, charge.transfer) if charge.transfer else None
        if found is None:
            raise Errors.PARAMETER_INVALID(
                f"Cannot reverse transfer on charge {charge.id}: it has no associated transfer.",
                param="reverse_transfer",
            )
        share = sharing.part(found.amount, found.reversible, amount, charge.amount_captured, rest=rest)
        back = replace(back, transfer=found, transfer_amount=share)
    if params.get("refund_application_fee"):
        fee = await scene.work.get(ApplicationFee, charge.application_fee) if charge.application_fee else None
        if fee is None:
            raise Errors.PARAMETER_INVALID(
                f"Cannot refund the application fee of charge {charge.id}: it has none.",
                param="refund_application_fee",
            )
        share = sharing.part(fee.amount, fee.refundable, amount, charge.amount_captured, rest=rest)
        back = replace(back, fee=fee, fee_amount=share)
    return back


async def shared_back(scene: Scene, refund: Refund, back: Back) -> Refund:
    """Moves the money; the refund tells of the reversal."""
    if back.fee is not None and back.fee_amount:
        direct = scene.connected
        here = scene.on(scene.platform)
        sharing.fee_returned(
            here, back.fee, back.fee_amount, told_there=not direct and back.transfer is None
        )
    if back.transfer is None or not back.transfer_amount:
        return refund
    _, reversal = await sharing.reversed(
        scene, back.transfer, back.transfer_amount, source_refund=refund.id, fee_back=back.fee_amount
    )
    refund = replace(refund, transfer_reversal=reversal.id)
    scene.work.save(refund)
    return refund
