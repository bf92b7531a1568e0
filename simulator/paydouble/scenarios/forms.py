"""How each scalar of the language is written: amounts, durations, call numbers, words of a fixed list."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from paydouble.core.clock import Duration, parse_duration
from paydouble.scenarios import vocabulary
from paydouble.scenarios.messages import shown
from paydouble.scenarios.regular import NotRegular, Regular
from paydouble.scenarios.rule import CallNumbers

T = TypeVar("T")

AMOUNT_MAX = Decimal(10) ** 15
DURATION_MAX_MS = 400 * 86_400_000
CALL_NUMBER_MAX = 1_000_000
TEXT_MAX = 2_000
COPIES_MAX = 1_000
BURST_MAX = 100_000

_NAME = re.compile(r"[a-z0-9][a-z0-9/_-]*", re.ASCII)
_ENDING = re.compile(r"[0-9.]{1,20}", re.ASCII)
_PATH = re.compile(r"\$(?:\.[^.\[\]\s]+|\[[0-9]{1,6}\]|\['[^']+'\])+")
_RANGE = re.compile(r"([1-9][0-9]{0,6})-([1-9][0-9]{0,6})", re.ASCII)
_BOUND = re.compile(r"(>=|<=)\s*([1-9][0-9]{0,6})", re.ASCII)
_CURRENCY = re.compile(r"[A-Za-z]{3}", re.ASCII)
_HOOK = re.compile(r"[^:\s]+\.py:[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_EVERY = re.compile(r"every ([1-9][0-9]{0,6})", re.ASCII)


def wrong(message: str, help: str = "") -> PydanticCustomError:
    """A value of the wrong form, told in full here; the document only adds the place."""
    return PydanticCustomError("SC020", "{message}", {"message": message, "help": help})


def not_allowed(value: object, allowed: Sequence[str]) -> PydanticCustomError:
    return PydanticCustomError("SC011", "{value}", {"value": shown(value), "allowed": list(allowed)})


def is_number(value: object) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def amount(value: object) -> Decimal:
    """Major units. A number with a point stays exact."""
    if not is_number(value):
        raise wrong(
            f"{shown(value)} is not an amount; write it in major units, like 13.01 (no currency sign)"
        )
    number = Decimal(str(value))
    if not 0 <= number <= AMOUNT_MAX:
        raise wrong(f"{shown(value)} is not an amount that can be paid")
    return number


def duration(value: object) -> Duration:
    try:
        if not isinstance(value, str) or len(value) > 40:
            raise ValueError
        length = parse_duration(value)
    except ValueError:
        advice = "write a number and a unit, like 250ms, 5s, 10m, 2h, 3d"
        raise wrong(f"{shown(value)} is not a duration; {advice}") from None
    if length > DURATION_MAX_MS:
        raise wrong(f"{shown(value)} is longer than 400 days")
    return length


def skew(value: object) -> Duration:
    """A duration that may have a sign: -10m is ten minutes ago."""
    if isinstance(value, str) and value[:1] in ("-", "+"):
        length = duration(value[1:])
        return Duration(-length) if value[0] == "-" else length
    return duration(value)


def committed(value: object) -> bool | Duration:
    if isinstance(value, bool):
        return value
    try:
        return duration(value)
    except PydanticCustomError:
        raise wrong(
            f"{shown(value)} does not say it; write true, false, or how much later, like 2s"
        ) from None


def call_numbers(value: object) -> CallNumbers:
    listed = value if isinstance(value, list) and value else [value]
    numbers = [n for n in listed if isinstance(n, int) and not isinstance(n, bool)]
    if len(numbers) == len(listed) and all(0 < n <= CALL_NUMBER_MAX for n in numbers):
        return CallNumbers(listed=tuple(numbers), written=", ".join(map(str, numbers)))
    text = value if isinstance(value, str) else ""
    if span := _RANGE.fullmatch(text):
        low, high = int(span.group(1)), int(span.group(2))
        if low <= high:
            return CallNumbers(first=low, last=high, written=text)
    if bound := _BOUND.fullmatch(text):
        limit = int(bound.group(2))
        above = bound.group(1) == ">="
        return CallNumbers(first=limit if above else 1, last=None if above else limit, written=text)
    if step := _EVERY.fullmatch(text):
        return CallNumbers(every=int(step.group(1)), written=text)
    raise wrong(f'{shown(value)} is not a call number; write 1, [1, 3], "2-4", ">=3" or "every 5"')


def probability(value: object) -> float:
    if not is_number(value) or not 0 <= Decimal(str(value)) <= 1:
        raise wrong(f"{shown(value)} is not a probability; write a number from 0 to 1")
    return float(str(value))


def sigma(value: object) -> float:
    if not is_number(value) or not 0 < Decimal(str(value)) <= 10:
        raise wrong(f"{shown(value)} is not a spread; write a number above 0, like 0.6")
    return float(str(value))


def text(value: object) -> str:
    if value is None or isinstance(value, bool | list | dict):
        raise wrong(f"{shown(value)} is not text")
    if len(str(value)) > TEXT_MAX:
        raise wrong(f"a text of more than {TEXT_MAX} characters")
    return str(value)


def plain_match(value: object) -> str:
    """What a field must equal, as text: fields of requests are compared as they are written."""
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else text(value)


def flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise wrong(f"{shown(value)} is neither true nor false")
    return value


def name(value: object) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value) or len(value) > 200:
        raise wrong(
            f"{shown(value)} is not a name; use a-z, 0-9, '-', '_' and '/', and begin with a-z or 0-9"
        )
    return value


def url(value: object) -> str:
    if not isinstance(value, str) or not value.startswith(("http://", "https://")):
        raise wrong(f"{shown(value)} is not a URL; begin with http:// or https://")
    return value


def regex(value: object) -> Regular:
    try:
        return Regular(text(value))
    except NotRegular as error:
        raise wrong(f"{shown(value)} is not a regular expression: {error}") from None


def period(value: object) -> Duration:
    length = duration(value)
    if not length:
        raise wrong(f"{shown(value)} is no time at all; write how long, like 1s")
    return length


def currency(value: object) -> str:
    if not isinstance(value, str) or not _CURRENCY.fullmatch(value):
        raise wrong(f"{shown(value)} is not a currency; write it like USD")
    return value.upper()


def hook(value: object) -> str:
    if not isinstance(value, str) or not _HOOK.fullmatch(value):
        raise wrong(f"{shown(value)} is not a function; write it like hooks.py:decide")
    return value


def ending(value: object) -> str:
    """Of a written amount. A bare .51 is the number 0.51 to YAML, and means the same."""
    written = str(value).removeprefix("0") if isinstance(value, Decimal) and value < 1 else str(value)
    if isinstance(value, bool) or not _ENDING.fullmatch(written):
        raise wrong(f'{shown(value)} is not the end of an amount; write it in quotes, like ".51"')
    return written


def json_path(value: object) -> str:
    if not isinstance(value, str) or not _PATH.fullmatch(value):
        raise wrong(f"{shown(value)} is not a path; write it like $.amount.total or $.items[0].name")
    return value


def whole(low: int, high: int) -> Callable[[object], int]:
    def check(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise wrong(f"{shown(value)} is not a whole number from {low} to {high}")
        return value

    return check


def version(value: object) -> int:
    if value != 1 or isinstance(value, bool):
        raise wrong(f"schema {shown(value)} is not known; this version reads schema 1")
    return 1


def word(allowed: Sequence[str]) -> Callable[[object], str]:
    def check(value: object) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise not_allowed(value, allowed)
        return value

    return check


def as_list(value: object) -> object:
    """One may be written without its brackets."""
    return value if isinstance(value, list) else [value]


def clock(value: object) -> str:
    written = value if isinstance(value, str) else ""
    factor = written.removeprefix("scaled:")
    if written in ("real", "frozen", "auto") or (
        factor != written and factor.isdecimal() and int(factor) > 0
    ):
        return written
    raise wrong(f"{shown(value)} is not a clock; write real, frozen, auto or scaled:60")


def one_of(*allowed: str) -> tuple[Any, ...]:
    """The metadata of a word out of a list: `Annotated[str, *one_of("a", "b")]`."""
    return (PlainValidator(word(allowed)), WithJsonSchema({"enum": list(allowed)}))


_DURATION_SCHEMA = {"type": "string", "pattern": r"^([0-9]+(ms|s|m|h|d))+$"}
_TEXT_SCHEMA = WithJsonSchema({"type": ["string", "number"]})
_SCALAR_SCHEMA = WithJsonSchema({"type": ["string", "number", "boolean"]})

_NAME_SCHEMA = {"type": "string", "pattern": f"^{_NAME.pattern}$"}
_COMMITTED_SCHEMA = WithJsonSchema({"type": ["boolean", "string"]})
_NTH_SCHEMA = WithJsonSchema({"type": ["integer", "string", "array"]})
_INTEGER = WithJsonSchema({"type": "integer"})
_STRING = WithJsonSchema({"type": "string"})

# fmt: off
Amount       = Annotated[Decimal, PlainValidator(amount), WithJsonSchema({"type": ["number", "string"]})]
Span         = Annotated[Duration, PlainValidator(duration), WithJsonSchema(_DURATION_SCHEMA)]
Skew         = Annotated[Duration, PlainValidator(skew), _STRING]
Committed    = Annotated[bool | Duration, PlainValidator(committed), _COMMITTED_SCHEMA]
Nth          = Annotated[CallNumbers, PlainValidator(call_numbers), _NTH_SCHEMA]
Probability  = Annotated[float, PlainValidator(probability), WithJsonSchema({"type": ["number", "string"]})]
Sigma        = Annotated[float, PlainValidator(sigma), WithJsonSchema({"type": "number"})]
Text         = Annotated[str, PlainValidator(text), _TEXT_SCHEMA]
PlainMatch   = Annotated[str, PlainValidator(plain_match), _SCALAR_SCHEMA]
Flag         = Annotated[bool, PlainValidator(flag), WithJsonSchema({"type": "boolean"})]
Name         = Annotated[str, PlainValidator(name), WithJsonSchema(_NAME_SCHEMA)]
Url          = Annotated[str, PlainValidator(url), _STRING]
Regex        = Annotated[Regular, PlainValidator(regex), _STRING]
Ending       = Annotated[str, PlainValidator(ending), _TEXT_SCHEMA]
JsonPath     = Annotated[str, PlainValidator(json_path), _STRING]
ClockMode    = Annotated[str, PlainValidator(clock), _STRING]
Version      = Annotated[int, PlainValidator(version), WithJsonSchema({"const": 1})]
Over         = Annotated[int, PlainValidator(whole(0, CALL_NUMBER_MAX)), _INTEGER]
Period       = Annotated[Duration, PlainValidator(period), WithJsonSchema(_DURATION_SCHEMA)]
Hook         = Annotated[str, PlainValidator(hook), _STRING]
Count        = Annotated[int, PlainValidator(whole(1, CALL_NUMBER_MAX)), _INTEGER]
Copies       = Annotated[int, PlainValidator(whole(2, COPIES_MAX)), _INTEGER]
BurstCount   = Annotated[int, PlainValidator(whole(2, BURST_MAX)), _INTEGER]
Bytes        = Annotated[int, PlainValidator(whole(0, CALL_NUMBER_MAX)), _INTEGER]
Status       = Annotated[int, PlainValidator(whole(200, 599)), _INTEGER]
Seed         = Annotated[int, PlainValidator(whole(0, 2**63)), _INTEGER]

Provider     = Annotated[str, *one_of(*vocabulary.PROVIDERS)]
Operation    = Annotated[str, *one_of(*vocabulary.OPERATION_PATTERNS)]
Event        = Annotated[str, *one_of(*vocabulary.EVENT_PATTERNS)]
EventName    = Annotated[str, *one_of(*vocabulary.EVENTS)]
PhaseName    = Annotated[str, *one_of(*vocabulary.PHASES)]
Result       = Annotated[str, *one_of(*vocabulary.RESULTS)]
Reason       = Annotated[str, *one_of(*vocabulary.REASONS)]
Error        = Annotated[str, *one_of(*vocabulary.ERRORS)]
Malformed    = Annotated[str, *one_of(*vocabulary.MALFORMATIONS)]
FaultName    = Annotated[str, *one_of(*vocabulary.FAULTS)]
Signature    = Annotated[str, *one_of(*vocabulary.SIGNATURES)]
Corrupt      = Annotated[str, *one_of(*vocabulary.CORRUPTIONS)]
# fmt: on

CURRENCY = (PlainValidator(currency), _STRING)


class _OrOne:
    """Tells the JSON Schema what `as_list` accepts."""

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:
        array = dict(handler(core))
        return {"anyOf": [array["items"], array]}


OneOrMore = Annotated[tuple[T, ...], Field(min_length=1), BeforeValidator(as_list), _OrOne()]
