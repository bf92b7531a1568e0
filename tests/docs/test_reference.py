"""The reference pages tell what the code declares, and no more."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from paydouble.cli.main import COMMANDS
from paydouble.core.provider import Provider
from paydouble.providers import load
from paydouble.scenarios import document, vocabulary
from tests.docs import reference

DOCS = Path(__file__).parents[2] / "docs"
PROVIDERS = load()
STALE = "run: python -m tests.docs.reference"


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
def test_the_page_of_a_provider_is_fresh(provider: Provider) -> None:
    text = reference.page(provider.name).read_text("utf-8")
    assert reference.refreshed(text, reference.generated(provider)) == text, STALE


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
def test_every_neutral_event_is_one_with_a_contract(provider: Provider) -> None:
    """`review.opened` has a meaning for rules and is not announced yet."""
    assert set(provider.words.events) - {"review.opened"} <= set(reference.events_of(provider))


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
def test_every_setting_is_explained(provider: Provider) -> None:
    for name, default, text in reference.SETTINGS_BY_PROVIDER[provider.name](provider):
        assert default, name
        assert text, name


def test_the_page_of_the_control_api_is_fresh() -> None:
    text = reference.CONTROL_PAGE.read_text("utf-8")
    assert reference.refreshed(text, reference.control_routes()) == text, STALE


def test_the_page_of_effects_is_fresh() -> None:
    text = reference.EFFECTS_PAGE.read_text("utf-8")
    assert reference.refreshed(text, reference.effects()) == text, STALE


def quoted_in(page: str) -> list[str]:
    """What stands between backticks outside the examples."""
    prose = re.sub(r"^```.*?^```$", "", (DOCS / page).read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"`([^`]+)`", prose)


WORDS = {
    name: getattr(vocabulary, name)
    for name in ("PROVIDERS", "OPERATIONS", "EVENTS", "RESULTS", "REASONS", "ERRORS", "MALFORMATIONS", "FAULTS",
                 "CORRUPTIONS", "SIGNATURES")
}  # fmt: skip


@pytest.mark.parametrize("list_", WORDS)
def test_the_page_of_the_language_has_every_word(list_: str) -> None:
    assert set(WORDS[list_]) <= {word for quoted in quoted_in("scenarios.md") for word in quoted.split()}


def test_the_page_of_the_language_has_every_key() -> None:
    """Of every model of the document, by the name that is written in a file."""
    told = set(re.findall(r"[a-z_]+", " ".join(quoted_in("scenarios.md"))))
    models = [each for each in vars(document).values() if isinstance(each, type) and issubclass(each, document.Strict)]
    keys = {field.alias or name for model in models for name, field in model.model_fields.items()}
    assert keys <= told


@pytest.mark.parametrize("code", ["0", "1", "2", "3", "4", "130"])
def test_every_exit_code_is_told(code: str) -> None:
    assert f"\n| {code} |" in (DOCS / "errors-and-exit-codes.md").read_text("utf-8")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_told(command: str) -> None:
    assert f"\n| `paydouble {command}" in (DOCS / "errors-and-exit-codes.md").read_text("utf-8")
