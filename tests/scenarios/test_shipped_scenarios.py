"""Every shipped scenario loads, is called what its place says, is described, and is listed."""

from __future__ import annotations

import pytest

from paydouble.providers import load
from paydouble.scenarios.library import shipped_names
from paydouble.scenarios.loader import load_shipped
from paydouble.scenarios.vocabulary import PROVIDERS
from tests.docs import library_table
from tests.scenarios.library import SHIPPED, THEMES, library

NAMES = list(shipped_names(SHIPPED))
LOADED = load()


def test_there_are_scenarios_for_everyone() -> None:
    assert len(NAMES) >= 40
    assert {"lost-response", "declines-by-amount", "flaky-gateway", "forged-callbacks"} <= set(NAMES)
    assert {name.partition("/")[0] for name in NAMES if "/" in name} == set(PROVIDERS)
    assert {each.theme for each in library()} == set(THEMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_loads_and_says_what_it_is(name: str) -> None:
    scenario = load_shipped(name, SHIPPED, providers=LOADED)
    assert scenario.name == name
    assert scenario.warnings == ()
    assert scenario.title
    assert len(scenario.description) > len(scenario.title)
    assert all(rule.name for rule in scenario.rules)
    assert "/" not in name or scenario.providers == (name.partition("/")[0],)
    assert scenario.steps
    assert scenario.expect


@pytest.mark.parametrize("page", library_table.PAGES, ids=lambda page: page.name)
def test_the_tables_are_fresh(page: library_table.Page) -> None:
    text = page.path.read_text("utf-8")
    assert library_table.refreshed(text, page) == text, "run: python -m tests.docs.library_table"
