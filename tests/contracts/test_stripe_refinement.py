"""Stripe's own OpenAPI document holds our contracts: nothing invented, nothing required that is not."""

import json
import re
from functools import cache
from typing import Any

import pytest
import yaml

from paydouble.providers.stripe import build
from tests.contracts.samples import CONTRACTS, SPECS, catalog, contracts, part_of, samples

pytestmark = pytest.mark.skipif(not SPECS.is_dir(), reason="the official document is not at hand")

ADDED_IN_ENDIVE = {"allowed_payment_method_types", "paypay", "sequra"}

# Parameters that Stripe takes and its OpenAPI document leaves out, each with the reason why we take them.
BEYOND_THE_DOCUMENT = {
    ("accounts.delete", "expand"): "every operation takes expand",
    ("external_accounts.delete", "expand"): "every operation takes expand",
    ("customers.delete", "expand"): "every operation takes expand",
    ("webhook_endpoints.delete", "expand"): "every operation takes expand",
}

OBJECTS = ("payment_intent", "charge", "customer", "payment_method", "refund", "event", "webhook_endpoint",
           "balance_transaction", "balance", "setup_intent", "setup_attempt", "mandate", "token",
           "confirmation_token", "dispute", "radar.early_fraud_warning",
           "payout", "account", "capability", "transfer", "transfer_reversal", "application_fee", "fee_refund",
           "account_link", "login_link", "source", "review", "file", "file_link")

BILLING = (
    "product", "price", "plan", "coupon", "promotion_code", "tax_rate", "discount",
    "customer_balance_transaction", "test_helpers.test_clock", "invoice", "line_item", "invoiceitem",
    "invoice_payment", "subscription", "subscription_item", "credit_note", "credit_note_line_item",
    "checkout.session", "item", "payment_link", "quote", "subscription_schedule",
    "billing_portal.session",
)
"""Objects of billing and Checkout."""


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


NOT_IN_THE_DOCUMENT = {"files.contents"}
"""Documented on a page of its own: https://docs.stripe.com/file-upload#download-file-contents"""


def operations() -> list[str]:
    found = [path.split("/")[2] for path in contracts("request") if path.startswith("stripe/v1/")]
    return [operation for operation in found if operation not in NOT_IN_THE_DOCUMENT]


@pytest.mark.parametrize("operation", operations())
def test_parameters_are_stripes_own(operation: str) -> None:
    ours = catalog().bundle(f"stripe/v1/{operation}/request.schema.json")
    names, required = official_params(operation)
    reasons = {name for (where, name) in BEYOND_THE_DOCUMENT if where == operation}
    assert ours["properties"].keys() - names - ADDED_IN_ENDIVE == reasons
    assert set(ours.get("required", ())) == required


@pytest.mark.parametrize("name", [*OBJECTS, *BILLING])
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


@cache
def shown() -> dict[str, list[dict[str, Any]]]:
    """Every object in our recorded answers and events, however deep inside, by its name."""
    found: dict[str, list[dict[str, Any]]] = {}

    def walk(value: Any) -> None:
        if isinstance(value, list):
            for each in value:
                walk(each)
        elif isinstance(value, dict):
            preview = value.get("object") == "invoice" and "id" not in value
            if isinstance(value.get("object"), str) and not value.get("deleted") and not preview:
                found.setdefault(value["object"], []).append(value)
            for each in value.values():
                walk(each)

    for sample in samples("examples"):
        if sample.contract.startswith("stripe/v1/") and part_of(sample.contract) != "request":
            walk(sample.document())
    return found


NOT_DESCRIBED = {"list": "is described where it stands", "search_result": "is described where it stands"}


def names_shown() -> list[str]:
    return sorted(shown().keys() & official()["components"]["schemas"].keys()) if SPECS.is_dir() else []


@pytest.mark.parametrize("name", names_shown())
def test_what_we_show_fulfils_stripes_own_description(name: str) -> None:
    for document in shown()[name]:
        faults = [error.message for error in official_validator(name).iter_errors(document)]
        assert not faults, document


def test_no_object_of_ours_is_unheard_of() -> None:
    assert shown().keys() - official()["components"]["schemas"].keys() == NOT_DESCRIBED.keys()


def test_every_deviation_is_about_a_contract_and_has_a_reason() -> None:
    listed = yaml.safe_load((CONTRACTS / "deviations.yaml").read_text(encoding="utf-8"))["deviations"]
    for one in listed:
        assert (CONTRACTS / one["contract"]).is_file()
        assert one["reason"]
        assert one["expires"]
    found = {(one["contract"].split("/")[2], one["field"].strip("/")) for one in listed}
    assert BEYOND_THE_DOCUMENT.keys() <= found
