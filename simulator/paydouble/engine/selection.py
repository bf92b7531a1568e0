"""How one request, or one payment, chooses a scenario: two headers, and a field that travels along."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from paydouble.core import json_bytes
from paydouble.core.http import HttpRequest, HttpResponse

if TYPE_CHECKING:
    from paydouble.core.provider import Provider
    from paydouble.scenarios.messages import ScenarioProblems
    from paydouble.scenarios.rule import Scenario

SCENARIO_HEADER = "Paydouble-Scenario"
DO_HEADER = "Paydouble-Do"
FIELD = "paydouble_scenario"
"""In metadata, or in any field of a provider that reads as metadata."""
PREFIX = "paydouble:"
"""Of a field that holds text: custom_id, attach, passback_params."""
MOVING = (
    "payment.charge", "payment.confirm", "payment.capture", "payment.cancel", "refund.create",
    "payout.create", "dispute.respond",
)
TEXT_MAX = 1_000
LOADED_MAX = 256
Load = Callable[[str, str, Sequence["Provider"]], "Scenario"]
_LOADED: dict[tuple[Load, str, tuple[str, ...]], Scenario] = {}
_MARK, _MARK_TEXT = b"paydouble", "paydouble"
_ENCRYPTED = b"encrypt_type"


class BadSelection(Exception):
    """What was chosen cannot be; the request is refused rather than served without it."""

    def __init__(self, where: str, message: str, help: str = "") -> None:
        super().__init__(f"{where}: {message}")
        self.help = help

    @classmethod
    def of(cls, where: str, found: ScenarioProblems) -> BadSelection:
        first = found.problems[0]
        return cls(where, first.message, first.help)

    def response(self) -> HttpResponse:
        body = {"error": {"code": "bad_scenario", "message": str(self), "help": self.help}}
        return HttpResponse(400, (("Content-Type", "application/json"),), json_bytes.dumps(body))


@dataclass(frozen=True, slots=True)
class Chosen:
    """A scenario that a request or payment asks for; `text` is how it was asked for."""

    text: str
    scenario: Scenario
    one_effect: bool = False
    """From Paydouble-Do: for this request alone, and for what becomes of the payment that it creates."""


def may_choose(request: HttpRequest) -> bool:
    """A quick look; true for some requests that choose nothing."""
    headers, body = request.headers, request.body
    return (
        SCENARIO_HEADER in headers or DO_HEADER in headers or _MARK_TEXT in request.target
        or (body != b"" and (_MARK in body or _ENCRYPTED in body))
    )


def by_headers(request: HttpRequest, providers: Sequence[Provider]) -> Iterator[Chosen]:
    """Raises BadSelection."""
    done = request.headers.get(DO_HEADER)
    if done:
        yield Chosen(f"{DO_HEADER}: {done}", _kept(_effect, DO_HEADER, done, providers), one_effect=True)
    for text in request.headers.all(SCENARIO_HEADER):
        yield Chosen(text.strip(), _kept(_named, SCENARIO_HEADER, text.strip(), providers))


def by_field(metadata: Mapping[str, str], providers: Sequence[Provider]) -> Iterator[Chosen]:
    """Raises BadSelection."""
    text = field_of(metadata)
    if text:
        yield Chosen(text, _kept(_named, "the payment's scenario", text, providers))


def field_of(metadata: Mapping[str, str]) -> str:
    """`NAME; var=value`, or nothing. A text with `=` in it may have been read as name and value already."""
    for name, value in metadata.items():
        if name == FIELD:
            return value.strip()
        if value.startswith(PREFIX):
            return value.removeprefix(PREFIX).strip()
        if name.startswith(PREFIX):
            return f"{name.removeprefix(PREFIX)}={value}".strip()
    return ""


def _kept(load: Load, where: str, text: str, providers: Sequence[Provider]) -> Scenario:
    """Loaded once; loading takes a few milliseconds."""
    key = (load, text, tuple(each.name for each in providers))
    scenario = _LOADED.get(key)
    if scenario is None:
        if len(_LOADED) >= LOADED_MAX:
            _LOADED.clear()
        scenario = _LOADED[key] = load(where, text, providers)
    return scenario


def _named(where: str, text: str, providers: Sequence[Provider]) -> Scenario:
    from paydouble.contracts import shipped
    from paydouble.scenarios.loader import load_shipped
    from paydouble.scenarios.messages import ScenarioProblems

    name, *rest = (part.strip() for part in _short(where, text).split(";"))
    vars = dict(_assigned(where, part) for part in rest if part)
    try:
        return load_shipped(name, shipped.root("scenarios"), vars=vars, providers=providers)
    except ScenarioProblems as found:
        raise BadSelection.of(where, found) from None


def _effect(where: str, text: str, providers: Sequence[Provider]) -> Scenario:
    """`respond.fault=timeout, respond.committed=true` as a rule of its own."""
    from paydouble.scenarios.loader import load_rules
    from paydouble.scenarios.messages import ScenarioProblems

    then: dict[str, Any] = {}
    for part in _short(where, text).split(","):
        if part.strip():
            path, value = _assigned(where, part.strip())
            _put(then, path, value)
    try:
        return load_rules(list(_rules(then)), name="paydouble-do", providers=providers)
    except ScenarioProblems as found:
        raise BadSelection.of(where, found) from None


def _rules(then: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Where a payment is only created, its outcome is the payer's affair, later."""
    outcome = {"outcome": then.pop("outcome")} if "outcome" in then else {}
    if then or not outcome:
        yield {"name": DO_HEADER, "when": {"operation": "*"}, "then": then}
    if outcome:
        yield {"name": f"{DO_HEADER} outcome", "when": {"operation": list(MOVING)}, "then": outcome}


def _short(where: str, text: str) -> str:
    if len(text) > TEXT_MAX:
        raise BadSelection(where, f"longer than {TEXT_MAX} characters")
    return text


def _assigned(where: str, part: str) -> tuple[str, Any]:
    from paydouble.scenarios.yaml12 import scalar

    name, equals, value = part.partition("=")
    if not equals or not name.strip():
        raise BadSelection(where, f"'{part}' is not name=value")
    return name.strip(), scalar(value.strip())


def _put(then: dict[str, Any], path: str, value: Any) -> None:
    *above, last = path.split(".")
    for name in above:
        below = then.setdefault(name, {})
        if not isinstance(below, dict):
            raise BadSelection(DO_HEADER, f"'{path}' goes below '{name}', which has a value already")
        then = below
    then[last] = value
