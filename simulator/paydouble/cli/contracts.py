"""`paydouble contracts`: lists the JSON Schemas that ship, and holds documents against them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from paydouble.cli.endings import FAILED, EnvironmentProblem
from paydouble.cli.listing import PROVIDER, chosen
from paydouble.cli.table import FORMAT, show

if TYPE_CHECKING:
    from paydouble.contracts.catalog import Catalog

SUFFIX = ".schema.json"
STDIN = "-"
SUGGESTIONS_MAX = 3


@click.group("contracts")
def contracts() -> None:
    """List contracts, and check documents against them."""


@contracts.command("list")
@PROVIDER
@FORMAT
def list_(provider: str, form: str) -> None:
    """Show every contract by its path."""
    if provider:
        chosen(provider)
    rows = [
        {"path": path, "provider": path.partition("/")[0]}
        for path in _catalog().paths() if provider in ("", path.partition("/")[0])
    ]
    show(rows, ("path",), form)


@contracts.command("check")
@click.argument("file", metavar="FILE|-")
@click.option("--contract", metavar="PATH", required=True,
              help="As `contracts list` shows it: stripe/v1/payment_intents.create/request.schema.json")
@FORMAT
@click.pass_context
def check(ctx: click.Context, file: str, contract: str, form: str) -> None:
    """Hold the JSON document in FILE against a contract. Ends with 1 if it does not fulfil it."""
    catalog = _catalog()
    path = contract if contract.endswith(SUFFIX) else f"{contract}{SUFFIX}"
    if path not in catalog.paths():
        raise click.UsageError(f"there is no contract {contract}{_nearest(path, catalog)}")
    found = catalog.part(path).check(_document(file))
    if form == "json" or found:
        rows = [
            {"pointer": each.pointer or "/", "keyword": each.keyword, "message": each.message,
             "expected": each.expected} for each in found
        ]
        show(rows, ("pointer", "message"), form)
    if found:
        ctx.exit(FAILED)
    if form == "text":
        click.echo(f"{file} fulfils {path}")


def _catalog() -> Catalog:
    from paydouble.contracts import shipped
    from paydouble.contracts.catalog import Catalog

    return Catalog(shipped.root("contracts"))


def _document(file: str) -> object:
    try:
        text = sys.stdin.read() if file == STDIN else Path(file).read_text(encoding="utf-8")
        return json.loads(text)
    except OSError as error:
        raise EnvironmentProblem(f"{file}: {error.strerror}") from error
    except ValueError as error:
        raise click.UsageError(f"{file} is not JSON: {error}") from error


def _nearest(path: str, catalog: Catalog) -> str:
    import difflib

    near = difflib.get_close_matches(path, catalog.paths(), n=SUGGESTIONS_MAX)
    return f"; near it: {', '.join(near)}" if near else "; `paydouble contracts list` shows them"
