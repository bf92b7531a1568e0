"""Expectations of payments, notifications and calls: what is wanted, and what there is instead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from paydouble.core.notification import Notification
from paydouble.core.operation import Operation
from paydouble.core.provider import Provider
from paydouble.core.words import Facts
from paydouble.engine.audit import every
from paydouble.engine.call_log import LoggedCall
from paydouble.engine.payments import Payment, listed
from paydouble.engine.sandbox import Sandbox

Providers = Mapping[str, Provider]

_COMPARISONS: Mapping[str, Callable[[Decimal, Decimal], bool]] = MappingProxyType({
    "eq": lambda got, wanted: got == wanted, "gte": lambda got, wanted: got >= wanted,
    "lte": lambda got, wanted: got <= wanted, "gt": lambda got, wanted: got > wanted,
    "lt": lambda got, wanted: got < wanted,
})
_KEYS = {
    "payment": frozenset(
        "ref id provider phase status amount currency captured refunded disputed count".split()
    ),
    "notifications": frozenset("event ref provider state attempts acknowledged rejected count".split()),
    "calls": frozenset("operation provider ref status committed replayed count".split()),
}
_AMOUNTS = ("amount", "captured", "refunded", "disputed")
_COUNTED = ("attempts", "acknowledged", "rejected")


class BadExpectation(ValueError):
    """It is not an expectation; the text says what it should be."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """One verb and its conditions, as in {"payment": {"ref": "order-1", "phase": "paid"}}."""

    verb: str
    wanted: Mapping[str, Any]

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Expectation:
        """Raises BadExpectation."""
        if len(data) != 1:
            raise BadExpectation(f"an expectation has exactly one of {', '.join(_KEYS)}; got {sorted(data)}")
        verb, wanted = next(iter(data.items()))
        if verb not in _KEYS:
            raise BadExpectation(f"'{verb}' is none of {', '.join(_KEYS)}")
        if not isinstance(wanted, Mapping):
            raise BadExpectation(f"{verb}: a mapping of conditions, not {wanted!r}")
        unknown = sorted(wanted.keys() - _KEYS[verb])
        if unknown:
            raise BadExpectation(f"{verb} has no {unknown[0]}; it has {', '.join(sorted(_KEYS[verb]))}")
        for name in ("count", *_AMOUNTS, *_COUNTED):
            if name in wanted:
                _check_number(verb, name, wanted[name])
        return cls(verb, wanted)

    async def unmet(self, sandbox: Sandbox, providers: Providers) -> str:
        """Empty when it holds now; else what there is instead."""
        match self.verb:
            case "payment":
                return await self._payment(sandbox, providers)
            case "notifications":
                return await self._notifications(sandbox, providers)
            case _:
                return await self._calls(sandbox, providers)

    async def _payment(self, sandbox: Sandbox, providers: Providers) -> str:
        ref, provider = str(self.wanted.get("ref", "")), str(self.wanted.get("provider", ""))
        seen = [_payment(each) async for each in listed(sandbox, providers, provider=provider, ref=ref)]
        return self._among("payment", seen)

    async def _notifications(self, sandbox: Sandbox, providers: Providers) -> str:
        seen = [_notification(each, providers) async for each in every(sandbox, Notification)]
        return self._among("notification", seen)

    async def _calls(self, sandbox: Sandbox, providers: Providers) -> str:
        asks_ref = "ref" in self.wanted
        seen = [
            _call(each, (await facts_of(sandbox, providers, each)).ref if asks_ref else "")
            for each in tuple(sandbox.log.calls)
        ]
        return self._among("call", seen)

    def _among(self, noun: str, seen: list[dict[str, Any]]) -> str:
        conditions = {name: wanted for name, wanted in self.wanted.items() if name != "count"}
        count = sum(all(_holds(each[name], wanted) for name, wanted in conditions.items()) for each in seen)
        if _holds(count, self.wanted.get("count", {"gte": 1})):
            return ""
        about = _told(conditions)
        near = _nearest(conditions, seen)
        return f"{count} {noun}s with {about}" + (f"; the nearest has {near}" if near and not count else "")


async def facts_of(sandbox: Sandbox, providers: Providers, logged: LoggedCall) -> Facts:
    """What the call was about: gathered now where no rule asked for it then, and kept."""
    if logged.facts is None:
        if logged.operation is None or logged.params is None or logged.violations:
            return Facts()
        provider = providers[logged.provider]
        envelope = provider.api(logged.api).wire.open(logged.request)
        logged.facts = await provider.words.facts(sandbox.work(), logged.operation, envelope, logged.params)
    return logged.facts


def operation_names(operation: Operation | None) -> tuple[str, ...]:
    """Its id and all its neutral names."""
    return (operation.id, *operation.means) if operation is not None else ()


def _payment(payment: Payment) -> dict[str, Any]:
    view, exponents = payment.view, payment.provider.words.exponents
    amounts = {name: getattr(view, name).decimal(exponents) for name in _AMOUNTS}
    return {
        "ref": view.ref, "id": (payment.id, view.id), "provider": payment.provider.name,
        "phase": view.phase.value, "status": view.status, "currency": view.amount.currency, **amounts,
    }


def _notification(owed: Notification, providers: Providers) -> dict[str, Any]:
    neutral = providers[owed.provider].words.events.get(owed.event_type, owed.event_type)
    outcomes = [attempt.outcome for attempt in owed.attempts]
    return {
        "event": (owed.event_type, neutral), "ref": owed.ref, "provider": owed.provider, "state": owed.status,
        "attempts": len(outcomes), "acknowledged": outcomes.count("acknowledged"),
        "rejected": outcomes.count("rejected"),
    }


def _call(logged: LoggedCall, ref: str) -> dict[str, Any]:
    return {
        "operation": operation_names(logged.operation), "provider": logged.provider, "ref": ref,
        "status": logged.response.status if logged.response else 0, "committed": logged.committed,
        "replayed": logged.replayed,
    }


def _holds(got: Any, wanted: Any) -> bool:
    """A tuple is what goes by several names; a list of wanted values means any of them."""
    if isinstance(wanted, list):
        return any(_holds(got, each) for each in wanted)
    if isinstance(got, tuple):
        return wanted in got
    if isinstance(got, Decimal | int) and not isinstance(got, bool):
        return all(
            _COMPARISONS[how](Decimal(got), Decimal(str(than))) for how, than in _comparisons(wanted).items()
        )
    return bool(got == wanted)


def _comparisons(wanted: Any) -> Mapping[str, Any]:
    return wanted if isinstance(wanted, Mapping) else {"eq": int(wanted) if wanted is True else wanted}


def _check_number(verb: str, name: str, wanted: Any) -> None:
    for how, than in _comparisons(wanted).items():
        if how not in _COMPARISONS:
            raise BadExpectation(f"{verb}.{name}: '{how}' is none of {', '.join(_COMPARISONS)}")
        try:
            Decimal(str(than))
        except InvalidOperation:
            raise BadExpectation(f"{verb}.{name}: {than!r} is not a number") from None


def _nearest(conditions: Mapping[str, Any], seen: Iterable[Mapping[str, Any]]) -> str:
    """What the one with the most conditions met has in the place of the others."""
    ranked = sorted(seen, key=lambda each: sum(_holds(each[n], w) for n, w in conditions.items()))
    if not ranked:
        return ""
    nearest = ranked[-1]
    amiss = [name for name, wanted in conditions.items() if not _holds(nearest[name], wanted)]
    return _told({name: nearest[name] for name in amiss})


def _told(conditions: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {_text(value)}" for name, value in conditions.items()) or "any properties"


def _text(value: Any) -> str:
    return " alias ".join(map(str, value)) if isinstance(value, tuple) else str(value)
