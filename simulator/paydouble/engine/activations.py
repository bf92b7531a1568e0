"""Activations as records: what is in force in a sandbox outlives a restart, and stays with its payments."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar

from paydouble.core.clock import Instant
from paydouble.core.record import Record
from paydouble.core.work import PAGE_MAX, Walk

if TYPE_CHECKING:
    from paydouble.core.provider import Provider
    from paydouble.scenarios.drawing import Activation
    from paydouble.scenarios.rule import Scenario
    from paydouble.store.protocol import Store

DECIMAL = "$decimal"

_log = logging.getLogger("paydouble")


class Level(Enum):
    """By what a scenario came into force; the first is looked at first."""

    REQUEST = "request"
    PAYMENT = "payment"
    SANDBOX = "sandbox"
    DEFAULT = "server default"


class Standing(Enum):
    """The status of an activation's record."""

    ACTIVE = "active"
    CHOSEN = "chosen"
    """By requests or payments: in force for those alone."""
    ENDED = "ended"
    """In force only for payments that were created under it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivationRecord(Record):
    """The id is the activation's; `created` is real time."""

    kind: ClassVar[str] = "activation"

    number: int
    level: Level
    asked_as: str = ""
    """How a request or payment chose it."""
    file: str
    texts: Mapping[str, str]
    vars: str
    """JSON, and so is the next."""
    combination: str
    played_for: str
    one_effect: bool = False
    seed: int
    since: Instant
    expires: Instant | None = None
    """Real time."""


def record_of(activation: Activation, standing: Standing) -> ActivationRecord:
    scenario = activation.scenario
    return ActivationRecord(
        id=activation.id, status=standing.value, number=activation.number, level=Level(activation.level),
        asked_as=activation.asked_as, file=scenario.file, texts=dict(scenario.texts),
        vars=_json(scenario.vars), combination=_json(scenario.combination), played_for=scenario.played_for,
        seed=activation.seed, since=activation.since, expires=activation.expires,
        one_effect=activation.one_effect,
    )


def unused(activations: Iterable[Activation], *, strict: bool = False) -> Iterator[str]:
    """Rules that never fired, with their scenarios' names; `strict`: only of those with `strict: true`."""
    return (
        f"{each.scenario.name}, {rule.label}"
        for each in activations if each.scenario.settings.strict or not strict for rule in each.unused()
    )


async def written_down(store: Store, sandbox: str) -> AsyncIterator[ActivationRecord]:
    """The oldest first."""
    after = ""
    while True:
        walk = Walk(after=after, newest_first=False, limit=PAGE_MAX)
        page = await store.scan(sandbox, ActivationRecord, walk)
        for each in page:
            yield each.record
        if len(page) < PAGE_MAX:
            return
        after = page[-1].record.id


def revived(record: ActivationRecord, providers: Sequence[Provider]) -> Activation | None:
    """None where its text cannot be loaded any more, by a newer version or without its parents."""
    from paydouble.scenarios.drawing import Activation
    from paydouble.scenarios.messages import ScenarioProblems

    try:
        scenario = _loaded(record, providers)
    except ScenarioProblems as found:
        _log.warning("the scenario %s cannot be in force any more:\n%s", record.id, found)
        return None
    return Activation(
        record.id, scenario, record.seed, since=record.since, number=record.number, level=record.level.value,
        asked_as=record.asked_as, expires=record.expires, one_effect=record.one_effect,
    )


def _loaded(record: ActivationRecord, providers: Sequence[Provider]) -> Scenario:
    from paydouble.contracts import shipped
    from paydouble.scenarios.composing import Loading
    from paydouble.scenarios.library import Library
    from paydouble.scenarios.loader import load_text

    loading = Loading(
        vars=_read(record.vars), matrix=_read(record.combination), provider=record.played_for,
        library=Library(shipped=shipped.root("scenarios"), sent=record.texts), providers=providers,
    )
    return load_text(record.texts[record.file], file=record.file, loading=loading)


def _json(values: Mapping[str, Any]) -> str:
    return json.dumps(dict(values), default=_exact)


def _read(text: str) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(text, object_hook=_decimal)
    return values


def _exact(value: Any) -> object:
    """JSON has no form for decimals that keeps their zeros."""
    return {DECIMAL: str(value)} if isinstance(value, Decimal) else str(value)


def _decimal(value: dict[str, Any]) -> object:
    return Decimal(value[DECIMAL]) if value.keys() == {DECIMAL} else value
