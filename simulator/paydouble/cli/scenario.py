"""`paydouble scenario`: checks scenario files without a server, and lists those that ship."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from paydouble.cli.endings import FAILED
from paydouble.cli.listing import PROVIDER, chosen
from paydouble.cli.scenario_explain import explain
from paydouble.cli.scenario_files import new, schema
from paydouble.cli.scenario_run import run, variables
from paydouble.cli.table import FORMAT, Row, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from paydouble.core.provider import Provider
    from paydouble.scenarios.messages import Problem


@click.group("scenario")
def scenario() -> None:
    """Check, list and play scenarios."""


for _command in (run, schema, new, explain):
    scenario.add_command(_command)


@scenario.command("validate")
@click.argument("files", nargs=-1, required=True, metavar="NAME|FILE…")
@click.option("--format", "form", type=click.Choice(["text", "json", "github"]), default="text",
              show_default=True)
@click.option("--var", "vars", multiple=True, metavar="NAME=VALUE", callback=variables,
              help="A variable of the files.")
@click.pass_context
def validate(ctx: click.Context, files: tuple[str, ...], form: str, vars: dict[str, Any]) -> None:
    """Check scenario files; all mistakes of a file are told at once. Ends with 1 if there is an error."""
    from paydouble.scenarios.messages import Format, Severity, render

    providers = chosen("")
    problems = [problem for file in files for problem in _problems(file, providers, vars)]
    if problems:
        click.echo(render(problems, Format(form)))
    wrong = {problem.file for problem in problems if problem.severity is Severity.ERROR}
    if form == "text" and not wrong:
        click.echo(f"{len(files)} scenario{'s' if len(files) != 1 else ''} can be loaded")
    if wrong:
        ctx.exit(FAILED)


def _problems(
    file: str, providers: Sequence[Provider], vars: dict[str, Any]
) -> tuple[Problem, ...]:
    """Warnings of a scenario that can be loaded, else its errors too."""
    from paydouble.contracts import shipped
    from paydouble.scenarios.composing import Loading
    from paydouble.scenarios.loader import load_named
    from paydouble.scenarios.messages import ScenarioProblems
    from paydouble.scenarios.vocabulary import PROVIDERS

    # Some provider has to be meant by `${{ provider }}`; which, makes no difference to the mistakes.
    loading = Loading(
        vars=vars, environment=os.environ, provider=PROVIDERS[0],
        python=os.environ.get("PAYDOUBLE_ALLOW_PYTHON") == "1",
    )
    try:
        return load_named(file, shipped.root("scenarios"), providers=providers, loading=loading).warnings
    except ScenarioProblems as found:
        return found.problems


@scenario.command("list")
@PROVIDER
@click.option("--tag", default="", help="Only those with this tag.")
@FORMAT
def list_(provider: str, tag: str, form: str) -> None:
    """Show the scenarios that ship with PayDouble."""
    show_shipped(provider, form, tag)


def show_shipped(provider: str, form: str, tag: str = "") -> None:
    if provider:
        chosen(provider)
    rows = [row for row in _shipped(provider) if tag in ("", *row["tags"])]
    show(rows, ("name", "title"), form)


def _shipped(provider: str) -> Iterator[Row]:
    from paydouble.contracts import shipped
    from paydouble.scenarios.library import shipped_names
    from paydouble.scenarios.loader import load_named

    root: Path = shipped.root("scenarios")
    for name in shipped_names(root):
        found = load_named(name, root)
        if provider in ("", *found.providers):
            yield {
                "name": name, "title": found.title, "description": found.description,
                "providers": list(found.providers), "tags": list(found.tags), "vars": dict(found.vars),
                "rules": [rule.label for rule in found.rules],
            }
