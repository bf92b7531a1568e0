"""Disputes and early fraud warnings (https://docs.stripe.com/api/disputes)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from paydouble.core.call import Call, Reply
from paydouble.core.machine import IllegalTrigger
from paydouble.core.operation import Route, operation
from paydouble.core.record import Record
from paydouble.providers.stripe import disputing, lists
from paydouble.providers.stripe.errors import Errors, missing
from paydouble.providers.stripe.events import changed
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models import Dispute, EarlyFraudWarning
from paydouble.providers.stripe.params import DisputeList, DisputeUpdate, Named
from paydouble.providers.stripe.replay import ONCE
from paydouble.providers.stripe.scene import Scene, of_call

_URL = "/v1/disputes"
_WARNINGS = "/v1/radar/early_fraud_warnings"
_DOCS = "https://docs.stripe.com/api/"


async def _dispute(scene: Scene, id: str) -> Dispute:
    found = await scene.work.get(Dispute, id)
    if found is None or found.merchant != scene.account:
        raise missing("dispute", id, param="dispute")
    return found


@operation(
    "disputes.retrieve",
    Route("v1", "GET", _URL + "/{id}"),
    means=("dispute.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "disputes/retrieve",
)
async def retrieve(call: Call[Named]) -> Reply:
    """Shows a dispute with its evidence."""
    dispute = await _dispute(of_call(call), call.params["id"])
    return Reply(dispute.shown(), subject=dispute)


@operation(
    "disputes.update",
    Route("v1", "POST", _URL + "/{id}"),
    means=("dispute.respond",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING, Errors.DISPUTE_UNEXPECTED_STATE, Errors.PARAMETER_INVALID),
    docs=_DOCS + "disputes/update",
)
async def update(call: Call[DisputeUpdate]) -> Reply:
    """Hands in evidence, once and for all unless `submit` is false."""
    scene, params = of_call(call), call.params
    before = await _dispute(scene, params["id"])
    after = replace(before, metadata=merged(before.metadata, params.get("metadata")))
    scene.work.save(after)
    evidence = {
        name: value for name, value in (params.get("evidence") or {}).items() if isinstance(value, str)
    }
    if evidence or params.get("submit"):
        if before.status not in ("needs_response", "warning_needs_response"):
            raise _too_late(before)
        after = disputing.answered(scene, after, evidence, submit=params.get("submit", True))
    previous = changed(before.shown(), after.shown())
    if previous:
        scene.tell("charge.dispute.updated", after, previous)
    return Reply(after.shown(), subject=after)


def _too_late(dispute: Dispute) -> Exception:
    return Errors.DISPUTE_UNEXPECTED_STATE(
        f"This dispute cannot be changed any more because it has a status of {dispute.status}."
    )


@operation(
    "disputes.close",
    Route("v1", "POST", _URL + "/{id}/close"),
    means=("dispute.respond",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING, Errors.DISPUTE_UNEXPECTED_STATE),
    docs=_DOCS + "disputes/close",
)
async def close(call: Call[Named]) -> Reply:
    """Gives in: the dispute is lost, an inquiry is closed."""
    scene = of_call(call)
    dispute = await _dispute(scene, call.params["id"])
    try:
        dispute = await disputing.lost(scene, dispute)
    except IllegalTrigger:
        raise _too_late(dispute) from None
    return Reply(dispute.shown(), subject=dispute)


def _filters(params: Any) -> dict[str, str]:
    return {name: str(params[name]) for name in ("charge", "payment_intent") if name in params}


def _fits(record: Record, account: str, filters: dict[str, str]) -> bool:
    wanted = {"merchant": account, **filters}
    return all(getattr(record, name) == value for name, value in wanted.items())


@operation(
    "disputes.list",
    Route("v1", "GET", _URL),
    means=("dispute.query",),
    errors=(Errors.REFERENCE_MISSING,),
    docs=_DOCS + "disputes/list",
)
async def list_disputes(call: Call[DisputeList]) -> Reply:
    """Lists disputes, newest first."""
    filters = _filters(call.params)
    index = next(iter(filters.items()), ("merchant", call.account))
    found, more = await lists.page(
        call, Dispute, "dispute", index=index, where=lambda one: _fits(one, call.account, filters)
    )
    return Reply(lists.shown(_URL, [one.shown() for one in found], has_more=more))


@operation(
    "radar.early_fraud_warnings.retrieve",
    Route("v1", "GET", _WARNINGS + "/{id}"),
    means=("dispute.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "radar/early_fraud_warnings/retrieve",
)
async def retrieve_warning(call: Call[Named]) -> Reply:
    """Shows what an issuer has reported."""
    found = await call.work.get(EarlyFraudWarning, call.params["id"])
    if found is None or found.merchant != call.account:
        raise missing("early fraud warning", call.params["id"])
    return Reply(found.shown(), subject=found)


@operation(
    "radar.early_fraud_warnings.list",
    Route("v1", "GET", _WARNINGS),
    means=("dispute.query",),
    errors=(Errors.REFERENCE_MISSING,),
    docs=_DOCS + "radar/early_fraud_warnings/list",
)
async def list_warnings(call: Call[DisputeList]) -> Reply:
    """Lists what issuers have reported, newest first."""
    filters = _filters(call.params)
    index = next(iter(filters.items()), ("merchant", call.account))
    found, more = await lists.page(
        call, EarlyFraudWarning, "early fraud warning", index=index,
        where=lambda one: _fits(one, call.account, filters),
    )
    return Reply(lists.shown(_WARNINGS, [one.shown() for one in found], has_more=more))


OPERATIONS = (retrieve, update, close, list_disputes, retrieve_warning, list_warnings)
