"""What the commands' exit codes mean, and how an error of ours becomes one of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import click

FAILED: Final = 1
USAGE: Final = 2
ENVIRONMENT: Final = 3
INTERNAL: Final = 4
INTERRUPTED: Final = 130
BY_SIGNAL: Final = 128
"""Added to the number of the signal that ended a wrapped command, as shells do."""


class EnvironmentProblem(click.ClickException):
    """A port is taken, a file cannot be written, a server does not answer."""

    exit_code = ENVIRONMENT


@contextmanager
def told() -> Iterator[None]:
    """Errors of opening a server, as people see them: without a stack trace and with the right exit code."""
    from paydouble.server.settings import BadSetting

    try:
        yield
    except BadSetting as error:
        raise click.UsageError(str(error)) from error
    except OSError as error:
        raise EnvironmentProblem(error.strerror or str(error)) from error
    except Exception as error:
        from paydouble.scenarios.messages import ScenarioProblems

        if not isinstance(error, ScenarioProblems):
            raise
        click.echo(str(error), err=True)
        raise click.UsageError("a scenario cannot be loaded") from error
