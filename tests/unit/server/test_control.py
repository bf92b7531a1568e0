"""The control API as such: what it says of itself, whom it lets in, and what it refuses."""

from __future__ import annotations

import subprocess
import sys

import pytest

from paydouble.client.control import ControlClient
from paydouble.server.control import ROUTES
from paydouble.server.settings import Settings
from paydouble.testing.in_process import InProcessServer, PaydoubleServer
from tests import toy
from tests.unit.server.asking import raw, refused


# fmt: off
@pytest.mark.parametrize(("path", "has"), [
    ("health",          "status"),
    ("version",         "paydouble"),
    ("operations",      "data"),
    ("errors",          "data"),
    ("machines",        "data"),
    ("events",          "data"),
    ("scenarios",       "data"),
    ("contracts",       "data"),
    ("sandboxes",       "data"),
    ("openapi.json",    "paths"),
])
# fmt: on
def test_the_server_describes_itself(toy_server: PaydoubleServer, path: str, has: str) -> None:
    assert toy_server.control.get(path)[has]


def test_declarations_are_those_of_the_provider(toy_server: PaydoubleServer) -> None:
    control = toy_server.control
    created = next(each for each in control.get("operations")["data"] if each["id"] == "orders.create")
    assert created["routes"] == [{"api": "v1", "method": "POST", "path": "/toy/orders", "selector": ""}]
    assert created["idempotency"] == {"header": "Toy-Key", "scope": "account"}
    assert created["summary"] == "Makes an order; with a card it is paid at once."
    assert control.get("machines")["data"][0]["states"]["paid"] == "paid"
    assert {"provider": "toy", "type": "order.paid", "means": "payment.succeeded"} in control.get("events")["data"]
    assert [row["code"] for row in control.get("errors", fault="declined")["data"]] == ["declined"]


def test_a_provider_that_is_not_loaded_is_named(toy_server: PaydoubleServer) -> None:
    answer = refused(toy_server.control, "get", "operations?provider=nopal")
    assert (answer.status, answer.code, answer.help) == (404, "no_provider", "loaded: toy")


def test_metrics_are_prometheus_text(toy_server: PaydoubleServer) -> None:
    status, headers, text = raw(toy_server.url, "GET", "/metrics")
    assert status == 200
    assert headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert "# TYPE paydouble_calls_total counter" in text


def test_every_route_is_described_and_every_body_has_a_schema(toy_server: PaydoubleServer) -> None:
    described = toy_server.control.get("openapi.json")
    for route in ROUTES:
        operation = described["paths"][f"/{route.path.replace('*', '')}"][route.method.lower()]
        assert operation["summary"], route.path
        if route.body:
            assert route.body in described["components"]["schemas"]


def test_contracts_are_served_and_documents_held_against_them(toy_server: PaydoubleServer) -> None:
    control, path = toy_server.control, "toy/v1/orders.create/request.schema.json"
    assert path in control.get("contracts")["data"]
    assert control.get(f"contracts/{path}")["required"] == ["ref", "amount"]
    good = control.post("contracts/validate", {"contract": path, "document": {"ref": "a", "amount": 1}})
    assert good == {"ok": True, "violations": []}
    bad = control.post("contracts/validate", {"contract": path, "document": {"ref": "a", "amount": 0}})
    assert [(each["pointer"], each["keyword"]) for each in bad["violations"]] == [("/amount", "minimum")]


@pytest.mark.parametrize("path", ["contracts/../pyproject.toml", "contracts/toy/none.schema.json"])
def test_no_contract_leads_out_of_its_folder(toy_server: PaydoubleServer, path: str) -> None:
    assert refused(toy_server.control, "get", path).code == "no_contract"


def test_an_unknown_route_names_the_nearest(toy_server: PaydoubleServer) -> None:
    answer = refused(toy_server.control, "get", "operation")
    assert (answer.status, answer.code, answer.help) == (404, "unknown_route", "did you mean /operations?")


def test_a_wrong_method_names_the_right_one(toy_server: PaydoubleServer) -> None:
    status, headers, body = raw(toy_server.url, "DELETE", "/health")
    assert (status, headers["Allow"], body["error"]["code"]) == (405, "GET", "wrong_method")


def test_a_page_from_elsewhere_may_not_ask(toy_server: PaydoubleServer) -> None:
    status, _, body = raw(toy_server.url, "GET", "/health", Origin="https://evil.example")
    assert (status, body["error"]["code"]) == (403, "foreign_origin")


def test_a_rebound_name_may_not_ask(toy_server: PaydoubleServer) -> None:
    status, _, body = raw(toy_server.url, "GET", "/sandboxes", Host="rebound.example")
    assert (status, body["error"]["code"]) == (403, "foreign_host")


def test_the_token_is_wanted_where_there_is_one() -> None:
    settings = Settings(port=0, tls_port=None, control_token="s3cret", seed=0)
    with InProcessServer(settings, providers=[toy.build({})], contracts=toy.CONTRACTS) as running:
        assert raw(running.url, "GET", "/health")[0] == 200
        status, headers, body = raw(running.url, "GET", "/sandboxes")
        assert (status, headers["WWW-Authenticate"], body["error"]["code"]) == (401, "Bearer", "unauthorized")
        assert raw(running.url, "GET", "/sandboxes", Authorization="Bearer wrong")[0] == 401
        with ControlClient(running.url, token="s3cret") as control:
            assert [each["id"] for each in control.get("sandboxes")["data"]] == ["default"]


def test_what_starts_a_server_imports_no_models() -> None:
    code = (
        "import sys, paydouble.server.control\n"
        "heavy = {'pydantic', 'yaml', 'jinja2', 'jsonschema', 'rich'} & sys.modules.keys()\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
