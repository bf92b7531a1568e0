"""What is not modelled is answered from Stripe's own document, where a user has it; and stripe-mock's manner."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from paydouble.cli.serve import serve
from paydouble.core.http import Headers, HttpRequest
from paydouble.providers.stripe import build
from tests.merchants import Answered, World, world

OFFICIAL = Path(__file__).resolve().parents[4] / "shared" / "specs" / "stripe" / "openapi.spec3.json"

STRING = {"type": "string"}
READER = {
    "type": "object", "required": ["id", "object", "label", "created", "livemode", "metadata"],
    "properties": {
        "id": STRING, "object": {"type": "string", "enum": ["terminal.reader"]}, "label": STRING,
        "created": {"type": "integer", "format": "unix-time"}, "livemode": {"type": "boolean"},
        "metadata": {"type": "object", "additionalProperties": STRING}, "location": {**STRING, "nullable": True},
        "status": {"type": "string", "enum": ["offline", "online"]},
        "action": {"type": "object", "properties": {"type": STRING}},
    },
}  # fmt: skip
DELETED = {"type": "object", "required": ["id", "object", "deleted"], "properties": {
    "id": STRING, "object": {"type": "string", "enum": ["terminal.reader"]}, "deleted": {"type": "boolean", "enum": [True]}}}
LIST = {"type": "object", "properties": {
    "data": {"type": "array", "items": {"$ref": "#/components/schemas/reader"}}, "has_more": {"type": "boolean"},
    "object": {"type": "string", "enum": ["list"]}, "url": STRING}}


def operation(answer: Any, *, path: tuple[str, ...] = (), query: tuple[str, ...] = (), **form: Any) -> Any:
    required = [name for name, each in form.items() if each.pop("must", False)]
    body = {"type": "object", "required": required, "properties": form}
    return {
        "operationId": "op", "summary": "does it",
        "parameters": [*({"in": "path", "name": name, "required": True, "schema": STRING} for name in path),
                       *({"in": "query", "name": name, "schema": {"type": "integer"} if name == "limit" else STRING} for name in query)],
        "requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": body}}},
        "responses": {"200": {"content": {"application/json": {"schema": answer}}}},
    }


REF = {"$ref": "#/components/schemas/reader"}
FORM: dict[str, Any] = {
    "label": STRING, "location": {**STRING, "enum": ["here", "there", ""]},
    "metadata": {"anyOf": [{"type": "object", "additionalProperties": STRING}, {"type": "string", "enum": [""]}]},
}  # fmt: skip
ONE = ("reader",)
TINY = {
    "paths": {
        "/v1/terminal/readers": {
            "post": {**operation(REF, **{**FORM, "label": {**STRING, "must": True}}), "operationId": "PostReaders"},
            "get": {**operation(LIST, query=("limit", "starting_after", "ending_before")), "operationId": "GetReaders"},
        },
        "/v1/terminal/readers/{reader}": {
            "get": {**operation(REF, path=ONE), "operationId": "GetReader"},
            "post": {**operation(REF, path=ONE, **FORM), "operationId": "PostReader"},
            "delete": {**operation({"anyOf": [{"$ref": "#/components/schemas/deleted_reader"}, REF]}, path=ONE), "operationId": "DeleteReader"},
        },
        "/v1/terminal/readers/{reader}/cancel_action": {
            "post": {**operation(REF, path=ONE), "operationId": "PostCancel"}},
        "/v1/customers/{customer}": {"get": {**operation(REF, path=("customer",)), "operationId": "GetCustomer"}},
    },
    "components": {"schemas": {"reader": READER, "deleted_reader": DELETED}},
}


@pytest.fixture
def document(tmp_path: Path) -> Path:
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(TINY))
    return file


@asynccontextmanager
async def shop(document: Path, **settings: str) -> AsyncIterator[World]:
    async with world(settings={"stripe": {"fallback_spec": str(document), **settings}}) as here:
        yield here
        assert here.sandbox.log.internal_errors == []


def how(answered: Answered) -> str:
    return answered.response.header("Paydouble-Fallback")


async def test_a_plain_resource_lives_its_life(document: Path) -> None:
    async with shop(document) as here:
        made = await here.stripe("POST", "/v1/terminal/readers", label="till", metadata={"a": "b"}, key="one")
        assert (made.status, how(made), made.json["object"], made.json["label"], made.json["status"]) == (
            200, "stored", "terminal.reader", "till", "offline")
        assert made.json["id"].startswith("tmr_")
        again = await here.stripe("POST", "/v1/terminal/readers", label="till", metadata={"a": "b"}, key="one")
        assert again.json == made.json
        path = f"/v1/terminal/readers/{made.json['id']}"
        assert (await here.stripe("GET", path)).json == made.json
        changed = (await here.stripe("POST", path, location="here", metadata={"c": "d"})).json
        assert (changed["label"], changed["location"], changed["metadata"]) == ("till", "here", {"a": "b", "c": "d"})
        assert (await here.stripe("POST", path, location="")).json["location"] is None
        second = await here.stripe("POST", "/v1/terminal/readers", label="other")
        page = (await here.stripe("GET", "/v1/terminal/readers", limit=1)).json
        assert ([each["id"] for each in page["data"]], page["has_more"]) == ([second.json["id"]], True)
        acted = await here.stripe("POST", f"{path}/cancel_action")
        assert (how(acted), acted.json["id"]) == ("stored", made.json["id"])
        gone = (await here.stripe("DELETE", path)).json
        assert (gone["id"], gone["deleted"]) == (made.json["id"], True)
        missing = await here.stripe("GET", path)
        assert (missing.status, missing.json["error"]["code"]) == (404, "resource_missing")
        assert len((await here.stripe("GET", "/v1/terminal/readers")).json["data"]) == 1


@pytest.mark.parametrize(("params", "code", "param"), [
    ({}, "parameter_missing", "label"),
    ({"label": "x", "colour": "red"}, "parameter_unknown", "colour"),
    ({"label": "x", "location": "nowhere"}, None, "location"),
])
async def test_params_are_held_against_the_document(
    document: Path, params: dict[str, Any], code: str | None, param: str
) -> None:
    async with shop(document) as here:
        error = (await here.stripe("POST", "/v1/terminal/readers", **params)).json["error"]
        assert (error.get("code"), error["param"]) == (code, param)


async def test_what_is_modelled_stays_so(document: Path) -> None:
    async with shop(document) as here:
        answered = await here.stripe("GET", "/v1/customers/cus_nobody")
        assert (answered.status, how(answered)) == (404, "")


async def test_without_a_document_the_url_is_not_recognised() -> None:
    async with world() as here:
        answered = await here.stripe("GET", "/v1/terminal/readers")
        assert answered.status == 404
        assert answered.json["error"]["message"].startswith("Unrecognized request URL (GET: /v1/terminal/readers)")


async def test_stateless_every_id_is_there_and_every_test_key_is_good(document: Path) -> None:
    async with shop(document, stateless="on") as here:
        request = HttpRequest(
            method="GET", target="/v1/customers/cus_123", id="0" * 32, base_url="http://127.0.0.1:4800",
            headers=Headers((("Authorization", "Bearer sk_test_123"), ("Stripe-Account", "acct_123"))))
        answered = await here.serve("stripe", request)
        assert (answered.status, answered.json["id"]) == (200, "cus_123")
        assert answered.response.header("Stripe-Mock-Version") == "master"
        listed = (await here.stripe("GET", "/v1/terminal/readers")).json
        assert [each["object"] for each in listed["data"]] == ["terminal.reader"]
        reflected = (await here.stripe("POST", "/v1/terminal/readers/tmr_123", label="till")).json
        assert (reflected["id"], reflected["label"]) == ("tmr_123", "till")
        assert (await here.stripe("DELETE", "/v1/terminal/readers/tmr_123")).json["deleted"] is True
        unknown = await here.stripe("POST", "/v1/terminal/readers/tmr_123", colour="red")
        assert unknown.json["error"]["code"] == "parameter_unknown"


def test_a_file_that_is_no_document_is_told(tmp_path: Path) -> None:
    file = tmp_path / "other.json"
    file.write_text("[]")
    with pytest.raises(ValueError, match="no OpenAPI document"):
        build({"fallback_spec": str(file)})
    with pytest.raises(ValueError, match="fallback_spec"):
        build({"fallback_spec": str(tmp_path / "nothing.json")})
    with pytest.raises(ValueError, match="needs fallback_spec"):
        build({"stateless": "on"})


def test_stateless_alone_is_a_misuse() -> None:
    done = CliRunner().invoke(serve, ["--stripe-stateless"])
    assert done.exit_code == 2
    assert "--fallback-spec" in done.output


@pytest.mark.skipif(not OFFICIAL.is_file(), reason="the official document is not at hand")
async def test_the_official_document_leaves_no_dead_end() -> None:
    async with shop(OFFICIAL) as here:
        made = await here.stripe(
            "POST", "/v1/issuing/cardholders", name="Jenny", type="individual", email="a@example.com",
            billing={"address": {"line1": "1 Main", "city": "SF", "country": "US", "postal_code": "94103"}})
        assert (made.status, how(made), made.json["name"]) == (200, "stored", "Jenny"), made.json
        shown = await here.stripe("GET", f"/v1/issuing/cardholders/{made.json['id']}")
        assert shown.json == made.json
        assert len((await here.stripe("GET", "/v1/issuing/cardholders")).json["data"]) == 1
        for operation in here.simulator.providers["stripe"].operations:
            route = operation.routes[0]
            if operation.schema is None or route.method != "GET":
                continue
            path = route.path.replace("{", "x_").replace("}", "")
            answered = await here.stripe("GET", path)
            assert answered.status in (200, 400, 404), (path, answered.json)


@pytest.mark.skipif(not OFFICIAL.is_file(), reason="the official document is not at hand")
async def test_stateless_the_official_document_answers_every_get() -> None:
    async with shop(OFFICIAL, stateless="on") as here:
        seen = 0
        for operation in here.simulator.providers["stripe"].operations:
            route = operation.routes[0]
            if route.method == "GET" and "{" not in route.path.rpartition("/")[0]:
                answered = await here.stripe("GET", route.path.replace("{", "").replace("}", "_1"))
                missing = answered.status == 400 and answered.json["error"]["code"] == "parameter_missing"
                assert answered.status == 200 or missing, (route.path, answered.json)
                seen += 1
        assert seen > 150
