"""Where the files that a scenario extends are found: shipped ones, those sent along, and those on disk."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from paydouble.scenarios import yaml12
from paydouble.scenarios.messages import Problem, ScenarioProblems, did_you_mean
from paydouble.scenarios.positions import Source

SUFFIXES = (".yaml", ".yml")
_SHIPPED_NAME = re.compile(r"(?:[a-z0-9_-]+/)?[a-z0-9_-]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """Without `disk`, no file is opened but shipped ones: for texts that came from elsewhere."""

    shipped: Path | None = None
    sent: Mapping[str, str] = field(default_factory=dict)
    """Texts by the name under which problems tell them: files that a client read for us."""
    disk: bool = False

    def find(self, use: str, beside: str) -> Source:
        """`use` is written in `extends` of the file `beside`. Raises ScenarioProblems."""
        if use.endswith(SUFFIXES):
            path = Path(beside).parent / use
            if str(path) in self.sent:
                return Source(str(path), self.sent[str(path)])
            if self.disk:
                return _beside(path, use)
            raise ScenarioProblems([no_file(use, "was not sent along", tuple(self.sent))])
        found = shipped_file(use, self.shipped) if self.shipped is not None else None
        if found is None or self.shipped is None:
            known = tuple(shipped_names(self.shipped))
            raise ScenarioProblems([no_file(use, "there is no shipped scenario of that name", known)])
        return read(found, shown_as(found, self.shipped))


NO_LIBRARY = Library()


def _beside(path: Path, use: str) -> Source:
    if not path.is_file():
        raise ScenarioProblems([no_file(use, "there is no such file beside this one")])
    return read(path)


def read(path: Path, name: str = "") -> Source:
    """`name` is what problems call the file: its path, unless told. Raises ScenarioProblems."""
    file = name or str(path)
    try:
        with path.open("rb") as stream:
            content = stream.read(yaml12.BYTES_MAX + 1)
    except OSError as error:
        raise ScenarioProblems([no_file(file, f"cannot be read: {error.strerror}")]) from None
    try:
        return Source(file, content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        # A file cut at the limit may end inside a character; what it is refused for is its size.
        if len(content) <= yaml12.BYTES_MAX:
            source = Source(file, content[: error.start].decode("utf-8", "replace"))
            line = source.text.count("\n")
            raise ScenarioProblems([source.problem("SC001", "the file is not in UTF-8", line, 0)]) from None
        return Source(file, content.decode("utf-8", "replace"))


def shipped_file(name: str, shipped: Path) -> Path | None:
    """`lost-response` and `common/lost-response` are one; never any file beyond the folder."""
    if not _SHIPPED_NAME.fullmatch(name):
        return None
    candidates = (shipped / "common" / f"{name}.yaml", shipped / f"{name}.yaml")
    return next((file for file in candidates if file.is_file()), None)


def shipped_names(shipped: Path | None) -> Iterator[str]:
    """Names as `when` activated: files of `common/` without their folder."""
    for file in sorted(shipped.glob("*/*.yaml")) if shipped is not None else ():
        yield file.stem if file.parent.name == "common" else f"{file.parent.name}/{file.stem}"


def shown_as(file: Path, shipped: Path) -> str:
    return f"scenarios/{file.relative_to(shipped).as_posix()}"


def no_file(file: str, reason: str, known: tuple[str, ...] = ()) -> Problem:
    return Problem(
        code="SC040",
        file=file,
        line=1,
        column=1,
        message=f"'{file}': {reason}",
        help=did_you_mean(file, known),
    )
