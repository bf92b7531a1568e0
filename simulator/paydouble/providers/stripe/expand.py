"""`expand[]`: ids become objects, inside the unit of work of the call (https://docs.stripe.com/api/expanding_objects)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

from paydouble.core.call import Call, Reply
from paydouble.core.record import Record
from paydouble.core.work import Walk
from paydouble.providers.stripe import lists
from paydouble.providers.stripe.errors import Errors
from paydouble.providers.stripe.models import (
    BalanceTransaction,
    Charge,
    Customer,
    Dispute,
    Mandate,
    PaymentIntent,
    PaymentMethod,
    Payout,
    Refund,
    SetupAttempt,
    SetupIntent,
)

DEPTH_MAX = 4


@runtime_checkable
class Showable(Protocol):
    """A record that becomes an object."""

    def shown(self) -> dict[str, Any]: ...


_LISTED_MAX = 10

Shape = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Only:
    """A member that is there only when it is expanded."""

    fetch: Callable[[Call[Any], Shape], Awaitable[object]]


async def _refunds(call: Call[Any], charge: Shape) -> object:
    found = await call.work.scan(Refund, Walk(index="charge", value=charge["id"], limit=_LISTED_MAX + 1))
    data = [refund.shown() for refund in found[:_LISTED_MAX]]
    return lists.shown(f"/v1/charges/{charge['id']}/refunds", data, has_more=len(found) > _LISTED_MAX)


def _none_of(name: str) -> Only:
    async def fetch(call: Call[Any], customer: Shape) -> object:
        return lists.shown(f"/v1/customers/{customer['id']}/{name}", [], has_more=False)

    return Only(fetch)


_NOTHING: tuple[type[Record], ...] = ()
"""Expandable, but always null here."""

# fmt: off
_EXPANDABLE: dict[tuple[str, str], tuple[type[Record], ...] | Only] = {
    ("payment_intent", "application"):                 _NOTHING,
    ("payment_intent", "customer"):                    (Customer,),
    ("payment_intent", "latest_charge"):               (Charge,),
    ("payment_intent", "on_behalf_of"):                _NOTHING,
    ("payment_intent", "payment_method"):              (PaymentMethod,),
    ("payment_intent", "payment_record"):              _NOTHING,
    ("payment_intent", "review"):                      _NOTHING,
    ("payment_intent", "source"):                      _NOTHING,
    ("charge", "application"):                         _NOTHING,
    ("charge", "application_fee"):                     _NOTHING,
    ("charge", "balance_transaction"):                 (BalanceTransaction,),
    ("charge", "customer"):                            (Customer,),
    ("charge", "failure_balance_transaction"):         (BalanceTransaction,),
    ("charge", "on_behalf_of"):                        _NOTHING,
    ("charge", "payment_intent"):                      (PaymentIntent,),
    ("charge", "refunds"):                             Only(_refunds),
    ("charge", "review"):                              _NOTHING,
    ("charge", "source_transfer"):                     _NOTHING,
    ("setup_intent", "application"):                   _NOTHING,
    ("setup_intent", "customer"):                      (Customer,),
    ("setup_intent", "latest_attempt"):                (SetupAttempt,),
    ("setup_intent", "mandate"):                       (Mandate,),
    ("setup_intent", "on_behalf_of"):                  _NOTHING,
    ("setup_intent", "payment_method"):                (PaymentMethod,),
    ("setup_intent", "single_use_mandate"):            (Mandate,),
    ("setup_attempt", "application"):                  _NOTHING,
    ("setup_attempt", "customer"):                     (Customer,),
    ("setup_attempt", "on_behalf_of"):                 _NOTHING,
    ("setup_attempt", "payment_method"):               (PaymentMethod,),
    ("setup_attempt", "setup_intent"):                 (SetupIntent,),
    ("dispute", "charge"):                             (Charge,),
    ("dispute", "payment_intent"):                     (PaymentIntent,),
    ("radar.early_fraud_warning", "charge"):           (Charge,),
    ("radar.early_fraud_warning", "payment_intent"):   (PaymentIntent,),
    ("payout", "balance_transaction"):                 (BalanceTransaction,),
    ("payout", "destination"):                         _NOTHING,
    ("payout", "failure_balance_transaction"):         (BalanceTransaction,),
    ("payout", "original_payout"):                     _NOTHING,
    ("payout", "reversed_by"):                         _NOTHING,
    ("mandate", "payment_method"):                     (PaymentMethod,),
    ("refund", "balance_transaction"):                 (BalanceTransaction,),
    ("refund", "charge"):                              (Charge,),
    ("refund", "customer"):                            (Customer,),
    ("refund", "failure_balance_transaction"):         (BalanceTransaction,),
    ("refund", "payment_intent"):                      (PaymentIntent,),
    ("refund", "payment_method"):                      (PaymentMethod,),
    ("refund", "source_transfer_reversal"):            _NOTHING,
    ("refund", "transfer_reversal"):                   _NOTHING,
    ("customer", "cash_balance"):                      _NOTHING,
    ("customer", "default_source"):                    _NOTHING,
    ("customer", "sources"):                           _none_of("sources"),
    ("customer", "subscriptions"):                     _none_of("subscriptions"),
    ("customer", "tax_ids"):                           _none_of("tax_ids"),
    ("customer", "test_clock"):                        _NOTHING,
    ("invoice_settings", "default_payment_method"):    (PaymentMethod,),
    ("payment_method", "customer"):                    (Customer,),
    ("balance_transaction", "source"):                 (Charge, Refund, Dispute, Payout),
}
# fmt: on
_INSIDE = {("customer", "invoice_settings"): "invoice_settings"}
"""Hashes without an `object` of their own, through which a path may lead."""


async def expanded(call: Call[Any], reply: Reply) -> Reply:
    """The reply with all that `expand[]` asks for. Raises ProviderError for what cannot be expanded."""
    paths = call.params.get("expand")
    if not paths or isinstance(reply.body, bytes):
        return reply
    body = dict(reply.body)
    for index, path in enumerate(paths):
        names = path.split(".")
        if len(names) > DEPTH_MAX:
            raise Errors.EXPAND_INVALID(
                f"You cannot expand more than {DEPTH_MAX} levels of a property ({path}).",
                param=f"expand[{index}]",
            )
        await _expand(call, body, names, path, f"expand[{index}]")
    return replace(reply, body=body)


async def _expand(call: Call[Any], shape: Shape, names: list[str], path: str, param: str) -> None:
    name, rest = names[0], names[1:]
    if shape.get("object") == "list":
        if name != "data" or not rest:
            raise _refusal(path, param)
        for element in shape["data"]:
            await _expand(call, element, rest, path, param)
        return
    if shape.get("deleted"):
        return
    inside = _INSIDE.get((shape["object"], name))
    if inside is not None and rest:
        shape[name] = {"object": inside, **shape[name]}
        await _expand(call, shape[name], rest, path, param)
        del shape[name]["object"]
        return
    value = await _fetched(call, shape, name, path, param)
    if rest and value is not None:
        await _expand(call, value, rest, path, param)


async def _fetched(call: Call[Any], shape: Shape, name: str, path: str, param: str) -> Any:
    """The object that the member names, put in the place of its id."""
    declared = _EXPANDABLE.get((shape["object"], name))
    if declared is None:
        raise _refusal(path, param)
    value = shape.get(name)
    if isinstance(declared, Only):
        value = value or await declared.fetch(call, shape)
        shape[name] = value
    elif isinstance(value, str):
        for kind in declared:
            record = await call.work.get(kind, value)
            if record is not None:
                value = shape[name] = _shown(call, record)
                break
    return value


def _shown(call: Call[Any], record: Record) -> Shape:
    if isinstance(record, BalanceTransaction):
        return record.shown(call.clock.now())
    assert isinstance(record, Showable), f"{record.kind} cannot be shown"
    return record.shown()


def _refusal(path: str, param: str) -> Exception:
    return Errors.EXPAND_INVALID(
        f"This property cannot be expanded ({path}). You may want to try expanding 'data.{path}' instead."
        if not path.startswith("data")
        else f"This property cannot be expanded ({path}).",
        param=param,
    )
