"""Regular expressions of scenario files, run in linear time: none can be written that hangs a call.

The syntax is Python's, without what needs backtracking: back references and looking around. A pattern
becomes an automaton whose states are found as texts come along; a step costs the same whatever came before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

STATES_MAX = 1_000
"""Of the automaton: repetitions with numbers are written out."""
TEXT_MAX = 10_000
"""Characters of a text that are looked at."""
KEPT_MAX = 20_000
"""Steps kept before they are found anew."""
DEPTH_MAX = 40

_CLASS = re.compile(r"\[\^?\]?(?:[^\]\\]|\\.)*\]", re.DOTALL)
_ESCAPE = re.compile(
    r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|0[0-7]{0,2}|[dDsSwWnrtfva\\]|[^A-Za-z0-9])",
    re.DOTALL,
)
_COUNT = re.compile(r"\{([0-9]{1,5})?(?:(,)([0-9]{1,5})?)?\}", re.ASCII)
_GROUP = re.compile(r"\((?:\?:|\?P<[A-Za-z_][A-Za-z0-9_]*>)?")
_FLAGS = re.compile(r"\(\?([is]{1,2})\)")
_ASSERTIONS = {"\\b": "b", "\\B": "B", "\\A": "^", "\\Z": "Z"}
_WORD = re.compile(r"\w")

Accepts = Callable[[str], bool]


class NotRegular(ValueError):
    """The pattern is wrong, too large, or needs backtracking; the text says which."""


@dataclass(slots=True)
class _State:
    """Either reads one character, or goes on to others without reading, where its assertion holds."""

    accepts: Accepts | None = None
    after: int = -1
    empty: tuple[int, ...] = ()
    assertion: str = ""


# A fragment of the automaton: where it begins, and a state from which it goes on.
_Fragment = tuple[int, int]


@dataclass(slots=True)
class _Parser:
    """One recursive descent; `states` grows on the way."""

    pattern: str
    at: int = 0
    flags: re.RegexFlag = re.NOFLAG
    states: list[_State] = field(default_factory=list)

    def parse(self) -> _Fragment:
        flags = _FLAGS.match(self.pattern)
        if flags:
            self.at = flags.end()
            for letter in flags.group(1):
                self.flags |= {"i": re.IGNORECASE, "s": re.DOTALL}[letter]
        whole = self._alternatives(0)
        if self.at < len(self.pattern):
            raise NotRegular(f"unbalanced parenthesis at position {self.at}")
        return whole

    def _new(self, state: _State) -> int:
        if len(self.states) >= STATES_MAX:
            raise NotRegular(f"it is too large: repetitions included, more than {STATES_MAX} steps")
        self.states.append(state)
        return len(self.states) - 1

    def _empty(self, *to: int) -> int:
        return self._new(_State(empty=to))

    def _link(self, state: int, to: int) -> None:
        self.states[state].empty += (to,)

    def _alternatives(self, depth: int) -> _Fragment:
        if depth > DEPTH_MAX:
            raise NotRegular(f"groups are nested deeper than {DEPTH_MAX}")
        ways = [self._sequence(depth)]
        while self._next("|"):
            ways.append(self._sequence(depth))
        if len(ways) == 1:
            return ways[0]
        end = self._empty()
        for _, last in ways:
            self._link(last, end)
        return self._empty(*(first for first, _ in ways)), end

    def _sequence(self, depth: int) -> _Fragment:
        first = last = self._empty()
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            begun = self.at
            piece = self._atom(depth)
            low, high = self._counted()
            for part in self._repeated(piece, begun, low, high, depth):
                self._link(last, part[0])
                last = part[1]
        return first, last

    def _repeated(
        self, piece: _Fragment, begun: int, low: int, high: int | None, depth: int
    ) -> Iterator[_Fragment]:
        """The piece as often as asked for; each copy is read from the pattern again."""
        if high is not None and high < low:
            raise NotRegular("a repetition's minimum is above its maximum")
        ended, copies = self.at, 0
        for number in range(low if high is None else high):
            copy = piece if number == 0 else self._again(begun, depth)
            copies += 1
            yield copy if number < low else self._optional(copy)
        if high is None:
            yield self._loop(piece if copies == 0 else self._again(begun, depth))
        self.at = ended

    def _again(self, begun: int, depth: int) -> _Fragment:
        self.at = begun
        return self._atom(depth)

    def _optional(self, piece: _Fragment) -> _Fragment:
        end = self._empty()
        self._link(piece[1], end)
        return self._empty(piece[0], end), end

    def _loop(self, piece: _Fragment) -> _Fragment:
        end = self._empty()
        begin = self._empty(piece[0], end)
        self._link(piece[1], begin)
        return begin, end

    def _counted(self) -> tuple[int, int | None]:
        rest = self.pattern[self.at : self.at + 1]
        count = _COUNT.match(self.pattern, self.at) if rest == "{" else None
        if rest and rest in "*+?":
            self.at += 1
            found: tuple[int, int | None] = {"*": (0, None), "+": (1, None), "?": (0, 1)}[rest]
        elif count and (count.group(1) or count.group(3)):
            self.at = count.end()
            low, high = int(count.group(1) or 0), count.group(3)
            found = (low, (int(high) if high else None) if count.group(2) else low)
        else:
            return 1, 1
        if not self._next("?") and self.pattern[self.at : self.at + 1] in ("*", "+"):
            raise NotRegular(f"multiple repeat at position {self.at}")
        return found

    def _atom(self, depth: int) -> _Fragment:
        char, two = self.pattern[self.at], self.pattern[self.at : self.at + 2]
        if char == "(":
            return self._group(depth)
        if two in _ASSERTIONS or char in "^$":
            self.at += 1 if char in "^$" else 2
            return self._asserted(_ASSERTIONS.get(two, char) if char == "\\" else char)
        if char in "*+?":
            raise NotRegular(f"nothing to repeat at position {self.at}")
        return self._reading(self._one())

    def _group(self, depth: int) -> _Fragment:
        opened = _GROUP.match(self.pattern, self.at)
        assert opened is not None
        if self.pattern[opened.end() : opened.end() + 1] == "?":
            raise NotRegular("looking ahead or behind, and flags inside, are not available")
        self.at = opened.end()
        inside = self._alternatives(depth + 1)
        if not self._next(")"):
            raise NotRegular("missing ), unterminated group")
        return inside

    def _one(self) -> str:
        """The text of what reads one character: a class, an escape, a dot, or the character itself."""
        char = self.pattern[self.at]
        if char == "[":
            found = _CLASS.match(self.pattern, self.at)
            if found is None:
                raise NotRegular("unterminated character set")
        elif char == "\\":
            found = _ESCAPE.match(self.pattern, self.at)
            if found is None:
                raise NotRegular(f"'{self.pattern[self.at : self.at + 2]}' is not available")
        else:
            self.at += 1
            return "." if char == "." else re.escape(char)
        self.at = found.end()
        return found.group()

    def _reading(self, one: str) -> _Fragment:
        end = self._empty()
        try:
            accepts = re.compile(one, self.flags).fullmatch
        except (re.error, FutureWarning) as error:
            raise NotRegular(str(error)) from None
        return self._new(_State(accepts=lambda char: accepts(char) is not None, after=end)), end

    def _asserted(self, kind: str) -> _Fragment:
        end = self._empty()
        return self._new(_State(empty=(end,), assertion=kind)), end

    def _next(self, char: str) -> bool:
        here = self.pattern[self.at : self.at + 1] == char
        self.at += here
        return here


_Here = tuple[frozenset[int], str]
"""Where the automaton can be, and what was read last as far as assertions care: "" at the start, w or o."""
_MATCHED: _Here = (frozenset(), "matched")


class Regular:
    """A compiled pattern. Raises NotRegular when it is made."""

    __slots__ = ("_asserts", "_end", "_first", "_states", "_steps", "pattern")

    def __init__(self, pattern: str) -> None:
        parser = _Parser(pattern)
        self.pattern = pattern
        self._first, self._end = parser.parse()
        self._states = parser.states
        self._asserts = any(state.assertion for state in parser.states)
        self._steps: dict[tuple[_Here, str], _Here] = {}

    def search(self, text: str) -> bool:
        """Whether it matches anywhere in the first TEXT_MAX characters."""
        looked_at = text[:TEXT_MAX]
        here: _Here = (frozenset((self._first,)), "")
        for char in looked_at[:-1]:
            here = self._step(here, char)
            if here is _MATCHED:
                return True
        # `$` also holds before a line break that ends the text.
        if looked_at:
            here = self._step(here, looked_at[-1], last=True)
        return here is _MATCHED or self._end in self._reached(here, "", at_end=True)

    def _step(self, here: _Here, char: str, *, last: bool = False) -> _Here:
        key = (here, f"{char}$" if last else char)
        after = self._steps.get(key)
        if after is None:
            if len(self._steps) >= KEPT_MAX:
                self._steps.clear()
            after = self._steps[key] = self._found(here, char, at_end=last and char == "\n")
        return after

    def _found(self, here: _Here, char: str, *, at_end: bool) -> _Here:
        reached = self._reached(here, char, at_end=at_end)
        if self._end in reached:
            return _MATCHED
        read = {
            state.after for number in reached
            if (state := self._states[number]).accepts is not None and state.accepts(char)
        }
        # A match may begin at any place.
        kind = ("w" if _WORD.match(char) else "o") if self._asserts else "o"
        return frozenset(read | {self._first}), kind

    def _reached(self, here: _Here, char: str, *, at_end: bool) -> set[int]:
        """All states that can be reached without reading; `char` comes next, or nothing."""
        reached: set[int] = set()
        walk = list(here[0])
        while walk:
            number = walk.pop()
            if number in reached:
                continue
            reached.add(number)
            state = self._states[number]
            if not state.assertion or _holds(state.assertion, here[1], char, at_end=at_end):
                walk.extend(state.empty)
        return reached


def _holds(assertion: str, before: str, char: str, *, at_end: bool) -> bool:
    match assertion:
        case "^":
            return before == ""
        case "$":
            return at_end or char == ""
        case "Z":
            return char == ""
    at_edge = (before == "w") != bool(char and _WORD.match(char))
    return at_edge if assertion == "b" else not at_edge
