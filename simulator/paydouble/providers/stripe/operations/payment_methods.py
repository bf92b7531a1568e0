"""PaymentMethods (https://docs.stripe.com/api/payment_methods)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from paydouble.core.call import Call, Reply
from paydouble.core.operation import Route, operation
from paydouble.providers.stripe import lists, methods
from paydouble.providers.stripe.errors import Errors, missing
from paydouble.providers.stripe.events import changed
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models import Customer, PaymentMethod
from paydouble.providers.stripe.models.shapes import NOBODY, billing_details
from paydouble.providers.stripe.params import Named
from paydouble.providers.stripe.params_saving import (
    CustomersMethod,
    CustomersMethodList,
    PaymentMethodAttach,
    PaymentMethodList,
    PaymentMethodUpdate,
)
from paydouble.providers.stripe.replay import ONCE
from paydouble.providers.stripe.scene import Scene, of_call

_URL = "/v1/payment_methods"
_DOCS = "https://docs.stripe.com/api/payment_methods/"


@operation(
    "payment_methods.create",
    Route("v1", "POST", _URL),
    means=("payment_method.create",),
    idempotency=ONCE,
    errors=(
        Errors.PARAMETER_MISSING,
        Errors.INCORRECT_NUMBER,
        Errors.INVALID_EXPIRY_MONTH,
        Errors.INVALID_EXPIRY_YEAR,
        Errors.INVALID_CVC,
        Errors.TEST_MODE_LIVE_CARD,
    ),
    docs=_DOCS + "create",
)
async def create(call: Call[dict[str, Any]]) -> Reply:
    """Creates a payment method from the number of a test card, or from a test token."""
    scene, params = of_call(call), call.params
    if params.get("payment_method"):
        method = await _cloned(scene, params["payment_method"], params.get("customer", ""))
    elif "type" not in params:
        raise Errors.PARAMETER_MISSING("Missing required param: type.", param="type")
    else:
        method = await methods.made(scene, params)
    method = replace(method, metadata=merged({}, params.get("metadata")))
    scene.work.save(method)
    return Reply(method.shown(), subject=method)


async def _cloned(scene: Scene, id: str, customer: str) -> PaymentMethod:
    """The platform's own, again in the connected account for which the call is made. Raises ProviderError."""
    if not scene.connected:
        raise Errors.PARAMETER_INVALID(
            "The payment_method parameter can only be used with a connected account: send Stripe-Account.",
            param="payment_method",
        )
    found = await methods.resolved(scene.on(scene.platform), id)
    if found.customer != customer or found.spent:
        raise Errors.PAYMENT_METHOD_UNUSABLE(
            f"The payment method {id} cannot be shared: it must belong to the customer that is named.",
            param="customer" if found.customer else "payment_method",
        )
    return replace(
        found,
        id=scene.id("pm_1"),
        created=scene.now,
        merchant=scene.account,
        customer="",
        fingerprint=methods.fingerprint(scene.account, found.number),
    )


async def _method(scene: Scene, id: str) -> PaymentMethod:
    """A test id stands for a fresh one, which is saved here."""
    fresh = methods.of_test_id(scene, id)
    if fresh is not None:
        scene.work.save(fresh)
        return fresh
    found = await scene.work.get(PaymentMethod, id)
    if found is None or found.merchant != scene.account:
        raise missing("PaymentMethod", id)
    return found


@operation(
    "payment_methods.retrieve",
    Route("v1", "GET", _URL + "/{id}"),
    means=("payment_method.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "retrieve",
)
async def retrieve(call: Call[Named]) -> Reply:
    """Shows a payment method; for a test id a fresh one is made."""
    method = await _method(of_call(call), call.params["id"])
    return Reply(method.shown(), subject=method)


@operation(
    "payment_methods.update",
    Route("v1", "POST", _URL + "/{id}"),
    means=("payment_method.update",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING, Errors.PAYMENT_METHOD_UNUSABLE),
    docs=_DOCS + "update",
)
async def update(call: Call[PaymentMethodUpdate]) -> Reply:
    """Changes a payment method that is attached to a customer."""
    scene, params = of_call(call), call.params
    before = await _method(scene, params["id"])
    if not before.customer:
        raise Errors.PAYMENT_METHOD_UNUSABLE(
            "You must save this PaymentMethod to a customer before you can update it.", param="payment_method"
        )
    changes: dict[str, Any] = {"metadata": merged(before.metadata, params.get("metadata"))}
    if "billing_details" in params:
        whole = {**(before.billing_details or NOBODY), **params["billing_details"]}
        changes["billing_details"] = billing_details(whole)
    if "allow_redisplay" in params:
        changes["allow_redisplay"] = params["allow_redisplay"]
    changes |= {
        name: params["card"][name] for name in ("exp_month", "exp_year") if name in params.get("card", {})
    }
    after = replace(before, **changes)
    previous = changed(before.shown(), after.shown())
    if previous:
        scene.work.save(after)
        scene.tell("payment_method.updated", after, previous)
    return Reply(after.shown(), subject=after)


@operation(
    "payment_methods.attach",
    Route("v1", "POST", _URL + "/{id}/attach"),
    means=("payment_method.attach",),
    idempotency=ONCE,
    errors=(
        Errors.RESOURCE_MISSING,
        Errors.PARAMETER_MISSING,
        Errors.REFERENCE_MISSING,
        Errors.PAYMENT_METHOD_UNUSABLE,
        Errors.GENERIC_DECLINE,
    ),
    docs=_DOCS + "attach",
)
async def attach(call: Call[PaymentMethodAttach]) -> Reply:
    """Saves a payment method with a customer; some issuers refuse at once."""
    scene, params = of_call(call), call.params
    if not params.get("customer"):
        raise Errors.PARAMETER_MISSING("Missing required param: customer.", param="customer")
    method = await _method(scene, params["id"])
    customer = await methods.customer_named(scene, params["customer"])
    method = methods.attached(scene, method, customer.id)
    return Reply(method.shown(), subject=method)


@operation(
    "payment_methods.detach",
    Route("v1", "POST", _URL + "/{id}/detach"),
    means=("payment_method.detach",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING, Errors.PAYMENT_METHOD_UNUSABLE),
    docs=_DOCS + "detach",
)
async def detach(call: Call[Named]) -> Reply:
    """Takes a payment method from its customer; it can never be used again."""
    scene = of_call(call)
    before = await _method(scene, call.params["id"])
    if not before.customer:
        raise Errors.PAYMENT_METHOD_UNUSABLE(
            "The payment method you provided is not attached to a customer so detachment is impossible.",
            param="payment_method",
        )
    after = replace(before, customer="", spent=True)
    scene.work.save(after)
    scene.tell("payment_method.detached", after, {"customer": before.customer})
    return Reply(after.shown(), subject=after)


@operation(
    "payment_methods.list",
    Route("v1", "GET", _URL),
    means=("payment_method.list",),
    errors=(Errors.REFERENCE_MISSING,),
    docs=_DOCS + "list",
)
async def list_methods(call: Call[PaymentMethodList]) -> Reply:
    """Lists the payment methods of a customer, or those of the account."""
    params = call.params
    customer, type, redisplay = (
        params.get("customer", ""),
        params.get("type", ""),
        params.get("allow_redisplay", ""),
    )
    if customer:
        await methods.customer_named(of_call(call), customer)
    found, more = await _listed(call, customer, type, redisplay)
    return Reply(lists.shown(_URL, [method.shown() for method in found], has_more=more))


async def _listed(
    call: Call[Any], customer: str, type: str, redisplay: str
) -> tuple[list[PaymentMethod], bool]:
    def wanted(method: PaymentMethod) -> bool:
        return (
            method.merchant == call.account
            and type in ("", method.type)
            and redisplay in ("", method.allow_redisplay)
        )

    index = ("customer", customer) if customer else ("merchant", call.account)
    return await lists.page(call, PaymentMethod, "payment_method", index=index, where=wanted)


@operation(
    "customers.payment_methods.list",
    Route("v1", "GET", "/v1/customers/{customer}/payment_methods"),
    means=("payment_method.list",),
    errors=(Errors.RESOURCE_MISSING, Errors.REFERENCE_MISSING),
    docs=_DOCS + "customer_list",
)
async def list_of_customer(call: Call[CustomersMethodList]) -> Reply:
    """Lists the payment methods of a customer."""
    params = call.params
    customer = await _owner(of_call(call), params["customer"])
    found, more = await _listed(call, customer, params.get("type", ""), params.get("allow_redisplay", ""))
    url = f"/v1/customers/{customer}/payment_methods"
    return Reply(lists.shown(url, [method.shown() for method in found], has_more=more))


@operation(
    "customers.payment_methods.retrieve",
    Route("v1", "GET", "/v1/customers/{customer}/payment_methods/{id}"),
    means=("payment_method.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "customer",
)
async def retrieve_of_customer(call: Call[CustomersMethod]) -> Reply:
    """Shows one of a customer's payment methods."""
    params = call.params
    customer = await _owner(of_call(call), params["customer"])
    found = await call.work.get(PaymentMethod, params["id"])
    if found is None or found.customer != customer:
        raise missing("PaymentMethod", params["id"])
    return Reply(found.shown(), subject=found)


async def _owner(scene: Scene, id: str) -> str:
    """The id of a customer in a path. Raises ProviderError."""
    found = await scene.work.get(Customer, id)
    if found is None or found.merchant != scene.account or found.deleted:
        raise missing("customer", id, param="customer")
    return id


OPERATIONS = (create, retrieve, update, attach, detach, list_methods, list_of_customer, retrieve_of_customer)
