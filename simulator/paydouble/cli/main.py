"""The commands by name, each imported when it is called, and what their endings mean to a shell."""

from __future__ import annotations

import sys
import traceback
from importlib import import_module

import click

from paydouble import __version__
from paydouble.cli.endings import INTERNAL, INTERRUPTED

# fmt: off
COMMANDS = {
    "serve":     "paydouble.cli.serve:serve",
    "run":       "paydouble.cli.run:run",
    "demo":      "paydouble.cli.demo.command:demo",
    "scenario":  "paydouble.cli.scenario:scenario",
    "contracts": "paydouble.cli.contracts:contracts",
    "keys":      "paydouble.cli.keys:keys",
    "list":      "paydouble.cli.listing:list_",
    "loadtest":  "paydouble.cli.loadtest:loadtest",
}
# fmt: on


class LazyGroup(click.Group):
    """Knows its commands by the modules that hold them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(":")
        command = getattr(import_module(module), name)
        assert isinstance(command, click.Command), place
        return command


@click.group(
    cls=LazyGroup, context_settings={"auto_envvar_prefix": "PAYDOUBLE", "help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, prog_name="paydouble")
def commands() -> None:
    """The test double for payment providers."""


def main() -> None:
    """Ends the process: 2 wrong usage, 3 environment, 4 internal error, 130 interrupted."""
    try:
        code = commands.main(prog_name="paydouble", standalone_mode=False)
    except click.ClickException as problem:
        problem.show()
        sys.exit(problem.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(INTERRUPTED)
    except Exception:
        traceback.print_exc()
        sys.exit(INTERNAL)
    sys.exit(code if isinstance(code, int) else 0)
