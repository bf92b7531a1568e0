"""Transfers to connected accounts, and their reversals (https://docs.stripe.com/api/transfers)."""

from __future__ import annotations

from dataclasses import replace

from paydouble.core.call import Call, Reply
from paydouble.core.operation import Route, operation
from paydouble.providers.stripe import amounts, connect, funds, lists, paying_out, sharing
from paydouble.providers.stripe.errors import Errors, missing, missing_reference
from paydouble.providers.stripe.events import changed
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models import ApplicationFee, Charge, Transfer, TransferReversal
from paydouble.providers.stripe.params import Named
from paydouble.providers.stripe.params_connect import (
    ReversalCreate,
    ReversalList,
    ReversalNamed,
    ReversalUpdate,
    TransferCreate,
    TransferList,
    TransferUpdate,
)
from paydouble.providers.stripe.replay import ONCE
from paydouble.providers.stripe.scene import Scene, of_call
from paydouble.providers.stripe.settling import available_of

_URL = "/v1/transfers"
_REVERSALS = _URL + "/{transfer}/reversals"
_DOCS = "https://docs.stripe.com/api/transfers/"
_REVERSAL_DOCS = "https://docs.stripe.com/api/transfer_reversals/"


@operation(
    "transfers.create",
    Route("v1", "POST", _URL),
    means=("transfer.create",),
    idempotency=ONCE,
    errors=(
        Errors.CURRENCY_INVALID, Errors.REFERENCE_MISSING, Errors.PARAMETER_MISSING,
        Errors.TRANSFER_CAPABILITY_MISSING, Errors.TRANSFER_TOO_LARGE, Errors.BALANCE_INSUFFICIENT,
    ),
    docs=_DOCS + "create",
)
async def create(call: Call[TransferCreate]) -> Reply:
    """Sends money of the platform's balance, or of one of its charges, to a connected account."""
    scene, params = of_call(call), call.params
    currency = amounts.known_currency(params["currency"])
    account = await connect.destination_named(scene, params["destination"])
    source = await _source(scene, params, currency)
    amount = params.get("amount") or (source.amount if source else 0)
    if not amount:
        raise Errors.PARAMETER_MISSING("Missing required param: amount.", param="amount")
    if source is None:
        await paying_out.check_balance(scene, amount, currency)
    else:
        _draw(scene, source, amount)
    id = scene.id("tr_1")
    made = Transfer(
        id=id,
        created=scene.wall,
        merchant=scene.account,
        amount=amount,
        currency=currency,
        destination=account.id,
        destination_payment=scene.id("py_1"),
        balance_transaction=scene.id("txn_1"),
        reference=(source.payment_intent if source else "") or id,
        source_transaction=source.id if source else "",
        source_type=params.get("source_type", "card"),
        description=params.get("description", ""),
        transfer_group=params.get("transfer_group", "") or (source.transfer_group if source else ""),
        metadata=merged({}, params.get("metadata")),
    )
    available = available_of(scene, source) if source else scene.wall
    sharing.transferred(scene, made, source=source, fee=0, available=available)
    if source is not None:
        await funds.expect(scene.on(account.id))
    return Reply(made.shown(), subject=made)


async def _source(scene: Scene, params: TransferCreate, currency: str) -> Charge | None:
    """The charge whose money it is. Raises ProviderError."""
    id = params.get("source_transaction", "")
    if not id:
        return None
    charge = await scene.work.get(Charge, id)
    if charge is None or charge.merchant != scene.account:
        raise missing_reference("charge", id, param="source_transaction")
    if charge.status != "succeeded" or not charge.captured:
        raise Errors.PARAMETER_INVALID(
            f"The charge {id} cannot be the source of a transfer: it has not succeeded.",
            param="source_transaction",
        )
    if charge.currency != currency:
        raise Errors.PARAMETER_INVALID(
            f"The currency of source_transaction's balance transaction ({charge.currency}) must be the same "
            f"as the transfer currency ({currency})",
            param="currency",
        )
    return charge


def _draw(scene: Scene, source: Charge, amount: int) -> None:
    left = source.amount_captured - source.transferred
    if amount > left:
        raise Errors.TRANSFER_TOO_LARGE(
            f"Transfers using this transaction as a source must not exceed the source amount of "
            f"{amounts.display(source.amount_captured, source.currency)}. (There is already "
            f"{amounts.display(source.transferred, source.currency)} of transfers on it.)",
            param="amount",
        )
    scene.work.save(replace(source, transferred=source.transferred + amount))


async def transfer_of(scene: Scene, id: str) -> Transfer:
    """Raises ProviderError where the account made none of that id."""
    found = await scene.work.get(Transfer, id)
    if found is None or found.merchant != scene.account:
        raise missing("transfer", id, param="transfer")
    return found


@operation(
    "transfers.retrieve",
    Route("v1", "GET", _URL + "/{id}"),
    means=("transfer.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "retrieve",
)
async def retrieve(call: Call[Named]) -> Reply:
    """Shows a transfer, with its latest reversals."""
    found = await transfer_of(of_call(call), call.params["id"])
    return Reply(found.shown(), subject=found)


@operation(
    "transfers.update",
    Route("v1", "POST", _URL + "/{id}"),
    means=("transfer.update",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "update",
)
async def update(call: Call[TransferUpdate]) -> Reply:
    """Changes the description and the metadata."""
    scene, params = of_call(call), call.params
    before = await transfer_of(scene, params["id"])
    after = replace(
        before,
        description=params.get("description", before.description),
        metadata=merged(before.metadata, params.get("metadata")),
    )
    previous = changed(before.shown(), after.shown())
    if previous:
        scene.work.save(after)
        scene.tell("transfer.updated", after, previous)
    return Reply(after.shown(), subject=after)


@operation(
    "transfers.list",
    Route("v1", "GET", _URL),
    means=("transfer.list",),
    errors=(Errors.REFERENCE_MISSING,),
    docs=_DOCS + "list",
)
async def list_transfers(call: Call[TransferList]) -> Reply:
    """Lists transfers, newest first."""
    params = call.params
    filters = {name: str(params[name]) for name in ("transfer_group", "destination") if name in params}

    def wanted(one: Transfer) -> bool:
        return one.merchant == call.account and all(
            getattr(one, name) == value for name, value in filters.items()
        )

    index = next(iter(filters.items()), ("merchant", call.account))
    found, more = await lists.page(call, Transfer, "transfer", index=index, where=wanted)
    return Reply(lists.shown(_URL, [one.shown() for one in found], has_more=more))


@operation(
    "transfers.reversals.create",
    Route("v1", "POST", _REVERSALS),
    means=("transfer.reverse",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING, Errors.REVERSAL_TOO_LARGE, Errors.PARAMETER_INVALID),
    docs=_REVERSAL_DOCS + "create",
)
async def reverse(call: Call[ReversalCreate]) -> Reply:
    """Takes all or a part of a transfer back, and with it, where asked, the platform's fee in proportion."""
    scene, params = of_call(call), call.params
    made = await transfer_of(scene, params["transfer"])
    amount = params.get("amount", made.reversible)
    if not 0 < amount <= made.reversible:
        raise Errors.REVERSAL_TOO_LARGE(
            f"Transfer {made.id} is already fully reversed."
            if not made.reversible
            else f"Reversal amount ({amounts.display(amount, made.currency)}) is greater than unreversed "
            f"amount on transfer ({amounts.display(made.reversible, made.currency)})",
            param="amount",
        )
    fee_back = await _fee_back(scene, made, amount) if params.get("refund_application_fee") else 0
    metadata = merged({}, params.get("metadata"))
    _, reversal = await sharing.reversed(scene, made, amount, fee_back=fee_back, metadata=metadata)
    return Reply(reversal.shown(), subject=reversal)


async def _fee_back(scene: Scene, made: Transfer, amount: int) -> int:
    payment = await scene.work.get(Charge, made.destination_payment)
    fee_id = payment.application_fee if payment is not None else ""
    fee = await scene.work.get(ApplicationFee, fee_id) if fee_id else None
    if fee is None:
        raise Errors.PARAMETER_INVALID(
            f"Transfer {made.id} has no application fee to refund.", param="refund_application_fee"
        )
    share = sharing.part(fee.amount, fee.refundable, amount, made.amount, rest=amount == made.reversible)
    if share:
        sharing.fee_returned(scene, fee, share, told_there=False)
    return share


async def _reversal(scene: Scene, params: ReversalNamed) -> TransferReversal:
    found = await scene.work.get(TransferReversal, params["id"])
    if found is None or found.merchant != scene.account or found.transfer != params["transfer"]:
        raise missing("transfer reversal", params["id"])
    return found


@operation(
    "transfers.reversals.retrieve",
    Route("v1", "GET", _REVERSALS + "/{id}"),
    means=("transfer.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_REVERSAL_DOCS + "retrieve",
)
async def retrieve_reversal(call: Call[ReversalNamed]) -> Reply:
    """Shows a reversal."""
    found = await _reversal(of_call(call), call.params)
    return Reply(found.shown(), subject=found)


@operation(
    "transfers.reversals.update",
    Route("v1", "POST", _REVERSALS + "/{id}"),
    means=("transfer.update",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING,),
    docs=_REVERSAL_DOCS + "update",
)
async def update_reversal(call: Call[ReversalUpdate]) -> Reply:
    """Changes the metadata of a reversal."""
    scene, params = of_call(call), call.params
    found = await _reversal(scene, params)
    found = replace(found, metadata=merged(found.metadata, params.get("metadata")))
    scene.work.save(found)
    made = await transfer_of(scene, found.transfer)
    latest = tuple(found.shown() if one["id"] == found.id else one for one in made.latest)
    scene.work.save(replace(made, latest=latest))
    return Reply(found.shown(), subject=found)


@operation(
    "transfers.reversals.list",
    Route("v1", "GET", _REVERSALS),
    means=("transfer.list",),
    errors=(Errors.RESOURCE_MISSING, Errors.REFERENCE_MISSING),
    docs=_REVERSAL_DOCS + "list",
)
async def list_reversals(call: Call[ReversalList]) -> Reply:
    """Lists the reversals of a transfer, newest first."""
    made = await transfer_of(of_call(call), call.params["transfer"])
    found, more = await lists.page(
        call, TransferReversal, "transfer reversal", index=("transfer", made.id)
    )
    url = f"{_URL}/{made.id}/reversals"
    return Reply(lists.shown(url, [one.shown() for one in found], has_more=more))


OPERATIONS = (
    create, retrieve, update, list_transfers, reverse, retrieve_reversal, update_reversal, list_reversals,
)  # fmt: skip
