"""What every operation and error row of every provider must have, and so a fifth one's too."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import pytest

from paydouble.contracts.catalog import Catalog
from paydouble.core.errors import ErrorTable, Fault
from paydouble.core.http import Headers, HttpRequest
from paydouble.core.operation import Operation, ReplayKey
from paydouble.core.provider import Api, Provider
from paydouble.providers import load

ROOT = Path(__file__).parents[2] / "contracts"
CATALOG = Catalog(ROOT)
PROVIDERS = load()
OPERATIONS = [(p, o) for p in PROVIDERS for o in p.operations]
ROWS = [
    (provider, api, row)
    for provider in PROVIDERS
    for api in provider.apis
    for row in dict.fromkeys(row for o in provider.operations if o.route(api.name) for row in o.errors)
]
"""Each row by each API that may answer it."""


ALWAYS_200 = {("alipay", "v2")}
"""Gateways that tell an error in their JSON alone."""


def named(value: Any) -> str:
    return getattr(value, "id", None) or getattr(value, "name", "")


@pytest.mark.parametrize(("provider", "operation"), OPERATIONS, ids=named)
def test_an_operation_has_contracts_with_samples_a_summary_and_its_manual_page(
    provider: Provider, operation: Operation
) -> None:
    for route in operation.routes:
        folder = ROOT / provider.name / route.api / operation.id
        assert (folder / "request.schema.json").is_file()
        assert (folder / "response.schema.json").is_file()
        assert list(folder.glob("examples/request.*.json")), "no example"
        assert list(folder.glob("broken/request.*.json")), "no broken example"
    assert operation.summary.endswith("."), "the docstring's first line is the summary"
    assert operation.docs.startswith("https://")
    assert inspect.iscoroutinefunction(operation.handler)


@pytest.mark.parametrize("provider", PROVIDERS, ids=named)
def test_names_are_unique(provider: Provider) -> None:
    ids = [operation.id for operation in provider.operations]
    kinds = [record.kind for record in provider.records]
    assert len(set(ids)) == len(ids)
    assert len(set(kinds)) == len(kinds)
    assert all(kind.startswith(f"{provider.name}.") for kind in kinds)


@pytest.mark.parametrize("provider", PROVIDERS, ids=named)
def test_payments_are_found_by_the_merchants_order_number(provider: Provider) -> None:
    assert provider.words.payments
    assert all("ref" in kind.indexes for kind in provider.words.payments)


@pytest.mark.parametrize(("provider", "operation"), OPERATIONS, ids=named)
def test_rows_that_idempotency_needs_tell_their_fault(provider: Provider, operation: Operation) -> None:
    if isinstance(operation.idempotency, ReplayKey):
        assert operation.idempotency.in_progress.fault in {Fault.CONFLICT, Fault.BUSY}
        if operation.idempotency.mismatch is not None:
            assert operation.idempotency.mismatch.fault is Fault.IDEMPOTENCY_MISMATCH


@pytest.mark.parametrize(("provider", "api", "row"), ROWS, ids=named)
def test_every_error_row_obeys_the_error_contract(provider: Provider, api: Api, row: ErrorTable) -> None:
    request = HttpRequest(
        method="POST", target=provider.operations[0].routes[0].path, headers=Headers(), id="0" * 32,
        base_url="http://127.0.0.1:4800",
    )
    response = api.wire.encode_error(api.wire.open(request), row())
    assert response.status == (200 if (provider.name, api.name) in ALWAYS_200 else row.http)
    if response.body.startswith(b"<xml>"):
        assert response.body.endswith(b"</xml>")
    elif response.body:
        contract = CATALOG.producer(f"{provider.name}/{api.name}/error.schema.json")
        assert contract.check(json.loads(response.body)) == ()
