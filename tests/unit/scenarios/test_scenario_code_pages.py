"""The page of each error code: its bad example has that error, its good one has none."""

from __future__ import annotations

import pytest

from paydouble.contracts import shipped
from paydouble.providers import load
from paydouble.scenarios.code_pages import HEAD, PAGES, page_of
from paydouble.scenarios.composing import Loading
from paydouble.scenarios.library import Library
from paydouble.scenarios.loader import load_text
from paydouble.scenarios.messages import CODES, ScenarioProblems

LOADING = Loading(library=Library(shipped=shipped.root("scenarios")))


def codes(text: str) -> set[str]:
    try:
        return {problem.code for problem in load_text(HEAD + text, providers=load(), loading=LOADING).warnings}
    except ScenarioProblems as refused:
        return {problem.code for problem in refused.problems}


def test_every_code_has_a_page() -> None:
    assert CODES.keys() <= PAGES.keys()


@pytest.mark.parametrize("code", sorted(CODES))
def test_its_examples_are_what_they_are_called(code: str) -> None:
    assert code in codes(PAGES[code].bad)
    assert codes(PAGES[code].good) == set()
    assert HEAD.splitlines()[0] in page_of(code)
