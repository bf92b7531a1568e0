"""Which providers there are: those built in, and those that others install."""

from __future__ import annotations

from importlib.metadata import EntryPoint, EntryPoints

import pytest

import paydouble.providers as providers


def _installed(monkeypatch: pytest.MonkeyPatch, *points: EntryPoint) -> None:
    monkeypatch.setattr(providers, "entry_points", lambda group: EntryPoints(points).select(group=group))


def test_the_built_in_ones_are_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    _installed(monkeypatch)
    assert [each.name for each in providers.load()] == list(providers.BUILT_IN)


def test_an_installed_one_joins_them_with_its_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    _installed(monkeypatch, EntryPoint("toy", "tests.toy:build", providers.ENTRY_POINTS))
    loaded = {each.name: each for each in providers.load({"toy": {"retries": "5"}})}
    assert loaded["toy"].retries.delays == (5_000,)


def test_settings_of_nobody_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    _installed(monkeypatch)
    with pytest.raises(ValueError, match="no provider 'nopal'"):
        providers.load({"nopal": {}})
