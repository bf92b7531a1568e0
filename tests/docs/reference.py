"""The generated part of docs/providers/<name>.md, from the declarations; `python -m tests.docs.reference` writes it."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from decimal import Decimal
from enum import Enum
from itertools import groupby
from pathlib import Path
from typing import Any

from paydouble.contracts import shipped
from paydouble.core.machine import Machine
from paydouble.core.money import Money
from paydouble.core.operation import NaturalKey, Operation, ReplayKey
from paydouble.core.provider import Provider
from paydouble.providers import load
from paydouble.providers.alipay import settings as alipay_settings
from paydouble.providers.paypal import settings as paypal_settings
from paydouble.providers.stripe import settings as stripe_settings
from paydouble.providers.wechatpay import settings as wechatpay_settings
from paydouble.scenarios.capabilities import LATER, can
from paydouble.scenarios.vocabulary import OPERATIONS, RESULTS
from paydouble.server import control_models
from paydouble.server.control import ROUTES
from paydouble.server.control import Route as ControlRoute

DOCS = Path(__file__).parents[2] / "docs"
BEGIN = "<!-- generated from the declarations: begin -->"
END = "<!-- generated from the declarations: end -->"
SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
CONTROL_PAGE = DOCS / "control-api.md"
EFFECTS_PAGE = DOCS / "scenario-effects.md"
NOT_EXPLAINED_THERE = {"time_expire_days_native": "The same of Native orders."}
"""Of settings that share the text of the one above."""


def generated(provider: Provider) -> str:
    """Everything between the markers."""
    parts = (_operations, _events, _machines, _errors, _settings)
    return "\n\n".join("\n".join(part(provider)) for part in parts)


def page(provider: str) -> Path:
    return DOCS / "providers" / f"{provider}.md"


def refreshed(text: str, part: str) -> str:
    """The page with its generated part made anew. Raises ValueError where the markers are missing."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError("the page lacks its markers")
    return f"{before}{BEGIN}\n\n{part}\n\n{END}{after}"


def control_routes() -> str:
    """`…` stands for sandboxes/{s}."""
    rows = ((code(f"{each.method} {each.path.replace('sandboxes/{s}/', '…/')}"), _asked(each), each.summary)
            for each in ROUTES)
    return "\n".join(table(("route", "takes", "does"), rows))


def effects() -> str:
    """Which outcome an operation can have at which provider, and what can happen later."""
    providers = load()
    names = [provider.name for provider in providers]
    yes, no = "yes", ""
    operations = [each for each in OPERATIONS if any(each in p.words.outcomes for p in providers)]
    now = (
        (code(operation), code(result),
         *(yes if result in p.words.outcomes.get(operation, ()) else no for p in providers))
        for operation in operations for result in RESULTS
        if any(result in p.words.outcomes.get(operation, ()) for p in providers)
    )
    later = ((code(wanted), *(yes if can(p, wanted) else no for p in providers)) for wanted in LATER)
    return "\n".join((
        "## An outcome, of a call or of what a payer does", "", "`approved` is always possible.", "",
        *table(("of", "outcome", *names), now), "", "## A step of a timeline", "",
        *table(("step", *names), later),
    ))


def _asked(route: ControlRoute) -> str:
    body = getattr(control_models, route.body).model_fields if route.body else {}
    names = [each.alias or name for name, each in body.items()]
    parts = [code("{" + ", ".join(names) + "}")] if names else []
    if route.query:
        parts.append(code("?" + "&".join(route.query)))
    return " ".join(parts)


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    head = list(head)
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |"


def code(text: str) -> str:
    return f"`{text}`" if text else ""


def _operations(provider: Provider) -> Iterator[str]:
    yield "### Operations"
    yield ""
    yield from table(
        ("operation", "route", "in neutral words", "what it does", "a repetition is known"),
        ((f"[`{each.id}`]({each.docs})", code(_route(each)), ", ".join(map(code, each.means)),
          each.summary, _repeated(each)) for each in provider.operations),
    )


def _route(operation: Operation) -> str:
    return "; ".join(f"{route.method} {route.path}" for route in operation.routes)


def _repeated(operation: Operation) -> str:
    match operation.idempotency:
        case ReplayKey(header=header):
            return f"by {code(header)}"
        case NaturalKey(fields=names):
            return "by " + ", ".join(map(code, names))
        case _:
            return ""


def _events(provider: Provider) -> Iterator[str]:
    yield "### Events"
    yield ""
    yield from table(
        ("event", "in neutral words"),
        ((code(event), code(provider.words.events.get(event, ""))) for event in events_of(provider)),
    )
    yield ""
    delays = ", ".join(lasting(delay) for delay in provider.retries.delays)
    yield f"Attempts after the first follow after {delays}; an endpoint has {lasting(provider.retries.timeout)} to answer."


def events_of(provider: Provider) -> list[str]:
    """Every type that has a notification contract."""
    folders = (shipped.root("contracts") / provider.name / api.name / "events" for api in provider.apis)
    return sorted(found.name for folder in folders for found in folder.glob("*/"))


def _machines(provider: Provider) -> Iterator[str]:
    yield "### State machines"
    for machine in provider.machines:
        yield ""
        yield f"{code(machine.name)}; ¤ moves money, ✉ announces an event."
        yield ""
        yield "```mermaid"
        yield from diagram(machine)
        yield "```"
        yield ""
        phases = groupby(machine.phases.items(), lambda item: item[1])
        yield "Phases: " + "; ".join(
            f"{', '.join(code(state) for state, _ in states)} = {phase.value}" for phase, states in phases
        ) + "."


def diagram(machine: Machine[Any]) -> Iterator[str]:
    yield "stateDiagram-v2"
    yield f"    [*] --> {machine.initial}"
    for row in machine.rows:
        marks = (" ¤" if row.entry else "") + (" ✉" if row.event else "")
        yield f"    {row.source} --> {row.target}: {row.trigger}{marks}"


def _errors(provider: Provider) -> Iterator[str]:
    yield "### Errors"
    yield ""
    yield from table(
        ("row", "HTTP", "code", "fault", "reasons of an outcome"),
        ((code(row.name), str(row.http), code(row.code), row.fault.value, ", ".join(map(code, row.reasons)))
         for errors in provider.errors for row in errors),
    )


def _settings(provider: Provider) -> Iterator[str]:
    yield "### Settings"
    yield ""
    yield "What `build` of the provider takes: strings under these names, durations as in `5s`, switches as `on` and `off`."
    yield f"`paydouble serve --set {provider.name}.NAME=VALUE` sets one."
    yield ""
    yield from table(("setting", "default", "what it is"), SETTINGS_BY_PROVIDER[provider.name](provider))


def _of_wechatpay(provider: Provider) -> Iterator[tuple[str, str, str]]:
    return _of_fields(wechatpay_settings.WechatpaySettings)


def _of_alipay(provider: Provider) -> Iterator[tuple[str, str, str]]:
    return _of_fields(alipay_settings.AlipaySettings)


def _of_paypal(provider: Provider) -> Iterator[tuple[str, str, str]]:
    return _of_fields(paypal_settings.Terms)


def _of_fields(chosen: type[Any]) -> Iterator[tuple[str, str, str]]:
    told = explained(chosen)
    for each in fields(chosen):
        kind = type(each.default)
        text = told.get(each.name) or NOT_EXPLAINED_THERE.get(each.name, "")
        if isinstance(each.default, Enum):
            text = f"{text or _sentence(kind)} {_choices(kind)}"
        yield code(each.name), code(_as_text(each.name, each.default)) or "empty", text.strip()


def _sentence(kind: type) -> str:
    return " ".join((kind.__doc__ or "").split())


def _choices(kind: type[Enum]) -> str:
    told = explained(kind)
    return " ".join(
        f"{code(str(each.value))}: {told[each.name].rstrip('.')}." if each.name in told else f"{code(str(each.value))}."
        for each in kind
    )


def _of_stripe(provider: Provider) -> Iterator[tuple[str, str, str]]:
    terms, told = stripe_settings.Terms(), explained(stripe_settings.Terms)
    for name, text in stripe_settings.SETTINGS.items():
        default = getattr(terms, name, stripe_settings.BUILT_WITH.get(name, provider.retries.timeout))
        more = f" ({told[name].rstrip('.')})" if "unverified" in told.get(name, "") else ""
        yield code(name), code(_as_text(name, default)), f"{text}{more}"


SETTINGS_BY_PROVIDER: Mapping[str, Callable[[Provider], Iterable[tuple[str, str, str]]]] = {
    "alipay": _of_alipay,
    "wechatpay": _of_wechatpay,
    "stripe": _of_stripe,
    "paypal": _of_paypal,
}


def _as_text(name: str, default: object) -> str:
    if isinstance(default, Enum):
        return str(default.value)
    if isinstance(default, bool):
        return "on" if default else "off"
    if isinstance(default, Money):
        return default.major()
    if isinstance(default, frozenset):
        return ", ".join(sorted(default)) or "none"
    if isinstance(default, int) and not isinstance(default, Decimal) and _is_duration(name):
        return lasting(default)
    return str(default)


def _is_duration(name: str) -> bool:
    return name.endswith(("_delay", "_spacing", "_after", "_lasts", "_timeout", "_window"))


def lasting(milliseconds: int) -> str:
    for unit, letter in ((DAY, "d"), (HOUR, "h"), (MINUTE, "m"), (SECOND, "s")):
        if milliseconds and milliseconds % unit == 0:
            return f"{milliseconds // unit}{letter}"
    return f"{milliseconds}ms" if milliseconds else "0s"


def explained(kind: type) -> dict[str, str]:
    """The string below each member of a class, as Sphinx reads it."""
    body = ast.parse(inspect.getsource(kind)).body[0]
    assert isinstance(body, ast.ClassDef)
    told = {}
    for line, below in zip(body.body, body.body[1:], strict=False):
        target = line.targets[0] if isinstance(line, ast.Assign) else getattr(line, "target", None)
        if isinstance(target, ast.Name) and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            told[target.id] = " ".join(str(below.value.value).split())
    return told


def main() -> None:
    parts = {page(provider.name): generated(provider) for provider in load()}
    parts |= {CONTROL_PAGE: control_routes(), EFFECTS_PAGE: effects()}
    for file, part in parts.items():
        file.write_text(refreshed(file.read_text("utf-8"), part), "utf-8")
        sys.stdout.write(f"{file}\n")


if __name__ == "__main__":
    main()
