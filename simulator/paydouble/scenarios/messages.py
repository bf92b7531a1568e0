"""What is wrong with a scenario file, told as text with a caret, as JSON, or as GitHub annotations."""

from __future__ import annotations

import difflib
import json
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

SUGGESTIONS_MAX = 2
LISTED_MAX = 8
PROBLEMS_MAX = 200
"""Of one kind of check: a file with more is not worked on mistake by mistake."""

CODES = {
    "SC001": "the file is not YAML, or exceeds a limit",
    "SC002": "a key is written twice in one mapping",
    "SC010": "unknown key",
    "SC011": "value not allowed",
    "SC012": "a key is missing",
    "SC013": "unknown verb",
    "SC020": "a value has the wrong form",
    "SC021": "'committed' is missing",
    "SC030": "two rules have one name",
    "SC031": "unknown state",
    "SC032": "a combination that cannot be",
    "SC033": "a rule cannot fire for these providers",
    "SC034": "unknown rule in 'fired'",
    "SC035": "unknown variable",
    "SC036": "'chance' without a name",
    "SC037": "a connection rule without a listener of its own",
    "SC040": "a file that is not there, or cannot be extended like this",
    "SC041": "a Python hook that is not allowed, or cannot be loaded",
    "SC090": "a part of the language that this version does not have",
}


class Severity(Enum):
    ERROR = "error"
    WARNING = "warning"


class Format(Enum):
    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake; `line` and `column` count from 1, `width` is the number of characters to underline."""

    code: str
    file: str
    line: int
    column: int
    message: str
    help: str = ""
    line_text: str = ""
    severity: Severity = Severity.ERROR
    width: int = 1


class ScenarioProblems(Exception):
    """All the mistakes of a file at once, ordered by position."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__(render(self.problems))


def render(problems: Iterable[Problem], form: Format = Format.TEXT) -> str:
    """Text: one paragraph a problem. JSON: one object a line. GitHub: one workflow command a line."""
    match form:
        case Format.TEXT:
            return "\n\n".join(_as_text(problem) for problem in problems)
        case Format.JSON:
            return "\n".join(json.dumps(as_json(problem), ensure_ascii=False) for problem in problems)
        case Format.GITHUB:
            return "\n".join(_as_github(problem) for problem in problems)


def as_json(problem: Problem) -> dict[str, str | int]:
    """The shape that the control API answers with, too."""
    return {
        "code": problem.code,
        "severity": problem.severity.value,
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "message": problem.message,
        "help": problem.help,
    }


def did_you_mean(word: object, candidates: Iterable[str]) -> str:
    """Help that names what is close to `word`; else lists all candidates if they are few; else empty."""
    known = list(dict.fromkeys(candidates))
    close = difflib.get_close_matches(str(word), known, n=SUGGESTIONS_MAX) or _same_last_part(
        str(word), known
    )
    if close:
        return f"did you mean {either(close)}?"
    return f"one of: {', '.join(known)}" if 0 < len(known) <= LISTED_MAX else ""


def either(words: Sequence[str], joint: str = "or") -> str:
    """`'a'`, `'a' or 'b'`, `'a', 'b' or 'c'`."""
    quoted = [f"'{word}'" for word in words]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} {joint} {quoted[-1]}"


def shown(value: object) -> str:
    """A value as its author would recognise it, cut short if long."""
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "a mapping"
    text = json.dumps(value) if value is None or isinstance(value, bool) else str(value)
    one_line = " ".join(text.split())
    return f"'{one_line[:57]}...'" if len(one_line) > 60 else f"'{one_line}'"


def _same_last_part(word: str, known: Sequence[str]) -> list[str]:
    last = word.rpartition(".")[2]
    return [name for name in known if "." in name and name.rpartition(".")[2] == last][:SUGGESTIONS_MAX]


def _as_text(problem: Problem) -> str:
    where = f"{problem.file}:{problem.line}:{problem.column}"
    lines = [f"{where}: {problem.severity.value}[{problem.code}]: {problem.message}"]
    gutter = " " * (len(str(problem.line)) + 2)
    if problem.line_text:
        indent = _blank(problem.line_text[: problem.column - 1])
        lines += [f" {problem.line} | {problem.line_text}", f"{gutter}| {indent}{'^' * problem.width}"]
    if problem.help:
        lines.append(f"{gutter}= help: {problem.help}")
    return "\n".join(lines)


def _blank(text: str) -> str:
    """Spaces as wide as the text: a Chinese character takes two columns of a terminal."""
    return "".join("  " if unicodedata.east_asian_width(char) in "WF" else " " for char in text)


def _as_github(problem: Problem) -> str:
    told = f"{problem.message}\n{problem.help}" if problem.help else problem.message
    text = told.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    file = problem.file.replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
    place = f"file={file},line={problem.line},col={problem.column},title={problem.code}"
    return f"::{problem.severity.value} {place}::{text}"
