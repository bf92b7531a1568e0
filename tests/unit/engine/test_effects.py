from __future__ import annotations

import json
from typing import Any

import pytest

from paydouble.core.clock import Duration, Instant
from paydouble.core.effect import Damage, KeyChoice, Latency, Malformation, SealEffect
from paydouble.core.http import HttpResponse
from paydouble.engine import effects
from paydouble.scheduling.ids import SeededIds

HONEST = HttpResponse(
    200, (("Content-Type", "application/json"), ("X-Id", "1")), b'{"a":1,"b":["x"],"c":null}'
)
DICE = SeededIds(1, "sb")


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        ({"a": 2}, {"a": 2, "b": ["x"], "c": None}),
        ({"a": None}, {"b": ["x"], "c": None}),
        ({"b": ["y", "z"]}, {"a": 1, "b": ["y", "z"], "c": None}),
        ({"d": {"e": None, "f": 1}}, {"a": 1, "b": ["x"], "c": None, "d": {"f": 1}}),
        ({}, {"a": 1, "b": ["x"], "c": None}),
    ],
)
def test_a_patch_merges_into_the_real_body(patch: dict[str, object], expected: dict[str, Any]) -> None:
    patched = effects.patched(HONEST, patch)
    assert json.loads(patched.body) == expected
    assert patched.headers == HONEST.headers


def test_what_is_not_json_is_not_patched() -> None:
    assert effects.patched_json(b"<xml/>", {"a": 1}) == b"<xml/>"


def is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("kind", Malformation)
def test_every_malformation_differs_from_the_honest_answer(kind: Malformation) -> None:
    spoiled = effects.malformed(kind, HONEST, None)
    assert (spoiled.body, spoiled.headers) != (HONEST.body, HONEST.headers)
    assert spoiled.header("X-Id") == "1"
    assert spoiled.status == 200
    assert effects.malformed(kind, HONEST, 502).status == 502


@pytest.mark.parametrize(
    ("kind", "json_still"),
    [
        (Malformation.TRUNCATED_JSON, False), (Malformation.HTML_PAGE, False),
        (Malformation.EMPTY_BODY, False), (Malformation.NOT_JSON, False),
        (Malformation.WRONG_TYPES, True), (Malformation.WRONG_CONTENT_TYPE, True),
    ],
)
def test_a_malformation_is_what_it_says(kind: Malformation, json_still: bool) -> None:
    assert is_json(effects.malformed(kind, HONEST, None).body) is json_still


def test_wrong_types_keep_the_names() -> None:
    spoiled = json.loads(effects.malformed(Malformation.WRONG_TYPES, HONEST, None).body)
    assert spoiled == {"a": "1", "b": {"0": ["x"]}, "c": "None"}


def test_latency_is_fixed_uniform_or_lognormal_with_a_cap() -> None:
    fixed = Latency(Duration(250), Duration(250))
    uniform = Latency(Duration(10), Duration(20))
    long_tail = Latency(Duration(90), Duration(200), sigma=2.0)
    assert effects.latency_of(fixed, DICE) == 250
    assert all(10 <= effects.latency_of(uniform, DICE) <= 20 for _ in range(200))
    drawn = [effects.latency_of(long_tail, DICE) for _ in range(500)]
    assert max(drawn) == 200
    assert min(drawn) < 45


def test_a_seal_is_honest_unless_the_plan_says_otherwise() -> None:
    honest = effects.seal(None, Instant(1_000_000), "n")
    assert (honest.now, honest.key, honest.damage) == (1_000_000, KeyChoice.CURRENT, Damage.NONE)
    off = SealEffect(KeyChoice.FOREIGN, Damage.PROBE, Duration(-600_000))
    spoiled = effects.seal(off, Instant(1_000_000), "n")
    assert (spoiled.now, spoiled.key, spoiled.damage) == (400_000, KeyChoice.FOREIGN, Damage.PROBE)
