"""`paydouble list`: what the providers declare, read from the declarations themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, fields
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import click

from paydouble.cli.table import FORMAT, Row, show

if TYPE_CHECKING:
    from paydouble.core.provider import Provider

PROVIDER = click.option("--provider", metavar="NAME", default="", help="Of this provider only.")
Listed = Callable[["Sequence[Provider]"], Iterator[Row]]


def chosen(name: str) -> Sequence[Provider]:
    """The loaded providers, or the one of this name. Raises BadParameter."""
    from paydouble.providers import load

    loaded = load()
    found = [provider for provider in loaded if name in ("", provider.name)]
    if not found:
        known = ", ".join(provider.name for provider in loaded)
        raise click.BadParameter(f"there is no provider '{name}'; loaded: {known}", param_hint="--provider")
    return found


def _operations(providers: Sequence[Provider]) -> Iterator[Row]:
    from paydouble.server import views

    for provider in providers:
        for each in provider.operations:
            route = each.routes[0]
            where = f"{route.method} {route.path} {route.selector}".strip()
            yield {**views.operation(provider, each), "route": where}


def _errors(providers: Sequence[Provider]) -> Iterator[Row]:
    from paydouble.server import views

    return (views.error(each, row) for each in providers for table in each.errors for row in table)


def _machines(providers: Sequence[Provider]) -> Iterator[Row]:
    """One row a machine in JSON, which text shows as one a transition."""
    from paydouble.server import views

    return (views.machine(each, machine) for each in providers for machine in each.machines)


def _transitions(machines: Sequence[Row]) -> Iterator[Row]:
    for machine in machines:
        for row in machine["rows"]:
            told = [word for word, does in (("money", row["moves_money"]), ("event", row["tells"])) if does]
            yield {"provider": machine["provider"], "name": machine["name"], **row, "does": told}


def _events(providers: Sequence[Provider]) -> Iterator[Row]:
    for each in providers:
        for native, neutral in each.words.events.items():
            yield {"provider": each.name, "type": native, "means": neutral}


def _test_values(providers: Sequence[Provider]) -> Iterator[Row]:
    """A provider's module `test_values` has them in a table CARDS; what is as usual is not told."""
    for provider in providers:
        module = f"paydouble.providers.{provider.name}.test_values"
        if find_spec(module) is None:
            continue
        for card in getattr(import_module(module), "CARDS", ()):
            usual = {field.name: field.default for field in fields(card)}
            unusual = [f"{name}={_plain(value)}" for name, value in asdict(card).items()
                       if name not in ("number", "names", "brand") and value != usual[name]]
            yield {"provider": provider.name, "number": card.number, "names": list(card.names),
                   "brand": card.brand, "differs": unusual}


def _plain(value: Any) -> object:
    return getattr(value, "value", value)


# fmt: off
KINDS: dict[str, tuple[Listed, tuple[str, ...]]] = {      # and the columns of the text form
    "operations":  (_operations,  ("provider", "id", "route", "summary")),
    "errors":      (_errors,      ("provider", "name", "http", "fault", "message")),
    "machines":    (_machines,    ("provider", "name", "source", "trigger", "target", "does")),
    "events":      (_events,      ("provider", "type", "means")),
    "test-values": (_test_values, ("provider", "number", "brand", "names", "differs")),
}
# fmt: on


@click.command("list")
@click.argument("kind", type=click.Choice([*KINDS, "scenarios"]))
@PROVIDER
@FORMAT
def list_(kind: str, provider: str, form: str) -> None:
    """Show what the providers declare: routes, errors, state machines, events, test values."""
    if kind == "scenarios":
        from paydouble.cli.scenario import show_shipped

        show_shipped(provider, form)
        return
    listed, columns = KINDS[kind]
    rows = list(listed(chosen(provider)))
    shown = list(_transitions(rows)) if kind == "machines" and form == "text" else rows
    show(shown, columns, form)
