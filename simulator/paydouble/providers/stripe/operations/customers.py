"""Customers (https://docs.stripe.com/api/customers)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from paydouble.core.call import Call, Reply
from paydouble.core.operation import Route, operation
from paydouble.core.work import PAGE_MAX, Walk
from paydouble.providers.stripe import clocks, invoicing, legacy, lists, methods
from paydouble.providers.stripe import subscription_states as states
from paydouble.providers.stripe.customer_balance import adjusted
from paydouble.providers.stripe.errors import Errors, missing
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models import Customer, PaymentMethod
from paydouble.providers.stripe.models.customers import DELETED
from paydouble.providers.stripe.models.shapes import EMPTY, Json, address, shipping
from paydouble.providers.stripe.models.subscriptions import Subscription
from paydouble.providers.stripe.owning import told
from paydouble.providers.stripe.params import CustomerCreate, CustomerList, CustomerUpdate, Named
from paydouble.providers.stripe.replay import ONCE
from paydouble.providers.stripe.scene import Scene, of_call

_URL = "/v1/customers"
_DOCS = "https://docs.stripe.com/api/customers/"
_PLAIN = (
    "business_name",
    "description",
    "email",
    "individual_name",
    "invoice_prefix",
    "name",
    "next_invoice_sequence",
    "phone",
    "tax_exempt",
)
_PREFIX_LENGTH = 8


@operation(
    "customers.create",
    Route("v1", "POST", _URL),
    means=("customer.create",),
    idempotency=ONCE,
    errors=(Errors.REFERENCE_MISSING, Errors.GENERIC_DECLINE),
    docs=_DOCS + "create",
)
async def create(call: Call[CustomerCreate]) -> Reply:
    """Creates a customer, with a first payment method if one is given."""
    scene, params = of_call(call), call.params
    scene = await clocks.on_clock(scene, params.get("test_clock", ""))
    balance = params.get("balance", 0)
    said = {"invoice_prefix": scene.ids.token(_PREFIX_LENGTH, "0123456789ABCDEF"), **_changes(params)}
    customer = Customer(
        id=scene.id("cus_", 14),
        test_clock=scene.timeline,
        created=scene.now,
        merchant=scene.account,
        balance=balance,
        currency=scene.terms.currency if balance else "",
        **said,
    )
    if params.get("source"):
        customer, _ = await legacy.kept(scene, customer, params["source"])
    scene.work.save(customer)
    scene.tell("customer.created", customer)
    if params.get("payment_method"):
        methods.attached(scene, await methods.resolved(scene, params["payment_method"]), customer.id)
    return Reply(customer.shown(), subject=customer)


def _changes(
    params: Mapping[str, Any], metadata: Mapping[str, str] = EMPTY, settings: Json = EMPTY
) -> dict[str, Any]:
    """Into what was there before."""
    changes: dict[str, Any] = {name: params[name] for name in _PLAIN if name in params}
    if "address" in params:
        changes["address"] = address(params["address"]) if params["address"] else None
    if "shipping" in params:
        changes["shipping"] = shipping(params["shipping"] or None)
    if "preferred_locales" in params:
        changes["preferred_locales"] = tuple(params["preferred_locales"])
    if "invoice_settings" in params:
        changes["invoice_settings"] = {**settings, **params["invoice_settings"]}
    changes["metadata"] = merged(metadata, params.get("metadata"))
    return changes


async def _customer(scene: Scene, id: str) -> Customer:
    found = await scene.work.get(Customer, id)
    if found is None or found.merchant != scene.account:
        raise missing("customer", id)
    return found


@operation(
    "customers.retrieve",
    Route("v1", "GET", _URL + "/{id}"),
    means=("customer.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "retrieve",
)
async def retrieve(call: Call[Named]) -> Reply:
    """Shows a customer; of a deleted one only that it was deleted."""
    customer = await _customer(of_call(call), call.params["id"])
    return Reply(customer.shown(), subject=customer)


@operation(
    "customers.update",
    Route("v1", "POST", _URL + "/{id}"),
    means=("customer.update",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING, Errors.REFERENCE_MISSING, Errors.GENERIC_DECLINE),
    docs=_DOCS + "update",
)
async def update(call: Call[CustomerUpdate]) -> Reply:
    """Changes what is sent, and leaves the rest."""
    scene, params = of_call(call), call.params
    before = await _customer(scene, params["id"])
    if before.deleted:
        raise missing("customer", before.id)
    scene = await clocks.of_customer(scene, before)
    after = replace(before, **_changes(params, before.metadata, before.invoice_settings))
    if params.get("source"):
        after, shape = await legacy.kept(scene, after, params["source"])
        after = replace(after, default_source=str(shape["id"]))
    elif params.get("default_source"):
        found = await legacy.instrument(scene, params["default_source"], after)
        after = replace(after, default_source=found.id)
    told(scene, "customer.updated", before, after)
    change = params.get("balance", after.balance) - after.balance
    if change:
        after, _ = adjusted(scene, after, change, after.currency or scene.terms.currency)
    return Reply(after.shown(), subject=after)


@operation(
    "customers.delete",
    Route("v1", "DELETE", _URL + "/{id}"),
    means=("customer.delete",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "delete",
)
async def delete(call: Call[Named]) -> Reply:
    """Deletes a customer for good, and detaches its payment methods."""
    scene = of_call(call)
    customer = await _customer(scene, call.params["id"])
    if customer.deleted:
        raise missing("customer", customer.id)
    deleted = await gone(scene, customer)
    return Reply(deleted.shown(), subject=deleted)


async def gone(scene: Scene, customer: Customer) -> Customer:
    """What it has subscribed to ends, its methods are detached."""
    scene = await clocks.of_customer(scene, customer)
    for found in await scene.work.scan(
        Subscription, Walk(index="customer", value=customer.id, limit=PAGE_MAX)
    ):
        if not found.ended:
            states.canceled(scene, found, "cancellation_requested")
            await invoicing.subscription_ends(scene, found)
    for method in await scene.work.scan(
        PaymentMethod, Walk(index="customer", value=customer.id, limit=PAGE_MAX)
    ):
        scene.work.save(replace(method, customer="", spent=True))
    customer = await scene.work.get(Customer, customer.id) or customer
    scene.tell("customer.deleted", customer)
    deleted = replace(customer, status=DELETED)
    scene.work.save(deleted)
    return deleted


@operation(
    "customers.list",
    Route("v1", "GET", _URL),
    means=("customer.list",),
    errors=(Errors.REFERENCE_MISSING,),
    docs=_DOCS + "list",
)
async def list_customers(call: Call[CustomerList]) -> Reply:
    """Lists customers, newest first; an email address is compared exactly."""
    email = call.params.get("email", "")
    clock = call.params.get("test_clock", "")
    index = ("merchant", call.account)
    if email or clock:
        index = ("email", email) if email else ("test_clock", clock)
    found, more = await lists.page(
        call,
        Customer,
        "customer",
        index=index,
        where=lambda one: one.merchant == call.account and not one.deleted and clock in ("", one.test_clock),
    )
    return Reply(lists.shown(_URL, [customer.shown() for customer in found], has_more=more))


OPERATIONS = (create, retrieve, update, delete, list_customers)
