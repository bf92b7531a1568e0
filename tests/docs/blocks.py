"""The fenced blocks of the documents, and how each kind is run."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paydouble.providers import load
from paydouble.scenarios.loader import load_text
from tests.packaging.building import clean_environment

REPOSITORY = Path(__file__).parents[2]
PAGES = (REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md")))
WRITTEN_ADDRESS = "http://127.0.0.1:4800"
TIMEOUT_S = 120
DIAGRAMS = ("stateDiagram-v2", "flowchart TD")

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class CannotRun(Exception):
    """Nobody has said how a block like this is checked."""


@dataclass(frozen=True)
class Block:
    """`line` is that of the opening fence."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(REPOSITORY)}:{self.line}"

    @property
    def is_test(self) -> bool:
        return self.language == "python" and "def test_" in self.text

    @property
    def neighbours(self) -> list[Block]:
        return [each for each in blocks() if each.page == self.page]


def blocks() -> list[Block]:
    return [
        Block(page, text.count("\n", 0, found.start()) + 1, found.group(1), found.group(2))
        for page in PAGES
        for text in [page.read_text("utf-8")]
        for found in _FENCE.finditer(text)
    ]


def checked(block: Block, folder: Path) -> None:
    """Raises where the block does not work. Raises CannotRun for one of an unknown kind."""
    try:
        check = CHECKS[block.language]
    except KeyError:
        raise CannotRun(f"{block}: nothing is known of '{block.language}' blocks") from None
    check(block, folder)


def _console(block: Block, folder: Path) -> None:
    """In a folder with the scenarios and the tests of the same page."""
    for each in block.neighbours:
        if each.language == "yaml":
            (folder / f"{scenario_name(each)}.yaml").write_text(each.text, "utf-8")
        if each.is_test:
            (folder / f"test_line_{each.line}.py").write_text(each.text, "utf-8")
    for line in block.text.splitlines():
        if not line.startswith("$ "):
            raise CannotRun(f"{block}: '{line}' is no command")
        _command(block, shlex.split(line[2:]), folder)


def _command(block: Block, words: list[str], folder: Path) -> None:
    match words:
        case ["make", target]:
            assert re.search(rf"^{target}:", (REPOSITORY / "Makefile").read_text("utf-8"), re.MULTILINE), target
        case ["paydouble", "serve", *options]:
            with served(folder, *options):
                pass
        case ["paydouble", "run" | "scenario" | "keys" | "list" | "contracts", *_]:
            ran([str(Path(sys.executable).with_name(words[0])), *words[1:]], folder)
        case _:
            raise CannotRun(f"{block}: nothing is known of '{' '.join(words)}'")


def _python(block: Block, folder: Path) -> None:
    if block.is_test:
        (folder / "test_block.py").write_text(block.text, "utf-8")
        ran([sys.executable, "-m", "pytest", "-q", "test_block.py"], folder)
        return
    with served(folder) as url:
        ran([sys.executable, "-W", "error", "-c", block.text.replace(WRITTEN_ADDRESS, url)], folder)


def _yaml(block: Block, folder: Path) -> None:
    """It can be loaded without a warning, and put in force."""
    scenario = load_text(block.text, file=str(block), providers=load())
    assert not scenario.warnings, scenario.warnings
    with served(folder) as url:
        activated = asked(f"{url}/_paydouble/sandboxes/default/scenarios", {"yaml": block.text})
    assert activated["name"] == scenario.name


def scenario_name(block: Block) -> str:
    found = re.search(r"^name: (\S+)$", block.text, re.MULTILINE)
    if found is None:
        raise CannotRun(f"{block}: a YAML block is a scenario with a name")
    return found.group(1)


def _mermaid(block: Block, folder: Path) -> None:
    assert block.text.partition("\n")[0] in DIAGRAMS
    for line in block.text.splitlines()[1:]:
        assert "-->" in line, line


def _text(block: Block, folder: Path) -> None:
    """A tree: every folder in it is there."""
    roots = (REPOSITORY, REPOSITORY / "simulator" / "paydouble")
    names = [name for line in block.text.splitlines() for name in re.findall(r"(?<!\S)[\w./<>-]+/(?!\S)", line)]
    if not names:
        raise CannotRun(f"{block}: no tree of folders")
    for name in names:
        plain = name.partition("<")[0] or "."
        assert any((root / plain).is_dir() for root in roots), name


CHECKS: Mapping[str, Callable[[Block, Path], None]] = {
    "console": _console, "python": _python, "yaml": _yaml, "mermaid": _mermaid, "text": _text,
}


def environment(folder: Path) -> dict[str, str]:
    """As a reader's shell, with the commands of this installation and nothing of a server that runs."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return {**clean_environment(), "PATH": path, "PAYDOUBLE_HOME": str(folder / "home")}


def ran(command: list[str], folder: Path) -> None:
    ended = subprocess.run(
        command, cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    assert ended.returncode == 0, f"{' '.join(command)}\n{ended.stdout}{ended.stderr}"


@contextmanager
def served(folder: Path, *options: str) -> Iterator[str]:
    """The address of a server of one's own on a free port; it must end well."""
    command = [str(Path(sys.executable).with_name("paydouble")), "serve", *options, "--port", "0", "--tls-port", "0"]
    with subprocess.Popen(
        command, cwd=folder, env=environment(folder), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        assert server.stdout is not None
        try:
            said = server.stdout.readline()
            found = re.search(r"http://\S+", said)
            assert found is not None, said + server.stdout.read()
            # It accepts connections before it says so, and is stopped only once it answers.
            assert asked(f"{found.group()}/_paydouble/health") is not None
            yield found.group()
        finally:
            server.terminate()
            rest, _ = server.communicate(timeout=TIMEOUT_S)
        assert server.returncode == 0, rest


def asked(url: str, body: object = None) -> Any:
    content = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, content, {"Content-Type": "application/json"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=TIMEOUT_S) as answer:
        return json.loads(answer.read())
