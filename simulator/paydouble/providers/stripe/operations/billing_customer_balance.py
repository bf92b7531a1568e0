"""Movements of a customer's balance (https://docs.stripe.com/api/customer_balance_transactions)."""

from __future__ import annotations

from dataclasses import replace

from paydouble.core.call import Call, Reply
from paydouble.core.operation import Route, operation
from paydouble.providers.stripe import clocks, lists
from paydouble.providers.stripe.amounts import known_currency
from paydouble.providers.stripe.customer_balance import adjusted
from paydouble.providers.stripe.errors import Errors, missing
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models import Customer
from paydouble.providers.stripe.models.accounts_receivable import CustomerBalanceTransaction
from paydouble.providers.stripe.owning import owned
from paydouble.providers.stripe.params_catalog import (
    BalanceAdjustmentCreate,
    BalanceAdjustmentList,
    BalanceAdjustmentRetrieve,
    BalanceAdjustmentUpdate,
)
from paydouble.providers.stripe.replay import ONCE
from paydouble.providers.stripe.scene import Scene, of_call

_URL = "/v1/customers/{customer}/balance_transactions"
_DOCS = "https://docs.stripe.com/api/customer_balance_transactions/"


async def _customer(scene: Scene, id: str) -> Customer:
    customer = await owned(scene, Customer, id, "customer", param="customer")
    if customer.deleted:
        raise missing("customer", id, param="customer")
    return customer


async def _one(scene: Scene, customer: str, id: str) -> CustomerBalanceTransaction:
    await _customer(scene, customer)
    found = await owned(scene, CustomerBalanceTransaction, id, "customer balance transaction")
    if found.customer != customer:
        raise missing("customer balance transaction", id)
    return found


@operation(
    "customers.balance_transactions.create",
    Route("v1", "POST", _URL),
    means=("customer.credit",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING, Errors.CURRENCY_INVALID, Errors.PARAMETER_INVALID),
    docs=_DOCS + "create",
)
async def create(call: Call[BalanceAdjustmentCreate]) -> Reply:
    """Credits a customer with a negative amount, or debits with a positive one."""
    scene, params = of_call(call), call.params
    customer = await _customer(scene, params["customer"])
    scene = await clocks.of_customer(scene, customer)
    currency = known_currency(params["currency"])
    if customer.currency not in ("", currency):
        raise Errors.PARAMETER_INVALID(
            f"You cannot combine currencies on a single customer. This customer has a balance in "
            f"{customer.currency}.", param="currency",
        )
    _, moved = adjusted(
        scene, customer, params["amount"], currency, description=params.get("description", "")
    )
    moved = replace(moved, metadata=merged({}, params.get("metadata")))
    scene.work.save(moved)
    return Reply(moved.shown(), subject=moved)


@operation(
    "customers.balance_transactions.retrieve",
    Route("v1", "GET", _URL + "/{id}"),
    means=("customer.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "retrieve",
)
async def retrieve(call: Call[BalanceAdjustmentRetrieve]) -> Reply:
    """Shows one movement of a customer's balance."""
    found = await _one(of_call(call), call.params["customer"], call.params["id"])
    return Reply(found.shown(), subject=found)


@operation(
    "customers.balance_transactions.update",
    Route("v1", "POST", _URL + "/{id}"),
    means=("customer.update",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "update",
)
async def update(call: Call[BalanceAdjustmentUpdate]) -> Reply:
    """Changes description and metadata; the money stays."""
    scene, params = of_call(call), call.params
    before = await _one(scene, params["customer"], params["id"])
    after = replace(
        before, description=params.get("description", before.description),
        metadata=merged(before.metadata, params.get("metadata")),
    )
    if after != before:
        scene.work.save(after)
    return Reply(after.shown(), subject=after)


@operation(
    "customers.balance_transactions.list",
    Route("v1", "GET", _URL),
    means=("customer.query",),
    errors=(Errors.RESOURCE_MISSING, Errors.REFERENCE_MISSING, Errors.PARAMETERS_EXCLUSIVE),
    docs=_DOCS + "list",
)
async def list_movements(call: Call[BalanceAdjustmentList]) -> Reply:
    """Lists the movements of a customer's balance, newest first."""
    customer = await _customer(of_call(call), call.params["customer"])
    invoice = call.params.get("invoice", "")
    found, more = await lists.page(
        call, CustomerBalanceTransaction, "customer balance transaction", index=("customer", customer.id),
        where=lambda one: invoice in ("", one.invoice),
    )
    url = _URL.replace("{customer}", customer.id)
    return Reply(lists.shown(url, [each.shown() for each in found], has_more=more))


OPERATIONS = (create, retrieve, update, list_movements)
