"""Stripe's form dialect: what is written comes back, in every way of writing it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paydouble.providers.stripe import brackets

names = st.text(st.characters(exclude_characters="[]", codec="utf-8"), min_size=1, max_size=8)
trees = st.recursive(
    st.text(st.characters(codec="utf-8"), max_size=20),
    lambda inner: st.dictionaries(names, inner, min_size=1, max_size=4), max_leaves=20,
)


def written(value: Any, key: str = "") -> list[str]:
    if isinstance(value, str):
        return [f"{key}={quote_plus(value)}"]
    return [
        pair for name, inner in value.items()
        for pair in written(inner, f"{key}%5B{quote_plus(name)}%5D" if key else quote_plus(name))
    ]


@given(st.dictionaries(names, trees, max_size=5))
def test_nested_hashes_come_back(params: dict[str, Any]) -> None:
    assert brackets.decode("&".join(written(params))) == params


@given(st.text(max_size=60))
def test_any_text_is_decoded_or_refused(text: str) -> None:
    with suppress(brackets.Malformed):
        assert isinstance(brackets.decode(text), dict)


@given(st.text("ab[]=&%0", max_size=40))
def test_any_heap_of_brackets_is_decoded_or_refused(text: str) -> None:
    with suppress(brackets.Malformed):
        brackets.decode(text)


# fmt: off
@pytest.mark.parametrize(("text", "params"), [
    ("",                                      {}),
    ("a=1&b=",                                {"a": "1", "b": ""}),
    ("a",                                     {"a": ""}),
    ("a=x+y%20z",                             {"a": "x y z"}),
    ("metadata[order_id]=6735",               {"metadata": {"order_id": "6735"}}),
    ("metadata%5Border_id%5D=%F0%9F%A6%8A",   {"metadata": {"order_id": "🦊"}}),
    ("expand[0]=a&expand[1]=b",               {"expand": {"0": "a", "1": "b"}}),
    ("expand[]=a&expand[]=b",                 {"expand": ["a", "b"]}),
    ("expand=a&expand=b",                     {"expand": ["a", "b"]}),
    ("items[][price]=p1&items[][quantity]=1&items[][price]=p2", {"items": [{"price": "p1", "quantity": "1"}, {"price": "p2"}]}),
    ("items[0][price]=p",                     {"items": {"0": {"price": "p"}}}),
    ("a[b][c][d]=e",                          {"a": {"b": {"c": {"d": "e"}}}}),
    ("metadata=",                             {"metadata": ""}),
])  # fmt: skip
# fmt: on
def test_ways_of_writing(text: str, params: dict[str, Any]) -> None:
    assert brackets.decode(text) == params


@pytest.mark.parametrize("text", [
    "a=1&a[b]=2", "a[b]=1&a=2", "a[]=1&a[b]=2", "a[b=1", "[a]=1", "a]b[=1", "a=%FF", "%FF=a", "a[b]c=1",
    "a" + "[b]" * brackets.DEPTH_MAX + "=1", "&".join("a=b" for _ in range(brackets.PAIRS_MAX + 1)),
])
def test_contradictions_and_excess_are_refused(text: str) -> None:
    with pytest.raises(brackets.Malformed):
        brackets.decode(text)


def test_hostile_keys_do_not_fill_the_memory() -> None:
    for start in range(0, 12_000, 1_000):
        brackets.decode("&".join(f"k{number}[x]=1" for number in range(start, start + 1_000)))
    assert len(brackets._paths) <= brackets._PATHS_MAX
