"""What a captured payment passes on: transfers to connected accounts, fees of the platform, and both back.

https://docs.stripe.com/connect/charges
"""

from __future__ import annotations

from dataclasses import replace

from paydouble.core.clock import Instant
from paydouble.core.ledger import EntryKind, pending, transfer
from paydouble.providers.stripe import funds
from paydouble.providers.stripe.accounts import application_of
from paydouble.providers.stripe.amounts import money
from paydouble.providers.stripe.booking import book
from paydouble.providers.stripe.models import (
    ApplicationFee,
    BalanceTransaction,
    Charge,
    FeeRefund,
    Json,
    PaymentIntent,
    Refund,
    Transfer,
    TransferReversal,
)
from paydouble.providers.stripe.models.shapes import EMPTY
from paydouble.providers.stripe.models.transfers import INSIDE_MAX
from paydouble.providers.stripe.scene import Scene
from paydouble.providers.stripe.settling import available_of


def shared(scene: Scene, charge: Charge, reference: str) -> Charge:
    """The charge with its transfer or its application fee, which are made; it is not saved here."""
    fee = charge.application_fee_amount or 0
    if charge.transfer_data is not None:
        destination = str(charge.transfer_data["destination"])
        amount = charge.transfer_data["amount"] or charge.amount_captured
        moved = transferred(
            scene,
            Transfer(
                id=scene.id("tr_3"), created=scene.now, merchant=scene.account, amount=amount,
                currency=charge.currency, destination=destination, destination_payment=scene.id("py_1"),
                balance_transaction=scene.id("txn_3"), reference=reference, source_transaction=charge.id,
                transfer_group=charge.transfer_group,
            ),
            source=charge, fee=fee, available=available_of(scene, charge),
        )  # fmt: skip
        return replace(charge, transfer=moved.source_transfer, application_fee=moved.application_fee)
    if fee and scene.connected:
        return replace(charge, application_fee=_fee_taken(scene, charge.id, fee, charge.currency, reference))
    return charge


def transferred(
    scene: Scene, made: Transfer, *, source: Charge | None, fee: int, available: Instant
) -> Charge:
    """Sends the money; the payment that the connected account has of it is returned."""
    there = scene.on(made.destination)
    payment = _destination_payment(there, made, source, fee)
    transaction(
        scene, made.balance_transaction, -made.amount, made.currency, "transfer", made.id, available,
        made.description,
    )  # fmt: skip
    transaction(
        there, payment.balance_transaction, made.amount, made.currency, "payment", payment.id, available,
        fee=fee, application=application_of(scene.platform) if fee else "",
    )  # fmt: skip
    scene.work.save(made)
    scene.work.post(transfer(
        EntryKind.SHARE, source=pending(scene.account), target=pending(made.destination),
        reference=made.reference, memo=made.id, amount=money(made.amount, made.currency),
    ))
    scene.tell("transfer.created", made)
    if fee:
        origin = source.id if source else ""
        payment = replace(
            payment,
            application_fee_amount=fee,
            application_fee=_fee_taken(there, payment.id, fee, made.currency, made.reference, origin),
        )
    there.work.save(payment)
    there.tell("charge.succeeded", payment)
    return payment


def _destination_payment(there: Scene, made: Transfer, source: Charge | None, fee: int) -> Charge:
    return Charge(
        id=made.destination_payment,
        created=there.now,
        status="succeeded",
        merchant=there.account,
        amount=made.amount,
        amount_captured=made.amount,
        captured=True,
        currency=made.currency,
        payment_intent="",
        payment_method="",
        card="",
        method_type="stripe_account",
        balance_transaction=there.id("txn_1"),
        description=made.description,
        payment_method_details={"stripe_account": EMPTY, "type": "stripe_account"},
        source_transfer=made.id,
        transfer_group=source.transfer_group if source else made.transfer_group,
    )


def _fee_taken(
    there: Scene, charge: str, amount: int, currency: str, reference: str, origin: str = ""
) -> str:
    """The platform takes its share of a connected account's payment; the id of the fee."""
    here = there.on(there.platform)
    fee = ApplicationFee(
        id=here.id("fee_1"), created=here.now, merchant=here.account, account=there.account, amount=amount,
        currency=currency, application=application_of(here.platform), balance_transaction=here.id("txn_1"),
        charge=charge, reference=reference, originating_transaction=origin,
    )  # fmt: skip
    here.work.save(fee)
    transaction(here, fee.balance_transaction, amount, currency, "application_fee", fee.id, here.now)
    here.work.post(transfer(
        EntryKind.SHARE, source=pending(there.account), target=pending(here.account), reference=reference,
        memo=fee.id, amount=money(amount, currency),
    ))
    here.tell("application_fee.created", fee)
    return fee.id


def transaction(
    scene: Scene, id: str, amount: int, currency: str, type: str, source: str, available: Instant,
    description: str = "", *, fee: int = 0, application: str = "",
) -> None:  # fmt: skip
    """One movement of the scene's account; `fee` is an application fee, in minor units."""
    book(scene, BalanceTransaction(
        id=id, created=scene.now, merchant=scene.account, amount=amount, fee=fee, application_fee=fee,
        application=application, currency=currency, source=source, type=type,
        reporting_category=_CATEGORIES[type], available_on=available, description=description,
    ))


_CATEGORIES = {
    "transfer": "transfer",
    "transfer_refund": "transfer_reversal",
    "payment": "charge",
    "payment_refund": "refund",
    "application_fee": "platform_earning",
    "application_fee_refund": "platform_earning_refund",
}


async def expect(scene: Scene, intent: PaymentIntent) -> None:
    """Captured money becomes available one day, here and where a part of it went."""
    await funds.expect(scene)
    if intent.transfer_data is not None:
        await funds.expect(scene.on(str(intent.transfer_data["destination"])))


async def reversed(
    scene: Scene, made: Transfer, amount: int, *, source_refund: str = "", fee_back: int = 0,
    metadata: Json = EMPTY,
) -> tuple[Transfer, TransferReversal]:  # fmt: skip
    """Takes a part of a transfer back. The amount is at most what is left of it."""
    there = scene.on(made.destination)
    payment = await scene.work.get(Charge, made.destination_payment)
    assert payment is not None, f"{made.id} has lost its payment"
    refund = Refund(
        id=there.id("pyr_1"), created=there.now, status="succeeded", merchant=made.destination,
        amount=amount, currency=made.currency, charge=payment.id, payment_intent="", payment_method="",
        method_type="stripe_account", balance_transaction=there.id("txn_1"),
    )  # fmt: skip
    reversal = TransferReversal(
        id=scene.id("trr_1"), created=scene.now, merchant=scene.account, amount=amount,
        currency=made.currency, transfer=made.id, balance_transaction=scene.id("txn_1"),
        destination_payment_refund=refund.id, source_refund=source_refund, metadata=metadata,
    )  # fmt: skip
    refund = replace(refund, source_transfer_reversal=reversal.id)
    payment = replace(payment, amount_refunded=payment.amount_refunded + amount)
    made = replace(
        made,
        amount_reversed=made.amount_reversed + amount,
        reversal_count=made.reversal_count + 1,
        latest=(reversal.shown(), *made.latest)[:INSIDE_MAX],
    )
    for record in (refund, reversal, payment, made):
        scene.work.save(record)
    transaction(
        scene, reversal.balance_transaction, amount, made.currency, "transfer_refund", made.id, scene.now,
    )  # fmt: skip
    transaction(
        there, refund.balance_transaction, -amount, made.currency, "payment_refund", refund.id, there.now,
        fee=-fee_back, application=application_of(scene.platform) if fee_back else "",
    )  # fmt: skip
    scene.work.post(transfer(
        EntryKind.SHARE, source=pending(made.destination), target=pending(scene.account),
        reference=made.reference, memo=reversal.id, amount=money(amount, made.currency),
    ))
    scene.tell("transfer.reversed", made)
    there.tell("charge.refunded", payment)
    return made, reversal


def fee_returned(
    here: Scene, fee: ApplicationFee, amount: int, *, metadata: Json = EMPTY, told_there: bool = True
) -> tuple[ApplicationFee, FeeRefund]:
    """The platform gives back a part of its fee; at most what is left of it.

    Without `told_there` the account's own balance transaction is somebody else's to make: the refund's.
    """
    refund = FeeRefund(
        id=here.id("fr_1"), created=here.now, merchant=here.account, amount=amount, currency=fee.currency,
        fee=fee.id, balance_transaction=here.id("txn_1"), metadata=metadata,
    )  # fmt: skip
    fee = replace(
        fee,
        amount_refunded=fee.amount_refunded + amount,
        refund_count=fee.refund_count + 1,
        latest=(refund.shown(), *fee.latest)[:INSIDE_MAX],
    )
    here.work.save(fee)
    here.work.save(refund)
    transaction(
        here, refund.balance_transaction, -amount, fee.currency, "application_fee_refund", fee.id, here.now
    )
    if told_there:
        there = here.on(fee.account)
        transaction(
            there, there.id("txn_1"), amount, fee.currency, "application_fee_refund", fee.id, here.now
        )
    here.work.post(transfer(
        EntryKind.SHARE, source=pending(here.account), target=pending(fee.account), reference=fee.reference,
        memo=refund.id, amount=money(amount, fee.currency),
    ))
    here.tell("application_fee.refunded", fee)
    return fee, refund


def part(whole: int, left: int, amount: int, of: int, *, rest: bool) -> int:
    """The same share of `whole` as `amount` is of `of`, rounded half up; with `rest` all that is left."""
    return left if rest else min(left, (2 * whole * amount + of) // (2 * of))
