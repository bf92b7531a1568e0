"""Customers (https://docs.stripe.com/api/customers)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from paydouble.core.call import Call, Reply
from paydouble.core.operation import Route, operation
from paydouble.core.work import PAGE_MAX, Walk
from paydouble.providers.stripe import lists, methods
from paydouble.providers.stripe.errors import Errors, missing
from paydouble.providers.stripe.events import changed
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models import Customer, PaymentMethod
from paydouble.providers.stripe.models.customers import DELETED
from paydouble.providers.stripe.models.shapes import address, shipping
from paydouble.providers.stripe.params import CustomerCreate, CustomerList, CustomerUpdate, Named
from paydouble.providers.stripe.replay import ONCE
from paydouble.providers.stripe.scene import Scene, of_call

_URL = "/v1/customers"
_DOCS = "https://docs.stripe.com/api/customers/"
_PLAIN = (
    "balance",
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
    customer = Customer(
        id=scene.id("cus_", 14),
        created=scene.now,
        merchant=scene.account,
        invoice_prefix=scene.ids.token(_PREFIX_LENGTH, "0123456789ABCDEF"),
    )
    customer = replace(customer, **_changes(customer, params))
    scene.work.save(customer)
    scene.tell("customer.created", customer)
    if params.get("payment_method"):
        methods.attached(scene, await methods.resolved(scene, params["payment_method"]), customer.id)
    return Reply(customer.shown(), subject=customer)


def _changes(customer: Customer, params: Mapping[str, Any]) -> dict[str, Any]:
    """Raises ProviderError for what is not simulated."""
    if params.get("source"):
        raise Errors.PARAMETER_INVALID(
            "PayDouble does not keep sources of customers; attach a PaymentMethod.", param="source"
        )
    changes: dict[str, Any] = {name: params[name] for name in _PLAIN if name in params}
    if "address" in params:
        changes["address"] = address(params["address"]) if params["address"] else None
    if "shipping" in params:
        changes["shipping"] = shipping(params["shipping"] or None)
    if "preferred_locales" in params:
        changes["preferred_locales"] = tuple(params["preferred_locales"])
    if "invoice_settings" in params:
        changes["invoice_settings"] = {**customer.invoice_settings, **params["invoice_settings"]}
    changes["metadata"] = merged(customer.metadata, params.get("metadata"))
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
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "update",
)
async def update(call: Call[CustomerUpdate]) -> Reply:
    """Changes what is sent, and leaves the rest."""
    scene, params = of_call(call), call.params
    before = await _customer(scene, params["id"])
    if before.deleted:
        raise missing("customer", before.id)
    after = replace(before, **_changes(before, params))
    previous = changed(before.shown(), after.shown())
    if previous:
        scene.work.save(after)
        scene.tell("customer.updated", after, previous)
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
    for method in await scene.work.scan(
        PaymentMethod, Walk(index="customer", value=customer.id, limit=PAGE_MAX)
    ):
        scene.work.save(replace(method, customer="", spent=True))
    scene.tell("customer.deleted", customer)
    gone = replace(customer, status=DELETED)
    scene.work.save(gone)
    return Reply(gone.shown(), subject=gone)


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
    clock = call.params.get("test_clock", "")     # there are none yet, so no customer lives by one
    index = ("email", email) if email else ("merchant", call.account)
    found, more = await lists.page(
        call,
        Customer,
        "customer",
        index=index,
        where=lambda one: one.merchant == call.account and not one.deleted and not clock,
    )
    return Reply(lists.shown(_URL, [customer.shown() for customer in found], has_more=more))


OPERATIONS = (create, retrieve, update, delete, list_customers)
