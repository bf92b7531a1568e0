"""Expectations: what is wanted of payments, notifications, calls and rules, and what there is instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from paydouble.core.clock import parse_duration
from paydouble.core.notification import Notification
from paydouble.core.operation import Operation
from paydouble.core.provider import Provider
from paydouble.core.words import Facts
from paydouble.engine.audit import every
from paydouble.engine.call_log import LoggedCall
from paydouble.engine.payments import Payment, listed
from paydouble.engine.sandbox import Sandbox
from paydouble.scenarios.comparing import (
    COMPARISONS,
    BadExpectation,
    check_number,
    check_text,
    comparisons,
    holds,
    nearest,
    told,
)

__all__ = ["BadExpectation", "Expectation", "facts_of", "operation_names"]

Providers = Mapping[str, Provider]

_CALLS = "operation native provider ref status signature committed replayed"
_KEYS = {
    "payment": frozenset(
        "ref id provider phase status amount currency captured refunded disputed fee count".split()
    ),
    "notifications": frozenset(
        "event ref provider state attempts acknowledged rejected count within".split()
    ),
    "calls": frozenset(f"{_CALLS} count same_idempotency_key spacing".split()),
    "never": frozenset(_CALLS.split()),
}
VERBS = (*_KEYS, "sequence", "fired", "invariants")
_AMOUNTS = ("amount", "captured", "refunded", "disputed", "fee")
_NUMBERS = frozenset({"count", "attempts", "acknowledged", "rejected", *_AMOUNTS})
_OVER_ALL = frozenset({"count", "same_idempotency_key", "spacing", "within"})
"""Of all that match together, not of each; and how long to wait for it, which whoever waits knows."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """One verb and its conditions, as in {"payment": {"ref": "order-1", "phase": "paid"}}."""

    verb: str
    wanted: Any
    ref: Any = None
    """Of a sequence: whose."""

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Expectation:
        """Raises BadExpectation."""
        verbs = [name for name in data if not (name == "ref" and "sequence" in data)]
        if len(verbs) != 1:
            raise BadExpectation(f"an expectation has exactly one of {', '.join(VERBS)}; got {sorted(data)}")
        verb, wanted = verbs[0], data[verbs[0]]
        if verb not in VERBS:
            raise BadExpectation(f"'{verb}' is none of {', '.join(VERBS)}")
        match verb:
            case "sequence":
                _check_sequence(wanted, data.get("ref"))
            case "fired":
                _check_fired(wanted)
            case "invariants":
                wanted = _invariants(wanted)
            case _:
                _check_conditions(verb, wanted)
        return cls(verb, wanted, data.get("ref"))

    async def unmet(self, sandbox: Sandbox, providers: Providers) -> str:
        """Empty when it holds now; else what there is instead."""
        match self.verb:
            case "payment":
                seen = [_payment(each) async for each in listed(sandbox, providers)]
                return self._among("payment", seen)
            case "notifications":
                return await self._notifications(sandbox, providers)
            case "sequence":
                return await self._sequence(sandbox, providers)
            case "fired":
                return "; ".join(_unfired(sandbox, self.wanted))
            case "invariants":
                return await _broken(sandbox, providers, self.wanted)
            case _:
                return await self._calls(sandbox, providers)

    async def _notifications(self, sandbox: Sandbox, providers: Providers) -> str:
        """Of each by itself; or of one with its duplicates and its replay, as in `attempts: 6`."""
        copies: dict[tuple[str, ...], list[Notification]] = {}
        async for each in every(sandbox, Notification):
            copies.setdefault(_whose(each), []).append(each)
        single = [_notification([each], providers) for all_ in copies.values() for each in all_]
        missing = self._among("notification", single)
        if not missing or len(single) == len(copies):
            return missing
        together = [_notification(each, providers) for each in copies.values()]
        return self._among("notification", together) and missing

    async def _calls(self, sandbox: Sandbox, providers: Providers) -> str:
        seen = [await _call(each, sandbox, providers) for each in tuple(sandbox.log.calls)]
        if self.verb == "never":
            return self._never(seen)
        missing = self._among("call", seen)
        if missing:
            return missing
        found = [each for each in seen if self._fits(each)]
        return "; ".join((*self._keys(found), *self._spacing(found)))

    def _fits(self, each: Mapping[str, Any]) -> bool:
        conditions = {name: wanted for name, wanted in self.wanted.items() if name not in _OVER_ALL}
        return all(holds(each[name], wanted) for name, wanted in conditions.items())

    def _never(self, seen: list[dict[str, Any]]) -> str:
        count = sum(self._fits(each) for each in seen)
        return f"{count} calls with {told(self.wanted)}, where none was to come" if count else ""

    def _keys(self, found: list[dict[str, Any]]) -> Iterator[str]:
        if self.wanted.get("same_idempotency_key") is None:
            return
        for ref, calls in _by_ref(found).items():
            keys = list(dict.fromkeys(each["key"] or "no key" for each in calls))
            if (len(keys) == 1 and keys != ["no key"]) is not self.wanted["same_idempotency_key"]:
                yield f"{len(calls)} calls for {ref or 'no ref'} carried {', '.join(keys)}"

    def _spacing(self, found: list[dict[str, Any]]) -> Iterator[str]:
        for how, than in comparisons(self.wanted.get("spacing", {})).items():
            wanted = parse_duration(str(than))
            for ref, calls in _by_ref(found).items():
                for before, after in pairwise(calls):
                    apart = after["at"] - before["at"]
                    if not COMPARISONS[how](Decimal(apart), Decimal(wanted)):
                        yield f"two calls for {ref or 'no ref'} are {apart} ms apart, not {how} {than}"

    def _among(self, noun: str, seen: list[dict[str, Any]]) -> str:
        conditions = {name: wanted for name, wanted in self.wanted.items() if name not in _OVER_ALL}
        count = sum(all(holds(each[name], wanted) for name, wanted in conditions.items()) for each in seen)
        if holds(count, self.wanted.get("count", {"gte": 1})):
            return ""
        near = nearest(conditions, seen)
        instead = f"; the nearest has {near}" if near and not count else ""
        return f"{count} {noun}s with {told(conditions)}{instead}"

    async def _sequence(self, sandbox: Sandbox, providers: Providers) -> str:
        seen = [await _call(each, sandbox, providers) for each in tuple(sandbox.log.calls)]
        came = [each for each in seen if self.ref is None or holds(each["ref"], self.ref)]
        rest = list(self.wanted)
        for each in came:
            if rest and holds(each["operation"], rest[0]):
                rest.pop(0)
        if not rest:
            return ""
        calls = ", ".join(next(iter(each["operation"]), "unknown") for each in came) or "nothing"
        return f"'{rest[0]}' did not come in its turn; what came: {calls}"


def _by_ref(found: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for each in found:
        groups.setdefault(each["ref"], []).append(each)
    return groups


async def facts_of(sandbox: Sandbox, providers: Providers, logged: LoggedCall) -> Facts:
    """What the call was about: gathered now where no rule asked for it then, and kept."""
    if logged.facts is None:
        unreadable = logged.let_in_broken or (logged.violations and logged.error)
        if logged.operation is None or logged.params is None or unreadable:
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


def _whose(owed: Notification) -> tuple[str, ...]:
    """The same of a notification, its duplicates and its replay."""
    return owed.provider, owed.event, owed.endpoint.id, owed.endpoint.url


def _notification(copies: Sequence[Notification], providers: Providers) -> dict[str, Any]:
    """Of all its copies together; the state is that of the first."""
    owed = copies[0]
    neutral = providers[owed.provider].words.events.get(owed.told_as, owed.told_as)
    outcomes = [attempt.outcome for each in copies for attempt in each.attempts]
    return {
        "event": (owed.event_type, neutral), "ref": owed.ref, "provider": owed.provider, "state": owed.status,
        "attempts": len(outcomes), "acknowledged": outcomes.count("acknowledged"),
        "rejected": outcomes.count("rejected"),
    }


async def _call(logged: LoggedCall, sandbox: Sandbox, providers: Providers) -> dict[str, Any]:
    facts = await facts_of(sandbox, providers, logged)
    declared = () if logged.operation is None else providers[logged.provider].words.means(
        logged.operation, logged.params or {}
    )
    names = () if logged.operation is None else (logged.operation.id, *declared)
    return {
        "operation": _Names(names), "native": _native(logged.operation), "provider": logged.provider,
        "ref": facts.ref, "status": logged.response.status if logged.response else 0,
        "committed": logged.committed, "replayed": logged.replayed, "key": facts.idempotency_key,
        "signature": "valid" if logged.verified else "invalid", "at": logged.at,
    }


class _Names(tuple[str, ...]):
    """Names that also go by the patterns which cover them: payment.* and *."""

    def __new__(cls, names: tuple[str, ...]) -> _Names:
        families = tuple(f"{name.partition('.')[0]}.*" for name in names)
        return super().__new__(cls, (*names, *dict.fromkeys(families), "*"))


def _native(operation: Operation | None) -> tuple[str, ...]:
    from paydouble.scenarios.declarations import native_names

    return tuple(native_names(operation)) if operation is not None else ()


def _unfired(sandbox: Sandbox, wanted: Mapping[str, Any]) -> Iterator[str]:
    for name, times in wanted.items():
        label = f"rule '{name}'"
        counts = [each.fired.get(label, 0) for each in sandbox.rules.in_force]
        if not holds(sum(counts), times):
            yield f"{label} fired {sum(counts)} times"


async def _broken(sandbox: Sandbox, providers: Providers, names: list[str]) -> str:
    from paydouble.engine.conduct import INVARIANTS

    found = [f"{name}: {each}" for name in names for each in await INVARIANTS[name](sandbox, providers)]
    return "; ".join(found)


def _check_conditions(verb: str, wanted: Any) -> None:
    if not isinstance(wanted, Mapping):
        raise BadExpectation(f"{verb}: a mapping of conditions, not {wanted!r}")
    unknown = sorted(wanted.keys() - _KEYS[verb])
    if unknown:
        raise BadExpectation(f"{verb} has no {unknown[0]}; it has {', '.join(sorted(_KEYS[verb]))}")
    for name, value in wanted.items():
        if name in _NUMBERS or (name == "status" and verb in ("calls", "never") and isinstance(value, dict)):
            check_number(f"{verb}.{name}", value)
        elif name == "spacing":
            _check_spans(value)
        else:
            check_text(f"{verb}.{name}", value)


def _check_spans(wanted: Any) -> None:
    for how, than in comparisons(wanted).items():
        try:
            if how not in COMPARISONS:
                raise ValueError
            parse_duration(str(than))
        except ValueError:
            raise BadExpectation(f"calls.spacing: '{how}: {than}' is not such as 'gte: 400ms'") from None


def _check_sequence(wanted: Any, ref: Any) -> None:
    if not isinstance(wanted, list) or not wanted or not all(isinstance(each, str) for each in wanted):
        raise BadExpectation("sequence: a list of operations")
    check_text("ref", ref)


def _check_fired(wanted: Any) -> None:
    if not isinstance(wanted, Mapping):
        raise BadExpectation("fired: a mapping of rules' names to how often they fired")
    for name, times in wanted.items():
        check_number(f"fired.{name}", times)


def _invariants(wanted: Any) -> list[str]:
    from paydouble.engine.conduct import INVARIANTS

    names = wanted if isinstance(wanted, list) else [wanted]
    unknown = [name for name in names if name not in INVARIANTS]
    if unknown:
        raise BadExpectation(f"'{unknown[0]}' is none of {', '.join(INVARIANTS)}")
    return names


