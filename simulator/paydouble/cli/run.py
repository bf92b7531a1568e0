"""`paydouble run`: a server on a free port, the command in an environment that leads here, the verdict."""

from __future__ import annotations

import asyncio
import signal
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from paydouble.cli.endings import BY_SIGNAL, INTERRUPTED, EnvironmentProblem, told
from paydouble.cli.options import FROM_ENVIRONMENT, server_options
from paydouble.server.settings import Settings

if TYPE_CHECKING:
    from paydouble.cli.verdict import Verdict

_OURS_TO_END = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Told:
    """How the verdict is told."""

    form: str
    file: Path | None


@click.command(
    "run", context_settings={**FROM_ENVIRONMENT, "allow_interspersed_args": False}
)
@server_options(port=0, tls_port=None)
@click.option("--proxy/--no-proxy", default=True, help="Lead the providers' own host names here.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
              help="Of the verdict, which goes to standard error.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path),
              help="The verdict as JSON, to a file.")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_context
def run(
    ctx: click.Context, settings: Settings, proxy: bool, form: str, report: Path | None,
    command: tuple[str, ...],
) -> None:
    """Run COMMAND against a simulator of its own and print what it did.

    Ends with the command's own exit code, or with 1 where the verdict fails.
    """
    from paydouble.server.loop import loop_factory

    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        ctx.exit(runner.run(_run(settings, command, Told(form, report), proxy=proxy)))


async def _run(settings: Settings, command: Sequence[str], told_as: Told, *, proxy: bool) -> int:
    from paydouble.cli.environment import variables
    from paydouble.cli.verdict import verdict_of
    from paydouble.server.assembly import open_server

    with told():
        opened = await open_server(settings)
    try:
        with tempfile.TemporaryDirectory(prefix="paydouble-") as folder:
            environment = variables(opened, Path(folder), proxy=proxy)
            ended = await _command(command, environment)
        verdict = await verdict_of(opened)
    finally:
        await opened.close()
    _tell(verdict, told_as)
    return ended or verdict.exit_code


async def _command(command: Sequence[str], environment: dict[str, str]) -> int:
    """Its exit code as a shell would tell it. What ends us ends the command first."""
    received: list[signal.Signals] = []
    process: asyncio.subprocess.Process | None = None

    def pass_on(number: signal.Signals) -> None:
        received.append(number)
        _send(process, number)

    loop = asyncio.get_running_loop()
    for number in _OURS_TO_END:
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, pass_on, number)
    try:
        process = await asyncio.create_subprocess_exec(*command, env=environment)
    except OSError as error:
        raise click.UsageError(f"{command[0]}: {error.strerror}") from error
    for number in tuple(received):      # came while the command was being started
        _send(process, number)
    ended = await process.wait()
    if received:
        return INTERRUPTED
    return ended if ended >= 0 else BY_SIGNAL - ended


def _send(process: asyncio.subprocess.Process | None, number: signal.Signals) -> None:
    """A terminal sends SIGINT to the command by itself."""
    if process is not None and number is not signal.SIGINT:
        with suppress(ProcessLookupError):
            process.send_signal(number)


def _tell(verdict: Verdict, told_as: Told) -> None:
    """To standard error, so that the command's own output can be piped."""
    click.echo(verdict.as_json() if told_as.form == "json" else verdict.as_text(), err=True)
    if told_as.file is not None:
        try:
            told_as.file.write_text(verdict.as_json() + "\n", encoding="utf-8")
        except OSError as error:
            raise EnvironmentProblem(f"--report {told_as.file}: {error.strerror}") from error

