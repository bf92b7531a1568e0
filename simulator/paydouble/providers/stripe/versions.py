"""Versions of the API: which strings are one, what each changed, how a newer object looks in an older one.

https://docs.stripe.com/upgrades. Only what an integration can trip over is undone: additions always show.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from paydouble.core.errors import ProviderError
from paydouble.providers.stripe.errors import Errors
from paydouble.providers.stripe.versions_billing import BILLING_CHANGES

# fmt: off
VERSIONS: tuple[str, ...] = tuple(
    "2011-01-01 2011-06-21 2011-06-28 2011-08-01 2011-09-15 2011-11-17 2012-02-23 2012-03-25 2012-06-18 "
    "2012-06-28 2012-07-09 2012-09-24 2012-10-26 2012-11-07 2013-02-11 2013-02-13 2013-07-05 2013-08-12 "
    "2013-08-13 2013-10-29 2013-12-03 2014-01-31 2014-03-13 2014-03-28 2014-05-19 2014-06-13 2014-06-17 "
    "2014-07-22 2014-07-26 2014-08-04 2014-08-20 2014-09-08 2014-10-07 2014-11-05 2014-11-20 2014-12-08 "
    "2014-12-17 2014-12-22 2015-01-11 2015-01-26 2015-02-10 2015-02-16 2015-02-18 2015-03-24 2015-04-07 "
    "2015-06-15 2015-07-07 2015-07-13 2015-07-28 2015-08-07 2015-08-19 2015-09-03 2015-09-08 2015-09-23 "
    "2015-10-01 2015-10-12 2015-10-16 2016-02-03 2016-02-19 2016-02-22 2016-02-23 2016-02-29 2016-03-07 "
    "2016-06-15 2016-07-06 2016-10-19 2017-01-27 2017-02-14 2017-04-06 2017-05-25 2017-06-05 2017-08-15 "
    "2017-12-14 2018-01-23 2018-02-05 2018-02-06 2018-02-28 2018-05-21 2018-07-27 2018-08-23 2018-09-06 "
    "2018-09-24 2018-10-31 2018-11-08 2019-02-11 2019-02-19 2019-03-14 2019-05-16 2019-08-14 2019-09-09 "
    "2019-10-08 2019-10-17 2019-11-05 2019-12-03 2020-03-02 2020-08-27 2022-08-01 2022-11-15 2023-08-16 "
    "2023-10-16 2024-04-10 2024-06-20 2024-09-30.acacia 2024-10-28.acacia 2024-11-20.acacia "
    "2024-12-18.acacia 2025-01-27.acacia 2025-02-24.acacia 2025-03-01.dashboard 2025-03-31.basil "
    "2025-04-30.basil 2025-05-28.basil 2025-06-30.basil 2025-07-30.basil 2025-08-27.basil 2025-09-30.clover "
    "2025-10-29.clover 2025-11-17.clover 2025-12-15.clover 2026-01-28.clover 2026-02-25.clover "
    "2026-03-25.dahlia 2026-04-22.dahlia 2026-05-27.dahlia 2026-06-24.dahlia 2026-07-29.dahlia "
    "2026-08-26.dahlia 2026-09-30.endive 2026-10-28.endive"
    .split()
)
# fmt: on
NEWEST = VERSIONS[-1]

AUTOMATIC_METHODS = "2023-08-16"
"""From here a PaymentIntent without types takes what the account has enabled."""
AUTOMATIC_ASYNC = "2024-04-10"
"""From here `capture_method` is automatic_async where none is named."""
BASIL = "2025-03-31"
ENDIVE = "2026-09-30"

_DATE_LENGTH = len("2026-10-28")
_DATES = [version[:_DATE_LENGTH] for version in VERSIONS]
_KNOWN = frozenset(VERSIONS)


@lru_cache(maxsize=256)
def nearest(text: str) -> str | None:
    """The version that is meant, without suffixes of previews and betas; None where there is no such one."""
    stem = text.partition(";")[0].strip()
    if stem in _KNOWN:
        return stem
    date, _, train = stem.partition(".")
    if train != "preview":
        return None
    place = bisect_right(_DATES, date)
    return VERSIONS[place - 1] if place and len(date) == _DATE_LENGTH else None


def since(version: str, date: str) -> bool:
    """Whether the version is of that date or newer."""
    return version[:_DATE_LENGTH] >= date


Shape = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """What a version did to one kind of object, told backwards: to the object, not to what is inside it."""

    version: str
    object: str
    undo: Callable[[Shape], None]


def _without_record(intent: Shape) -> None:
    intent.pop("allowed_payment_method_types", None)
    intent.pop("payment_record", None)


def _with_invoice(shape: Shape) -> None:
    shape.setdefault("invoice", None)


def _released_as_refund(charge: Shape) -> None:
    """What was authorised and not captured counted as refunded; an authorisation that is gone has no
    `capture_before`."""
    _with_invoice(charge)
    card = (charge.get("payment_method_details") or {}).get("card") or {}
    if charge.get("status") == "succeeded" and "capture_before" not in card:
        released = charge["amount"] - charge["amount_captured"]
        charge["amount_refunded"] += released
        charge["refunded"] = charge["amount_refunded"] >= charge["amount"]


# fmt: off
_CHANGES: tuple[Change, ...] = (
    Change(ENDIVE, "payment_intent", _without_record),
    Change(ENDIVE, "setup_intent",   _without_record),
    Change(BASIL,  "payment_intent", _with_invoice),
    Change(BASIL,  "charge",         _released_as_refund),
    *(Change(version, object, undo) for version, object, undo in BILLING_CHANGES),
)
CHANGES = tuple(sorted(_CHANGES, key=lambda change: change.version, reverse=True))
"""Newest first."""


@dataclass(frozen=True, slots=True)
class Span:
    """A parameter that only some versions take: from one date on, or up to another."""

    resource: str
    parameter: str
    since: str = ""
    until: str = ""


SPANS: tuple[Span, ...] = (
    Span("payment_intents", "allowed_payment_method_types", since=ENDIVE),
    Span("payment_intents", "payment_method_types",         until=ENDIVE),
    Span("setup_intents",   "allowed_payment_method_types", since=ENDIVE),
    Span("setup_intents",   "payment_method_types",         until=ENDIVE),
)
# fmt: on


def rendered(body: Mapping[str, object], version: str) -> Mapping[str, object]:
    """The body as that version shows it. The body itself is left alone."""
    undone = _undone(version)
    return _older(body, undone) if undone else body


@lru_cache(maxsize=256)
def _undone(version: str) -> tuple[Change, ...]:
    return tuple(change for change in CHANGES if not since(version, change.version))


def _older(value: Any, undone: tuple[Change, ...]) -> Any:
    if isinstance(value, list):
        return [_older(one, undone) for one in value]
    if not isinstance(value, Mapping):
        return value
    shape, kind = dict(value), value.get("object")
    for change in undone:
        if change.object == kind and not shape.get("deleted"):
            change.undo(shape)
    return {name: _older(inner, undone) for name, inner in shape.items()}


def unknown_parameters(
    path: str, names: Iterator[str] | Mapping[str, object], version: str
) -> ProviderError | None:
    """The error for parameters that this version does not have, or not any more."""
    resource = path.split("/", 3)[2] if path.count("/") >= 2 else ""
    for span in SPANS:
        if span.resource != resource or span.parameter not in names:
            continue
        if (span.since and not since(version, span.since)) or (span.until and since(version, span.until)):
            return Errors.PARAMETER_UNKNOWN(
                f"Received unknown parameter: {span.parameter}", param=span.parameter
            )
    return None
