"""Checkout Sessions (https://docs.stripe.com/api/checkout/sessions)."""

from __future__ import annotations

from dataclasses import replace

from paydouble.core.call import Call, Reply
from paydouble.core.operation import Route, operation
from paydouble.providers.stripe import checking_out, checkouts, clocks, lists
from paydouble.providers.stripe.errors import Errors
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models import Customer
from paydouble.providers.stripe.models.checkout import CheckoutSession
from paydouble.providers.stripe.models.shapes import EMPTY
from paydouble.providers.stripe.owning import owned
from paydouble.providers.stripe.params import Named
from paydouble.providers.stripe.params_checkout import (
    CheckoutCreate,
    CheckoutLineList,
    CheckoutList,
    CheckoutUpdate,
)
from paydouble.providers.stripe.replay import ONCE
from paydouble.providers.stripe.scene import Scene, of_call

_URL = "/v1/checkout/sessions"
_DOCS = "https://docs.stripe.com/api/checkout/sessions/"
_FILTERS = (
    ("payment_intent", "payment_intent"),
    ("subscription", "subscription"),
    ("payment_link", "payment_link"),
    ("customer", "customer"),
)


async def _session(scene: Scene, id: str) -> CheckoutSession:
    return await owned(scene, CheckoutSession, id, "checkout.session", param="session")


@operation(
    "checkout.sessions.create",
    Route("v1", "POST", _URL),
    means=("checkout.create",),
    idempotency=ONCE,
    errors=(
        Errors.PARAMETER_MISSING,
        Errors.PARAMETERS_EXCLUSIVE,
        Errors.PARAMETER_INVALID,
        Errors.REFERENCE_MISSING,
        Errors.AMOUNT_TOO_SMALL,
        Errors.AMOUNT_TOO_LARGE,
        Errors.COUPON_SPENT,
    ),
    docs=_DOCS + "create",
)
async def create(call: Call[CheckoutCreate]) -> Reply:
    """Creates a page at which a payer pays, subscribes, or saves a method."""
    scene, params = of_call(call), call.params
    if params.get("customer"):
        customer = await scene.work.get(Customer, params["customer"])
        scene = await clocks.of_customer(scene, customer)
    session = await checkouts.asked_for(scene, params)
    scene.work.save(session)
    scene.at(session.expires_at, session, "expire")
    return Reply(session.shown(), subject=session)


@operation(
    "checkout.sessions.retrieve",
    Route("v1", "GET", _URL + "/{id}"),
    means=("checkout.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "retrieve",
)
async def retrieve(call: Call[Named]) -> Reply:
    """Shows a Checkout Session."""
    session = await _session(of_call(call), call.params["id"])
    return Reply(session.shown(), subject=session)


@operation(
    "checkout.sessions.update",
    Route("v1", "POST", _URL + "/{id}"),
    means=("checkout.update",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "update",
)
async def update(call: Call[CheckoutUpdate]) -> Reply:
    """Changes the metadata."""
    scene, params = of_call(call), call.params
    before = await _session(scene, params["id"])
    after = replace(before, metadata=merged(before.metadata, params.get("metadata")))
    if after != before:
        scene.work.save(after)
    return Reply(after.shown(), subject=after)


@operation(
    "checkout.sessions.expire",
    Route("v1", "POST", _URL + "/{id}/expire"),
    means=("checkout.cancel",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING, Errors.SESSION_UNEXPECTED_STATE),
    docs=_DOCS + "expire",
)
async def expire(call: Call[Named]) -> Reply:
    """Ends an open session: its page can no longer be paid at."""
    scene = of_call(call)
    session = await _session(scene, call.params["id"])
    if session.status != "open":
        raise Errors.SESSION_UNEXPECTED_STATE(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a '
            f'status of "{session.status}".'
        )
    session = checking_out.expired(scene, session)
    return Reply(session.shown(), subject=session)


@operation(
    "checkout.sessions.list",
    Route("v1", "GET", _URL),
    means=("checkout.query",),
    errors=(Errors.REFERENCE_MISSING, Errors.PARAMETERS_EXCLUSIVE),
    docs=_DOCS + "list",
)
async def list_sessions(call: Call[CheckoutList]) -> Reply:
    """Lists Checkout Sessions, newest first."""
    params = call.params
    given = {name: str(params.get(name, "")) for name, _ in _FILTERS}
    email = (params.get("customer_details") or EMPTY).get("email", "")
    index = next(
        ((index, given[name]) for name, index in _FILTERS if given[name]), ("merchant", call.account)
    )

    def wanted(one: CheckoutSession) -> bool:
        return (
            one.merchant == call.account
            and all(value in ("", getattr(one, name)) for name, value in given.items())
            and params.get("status") in (None, one.status)
            and email in ("", (one.customer_details or EMPTY).get("email"))
        )

    found, more = await lists.page(call, CheckoutSession, "checkout.session", index=index, where=wanted)
    return Reply(lists.shown(_URL, [each.shown() for each in found], has_more=more))


@operation(
    "checkout.sessions.line_items.list",
    Route("v1", "GET", _URL + "/{id}/line_items"),
    means=("checkout.query",),
    errors=(Errors.RESOURCE_MISSING, Errors.REFERENCE_MISSING, Errors.PARAMETERS_EXCLUSIVE),
    docs=_DOCS + "line_items",
)
async def list_line_items(call: Call[CheckoutLineList]) -> Reply:
    """Lists what a session sells, in its own order."""
    session = await _session(of_call(call), call.params["id"])
    data, more = lists.page_of(call, [item.shown() for item in session.items], "line_item")
    return Reply(lists.shown(f"{_URL}/{session.id}/line_items", data, has_more=more))


OPERATIONS = (create, retrieve, update, expire, list_sessions, list_line_items)
