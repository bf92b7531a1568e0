"""Wheel, source archive and a clean virtual environment, made once a test run and shared by its processes."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
OFFLINE = ("connection broken", "NewConnectionError", "ConnectTimeoutError", "NameResolutionError")
"""What pip says where there is no network."""


class NoNetwork(Exception):
    """The dependencies cannot be fetched."""


def shared(folder: Path, make: Callable[[Path], None]) -> Path:
    """The folder, made by whichever process comes first; the others wait for it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _alone(folder.with_name(f".{folder.name}.lock")):
        if not folder.exists():
            draft = folder.with_name(f".{folder.name}.draft")
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir()
            make(draft)
            draft.rename(folder)
    return folder


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def checkout(target: Path) -> None:
    """A copy of what the repository holds, and of what would be committed to it next."""
    listed = ran("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", cwd=REPOSITORY)
    for name in filter(None, listed.split("\0")):
        if (REPOSITORY / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(REPOSITORY / name, target / name)


def built(target: Path) -> None:
    """`dist/` from a checkout, and `from-sdist/`: the wheel made of what the source archive holds."""
    tree, unpacked = target / "tree", target / "unpacked"
    tree.mkdir()
    checkout(tree)
    build(tree, target / "dist", "--sdist", "--wheel")
    with tarfile.open(the_one(target / "dist", "*.tar.gz")) as archive:
        archive.extractall(unpacked, filter="data")
    build(the_one(unpacked, "*"), target / "from-sdist", "--wheel")


def build(source: Path, target: Path, *what: str) -> None:
    ran(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(target), *what, str(source), cwd=source)


def dependencies(target: Path) -> None:
    """What the package asks for, from the registry. Raises NoNetwork."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
               "--retries", "1", "--target", str(target), *_wanted()]  # fmt: skip
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode and any(word in ended.stderr for word in OFFLINE):
        raise NoNetwork(ended.stderr.strip().splitlines()[-1])
    assert ended.returncode == 0, ended.stderr


def _wanted() -> list[str]:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    return list(project["dependencies"])


def dependencies_folder() -> Path:
    """Kept between runs, for as long as the project asks for the same."""
    text = "\n".join([sys.version, *_wanted()])
    return REPOSITORY / ".cache" / f"wheel-dependencies-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def installed(target: Path, wheel: Path, needs: Path) -> Path:
    """The `bin` of a virtual environment that holds the wheel and its dependencies, and no test tools."""
    venv.create(target, with_pip=False, symlinks=True)
    python = target / "bin" / "python"
    ran(sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--python", str(python),
        "install", "--no-deps", "--no-index", str(wheel), cwd=target)  # fmt: skip
    site = the_one(target / "lib", "python3*") / "site-packages"
    (site / "dependencies.pth").write_text(f"{needs}\n", "utf-8")
    return target / "bin"


def the_one(folder: Path, pattern: str) -> Path:
    found = list(folder.glob(pattern))
    assert len(found) == 1, f"{pattern} in {folder}: {found}"
    return found[0]


def ran(*command: str, cwd: Path) -> str:
    """Its output; the environment leads to no checkout and no server of ours."""
    ended = subprocess.run(command, cwd=cwd, env=clean_environment(), capture_output=True, text=True, check=False)
    assert ended.returncode == 0, f"{' '.join(command)}\n{ended.stdout}{ended.stderr}"
    return ended.stdout


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items()
            if not name.startswith(("PYTHONPATH", "PAYDOUBLE_", "PYTEST_", "COV_"))}  # fmt: skip
