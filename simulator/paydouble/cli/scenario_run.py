"""`paydouble scenario run`: plays stories against an application, or the sample shop in its variants."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from secrets import randbelow
from typing import TYPE_CHECKING, Any, Final

import click

from paydouble.cli.endings import EnvironmentProblem, told
from paydouble.cli.options import PORT

if TYPE_CHECKING:
    from paydouble.client.control import ControlClient
    from paydouble.harness.verdicts import Finding, Verdict
    from paydouble.testing.story_runs import Case, Options

PORT_DEFAULT: Final = 4800
SEED_MAX: Final = 1 << 31
BOTH: Final = ("careful", "careless")
MARKS: Final = {"passed": "ok", "failed": "FAILED", "error": "cannot be played"}


def variables(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> dict[str, Any]:
    """NAME=VALUE as YAML reads the value."""
    from paydouble.scenarios.yaml12 import scalar

    found = {}
    for value in values:
        name, equals, text = value.partition("=")
        if not (name and equals):
            raise click.BadParameter(f"'{value}' is not NAME=VALUE, as in magic=13.01")
        found[name] = scalar(text)
    return found


def _addresses(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    pairs = (value.partition("=")[::2] for value in values)
    return dict(pairs)


@click.command("run")
@click.argument("files", nargs=-1, required=True, metavar="NAME|FILE…")
@click.option("--app", metavar="URL", default="",
              help="Your application; without it, the sample shop is played with.")
@click.option("--shop", metavar="VARIANT", default="",
              help="Of the sample shop: careful, careless, or flaws with commas; both, unless told.")
@click.option("--provider", "providers", multiple=True, help="Only with these.")
@click.option("--var", "vars", multiple=True, metavar="NAME=VALUE", callback=variables,
              help="A variable of the files.")
@click.option("--webhook", "webhooks", multiple=True, metavar="PROVIDER=URL", callback=_addresses,
              help="Where your application is told.")
@click.option("--paydouble-url", metavar="URL", default="", help="A server that runs already.")
@click.option("--control-token", metavar="TOKEN", default="", help="Of that server.")
@click.option("--sandbox", default="", help="One that your application has the credentials of.")
@click.option("--port", type=PORT, help="Of the server that is started: 4800 with --app, else a free one.")
@click.option("--seed", type=click.IntRange(0), envvar="PAYDOUBLE_SEED",
              help="Of ids and dice, where a file names none; random unless given.")
@click.option("--allow-host", "allow_hosts", multiple=True, metavar="PATTERN",
              help="Stories may call it, beside this machine and private networks.")
@click.option("--junit", type=click.Path(dir_okay=False, path_type=Path), help="Write JUnit XML here.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write JSON here.")
@click.option("-v", "--verbose", is_flag=True, help="Show each step.")
@click.pass_context
def run(ctx: click.Context, /, files: tuple[str, ...], **given: Any) -> None:
    """Play stories. Ends with 1 if something was found, 3 if one cannot be played, 5 if there is none."""
    from paydouble.harness.verdicts import exit_code

    if given["seed"] is None:
        given["seed"] = randbelow(SEED_MAX)
    with told():
        cases = [case for options in _options(given) for file in files for case in _cases(file, options)]
    verdicts = list(_played(cases, given))
    _report(verdicts, given)
    if not cases:
        click.echo("nothing was played: a story has steps, and is for the providers that were asked for")
    ctx.exit(exit_code(verdicts))


def _options(given: dict[str, Any]) -> Iterator[Options]:
    from paydouble.testing.sample_shop.flaws import CAREFUL, variant
    from paydouble.testing.story_runs import Options

    if given["app"] and given["shop"]:
        raise click.UsageError("--app is your application, --shop is ours; name one of them")
    named = [] if given["app"] else [given["shop"]] if given["shop"] else list(BOTH)
    try:
        variants = [variant(name) for name in named] or [CAREFUL]
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    sandbox = given["sandbox"] or ("default" if given["app"] else "")
    for flaws in variants:
        yield Options(
            vars=given["vars"], providers=given["providers"], app=given["app"], sandbox=sandbox, flaws=flaws,
            webhooks=given["webhooks"], seed=given["seed"], allow_hosts=given["allow_hosts"],
        )


def _cases(file: str, options: Options) -> list[Case]:
    from paydouble.testing.story_runs import cases

    return list(cases(file, options))


def _played(cases: Sequence[Case], given: dict[str, Any]) -> Iterator[Verdict]:
    from paydouble.testing.story_runs import play

    if not cases:
        return
    with _server(given) as control:
        for case in cases:
            click.echo(f"{case.name}  {case.scenario.title}")
            verdict = play(case, control, _step if given["verbose"] else _quiet)
            _show(verdict)
            yield verdict


@contextmanager
def _server(given: dict[str, Any]) -> Iterator[ControlClient]:
    from paydouble.client.control import ControlClient
    from paydouble.server.settings import Settings
    from paydouble.testing.in_process import InProcessServer

    with ExitStack() as closing:
        url = given["paydouble_url"]
        if not url:
            port = given["port"] if given["port"] is not None else PORT_DEFAULT if given["app"] else 0
            settings = Settings(
                port=port, tls_port=None, seed=given["seed"], clock="auto",
                allow_hosts=given["allow_hosts"],
            )
            with told():
                url = closing.enter_context(InProcessServer(settings)).url
            if given["app"]:
                click.echo(f"PayDouble is on {url}, for your application in its sandbox 'default'")
        try:
            yield closing.enter_context(ControlClient(url, token=given["control_token"]))
        except ValueError as error:
            raise click.UsageError(str(error)) from error


def _quiet(place: str, what: str) -> None:
    """Steps are not shown."""


def _step(place: str, what: str) -> None:
    click.echo(f"    {place.rpartition(':')[2]:>4}  {what}")


def _show(verdict: Verdict) -> None:
    click.echo(f"  {MARKS[verdict.kind.value]}  {verdict.took_ms / 1_000:.1f} s  seed {verdict.seed}")
    for finding in verdict.findings:
        click.echo(f"    {finding}")
        if os.environ.get("GITHUB_ACTIONS"):
            click.echo(_annotation(finding))
    if verdict.trouble:
        click.echo(f"    {verdict.trouble}")


def _annotation(finding: Finding) -> str:
    """GitHub shows it in place in a pull request."""
    file, _, line = finding.place.rpartition(":")
    text = finding.what.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    place = f"file={file},line={line}" if line.isdecimal() else f"file={finding.place}"
    return f"::error {place}::{text}"


def _report(verdicts: Sequence[Verdict], given: dict[str, Any]) -> None:
    from paydouble.harness.reports import as_json, junit

    for file, text in ((given["junit"], junit), (given["json_file"], as_json)):
        if file is not None:
            try:
                file.write_text(text(verdicts), "utf-8")
            except OSError as error:
                raise EnvironmentProblem(f"{file}: {error.strerror or error}") from error
    if len(verdicts) > 1:
        counts = {word: sum(each.kind.value == kind for each in verdicts) for kind, word in MARKS.items()}
        click.echo(", ".join(f"{count} {word}" for word, count in counts.items() if count))
