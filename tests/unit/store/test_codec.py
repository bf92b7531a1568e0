"""Whatever a record may hold comes back equal from bytes; what it may not hold is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import ClassVar, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paydouble.core.clock import Duration, Instant
from paydouble.core.effect import Answer, Break, Commit, Malform, NotifyAttempt, NotifyShape, Say
from paydouble.core.ledger import Entry, EntryKind, transfer
from paydouble.core.money import Money
from paydouble.core.notification import Event, Notification
from paydouble.core.record import Record
from paydouble.core.work import Timer
from paydouble.store.codec import Unstorable, codec


class Colour(Enum):
    RED = "red"
    BLUE = 7


@dataclass(frozen=True, slots=True)
class Tree:
    """Holds itself."""

    colour: Colour
    branches: tuple[Tree, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Everything(Record):
    kind: ClassVar[str] = "test.everything"

    body: bytes
    price: Money | None
    exact: Decimal
    until: Instant | None
    tree: Tree
    commit: Commit
    answer: Answer | None
    pairs: tuple[tuple[str, int], ...]
    tags: frozenset[str]
    by_name: Mapping[str, Money]
    by_colour: Mapping[Colour, tuple[int, ...]]
    anything: Mapping[str, object]
    kept: bytes | Tree
    mode: Literal["a", "b"]
    large: int
    text: str
    nothing: Mapping[str, object] = field(default_factory=dict)


MONEY = st.builds(Money, st.integers(-(10**18), 10**18), st.sampled_from(["CNY", "JPY"]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.dictionaries(st.text(max_size=5), JSON, max_size=3)
TREES = st.recursive(
    st.builds(Tree, st.sampled_from(Colour)),
    lambda inner: st.builds(Tree, st.sampled_from(Colour), st.lists(inner, max_size=2).map(tuple)),
    max_leaves=4,
)
ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=5)
ANSWERS = st.from_type(Say) | st.from_type(Malform) | st.from_type(Break)
EVERYTHING = st.builds(
    Everything, id=st.text(), body=st.binary(max_size=20), price=st.none() | MONEY, tree=TREES,
    exact=st.decimals(allow_nan=False), answer=st.none() | ANSWERS, by_name=st.dictionaries(st.text(), MONEY),
    anything=OBJECTS, nothing=OBJECTS, kept=st.binary(max_size=5) | TREES, text=ANY_TEXT,
    large=st.integers(-(2**80), 2**80), created=st.integers(0, 2**60).map(Instant),
    until=st.none() | st.integers(0, 2**60).map(Instant),
)
SHAPES = st.builds(
    NotifyShape, delay=st.none(), spacing=st.integers(0, 9).map(Duration), retry=st.none(),
    attempt=st.none() | st.builds(NotifyAttempt, seal=st.none(), patch=st.none() | OBJECTS),
)
NOTIFICATIONS = st.builds(
    Notification, id=st.text(), created=st.integers(0, 9).map(Instant), shape=SHAPES,
    due_at=st.none() | st.integers(0, 9).map(Instant),
)


@given(EVERYTHING)
def test_every_kind_of_field_comes_back_equal(record: Everything) -> None:
    assert codec(Everything).loads(codec(Everything).dumps(record)) == record


@given(NOTIFICATIONS)
def test_notifications_come_back_equal(record: Notification) -> None:
    assert codec(Notification).loads(codec(Notification).dumps(record)) == record


def test_the_core_s_other_records_come_back_equal() -> None:
    entry = transfer(
        EntryKind.CAPTURE, source="a", target="b", amount=Money(1, "CNY"), reference="p", memo="r"
    )
    timer = Timer(
        id="t", sandbox="s", subject_kind="k", subject="i", trigger="x", due=Instant(1), real_due=None
    )
    event = Event(id="e", type="t", api="v1", provider="p", merchant="m", body={"a": {"b": [1, None]}})
    assert codec(Entry).loads(codec(Entry).dumps(entry)) == entry
    assert codec(Timer).loads(codec(Timer).dumps(timer)) == timer
    assert codec(Event).loads(codec(Event).dumps(event)) == event


@dataclass(frozen=True, slots=True, kw_only=True)
class Older(Record):
    gone: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Newer(Record):
    added: Decimal = Decimal(2)


def test_a_new_field_takes_its_default_and_a_dropped_one_is_ignored() -> None:
    assert codec(Newer).loads(codec(Older).dumps(Older(id="x", gone=5))) == Newer(id="x")


@dataclass(frozen=True, slots=True, kw_only=True)
class Odd(Record):
    what: complex


def test_a_field_that_cannot_be_stored_is_named() -> None:
    with pytest.raises(Unstorable, match=r"Odd\.what"):
        codec(Odd).dumps(Odd(id="x", what=1j))
