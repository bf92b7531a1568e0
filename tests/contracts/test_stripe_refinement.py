"""Stripe's own OpenAPI document holds our contracts: nothing invented, nothing required that is not."""

import json
import re
from functools import cache
from typing import Any

import pytest
import yaml

from paydouble.providers.stripe import build
from tests.contracts.samples import CONTRACTS, SPECS, catalog, contracts, samples

pytestmark = pytest.mark.skipif(not SPECS.is_dir(), reason="the official document is not at hand")

ADDED_IN_ENDIVE = {"allowed_payment_method_types", "paypay", "sequra"}

# Parameters that Stripe takes and its OpenAPI document leaves out, each with the reason why we take them.
BEYOND_THE_DOCUMENT = {
    ("customers.delete", "expand"): "every operation takes expand",
    ("webhook_endpoints.delete", "expand"): "every operation takes expand",
}

OBJECTS = ("payment_intent", "charge", "customer", "payment_method", "refund", "event", "webhook_endpoint",
           "balance_transaction", "balance", "setup_intent", "setup_attempt", "mandate", "token",
           "confirmation_token", "dispute", "radar.early_fraud_warning",
           "payout")


@cache
def official() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((SPECS / "openapi.spec3.json").read_text(encoding="utf-8"))
    return document


def official_params(operation: str) -> tuple[set[str], set[str]]:
    """All names and the required ones; the variables of the path are called as in our route."""
    route = next(each for each in build().operations if each.id == operation).routes[0]
    [path] = [one for one in official()["paths"] if _like(one) == _like(route.path)]
    method = official()["paths"][path][route.method.lower()]
    names = set(re.findall(r"\{(\w+)\}", route.path))
    required = set(names)
    for one in method.get("parameters", ()):
        if one["in"] != "path":
            names.add(one["name"])
            required |= {one["name"]} if one["required"] else set()
    for content in method.get("requestBody", {}).get("content", {}).values():
        names |= content["schema"].get("properties", {}).keys()
        required |= set(content["schema"].get("required", ()))
    return names, required


def _like(path: str) -> str:
    return "/".join("{}" if part.startswith("{") else part for part in path.split("/"))


def operations() -> list[str]:
    return [path.split("/")[2] for path in contracts("request") if path.startswith("stripe/v1/")]


@pytest.mark.parametrize("operation", operations())
def test_parameters_are_stripes_own(operation: str) -> None:
    ours = catalog().bundle(f"stripe/v1/{operation}/request.schema.json")
    names, required = official_params(operation)
    reasons = {name for (where, name) in BEYOND_THE_DOCUMENT if where == operation}
    assert ours["properties"].keys() - names - ADDED_IN_ENDIVE == reasons
    assert set(ours.get("required", ())) == required


@pytest.mark.parametrize("name", OBJECTS)
def test_official_fixture_fulfils_our_object(name: str) -> None:
    fixture = json.loads((SPECS / "fixtures3.json").read_text(encoding="utf-8"))["resources"][name]
    added = {"/allowed_payment_method_types", "/payment_record"} if name == "payment_intent" else set()
    found = {one.pointer for one in catalog().part(f"stripe/v1/objects/{name}.json").check(fixture)}
    assert found == added, "the fixture is older than the fields that endive added"


@cache
def official_validator(name: str) -> Any:
    from jsonschema_rs import Draft202012Validator

    document = {"$ref": f"#/components/schemas/{name}", "components": _plain(official()["components"])}
    return Draft202012Validator(document)


def _plain(schema: Any) -> Any:
    """OpenAPI 3.0 as JSON Schema: `nullable` becomes a type."""
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    copy = {key: _plain(value) for key, value in schema.items()}
    if copy.pop("nullable", None) is True:
        return {"anyOf": [{"type": "null"}, copy]}
    return copy


@pytest.mark.parametrize("name", ["payment_intent", "charge", "customer", "payment_method", "refund", "setup_intent",
                                  "mandate", "token", "confirmation_token", "dispute", "payout"])
def test_our_examples_fulfil_stripes_object(name: str) -> None:
    seen = 0
    for sample in samples("examples"):
        document = sample.document()
        if isinstance(document, dict) and document.get("object") == name and not document.get("deleted"):
            seen += 1
            faults = [error.message for error in official_validator(name).iter_errors(document)]
            assert not faults, str(sample)
    assert seen


def test_every_deviation_is_about_a_contract_and_has_a_reason() -> None:
    listed = yaml.safe_load((CONTRACTS / "deviations.yaml").read_text(encoding="utf-8"))["deviations"]
    for one in listed:
        assert (CONTRACTS / one["contract"]).is_file()
        assert one["reason"]
        assert one["expires"]
    found = {(one["contract"].split("/")[2], one["field"].strip("/")) for one in listed}
    assert BEYOND_THE_DOCUMENT.keys() <= found
