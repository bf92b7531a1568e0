"""`paydouble scenario`: checks scenario files without a server, and lists those that ship."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from paydouble.cli.endings import FAILED
from paydouble.cli.listing import PROVIDER, chosen
from paydouble.cli.table import FORMAT, Row, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from paydouble.core.provider import Provider
    from paydouble.scenarios.messages import Problem


@click.group("scenario")
def scenario() -> None:
    """Check and list scenarios."""


@scenario.command("validate")
@click.argument("files", nargs=-1, required=True, metavar="NAME|FILE…")
@click.option("--format", "form", type=click.Choice(["text", "json", "github"]), default="text",
              show_default=True)
@click.pass_context
def validate(ctx: click.Context, files: tuple[str, ...], form: str) -> None:
    """Check scenario files; all mistakes of a file are told at once. Ends with 1 if there is an error."""
    from paydouble.scenarios.messages import Format, Severity, render

    providers = chosen("")
    problems = [problem for file in files for problem in _problems(file, providers)]
    if problems:
        click.echo(render(problems, Format(form)))
    wrong = {problem.file for problem in problems if problem.severity is Severity.ERROR}
    if form == "text" and not wrong:
        click.echo(f"{len(files)} scenario{'s' if len(files) != 1 else ''} can be loaded")
    if wrong:
        ctx.exit(FAILED)


def _problems(file: str, providers: Sequence[Provider]) -> tuple[Problem, ...]:
    """Warnings of a scenario that can be loaded, else its errors too."""
    from paydouble.contracts import shipped
    from paydouble.scenarios.loader import load_named
    from paydouble.scenarios.messages import ScenarioProblems

    try:
        return load_named(file, shipped.root("scenarios"), providers=providers).warnings
    except ScenarioProblems as found:
        return found.problems


@scenario.command("list")
@PROVIDER
@FORMAT
def list_(provider: str, form: str) -> None:
    """Show the scenarios that ship with PayDouble."""
    show_shipped(provider, form)


def show_shipped(provider: str, form: str) -> None:
    if provider:
        chosen(provider)
    show(list(_shipped(provider)), ("name", "title"), form)


def _shipped(provider: str) -> Iterator[Row]:
    from paydouble.contracts import shipped
    from paydouble.scenarios.loader import load_named, shipped_names

    root: Path = shipped.root("scenarios")
    for name in shipped_names(root):
        found = load_named(name, root)
        if provider in ("", *found.providers):
            yield {
                "name": name, "title": found.title, "description": found.description,
                "providers": list(found.providers), "tags": list(found.tags), "vars": dict(found.vars),
                "rules": [rule.label for rule in found.rules],
            }
