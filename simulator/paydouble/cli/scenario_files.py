"""`paydouble scenario schema` and `new`: what an editor needs to complete a scenario."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Final

import click

from paydouble.cli.endings import EnvironmentProblem

FOLDER: Final = Path(".paydouble")
TEMPLATE: Final = """\
# yaml-language-server: $schema={schema}
schema: 1
name: {name}
title: Say in one line what goes wrong
vars:
  app: http://localhost:9000          # your application: paydouble scenario run {file} --app URL

rules:
  - name: the answer is lost
    when: {{operation: payment.charge, nth: 1, per: ref}}
    then: {{respond: {{fault: timeout, committed: true}}}}

steps:
  - request: {{post: "${{{{ vars.app }}}}/orders", json: {{id: order-1, amount: 13.01}}}}
  - payer: {{ref: order-1}}

expect:
  - payment: {{ref: order-1, count: 1, phase: paid}}
  - invariants: [no_double_charge, query_before_retry]
"""


@click.command("schema")
@click.option("--editor", is_flag=True, help="The form that editors complete well with.")
def schema(editor: bool) -> None:
    """Print the JSON Schema of scenario files."""
    click.echo(_schema(editor=editor), nl=False)


def _schema(*, editor: bool) -> str:
    from paydouble.scenarios import json_schemas

    made = json_schemas.editor() if editor else json_schemas.strict()
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


@click.command("new")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def new(file: Path) -> None:
    """Write a scenario to begin with, and the schema that completes it in an editor."""
    from pydantic_core import PydanticCustomError

    from paydouble.scenarios import json_schemas
    from paydouble.scenarios.forms import name as checked

    if file.exists():
        raise click.UsageError(f"{file} is there already")
    if file.suffix not in (".yaml", ".yml"):
        raise click.UsageError(f"{file} does not end in .yaml")
    try:
        name = checked(file.stem)
    except PydanticCustomError as wrong:
        raise click.UsageError(wrong.message()) from None
    beside = FOLDER / json_schemas.EDITOR_NAME
    path = Path(os.path.relpath(beside, file.parent)).as_posix()
    try:
        FOLDER.mkdir(exist_ok=True)
        file.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(_schema(editor=True), "utf-8")
        file.write_text(TEMPLATE.format(schema=path, name=name, file=file), "utf-8")
    except OSError as error:
        raise EnvironmentProblem(f"{error.filename}: {error.strerror or error}") from error
    click.echo(f"{file}: play it with `paydouble scenario run {file}`")
