"""Charges, as reports and refunds look at them (https://docs.stripe.com/api/charges)."""

from __future__ import annotations

from paydouble.core.call import Call, Reply
from paydouble.core.operation import Route, operation
from paydouble.providers.stripe import lists
from paydouble.providers.stripe.errors import Errors, missing
from paydouble.providers.stripe.models import Charge
from paydouble.providers.stripe.params import ChargeList, Named

_URL = "/v1/charges"
_DOCS = "https://docs.stripe.com/api/charges/"


@operation(
    "charges.retrieve",
    Route("v1", "GET", _URL + "/{id}"),
    means=("charge.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "retrieve",
)
async def retrieve(call: Call[Named]) -> Reply:
    """Shows a charge, also one that failed."""
    charge = await call.work.get(Charge, call.params["id"])
    if charge is None or charge.merchant != call.account:
        raise missing("charge", call.params["id"], param="charge")
    return Reply(charge.shown(), subject=charge)


@operation(
    "charges.list",
    Route("v1", "GET", _URL),
    means=("charge.list",),
    errors=(Errors.REFERENCE_MISSING,),
    docs=_DOCS + "list",
)
async def list_charges(call: Call[ChargeList]) -> Reply:
    """Lists charges, newest first."""
    params = call.params
    filters = {
        name: str(params[name]) for name in ("payment_intent", "transfer_group", "customer") if name in params
    }

    def wanted(charge: Charge) -> bool:
        return charge.merchant == call.account and all(
            getattr(charge, name) == value for name, value in filters.items()
        )

    index = next(iter(filters.items()), ("merchant", call.account))
    found, more = await lists.page(call, Charge, "charge", index=index, where=wanted)
    return Reply(lists.shown(_URL, [charge.shown() for charge in found], has_more=more))


OPERATIONS = (retrieve, list_charges)
