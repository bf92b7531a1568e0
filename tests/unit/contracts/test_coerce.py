"""Form strings become what the contract says they are, and nothing is guessed."""

from typing import Any

import pytest

from paydouble.contracts.coerce import coercer

TEXT = {"type": "string"}
INTEGER = {"type": "integer"}
BOOLEAN = {"type": "boolean"}


def coerced(schema: dict[str, Any], value: object) -> object:
    return coercer({"properties": {"it": schema}})({"it": value})["it"]  # type: ignore[index]


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("1099", 1099), ("-5", -5), ("007", 7)])
def test_decimal_text_becomes_an_integer(text: str, value: int) -> None:
    assert coerced(INTEGER, text) == value


@pytest.mark.parametrize("text", ["", "1.0", "1e3", "+1", " 1", "1\n", "1_000", "0x1", "١٢", "--1", "9" * 30])
def test_other_text_stays_text_for_the_contract_to_refuse(text: str) -> None:
    assert coerced(INTEGER, text) == text


@pytest.mark.parametrize("text", ["true", "True", "false", "False"])
def test_two_spellings_of_booleans(text: str) -> None:
    assert coerced(BOOLEAN, text) is (text.lower() == "true")


@pytest.mark.parametrize("text", ["TRUE", "yes", "1", "0", ""])
def test_no_other_spelling_of_booleans(text: str) -> None:
    assert coerced(BOOLEAN, text) == text


def test_text_that_looks_like_a_number_stays_text() -> None:
    assert coerced(TEXT, "123") == "123"
    assert coerced({"anyOf": [TEXT, INTEGER]}, "123") == "123"


def test_a_listed_word_wins_over_a_boolean() -> None:
    off_session = {"anyOf": [BOOLEAN, {"type": "string", "enum": ["one_off", "recurring"]}]}
    assert coerced(off_session, "true") is True
    assert coerced(off_session, "recurring") == "recurring"
    assert coerced(off_session, "maybe") == "maybe"


def test_empty_text_that_unsets_stays() -> None:
    assert coerced({"anyOf": [INTEGER, {"const": ""}]}, "") == ""
    assert coerced({"anyOf": [INTEGER, {"const": ""}]}, "5") == 5


def test_a_range_or_a_number() -> None:
    created = {"anyOf": [INTEGER, {"type": "object", "properties": {"gte": INTEGER}}]}
    assert coerced(created, "5") == 5
    assert coerced(created, {"gte": "5"}) == {"gte": 5}


def test_numbered_keys_become_a_list_in_the_order_of_their_numbers() -> None:
    assert coerced({"type": "array", "items": TEXT}, {"10": "c", "2": "b", "0": "a"}) == ["a", "b", "c"]
    assert coerced({"type": "array", "items": INTEGER}, {"0": "32", "1": "45"}) == [32, 45]
    lines = {"type": "array", "items": {"properties": {"n": INTEGER}}}
    assert coerced(lines, {"0": {"n": "1"}}) == [{"n": 1}]


def test_a_list_keeps_its_order() -> None:
    assert coerced({"type": "array", "items": INTEGER}, ["2", "x", "1"]) == [2, "x", 1]


@pytest.mark.parametrize("value", [{}, {"0": "a", "x": "b"}, "a", {"-1": "a"}])
def test_what_is_no_list_is_left_alone(value: object) -> None:
    assert coerced({"type": "array", "items": TEXT}, value) == value


def test_numbered_metadata_stays_a_map() -> None:
    metadata = {"type": "object", "additionalProperties": TEXT}
    assert coerced(metadata, {"0": "1", "1": "true"}) == {"0": "1", "1": "true"}


def test_values_of_a_map_are_coerced() -> None:
    assert coerced({"type": "object", "additionalProperties": INTEGER}, {"usd": "5"}) == {"usd": 5}


def test_unknown_fields_pass_through() -> None:
    assert coercer({"properties": {"n": INTEGER}})({"n": "1", "m": "2"}) == {"n": 1, "m": "2"}


def test_references_are_followed() -> None:
    bundle = {"properties": {"n": {"$ref": "#/$defs/a~1b.json"}}, "$defs": {"a/b.json": INTEGER}}
    assert coercer(bundle)({"n": "1"}) == {"n": 1}


def test_what_was_given_is_not_changed() -> None:
    params = {"n": {"m": "1"}}
    assert coercer({"properties": {"n": {"properties": {"m": INTEGER}}}})(params) == {"n": {"m": 1}}
    assert params == {"n": {"m": "1"}}
