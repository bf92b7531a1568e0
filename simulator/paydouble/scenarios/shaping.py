"""Notify effects, group by group, as the shape of a notification and the spoiling of its attempts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from paydouble.core.clock import Duration
from paydouble.core.effect import HONEST_ATTEMPT, HONEST_SHAPE, NotifyAttempt, NotifyShape, SealEffect
from paydouble.scenarios.rule import ATTEMPT_GROUPS, SHAPE_GROUPS, Group
from paydouble.scenarios.vocabulary import covers

# Which fields of a shape, and of an attempt, each group sets.
# fmt: off
_FIELDS: Mapping[str, tuple[str, ...]] = {
    Group.NOTIFY_DUPLICATE.value: ("copies", "spacing", "new_id"),
    Group.NOTIFY_BURST.value:     ("burst", "burst_over"),
}
_ATTEMPT_FIELDS: Mapping[str, str] = {
    Group.NOTIFY_SIGNATURE.value: "seal",
    Group.NOTIFY_TIMESTAMP.value: "seal",
    Group.NOTIFY_PATCH.value:     "patch",
}
# fmt: on


def told_of(shapes: Iterable[NotifyShape], event: str) -> NotifyShape | None:
    """What sticks to a notification of this neutral event: of each effect, the first that sets it."""
    merged: NotifyShape | None = None
    for shape in shapes:
        if not shape.only or any(covers(pattern, event) for pattern in shape.only):
            merged = shape if merged is None else over(merged, shape)
    return merged


def over(first: NotifyShape, then: NotifyShape) -> NotifyShape:
    """What the first does not set, the second does."""
    changes: dict[str, Any] = {}
    for group in then.because.keys() - first.because.keys():
        changes |= {name: getattr(then, name) for name in _FIELDS.get(group, (group,))}
    because = {**then.because, **first.because}
    return replace(first, **changes, attempt=_attempt_over(first.attempt, then.attempt), because=because)


def _attempt_over(first: NotifyAttempt | None, then: NotifyAttempt | None) -> NotifyAttempt | None:
    if first is None or then is None:
        return first or then
    fresh = then.because.keys() - first.because.keys()
    fields = {_ATTEMPT_FIELDS.get(group, group) for group in fresh}
    return replace(
        first, **{name: getattr(then, name) for name in fields}, because={**then.because, **first.because}
    )


def because_of(shape: NotifyShape, because: str) -> NotifyShape:
    """The same, told to be some rule's."""
    attempt = shape.attempt
    if attempt is not None:
        attempt = replace(attempt, because=dict.fromkeys(attempt.because, because))
    return replace(shape, attempt=attempt, because=dict.fromkeys(shape.because, because))


def shape_made(groups: dict[Group, Any], because: str = "") -> NotifyShape:
    """The groups as one shape; `because` names each of them."""
    attempt = {group: value for group, value in groups.items() if group in ATTEMPT_GROUPS}
    shape = replace(HONEST_SHAPE, **shape_changes(groups), because=_told(groups, SHAPE_GROUPS, because))
    if not attempt:
        return shape
    told = _told(groups, ATTEMPT_GROUPS, because)
    return replace(shape, attempt=attempt_made(attempt, HONEST_ATTEMPT, told))


def _told(groups: dict[Group, Any], among: frozenset[Group], because: str) -> dict[str, str]:
    return {group.value: because for group in groups if group in among}


def shape_changes(groups: dict[Group, Any]) -> dict[str, Any]:
    """The fields of a shape that these groups set."""
    changes: dict[str, Any] = {}
    for group, value in groups.items():
        match group:
            case Group.NOTIFY_DUPLICATE:
                changes |= {"copies": value.copies, "spacing": value.spacing, "new_id": value.new_id}
            case Group.NOTIFY_BURST:
                changes |= {"burst": value.count, "burst_over": value.over}
            case _ if group in SHAPE_GROUPS:
                changes[group.value] = value
    return changes


def attempt_made(groups: dict[Group, Any], before: NotifyAttempt, because: dict[str, str]) -> NotifyAttempt:
    return NotifyAttempt(
        drop=groups.get(Group.NOTIFY_DROP, before.drop),
        seal=_attempt_seal(groups, before.seal),
        patch=groups.get(Group.NOTIFY_PATCH, before.patch),
        corrupt=groups.get(Group.NOTIFY_CORRUPT, before.corrupt),
        disconnect=groups.get(Group.NOTIFY_DISCONNECT, before.disconnect),
        because={**before.because, **because},
    )


def _attempt_seal(groups: dict[Group, Any], before: SealEffect | None) -> SealEffect | None:
    if Group.NOTIFY_SIGNATURE not in groups and Group.NOTIFY_TIMESTAMP not in groups:
        return before
    honest = before or SealEffect()
    key, damage = groups.get(Group.NOTIFY_SIGNATURE, (honest.key, honest.damage))
    return SealEffect(key, damage, groups.get(Group.NOTIFY_TIMESTAMP, Duration(honest.skew)))
