"""`paydouble scenario explain`: why a call was answered as it was, or what an error code means."""

from __future__ import annotations

import json
import re

import click

from paydouble.cli.endings import FAILED, EnvironmentProblem, told
from paydouble.cli.keys import URL_DEFAULT

_CODE = re.compile(r"SC[0-9]{3}", re.IGNORECASE)


@click.command("explain")
@click.argument("what", metavar="CALL|SCxxx")
@click.option("--url", default=URL_DEFAULT, show_default=True, envvar="PAYDOUBLE_URL",
              help="Of the server that has the call in its log.")
@click.option("--sandbox", default="default", show_default=True, metavar="ID", help="Whose call it was.")
@click.option("--control-token", default="", envvar="PAYDOUBLE_CONTROL_TOKEN", metavar="TOKEN")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def explain(
    ctx: click.Context, what: str, url: str, sandbox: str, control_token: str, form: str
) -> None:
    """Tell why each rule did or did not act on a call; or what an error code means.

    Every answer names its call in the header Paydouble-Call.
    """
    if _CODE.fullmatch(what):
        _page(ctx, what.upper())
        return
    from paydouble.client.control import ControlClient, ControlError, Unreachable, segment

    with told():
        control = ControlClient(url, token=control_token)
        try:
            path = f"sandboxes/{segment(sandbox)}/calls/{segment(what)}/explain"
            explained = control.get(path)
        except Unreachable as error:
            raise EnvironmentProblem(f"no PayDouble answers at {error}") from error
        except ControlError as error:
            click.echo(str(error), err=True)
            ctx.exit(FAILED)
        finally:
            control.close()
    click.echo(json.dumps(explained, ensure_ascii=False) if form == "json" else explained["text"])


def _page(ctx: click.Context, code: str) -> None:
    from paydouble.scenarios.code_pages import PAGES, page_of
    from paydouble.scenarios.messages import did_you_mean

    if code not in PAGES:
        advice = did_you_mean(code, PAGES)
        click.echo(f"there is no code {code}; {advice}" if advice else f"there is no code {code}", err=True)
        ctx.exit(FAILED)
    click.echo(page_of(code))
