"""With what a charge in the old way is paid: a token, a Source, a customer's saved card.

https://docs.stripe.com/payments/charges-api
"""

from __future__ import annotations

from dataclasses import replace

from paydouble.core.work import PAGE_MAX, Walk, Work
from paydouble.providers.stripe import methods
from paydouble.providers.stripe.errors import Errors, missing_reference
from paydouble.providers.stripe.models import Customer, PaymentMethod, Source
from paydouble.providers.stripe.models.sources import card_shown
from paydouble.providers.stripe.scene import Scene

CARD_PREFIX = "card_"
SOURCE_PREFIX = "src_"
TOKEN_PREFIX = "tok_"


async def tokenized(scene: Scene, id: str, *, param: str = "source") -> PaymentMethod:
    """The card behind a token, under its old name; not yet saved. Raises ProviderError."""
    method = await methods.of_token(scene, id, param=param)
    return replace(method, id=scene.id("card_1"))


async def instrument(scene: Scene, id: str, customer: Customer | None) -> PaymentMethod:
    """What is charged; a Source for one use is used up by it. Raises ProviderError."""
    if customer is not None:
        return await _of_customer(scene, id or customer.default_source, customer)
    if id.startswith(SOURCE_PREFIX):
        return await _of_source(scene, id)
    if id.startswith(TOKEN_PREFIX):
        return await tokenized(scene, id)
    saved = await scene.work.get(PaymentMethod, id)
    if saved is not None and saved.merchant == scene.account:
        raise Errors.PARAMETER_INVALID(
            f"The card {id} belongs to a customer: include the customer in the `customer` parameter.",
            param="customer",
        )
    raise missing_reference("token", id, param="source")


async def _of_customer(scene: Scene, id: str, customer: Customer) -> PaymentMethod:
    if not id:
        raise Errors.NO_ACTIVE_CARD()
    if id.startswith(SOURCE_PREFIX):
        return await _of_source(scene, id, customer.id)
    found = await scene.work.get(PaymentMethod, id)
    if found is None or found.customer != customer.id:
        raise Errors.REFERENCE_MISSING(
            f"Customer {customer.id} does not have a linked source with ID {id}.", param="source"
        )
    return found


async def _of_source(scene: Scene, id: str, customer: str = "") -> PaymentMethod:
    source = await scene.work.get(Source, id)
    if source is None or source.merchant != scene.account:
        raise missing_reference("source", id, param="source")
    if source.status != "chargeable" or source.method is None or source.customer != customer:
        raise Errors.SOURCE_UNUSABLE(
            f"The source {id} cannot be charged: its status is {source.status}.", param="source"
        )
    if source.usage == "single_use" or not customer:
        scene.work.save(replace(source, status="consumed"))
    known = await scene.work.get(PaymentMethod, id)
    return replace(known or source.method, customer=customer)


async def kept(scene: Scene, customer: Customer, id: str) -> tuple[Customer, dict[str, object]]:
    """Saves a token's card, or a Source, with a customer, whose default it is if it is the first."""
    if id.startswith(SOURCE_PREFIX):
        source = await scene.work.get(Source, id)
        if source is None or source.merchant != scene.account:
            raise missing_reference("source", id, param="source")
        if source.status != "chargeable" or source.customer:
            raise Errors.SOURCE_UNUSABLE(f"The source {id} cannot be attached.", param="source")
        source = replace(source, customer=customer.id)
        scene.work.save(source)
        shape, told = source.shown(), source.id
        scene.tell("customer.source.created", source)
    else:
        method = methods.attached(scene, await tokenized(scene, id), customer.id)
        shape, told = card_shown(method), method.id
        scene.tell("customer.source.created", Told(customer.merchant, shape))
    if not customer.default_source:
        customer = replace(customer, default_source=told)
    return customer, shape


async def saved(work: Work, customer: str) -> list[PaymentMethod | Source]:
    """A customer's cards and then its Sources, the newest first."""
    walk = Walk(index="customer", value=customer, limit=PAGE_MAX)
    cards = [one for one in await work.scan(PaymentMethod, walk) if one.id.startswith(CARD_PREFIX)]
    return [*cards, *await work.scan(Source, walk)]


def shown(one: PaymentMethod | Source) -> dict[str, object]:
    return card_shown(one) if isinstance(one, PaymentMethod) else one.shown()


class Told:
    """A card by its old name as what an event is about."""

    __slots__ = ("body", "merchant")

    def __init__(self, merchant: str, body: dict[str, object]) -> None:
        self.merchant = merchant
        self.body = body

    def shown(self) -> dict[str, object]:
        return self.body
