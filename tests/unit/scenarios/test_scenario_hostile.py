"""Files that were written to hurt are refused with a reason, in under a second of a processor's time."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from paydouble.scenarios.loader import load_file, load_text
from paydouble.scenarios.messages import ScenarioProblems

HEAD = "schema: 1\nname: x\n"
SECOND = 1.0


def rule(when: str) -> str:
    return f"{HEAD}rules: [{{when: {{operation: '*', {when}}}, then: {{outcome: failed}}}}]\n"


def bomb(levels: int) -> str:
    lines = ["x-0: &x0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"x-{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]" for n in range(1, levels)]
    return HEAD + "\n".join(lines) + "\n"


HOSTILE = {
    "ten megabytes": HEAD + "# " + "x" * 10_000_000,
    "a billion laughs": bomb(9),
    "deep nesting": HEAD + "x-a: " + "[" * 300_000,
    "a million states": HEAD + "initial: s\nstates:\n" + "".join(f"  s{n}: {{}}\n" for n in range(1_000_000)),
    "as many states as fit": HEAD + "initial: s\nstates: {" + ", ".join(f"s{n}: {{}}" for n in range(9_000)) + "}",
    "a million rules": HEAD + "rules:\n" + "- {}\n" * 1_000_000,
    "a pattern that backtracks": rule("ref: {regex: '((a+)+)+\\1$'}"),
    "a pattern that explodes": rule("ref: {regex: '((((a{99}){99}){99}){99}){99}'}"),
    "a very long pattern": rule(f"ref: {{regex: '{'(a|b)*' * 300}'}}"),
    "a long number": rule(f"amount: {'9' * 500_000}"),
    "a long list": rule(f"ref: {{one_of: [{', '.join(['a'] * 29_000)}], prefx: a}}"),
    "many mistakes": HEAD + "rules:\n" + "- {wen: 1, tehn: 2}\n" * 900,
    "one name, many rules": HEAD + "rules:\n" + "- {name: a, when: {operation: x}, then: {outcome: y}}\n" * 900,
    "nested expressions": HEAD + "vars: {a: 1}\nx-b: 1\ntitle: \"" + "${{ vars.b|default(" * 3_000 + "\"\n",
    "an expression without an end": HEAD + "title: \"${{" + " " * 900_000 + "\"\nrules: 3\n",
}  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_text_is_refused_at_once(text: str) -> None:
    load_text(f"{HEAD}rules: []")
    begun = time.process_time()
    with pytest.raises(ScenarioProblems):
        load_text(text)
    assert time.process_time() - begun < SECOND


def test_a_large_file_is_not_even_read(tmp_path: Path) -> None:
    file = tmp_path / "large.yaml"
    with file.open("wb") as stream:
        stream.truncate(10 << 20)
    begun = time.process_time()
    with pytest.raises(ScenarioProblems, match="larger than 1 MiB"):
        load_file(file)
    assert time.process_time() - begun < SECOND
