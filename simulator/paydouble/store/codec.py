"""Records as bytes and back: one codec for each class, built from its type hints when first used."""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import Enum
from functools import cache, cached_property
from operator import attrgetter
from typing import Any, Generic, Literal, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

from paydouble.core import json_bytes
from paydouble.core.record import Record

R = TypeVar("R", bound=Record)

PLAIN = b" "
"""Begins a document that the fast library can neither write nor read."""
SCALARS = (str, int, float, bool, type(None))
JSON = (object, Any, *SCALARS)

Convert = Callable[[Any], Any]


class Coding(NamedTuple):
    """How values of one type become JSON and back."""

    encode: Convert
    decode: Convert


def _same(value: Any) -> Any:
    return value


AS_IT_IS = Coding(_same, _same)


class Unstorable(TypeError):
    """A record has a field of a type that no store can keep: our own mistake, never the caller's."""


class Codec(Generic[R]):
    """Equal records come back: floats must be finite, and untyped mappings must be JSON."""

    def __init__(self, kind: type[R]) -> None:
        self._fields = _Fields(kind)

    def dumps(self, record: R) -> bytes:
        document = self._fields.encode(record)
        try:
            return json_bytes.dumps(document)
        except TypeError:
            # Lone surrogates (odd bytes of a header) and integers beyond 64 bits: rare, but kept.
            return PLAIN + json.dumps(document).encode()

    def loads(self, stored: bytes) -> R:
        document = json.loads(stored) if stored.startswith(PLAIN) else json_bytes.loads(stored)
        record: R = self._fields.decode(document)
        return record


def codec(kind: type[R]) -> Codec[R]:
    known: Codec[R] | None = _codecs.get(kind)
    if known is None:
        known = _codecs[kind] = Codec(kind)
    return known


_codecs: dict[type[Any], Codec[Any]] = {}


class _Fields:
    """A frozen dataclass as an object by field name.

    A field that is not stored yet takes its default, one that is no longer known is dropped: so records
    survive a new version of their class.
    """

    def __init__(self, cls: type[Any]) -> None:
        self.cls = cls

    def encode(self, value: Any) -> dict[str, Any]:
        names, get, encoders, _ = self._plan
        document = dict(zip(names, get(value), strict=True))
        for name, encode in encoders:
            document[name] = encode(document[name])
        return document

    def decode(self, document: dict[str, Any]) -> Any:
        names, _, _, decoders = self._plan
        if len(document) != len(names) or document.keys() != self._names:
            document = {name: document[name] for name in names if name in document}
        for name, decode in decoders:
            if name in document:
                document[name] = decode(document[name])
        return self.cls(**document)

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(self._plan[0])

    @cached_property
    def _plan(self) -> tuple[tuple[str, ...], Convert, list[tuple[str, Convert]], list[tuple[str, Convert]]]:
        # Resolved at first use, not when built: a class may hold itself, and a union may have members that
        # are never stored and whose hints exist for the type checker only.
        try:
            hints = get_type_hints(self.cls)
        except NameError as error:
            raise Unstorable(f"{self.cls.__qualname__}: {error}") from error
        names = tuple(field.name for field in fields(self.cls) if field.init)
        codings = {name: _coding(hints[name], f"{self.cls.__qualname__}.{name}") for name in names}
        encoders = [(name, coding.encode) for name, coding in codings.items() if coding.encode is not _same]
        decoders = [(name, coding.decode) for name, coding in codings.items() if coding.decode is not _same]
        return names, _getter(names), encoders, decoders


def _getter(names: tuple[str, ...]) -> Convert:
    if len(names) > 1:
        return attrgetter(*names)
    return lambda value: tuple(getattr(value, name) for name in names)


@cache
def _dataclass(cls: type[Any]) -> Coding:
    of_class = _Fields(cls)
    return Coding(of_class.encode, of_class.decode)


def _coding(hint: Any, where: str) -> Coding:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _union(arguments, where)
    if origin is tuple:
        return _tuple(arguments, where)
    if origin is frozenset:
        encode, decode = _coding(arguments[0], where)
        return Coding(
            lambda value: [encode(item) for item in value],
            lambda stored: frozenset(decode(item) for item in stored),
        )
    if origin is Literal:
        return AS_IT_IS
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping(arguments, where)
    if hasattr(hint, "__supertype__"):
        return _coding(hint.__supertype__, where)
    return _class(hint, where)


def _class(hint: Any, where: str) -> Coding:
    if hint in JSON:
        return AS_IT_IS
    if hint is bytes:
        # Nearly all of them are text: a character for each byte keeps that readable.
        return Coding(lambda value: value.decode("latin-1"), lambda stored: stored.encode("latin-1"))
    if hint is Decimal:
        return Coding(str, Decimal)
    if isinstance(hint, type) and issubclass(hint, Enum) and hint.__members__:
        return Coding(attrgetter("name"), hint.__members__.__getitem__)
    if isinstance(hint, type) and is_dataclass(hint):
        return _dataclass(hint)
    raise Unstorable(f"{where}: a {hint!r} cannot be stored")


def _tuple(hints: tuple[Any, ...], where: str) -> Coding:
    if len(hints) == 2 and hints[1] is Ellipsis:
        encode, decode = _coding(hints[0], where)
        if encode is _same:
            return Coding(_same, tuple)
        return Coding(
            lambda value: [encode(item) for item in value],
            lambda stored: tuple(decode(item) for item in stored),
        )
    each = [_coding(hint, where) for hint in hints]
    return Coding(
        lambda value: [coding.encode(item) for coding, item in zip(each, value, strict=True)],
        lambda stored: tuple(coding.decode(item) for coding, item in zip(each, stored, strict=True)),
    )


def _mapping(hints: tuple[Any, ...], where: str) -> Coding:
    """By name an object; by anything else a list of pairs."""
    key, (encode, decode) = (_coding(hint, where) for hint in hints)
    if hints[0] is not str:
        return Coding(
            lambda value: [(key.encode(name), encode(item)) for name, item in value.items()],
            lambda stored: {key.decode(name): decode(item) for name, item in stored},
        )
    if encode is _same and decode is _same:
        return Coding(lambda value: value if type(value) is dict else dict(value), _same)
    return Coding(
        lambda value: {name: encode(item) for name, item in value.items()},
        lambda stored: {name: decode(item) for name, item in stored.items()},
    )


def _union(hints: tuple[Any, ...], where: str) -> Coding:
    """One class and None as they are; of several classes, each value with the name of its own."""
    members = [hint for hint in hints if hint is not type(None)]
    if len(members) == 1:
        return _optional(_coding(members[0], where))
    if all(hint in JSON for hint in members):
        return AS_IT_IS
    if not all(isinstance(hint, type) for hint in members):
        raise Unstorable(f"{where}: in a union, only classes can be told apart")
    by_name = {hint.__name__: _coding(hint, where) for hint in members}
    return _optional(Coding(
        lambda value: [name := type(value).__name__, by_name[name].encode(value)],
        lambda tagged: by_name[tagged[0]].decode(tagged[1]),
    ))


def _optional(one: Coding) -> Coding:
    if one == AS_IT_IS:
        return one
    encode, decode = one
    return Coding(
        lambda value: None if value is None else encode(value),
        lambda stored: None if stored is None else decode(stored),
    )
