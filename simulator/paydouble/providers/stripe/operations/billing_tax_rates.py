"""Tax rates (https://docs.stripe.com/api/tax_rates)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from paydouble.core.call import Call, Reply
from paydouble.core.operation import Route, operation
from paydouble.providers.stripe import lists
from paydouble.providers.stripe.errors import Errors
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models.catalog import TaxRate
from paydouble.providers.stripe.owning import owned, told
from paydouble.providers.stripe.params import Named
from paydouble.providers.stripe.params_catalog import TaxRateCreate, TaxRateList, TaxRateUpdate
from paydouble.providers.stripe.replay import ONCE
from paydouble.providers.stripe.scene import of_call

_URL = "/v1/tax_rates"
_DOCS = "https://docs.stripe.com/api/tax_rates/"
_PLAIN = ("active", "country", "description", "display_name", "jurisdiction", "state", "tax_type")


def _changes(params: Mapping[str, Any], before: Mapping[str, str]) -> dict[str, Any]:
    changes: dict[str, Any] = {name: params[name] for name in _PLAIN if name in params}
    return {**changes, "metadata": merged(before, params.get("metadata"))}


@operation(
    "tax_rates.create",
    Route("v1", "POST", _URL),
    means=("tax_rate.create",),
    idempotency=ONCE,
    errors=(Errors.PARAMETER_INVALID,),
    docs=_DOCS + "create",
)
async def create(call: Call[TaxRateCreate]) -> Reply:
    """Creates a tax rate, whose percentage can never be changed."""
    scene, params = of_call(call), call.params
    rate = TaxRate(
        id=scene.id("txr_1"), created=scene.now, merchant=scene.account, percentage=params["percentage"],
        inclusive=params["inclusive"], **_changes(params, {}),
    )
    scene.work.save(rate)
    scene.tell("tax_rate.created", rate)
    return Reply(rate.shown(), subject=rate)


@operation(
    "tax_rates.retrieve",
    Route("v1", "GET", _URL + "/{id}"),
    means=("tax_rate.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "retrieve",
)
async def retrieve(call: Call[Named]) -> Reply:
    """Shows a tax rate."""
    rate = await owned(of_call(call), TaxRate, call.params["id"], "tax rate")
    return Reply(rate.shown(), subject=rate)


@operation(
    "tax_rates.update",
    Route("v1", "POST", _URL + "/{id}"),
    means=("tax_rate.update",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "update",
)
async def update(call: Call[TaxRateUpdate]) -> Reply:
    """Changes how a tax rate is described, or archives it."""
    scene, params = of_call(call), call.params
    before = await owned(scene, TaxRate, params["id"], "tax rate")
    after = replace(before, **_changes(params, before.metadata))
    told(scene, "tax_rate.updated", before, after)
    return Reply(after.shown(), subject=after)


@operation(
    "tax_rates.list",
    Route("v1", "GET", _URL),
    means=("tax_rate.list",),
    errors=(Errors.REFERENCE_MISSING, Errors.PARAMETERS_EXCLUSIVE),
    docs=_DOCS + "list",
)
async def list_rates(call: Call[TaxRateList]) -> Reply:
    """Lists tax rates, newest first."""
    params = call.params
    found, more = await lists.page(
        call, TaxRate, "tax rate", index=("merchant", call.account),
        where=lambda one: params.get("active") in (None, one.active)
        and params.get("inclusive") in (None, one.inclusive),
    )
    return Reply(lists.shown(_URL, [each.shown() for each in found], has_more=more))


OPERATIONS = (create, retrieve, update, list_rates)
