"""A contract admits, or says what is wrong: where, by which keyword, in which order."""

from typing import Any

import pytest

from paydouble.contracts.contract import Broken, Contract, Violation
from paydouble.contracts.engines import Engine, compiled
from paydouble.contracts.explain import explain
from paydouble.contracts.schema import Schema

ORDER: dict[str, Any] = {
    "type": "object",
    "required": ["out_trade_no", "amount"],
    "properties": {
        "out_trade_no": {"title": "商户订单号", "type": "string", "minLength": 6, "pattern": "^[0-9]+$"},
        "amount": {
            "type": "object",
            "required": ["total"],
            "properties": {
                "total": {"title": "总金额", "type": "integer", "minimum": 1},
                "currency": {"type": "string", "enum": ["CNY"]},
            },
            "additionalProperties": False,
        },
        "tags": {"type": "array", "maxItems": 2, "items": {"type": "string"}},
        "expires": {"anyOf": [{"type": "integer"}, {"const": ""}]},
    },
    "additionalProperties": False,
}
GOOD = {"out_trade_no": "123456", "amount": {"total": 100}}


@pytest.fixture(params=[Engine.FAST, Engine.REFERENCE])
def order(request: pytest.FixtureRequest) -> Contract:
    return Contract("order", ORDER, compiled(ORDER, request.param))


def broken(order: Contract, params: dict[str, Any], *, loose: bool = False) -> tuple[Violation, ...]:
    with pytest.raises(Broken) as caught:
        order.admit(params, loose=loose)
    return caught.value.violations


def places(violations: tuple[Violation, ...]) -> list[tuple[str, str]]:
    return [(one.pointer, one.keyword) for one in violations]


def test_good_params_are_admitted_as_they_are(order: Contract) -> None:
    assert order.admit(GOOD) is GOOD


def test_a_form_is_admitted_typed(order: Contract) -> None:
    form = {"out_trade_no": "123456", "amount": {"total": "100"}, "tags": {"0": "a"}, "expires": ""}
    assert order.admit(form, loose=True) == {**GOOD, "tags": ["a"], "expires": ""}


def test_json_is_not_coerced(order: Contract) -> None:
    assert places(broken(order, {**GOOD, "amount": {"total": "100"}})) == [("/amount/total", "type")]


def test_a_missing_field_is_named_in_the_pointer(order: Contract) -> None:
    [violation] = broken(order, {**GOOD, "amount": {}})
    assert violation == Violation("/amount/total", "required", "is required", None, "total", "总金额")


def test_an_unknown_field_is_named_in_the_pointer(order: Contract) -> None:
    [violation] = broken(order, {**GOOD, "a/b~c": 1})
    assert (violation.pointer, violation.keyword) == ("/a~1b~0c", "additionalProperties")
    assert violation.value == "a/b~c"
    assert violation.expected == [*ORDER["properties"]]


def test_unknown_then_missing_then_types_then_lists_then_the_rest(order: Contract) -> None:
    params = {"amount": {"currency": "USD", "total": 0, "x": 1}, "tags": [1], "y": 1}
    assert places(broken(order, params)) == [
        ("/amount/x", "additionalProperties"),
        ("/y", "additionalProperties"),
        ("/out_trade_no", "required"),
        ("/tags/0", "type"),
        ("/amount/currency", "enum"),
        ("/amount/total", "minimum"),
    ]


def test_violations_carry_value_expectation_and_label(order: Contract) -> None:
    [violation] = broken(order, {**GOOD, "amount": {"total": 0}})
    assert (violation.value, violation.expected, violation.label) == (0, 1, "总金额")
    assert violation.message == "is less than 1"


def test_a_choice_speaks_as_the_alternative_that_was_meant(order: Contract) -> None:
    [violation] = broken(order, {**GOOD, "expires": "soon"}, loose=True)
    assert (violation.pointer, violation.keyword, violation.expected) == ("/expires", "type", "integer")


def test_a_wrong_type_is_the_only_complaint_about_a_value(order: Contract) -> None:
    assert places(broken(order, {**GOOD, "out_trade_no": 1})) == [("/out_trade_no", "type")]


@pytest.mark.parametrize("total", [True, 1.5, float("nan"), float("inf"), None, [], {}])
def test_only_integers_are_integers(order: Contract, total: object) -> None:
    assert places(broken(order, {**GOOD, "amount": {"total": total}})) == [("/amount/total", "type")]


def test_broken_says_it_in_one_line(order: Contract) -> None:
    with pytest.raises(Broken, match=r"^/x is not known; /amount/total is less than 1$"):
        order.admit({"out_trade_no": "123456", "amount": {"total": 0}, "x": 1})


@pytest.mark.parametrize("value", ["\ud800", object()])
def test_what_an_engine_cannot_read_is_broken_not_an_accident(value: object) -> None:
    schema = {"type": "object", "properties": {"note": {"const": ""}}}
    contract = Contract("note", schema, compiled(schema, Engine.FAST))
    assert places(broken(contract, {"note": value})) == [("", "type")]
    assert places(contract.check({"note": value})) == [("", "type")]


@pytest.mark.parametrize("engine", [Engine.FAST, Engine.REFERENCE])
def test_a_number_that_json_does_not_have_is_broken(engine: Engine) -> None:
    schema = {"type": "object", "properties": {"rate": {"type": "number", "maximum": 1}}}
    contract = Contract("rate", schema, compiled(schema, engine))
    assert places(broken(contract, {"rate": float("inf")}))


def test_check_returns_violations_instead_of_raising(order: Contract) -> None:
    assert order.check(GOOD) == ()
    assert places(order.check([])) == [("", "type")]


# fmt: off
KEYWORDS = [
    ({"const": 1},                                            True,        [("", "const")]),
    ({"enum": [0]},                                           False,       [("", "enum")]),
    ({"not": {"pattern": "[\n]"}},                            "a\n",       [("", "not")]),
    ({"maxLength": 1},                                        "ab",        [("", "maxLength")]),
    ({"minItems": 1},                                         [],          [("", "minItems")]),
    ({"maximum": 1},                                          2,           [("", "maximum")]),
    ({"oneOf": [{"required": ["a"]}, {"required": ["b"]}]},   {"a": 1, "b": 1}, [("", "oneOf")]),
    ({"oneOf": [{"required": ["a"]}, {"required": ["b"]}]},   {},          [("/a", "required")]),
    ({"anyOf": [{"type": "null"}, {"type": "string"}]},       1,           [("", "type")]),
    ({"if": {"required": ["a"]}, "then": {"required": ["b"]}},  {"a": 1},  [("/b", "required")]),
    ({"if": {"required": ["a"]}, "else": {"required": ["b"]}},  {},        [("/b", "required")]),
    ({"allOf": [{"minLength": 2}, {"minLength": 3}]},         "a",         [("", "minLength")]),
    ({"additionalProperties": {"type": "string"}},            {"k": 1},    [("/k", "type")]),
]
# fmt: on


@pytest.mark.parametrize(("schema", "value", "found"), KEYWORDS)
def test_every_keyword_is_explained(schema: Schema, value: object, found: list[tuple[str, str]]) -> None:
    assert not compiled(schema, Engine.FAST)(value)
    assert not compiled(schema, Engine.REFERENCE)(value)
    assert places(explain(schema, value)) == found
