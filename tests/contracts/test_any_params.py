"""Whatever is sent: admitted, or Broken with a reason; never anything else, and both engines say the same."""

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paydouble.contracts.contract import Broken, Contract
from paydouble.contracts.engines import Engine
from tests.contracts.samples import catalog, contracts, samples

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8),
    st.sampled_from(["", "true", "1099", "-1", "usd", "CNY", "a\n", "\ud800", "１２３４５６"]),
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
QUIET = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def verdict(contract: Contract, params: dict[str, Any], *, loose: bool) -> list[tuple[str, str]]:
    try:
        admitted = contract.admit(params, loose=loose)
    except Broken as broken:
        return [(one.pointer, one.keyword) for one in broken.violations]
    assert contract.check(admitted) == ()
    return []


@QUIET
@given(
    path=st.sampled_from(contracts("request")),
    params=st.dictionaries(st.text(max_size=6), JSON, max_size=4),
    loose=st.booleans(),
)
def test_any_object_is_admitted_or_broken(path: str, params: dict[str, Any], loose: bool) -> None:
    verdict(catalog().part(path), params, loose=loose)


@QUIET
@given(data=st.data())
def test_an_example_with_any_one_value_replaced_is_admitted_or_broken(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(contracts("request")))
    params = copy.deepcopy(data.draw(st.sampled_from(samples("examples", path))).document())
    assert isinstance(params, dict)
    known = sorted(catalog().bundle(path).get("properties", {"id": {}}))
    node = params
    while (name := data.draw(st.sampled_from(known))) and isinstance(node.get(name), dict) and node[name]:
        node, known = node[name], sorted(node[name])
    node[name] = data.draw(JSON)
    loose = path.startswith("stripe/") and data.draw(st.booleans())
    fast = verdict(catalog(Engine.FAST).part(path), params, loose=loose)
    reference = verdict(catalog(Engine.REFERENCE).part(path), params, loose=loose)
    assert fast in (reference, [("", "type")]), "equal, or what the fast engine cannot read"


def as_form(value: object) -> object:
    match value:
        case dict():
            return {name: as_form(inner) for name, inner in value.items()}
        case list():
            return {str(index): as_form(inner) for index, inner in enumerate(value)}
        case bool():
            return str(value).lower()
        case _:
            return str(value)


@pytest.mark.parametrize("path", [one for one in contracts("request") if one.startswith("stripe/")])
def test_a_form_is_read_as_the_example_it_was_made_from(path: str) -> None:
    for sample in samples("examples", path):
        params = sample.document()
        assert isinstance(params, dict)
        written = {name: value for name, value in params.items() if value != []}   # a form has no empty lists
        form = as_form(written)
        assert isinstance(form, dict)
        assert catalog().part(path).admit(form, loose=True) == written
