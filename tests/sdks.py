"""Official SDKs for tests: installed once into .cache/sdk/, by exact version, from the ordinary registries.

Without network, without Node or without room for it, a test that asks is skipped and says why.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

CACHE = Path(__file__).resolve().parents[1] / ".cache" / "sdk"
INSTALL_TIMEOUT_S = 240
DONE = ".installed"


def skip_without_node() -> None:
    """Skips the test where there is no Node."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")


def node_modules(package_dir: Path) -> Path:
    """The node_modules of this folder's package.json (and lock, if it has one).

    ECMAScript modules look beside themselves: copy the program next to the folder that is returned.
    """
    skip_without_node()
    manifest = package_dir / "package.json"
    lock = package_dir / "package-lock.json"
    described = manifest.read_bytes() + (lock.read_bytes() if lock.exists() else b"")

    def install(target: Path) -> None:
        for source in (manifest, lock):
            if source.exists():
                shutil.copy(source, target)
        verb = "ci" if lock.exists() else "install"
        _run(["npm", verb, "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"], cwd=target)

    return _installed(b"node", described, install) / "node_modules"


def beside(node_modules: Path, program: Path) -> Path:
    """A copy of a Node program from which its imports are found."""
    copy = node_modules.parent / f"{hashlib.sha256(program.read_bytes()).hexdigest()[:12]}-{program.name}"
    if not copy.exists():
        partial = copy.with_name(f"{copy.name}.{os.getpid()}")
        shutil.copy(program, partial)
        partial.replace(copy)
    return copy


def python_with(*requirements: str) -> Path:
    """The interpreter of a virtual environment that has these requirements."""

    def install(target: Path) -> None:
        _run([sys.executable, "-m", "venv", str(target / "venv")], cwd=target)
        pip = [str(target / "venv" / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        _run([*pip, "--disable-pip-version-check", *requirements], cwd=target)

    described = "\n".join((sys.version, *sorted(requirements))).encode()
    return _installed(b"python", described, install) / "venv" / "bin" / "python"


def _installed(kind: bytes, described: bytes, install: Callable[[Path], None]) -> Path:
    """The folder of one set of packages; the first who asks installs, the others wait for it."""
    target = CACHE / hashlib.sha256(kind + b"\0" + described).hexdigest()[:24]
    target.mkdir(parents=True, exist_ok=True)
    with _locked(target.with_suffix(".lock")):
        if not (target / DONE).exists():
            try:
                install(target)
            except (subprocess.SubprocessError, OSError) as error:
                shutil.rmtree(target, ignore_errors=True)
                pytest.skip(f"the SDK could not be installed: {_reason(error)}")
            (target / DONE).touch()
    return target


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _run(command: list[str], *, cwd: Path) -> None:
    subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S)


def _reason(error: Exception) -> str:
    told = getattr(error, "stderr", "") or str(error)
    lines = [line for line in str(told).splitlines() if line.strip()]
    return lines[-1][:200] if lines else type(error).__name__
