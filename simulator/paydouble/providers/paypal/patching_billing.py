"""JSON Patch as the billing APIs take it: flat fields, each with the operations and values it allows.

https://developer.paypal.com/docs/api/subscriptions/v1/#plans_patch
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from paydouble.core.errors import ProviderError
from paydouble.providers.paypal.billing_errors import BillingErrors

Patches = list[Mapping[str, Any]]
Fits = Callable[[Any], bool]

ADD, REPLACE, REMOVE = "add", "replace", "remove"
ANY, SET, PUT = (ADD, REPLACE, REMOVE), (ADD, REPLACE), (REPLACE,)

_SEQUENCE = re.compile(r"@sequence==([0-9]{1,2})", re.ASCII)
_VALUE = re.compile(r"-?[0-9]*\.?[0-9]+", re.ASCII)
_CODE = re.compile(r"[A-Z]{3}", re.ASCII)
_VALUE_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Field:
    """What one path changes; of a path with a billing cycle in it, the sequence is told beside it."""

    name: str
    fits: Fits
    ops: tuple[str, ...] = ANY
    sequence: int = 0


def texts(longest: int, shortest: int = 1) -> Fits:
    return lambda value: isinstance(value, str) and shortest <= len(value) <= longest


def whole(low: int, high: int) -> Fits:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def flag(value: Any) -> bool:
    return isinstance(value, bool)


def money(value: Any) -> bool:
    return (
        isinstance(value, dict) and isinstance(value.get("value"), str)
        and len(value["value"]) <= _VALUE_LENGTH and _VALUE.fullmatch(value["value"]) is not None
        and isinstance(value.get("currency_code"), str)
        and _CODE.fullmatch(value["currency_code"]) is not None
    )


def percentage(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _VALUE_LENGTH and _VALUE.fullmatch(value) is not None


def patches_of(
    patches: Sequence[Mapping[str, Any]], fields: Mapping[str, Field]
) -> Iterator[tuple[Field, Any]]:
    """Each patch's field and value, None where it is removed; raises for the first that is wrong.

    `@sequence==n` in a path stands in the table as `{n}`.
    """
    seen: set[str] = set()
    for number, patch in enumerate(patches):
        path = patch.get("path", "")
        field = _field(path, fields)
        if field is None:
            raise _wrong(BillingErrors.INVALID_PATCH_PATH, f"/{number}/path", path)
        if path in seen:
            raise _wrong(BillingErrors.FIELD_PATCHED_TWICE, f"/{number}/path", path)
        seen.add(path)
        if patch["op"] not in field.ops:
            raise _wrong(BillingErrors.UNSUPPORTED_PATCH_OPERATION, f"/{number}/op", patch["op"])
        if patch["op"] != REMOVE and not field.fits(patch.get("value")):
            raise _wrong(BillingErrors.INVALID_PARAMETER_VALUE, f"/{number}/value", patch.get("value", ""))
        yield field, None if patch["op"] == REMOVE else patch["value"]


def _field(path: str, fields: Mapping[str, Field]) -> Field | None:
    found = _SEQUENCE.search(path)
    if found is None:
        return fields.get(path)
    field = fields.get(path.replace(found[0], "{n}"))
    return None if field is None else Field(field.name, field.fits, field.ops, int(found[1]))


def _wrong(row: BillingErrors, field: str, value: object) -> ProviderError:
    return row(field=field, value=str(value)[:_VALUE_LENGTH], location="body")
