"""`paydouble demo`: is the sample shop's software there, and did the story end as it should."""

from __future__ import annotations

import asyncio
from importlib.util import find_spec

import click

from paydouble.cli.endings import FAILED, EnvironmentProblem, told

NEEDED = ("stripe", "wechatpayv3")


@click.command("demo")
@click.pass_context
def demo(ctx: click.Context) -> None:
    """Show a verified callback, and a lost answer that makes a careless shop charge twice."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        problem = f"the sample shop needs {' and '.join(missing)}; pip install 'paydouble[demo]'"
        raise EnvironmentProblem(problem)
    from paydouble.cli.demo.story import play
    from paydouble.server.loop import loop_factory

    with asyncio.Runner(loop_factory=loop_factory()) as runner, told():
        surprises = runner.run(play(click.echo))
    for surprise in surprises:
        click.echo(f"not as it should be: {surprise}", err=True)
    if surprises:
        ctx.exit(FAILED)
