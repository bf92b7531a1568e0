"""How a provider's settings are read: the strings of `--set PROVIDER.NAME=VALUE` into a dataclass."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import Field, fields
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, TypeVar

from paydouble.core.clock import parse_duration

S = TypeVar("S")
Reader = Callable[[str], object]


def read_settings(
    owner: str, cls: type[S], settings: Mapping[str, str], readers: Mapping[str, Reader] | None = None
) -> S:
    """`cls` with what is set; each field is read as its annotation says, or by its own reader.

    Raises ValueError, which names the setting, for an unknown name or value.
    """
    known = {field.name: field for field in fields(cls)}  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    for name, text in settings.items():
        if name not in known:
            raise ValueError(f"{owner} has no setting '{name}'; it has {', '.join(known)}")
        read = (readers or {}).get(name) or _reader(known[name])
        try:
            values[name] = read(text)
        except InvalidOperation:
            raise ValueError(f"{owner} setting {name}: '{text}' is not a number") from None
        except ValueError as error:
            raise ValueError(f"{owner} setting {name}: {error}") from None
    return cls(**values)


def _reader(field: Field[Any]) -> Reader:
    if isinstance(field.default, Enum):
        options = type(field.default)
        return lambda text: _choice(options, text)
    return _READERS[str(field.type)]


def _choice(options: type[Enum], text: str) -> Enum:
    try:
        return options(text)
    except ValueError:
        allowed = ", ".join(str(option.value) for option in options)
        raise ValueError(f"'{text}' is none of {allowed}") from None


def switch(text: str) -> bool:
    """`on` or `off`."""
    if text not in ("on", "off"):
        raise ValueError(f"'{text}' is neither on nor off")
    return text == "on"


def rate(text: str) -> Decimal:
    """A share of one: "0.006"."""
    share = Decimal(text)
    if not 0 <= share < 1:
        raise ValueError(f"'{text}' is not a rate from 0 to 1")
    return share


def whole(low: int, high: int | None = None) -> Reader:
    """A whole number from `low` to `high`, both inclusive."""

    def read(text: str) -> int:
        number = int(text)
        if number < low or (high is not None and number > high):
            raise ValueError(f"'{text}' is not a whole number from {low}" + (f" to {high}" if high else ""))
        return number

    return read


_READERS: Mapping[str, Reader] = {
    "Duration": parse_duration, "bool": switch, "int": int, "Decimal": Decimal, "str": str.strip,
}  # fmt: skip
