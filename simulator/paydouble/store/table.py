"""Table: all records of one kind in one sandbox, in order, with their indexes; the memory store's matter."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from types import MappingProxyType
from typing import NamedTuple

from paydouble.core.clock import Instant
from paydouble.core.record import Record
from paydouble.core.work import Walk
from paydouble.store.protocol import looked_up, values

NOT_MOVED: Mapping[str, int] = MappingProxyType({})

# A place is a number that only grows, given to records and index entries when they come to the end of a
# list. Lists of places are sorted for that reason, and found in by bisection.
# Taking one out of the middle moves the rest: 20 µs in a list of 10^5.


class Row(NamedTuple):
    """Never changed, so that a snapshot may share it."""

    record: Record
    version: int
    place: int
    moved: Mapping[str, int]
    """Index → place, where a later value gave the record another one than its own."""


class Places(list[int]):
    """One list in order. `rising` while instants of creation never fell: then they too can be bisected."""

    __slots__ = ("latest", "rising")

    def __init__(self, places: Sequence[int] = (), latest: int = 0, rising: bool = True) -> None:
        super().__init__(places)
        self.latest = latest
        self.rising = rising

    def enter(self, place: int, created: Instant) -> None:
        self.append(place)
        if created < self.latest:
            self.rising = False
        else:
            self.latest = created

    def leave(self, place: int) -> None:
        del self[bisect_left(self, place)]

    def copy(self) -> Places:
        return Places(self, self.latest, self.rising)


@dataclass(slots=True)
class Table:
    """All records of one kind in one sandbox."""

    rows: dict[str, Row] = field(default_factory=dict)
    ids: dict[int, str] = field(default_factory=dict)
    """Place → id."""
    every: Places = field(default_factory=Places)
    lists: dict[tuple[str, str], Places] = field(default_factory=dict)
    """By index and value."""

    def put(self, record: Record, place: int) -> Row | None:
        """Returns what was there before. The place becomes the record's version, too."""
        old = self.rows.get(record.id)
        if old is None:
            self.ids[place] = record.id
            self.every.enter(place, record.created)
            for name, value in values(record).items():
                self._enter(name, value, place, record.created)
            self.rows[record.id] = Row(record, place, place, NOT_MOVED)
            return None
        moved = self._move(old, record, place)
        self.rows[record.id] = Row(record, place, old.place, moved)
        if record.created != old.record.created:
            self._is_not_rising(record)
        return old

    def remove(self, id: str) -> Row | None:
        row = self.rows.pop(id, None)
        if row is None:
            return None
        self.every.leave(row.place)
        for name, value in values(row.record).items():
            self._leave(name, value, row.moved.get(name, row.place))
        for place in {row.place, *row.moved.values()}:
            del self.ids[place]
        return row

    def holders(self, index: str, value: str) -> list[str]:
        return [self.ids[place] for place in self.lists.get((index, value), ())]

    def newest(self, index: str, value: str) -> Row | None:
        places = self.lists.get((index, value))
        return self.rows[self.ids[places[-1]]] if places else None

    def page(self, walk: Walk) -> list[Row]:
        places = self.lists.get((walk.index, walk.value)) if walk.index else self.every
        if not places:
            return []
        low, high = self._window(places, walk)
        window = range(high - 1, low - 1, -1) if walk.newest_first else range(low, high)
        rows = (self.rows[self.ids[places[position]]] for position in window)
        if walk.between is not None and not places.rising:
            first, last = walk.between
            rows = (row for row in rows if first <= row.record.created <= last)
        return list(islice(rows, walk.limit))

    def copy(self) -> Table:
        lists = {key: places.copy() for key, places in self.lists.items()}
        return Table(self.rows.copy(), self.ids.copy(), self.every.copy(), lists)

    def _window(self, places: Places, walk: Walk) -> tuple[int, int]:
        low, high = 0, len(places)
        if walk.between is not None and places.rising:
            first, last = walk.between
            low = bisect_left(places, first, key=self._created)
            high = bisect_right(places, last, key=self._created)
        if walk.after:
            cursor = self.rows.get(walk.after)
            if cursor is None:
                return 0, 0
            place = cursor.place
            if walk.index and getattr(cursor.record, walk.index) == walk.value:
                place = cursor.moved.get(walk.index, place)
            if walk.newest_first:
                high = min(high, bisect_left(places, place))
            else:
                low = max(low, bisect_right(places, place))
        return low, high

    def _created(self, place: int) -> Instant:
        return self.rows[self.ids[place]].record.created

    def _move(self, old: Row, record: Record, place: int) -> Mapping[str, int]:
        moved = old.moved
        for name in looked_up(type(record)):
            was, value = getattr(old.record, name), getattr(record, name)
            if was == value:
                continue
            if was:
                self._leave(name, was, old.moved.get(name, old.place))
            if value:
                self._enter(name, value, place, record.created)
                self.ids[place] = record.id
            moved = {**moved, name: place} if value else {key: moved[key] for key in moved if key != name}
        for place_left in set(old.moved.values()) - set(moved.values()):
            del self.ids[place_left]
        return moved

    def _enter(self, index: str, value: str, place: int, created: Instant) -> None:
        places = self.lists.get((index, value))
        if places is None:
            places = self.lists[index, value] = Places()
        places.enter(place, created)

    def _leave(self, index: str, value: str, place: int) -> None:
        places = self.lists[index, value]
        places.leave(place)
        if not places:
            del self.lists[index, value]

    def _is_not_rising(self, record: Record) -> None:
        self.every.rising = False
        for key in values(record).items():
            self.lists[key].rising = False
