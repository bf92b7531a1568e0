"""`paydouble keys`: a sandbox's credentials, which follow from its id, so that no server is asked."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from paydouble.cli.endings import EnvironmentProblem, told
from paydouble.server.settings import HOST_DEFAULT, PORT_DEFAULT

if TYPE_CHECKING:
    from paydouble.core.provider import Credentials

URL_DEFAULT: Final = f"http://{HOST_DEFAULT}:{PORT_DEFAULT}"
FOLDER_DEFAULT: Final = Path(".paydouble") / "keys"
ENV_FILE: Final = "paydouble.env"
FOLDER_OURS_ALONE: Final = 0o700
NOTE: Final = "# public test keys of PayDouble: the same everywhere, they protect nothing"


@click.command("keys")
@click.option("--sandbox", default="default", show_default=True, metavar="ID",
              help="Any but one created with fresh keys: only the server knows those.")
@click.option("--format", "form", type=click.Choice(["env", "json", "files"]), default="env",
              show_default=True)
@click.option("--output", type=click.Path(file_okay=False, path_type=Path),
              help=f"Folder for --format files.  [default: {FOLDER_DEFAULT}]")
@click.option("--url", default=URL_DEFAULT, show_default=True, envvar="PAYDOUBLE_URL",
              help="Where the simulator is reached.")
def keys(sandbox: str, form: str, output: Path | None, url: str) -> None:
    """Print credentials ready to paste. They are public test keys."""
    if output is not None and form != "files":
        raise click.UsageError("--output is the folder of --format files")
    handed_out = _credentials(sandbox, url.rstrip("/"))
    match form:
        case "json":
            click.echo(_as_json(handed_out, url))
        case "files":
            click.echo(_as_files(handed_out, output or FOLDER_DEFAULT, url))
        case _:
            click.echo("\n".join([NOTE, *_assignments(_variables(handed_out, url))]))


def _credentials(sandbox: str, url: str) -> dict[str, Credentials]:
    from paydouble.engine import keyring
    from paydouble.providers import load

    ring = keyring.well_known()
    return {
        provider.name: provider.credentials(provider.merchant(sandbox, ring), url) for provider in load()
    }


def _variables(handed_out: Mapping[str, Credentials], url: str) -> dict[str, str]:
    variables = {"PAYDOUBLE_URL": url}
    for each in handed_out.values():
        variables |= {name: each.fields[field] for name, field in each.environment.items()}
    return variables


def _assignments(variables: Mapping[str, str]) -> Iterator[str]:
    return (f"{name}={shlex.quote(value)}" for name, value in variables.items())


def _as_json(handed_out: Mapping[str, Credentials], url: str) -> str:
    """The shape that the control API answers with."""
    from paydouble.engine.keyring import tls_ca

    with told():
        authority = tls_ca().certificate_pem
    fields = {name: dict(each.fields) for name, each in handed_out.items()}
    return json.dumps(
        {**fields, "ca_certificate_pem": authority, "proxy": url}, indent=2, ensure_ascii=False
    )


def _as_files(handed_out: Mapping[str, Credentials], folder: Path, url: str) -> str:
    """Writes every PEM and a file of assignments; returns what was written."""
    from paydouble.cli.environment import write_private, written

    variables = _variables(handed_out, url)
    try:
        folder.mkdir(mode=FOLDER_OURS_ALONE, parents=True, exist_ok=True)
        files = {name: path for each in handed_out.values() for name, path in written(each, folder).items()}
        variables |= {name: str(path.resolve()) for name, path in files.items()}
        lines = [NOTE, *_assignments(variables)]
        write_private(folder / ENV_FILE, ("\n".join(lines) + "\n").encode("utf-8"))
    except OSError as error:
        raise EnvironmentProblem(f"{folder}: {error.strerror}") from error
    return "\n".join(str(path) for path in (*files.values(), folder / ENV_FILE))
