"""What Stripe wants to know of a connected account before it may take or send money.

https://docs.stripe.com/connect/required-verification-information. The list is a short one, the same for all
countries: what is asked for in which of them, and when, changes all the time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from paydouble.core.clock import Instant
from paydouble.providers.stripe.events import changed
from paydouble.providers.stripe.models import Account, Json
from paydouble.providers.stripe.models.shapes import EMPTY
from paydouble.providers.stripe.scene import Scene

_ALWAYS = ("business_type", "external_account", "tos_acceptance.date", "tos_acceptance.ip")
_FOR_CARDS = ("business_profile.mcc", "business_profile.url")
_OF_PERSON = (
    "individual.dob.day", "individual.dob.month", "individual.dob.year", "individual.first_name",
    "individual.last_name",
)  # fmt: skip
_OF_COMPANY = ("company.name", "company.tax_id")
COMPANIES = ("company", "government_entity", "non_profit")


def due(account: Account) -> tuple[str, ...]:
    """What is missing, in alphabetical order; nothing once its owner has been through the hosted form."""
    if account.onboarded or not account.requested:
        return () if account.externals or not account.requested else ("external_account",)
    wanted = [*_ALWAYS, *(_OF_COMPANY if account.business_type in COMPANIES else _OF_PERSON)]
    if any(name.endswith("_payments") for name in account.requested):
        wanted += _FOR_CARDS
    return tuple(sorted(name for name in wanted if not _said(account, name)))


def _said(account: Account, name: str) -> bool:
    if name == "external_account":
        return bool(account.externals)
    first, *rest = name.split(".")
    value: Any = getattr(account, first)
    for part in rest:
        value = value.get(part) if isinstance(value, Mapping) else None
    if name == "business_profile.url":
        value = value or account.business_profile.get("product_description")
    if name == "company.tax_id":
        value = value or (account.company or EMPTY).get("tax_id_provided")
    return bool(value)


def looked_at(account: Account) -> Account:
    """With what is due as things stand."""
    return replace(account, due=due(account))


def saved(scene: Scene, before: Account | None, after: Account) -> Account:
    """Saved, and what has changed is told to the platform as the account's own events."""
    after = looked_at(after)
    scene.work.save(after)
    there = scene.on(after.id)
    previous = changed(before.shown(), after.shown()) if before is not None else {}
    if previous:
        there.tell("account.updated", after, previous)
    for name in sorted({*after.requested, *(before.requested if before is not None else ())}):
        old = before.capability_shown(name) if before is not None else EMPTY
        new = after.capability_shown(name)
        if old != new:
            there.tell("capability.updated", Told(after.merchant, new), changed(old, new) if old else {})
    return after


class Told:
    """What an event is about that is no record of its own: a capability, an external account."""

    __slots__ = ("body", "merchant")

    def __init__(self, merchant: str, body: dict[str, object]) -> None:
        self.merchant = merchant
        self.body = body

    def shown(self) -> dict[str, object]:
        return self.body


def requested(old: Mapping[str, Instant], asked: Json, now: Instant) -> dict[str, Instant]:
    """Capabilities after these were asked for, or given up."""
    result = dict(old)
    for name, value in asked.items():
        wanted = value.get("requested")
        if wanted:
            result.setdefault(name, now)
        elif wanted is False:
            result.pop(name, None)
    return result


def kept(given: Json) -> Json:
    """What is said of a person or company, without the numbers that Stripe never shows again."""
    secrets = ("id_number", "ssn_last_4", "tax_id", "vat_id")
    shown = {name: value for name, value in given.items() if name not in secrets}
    for name in secrets:
        if given.get(name):
            shown[f"{name}_provided"] = True
    return shown


def filled_in(scene: Scene, account: Account, bank: Json | None) -> Account:
    """The owner has been through the hosted form: everything is said, and a test bank account is there."""
    externals = account.externals or ((bank,) if bank is not None else ())
    return saved(scene, account, replace(
        account,
        onboarded=True,
        externals=externals,
        business_type=account.business_type or "individual",
        tos_acceptance={**account.tos_acceptance, "date": scene.wall // 1_000},
    ))
