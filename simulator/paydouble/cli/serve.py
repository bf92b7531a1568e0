"""`paydouble serve`: one simulator on fixed ports until it is told to stop."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from paydouble.cli.endings import EnvironmentProblem, told
from paydouble.cli.options import FROM_ENVIRONMENT, server_options
from paydouble.server.settings import PORT_DEFAULT, TLS_PORT_DEFAULT, Settings

if TYPE_CHECKING:
    from paydouble.server.assembly import Opened


@click.command("serve", context_settings=FROM_ENVIRONMENT)
@server_options(port=PORT_DEFAULT, tls_port=TLS_PORT_DEFAULT)
@click.option("--ready-file", type=click.Path(dir_okay=False, path_type=Path),
              help="Written when connections are accepted, removed at the end.")
def serve(settings: Settings, ready_file: Path | None) -> None:
    """Start the simulator and keep it running."""
    from paydouble.cli import sweeping

    sweeping.pause()
    try:
        from paydouble.server.loop import loop_factory

        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(_serve(replace(settings, ready_file=ready_file)))
    finally:
        sweeping.resume()


async def _serve(settings: Settings) -> None:
    from paydouble.cli import sweeping
    from paydouble.server.foyer import Foyer

    with told():
        foyer = await Foyer.open(settings)
        try:
            # In a thread, so that the foyer's guests are answered meanwhile.
            await asyncio.to_thread(_load_the_house)
            from paydouble.server.assembly import open_server

            opened = await open_server(settings, served_by=sweeping.Swept, foyer=foyer)
        except BaseException:
            foyer.close()
            raise
    try:
        stop = _told_by_signals()
        _announce(opened)
        sweeping.settle()
        await until_told(stop)
        click.echo("stopping", err=True)
    finally:
        if settings.ready_file is not None:
            settings.ready_file.unlink(missing_ok=True)
        await opened.close()


def _load_the_house() -> None:
    """All that the first call needs, and nothing of what only some calls do."""
    import_module("paydouble.server.assembly")
    import_module("paydouble.providers").load()


def _told_by_signals() -> asyncio.Event:
    """Set by SIGINT or SIGTERM; where a loop knows none, KeyboardInterrupt cancels the task."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    return stop


async def until_told(stop: asyncio.Event) -> None:
    await stop.wait()


def _announce(opened: Opened) -> None:
    from paydouble.cli.announcing import announcement
    from paydouble.engine.keyring import authority_file

    if opened.settings.ready_file is not None:
        _write_ready(opened, opened.settings.ready_file)
    click.echo(announcement(opened, str(authority_file(opened.settings.home))))


def _write_ready(opened: Opened, path: Path) -> None:
    """Whole or not at all, since others wait for it to appear."""
    server = opened.server
    ready = {"url": server.url, "tls_url": server.tls_url, "ports": dict(server.ports), "pid": os.getpid()}
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(json.dumps(ready) + "\n", encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        raise EnvironmentProblem(f"--ready-file {path}: {error.strerror}") from error
