"""Regular expressions that cannot hang a call: they agree with Python's, and take linear time."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paydouble.scenarios.loader import load_text
from paydouble.scenarios.messages import ScenarioProblems
from paydouble.scenarios.regular import TEXT_MAX, NotRegular, Regular

PATTERNS = (
    "abc", "^abc$", "a.*b", "(a+)+$", "(a|aa)+$", "^(a|b)*c{2,3}$", "[A-Z]{3}-[0-9]+", r"\bfoo\b",
    r"order-\d{1,4}$", "^$", "", "a{0,2}b", "(?i)Abc", "a??b", "x*", "(?:ab|cd){2}", "[^a-c]", r"\Aab\Z",
    "a|b|", r"\.", r"\w+@\w+", "a{2,}", "(?P<n>ab)+c", "{a}", "a{", r"\Bo", "(?s)a.b", "[]a]", r"[\]b]+$",
    r"\x41", "é+",
)


@pytest.mark.parametrize("pattern", PATTERNS)
@given(text=st.text("abcdfoxAZ0129-@.{}é \n]", max_size=12))
def test_it_finds_what_python_finds(pattern: str, text: str) -> None:
    assert Regular(pattern).search(text) is (re.search(pattern, text) is not None)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*b", "(a*)*$", "a*a*a*a*a*b", "(x+x+)+y|(a+)+!"])
def test_what_backtracks_elsewhere_takes_no_time(pattern: str) -> None:
    begun = time.process_time()
    Regular(pattern).search("a" * TEXT_MAX + "?")
    assert time.process_time() - begun < 1


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(", "unterminated group"), ("a)", "unbalanced parenthesis"), ("[a", "unterminated character set"),
        ("*a", "nothing to repeat"), ("a**", "multiple repeat"), ("(?=a)", "looking ahead or behind"),
        (r"(a)\1", "not available"), ("(?P=n)", "looking ahead"), ("(a{1000}){1000}", "too large"),
        ("((((a{9}){9}){9}){9}){9}", "too large"), ("a{3,2}", "minimum is above"), ("[b-a]", "bad character range"),
        ("(" * 50, "nested deeper"), (r"\q", "not available"),
    ],
)  # fmt: skip
def test_what_cannot_be_run_so_is_refused_with_the_reason(pattern: str, why: str) -> None:
    begun = time.process_time()
    with pytest.raises(NotRegular, match=re.escape(why)):
        Regular(pattern)
    assert time.process_time() - begun < 0.5


def test_a_scenario_is_refused_at_the_place_of_its_pattern() -> None:
    text = "schema: 1\nname: x\nrules: [{when: {operation: '*', ref: {regex: '(?<=a)b'}}, then: {outcome: failed}}]"
    with pytest.raises(ScenarioProblems) as refused:
        load_text(text)
    (problem,) = refused.value.problems
    assert (problem.code, problem.line) == ("SC020", 3)
    assert "looking ahead or behind" in problem.message
