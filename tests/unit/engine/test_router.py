from __future__ import annotations

from typing import Any

import pytest

from paydouble.core.call import Call, Reply
from paydouble.core.operation import Operation, Route, operation
from paydouble.engine.router import Match, Miss, Router


async def nothing(call: Call[Any]) -> Reply:
    """Does nothing."""
    return Reply({})


def declared(id: str, method: str, path: str, selector: str = "") -> Operation:
    return operation(id, Route("v1", method, path, selector), docs="")(nothing)


ROUTER = Router("v1", (
    declared("list", "GET", "/v1/things"),
    declared("create", "POST", "/v1/things"),
    declared("search", "GET", "/v1/things/search"),
    declared("one", "GET", "/v1/things/{id}"),
    declared("deep", "POST", "/v1/things/{id}/parts/{part}"),
    declared("return", "GET", "/v3/refunds/{id}/return-advance"),
    declared("by id", "GET", "/v3/refunds/id/{refund}"),
    declared("pay", "POST", "/gateway.do", "trade.pay"),
    declared("query", "POST", "/gateway.do", "trade.query"),
))


@pytest.mark.parametrize(
    ("method", "path", "selector", "expected", "variables"),
    [
        ("GET", "/v1/things", "", "list", {}),
        ("POST", "/v1/things", "", "create", {}),
        ("GET", "/v1/things/search", "", "search", {}),
        ("GET", "/v1/things/t_1", "", "one", {"id": "t_1"}),
        ("GET", "/v1/things/A|B*C", "", "one", {"id": "A|B*C"}),
        ("GET", "/v1/things/100%25", "", "one", {"id": "100%25"}),
        ("POST", "/v1/things/t_1/parts/p_2", "", "deep", {"id": "t_1", "part": "p_2"}),
        ("GET", "/v3/refunds/id/r1", "", "by id", {"refund": "r1"}),
        ("GET", "/v3/refunds/r1/return-advance", "", "return", {"id": "r1"}),
        ("POST", "/gateway.do", "trade.query", "query", {}),
    ],
)
def test_a_literal_beats_a_variable_from_left_to_right(
    method: str, path: str, selector: str, expected: str, variables: dict[str, str]
) -> None:
    found = ROUTER.match(method, path, selector)
    assert isinstance(found, Match)
    assert (found.operation.id, found.path) == (expected, variables)


@pytest.mark.parametrize(
    ("method", "path", "methods"),
    [
        ("DELETE", "/v1/things", ("GET", "POST")),
        ("POST", "/v1/things/search", ("GET",)),
        ("GET", "/v1/nothing", ()),
        ("GET", "/v1/things/", ()),
        ("GET", "", ()),
        ("GET", "/v1/things/t_1/parts", ()),
    ],
)
def test_a_miss_tells_a_wrong_method_from_an_unknown_path(
    method: str, path: str, methods: tuple[str, ...]
) -> None:
    found = ROUTER.match(method, path)
    assert isinstance(found, Miss)
    assert found.methods == methods


def test_a_miss_names_what_was_probably_meant() -> None:
    found = ROUTER.match("POST", "/v1/thing")
    assert isinstance(found, Miss)
    assert found.nearest == "/v1/things"


def test_two_operations_on_one_route_are_our_own_mistake() -> None:
    with pytest.raises(AssertionError):
        Router("v1", (declared("a", "GET", "/v1/x"), declared("b", "GET", "/v1/x")))
