"""The control API's answers about the server itself and about what the providers declare."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

from paydouble import __version__
from paydouble.server import views
from paydouble.server.asking import Ask, Refused, Text

if TYPE_CHECKING:
    from paydouble.server.control_models import Document

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


async def health(ask: Ask[None]) -> object:
    """Says that the server is up, and which providers it plays."""
    return {"status": "ok", "providers": list(ask.simulator.providers)}


async def version(ask: Ask[None]) -> object:
    """Tells the versions of PayDouble, Python and contracts."""
    return {
        "paydouble": __version__, "python": platform.python_version(),
        "providers": {
            each.name: [api.name for api in each.apis] for each in ask.simulator.providers.values()
        },
    }


async def metrics(ask: Ask[None]) -> object:
    """Shows the counters as Prometheus text."""
    server = ask.api.server
    return Text(server.doors.metrics.text() if server is not None else "", METRICS_TYPE)


async def openapi(ask: Ask[None]) -> object:
    """Describes the control API, as OpenAPI."""
    from paydouble.server.openapi import described

    return described()


async def operations(ask: Ask[None]) -> object:
    """Lists the operations of the providers."""
    return {"data": [views.operation(each, op) for each in ask.providers for op in each.operations]}


async def errors(ask: Ask[None]) -> object:
    """Lists the errors of the providers."""
    fault = ask.query.get("fault", "")
    rows = [
        views.error(each, row) for each in ask.providers for table in each.errors for row in table
        if fault in ("", row.fault.value)
    ]
    return {"data": rows}


async def machines(ask: Ask[None]) -> object:
    """Lists the state machines of the providers."""
    return {"data": [views.machine(each, machine) for each in ask.providers for machine in each.machines]}


async def events(ask: Ask[None]) -> object:
    """Lists the events that the providers announce."""
    return {
        "data": [
            {"provider": each.name, "type": native, "means": neutral}
            for each in ask.providers for native, neutral in each.words.events.items()
        ]
    }


async def scenarios(ask: Ask[None]) -> object:
    """Lists the names of the shipped scenarios."""
    from paydouble.contracts import shipped
    from paydouble.scenarios.library import shipped_names

    return {"data": list(shipped_names(shipped.root("scenarios")))}


async def contracts(ask: Ask[None]) -> object:
    """Lists the paths of the contracts."""
    provider = ask.query.get("provider", "")
    paths = ask.simulator.catalog.paths()
    return {"data": [path for path in paths if provider in ("", path.partition("/")[0])]}


async def contract(ask: Ask[None]) -> object:
    """Shows a contract with all that it refers to."""
    return ask.simulator.catalog.bundle(_known(ask, ask.path["path"]))


async def validate(ask: Ask[Document]) -> object:
    """Checks a document against a contract."""
    found = ask.simulator.catalog.part(_known(ask, ask.body.contract)).check(ask.body.document)
    return {
        "ok": not found,
        "violations": [
            {"pointer": each.pointer, "keyword": each.keyword, "message": each.message,
             "expected": each.expected, "label": each.label}
            for each in found
        ],
    }


def _known(ask: Ask[None] | Ask[Document], path: str) -> str:
    """Only paths of the catalogue's own: none leads out of its folder."""
    if path not in ask.simulator.catalog.paths():
        raise Refused(404, "no_contract", f"there is no contract {path}", "GET contracts lists them all")
    return path
