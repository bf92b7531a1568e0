"""Stripe's wire by itself: keys, versions, bodies, headers, signatures."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paydouble.core.call import Merchant, Reply
from paydouble.core.clock import Instant
from paydouble.core.effect import Damage, KeyChoice, Seal
from paydouble.core.errors import ProviderError
from paydouble.core.http import Headers, HttpRequest, HttpResponse
from paydouble.core.notification import Endpoint, Event, Notification
from paydouble.providers.stripe import accounts, signatures
from paydouble.providers.stripe.errors import Errors
from paydouble.providers.stripe.versions import NEWEST
from paydouble.providers.stripe.wire import V1Wire, masked

WIRE = V1Wire()
MERCHANT: Merchant = accounts.merchant("default", None, {})  # type: ignore[arg-type]
SECRET, PUBLISHABLE = MERCHANT.handles
NOW = Instant(1_772_337_600_000)
SEAL = Seal(NOW, "0" * 32)


def find(handle: str) -> Merchant | None:
    return MERCHANT if handle in MERCHANT.handles else None


def request(
    method: str = "POST", target: str = "/v1/customers", body: bytes = b"", **headers: str | None
) -> HttpRequest:
    pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items() if value is not None)
    return HttpRequest(method=method, target=target, headers=Headers(pairs), body=body, id="0123456789abcdef" * 2)


def basic(text: str) -> str:
    return f"Basic {b64encode(text.encode()).decode()}"


# fmt: off
@pytest.mark.parametrize(("authorization", "row"), [
    (None,                              Errors.API_KEY_MISSING),
    ("",                                Errors.API_KEY_MISSING),
    ("Bearer",                          Errors.API_KEY_MISSING),
    ("Digest abc",                      Errors.API_KEY_MISSING),
    ("Bearer sk_test_unknown",          Errors.API_KEY_INVALID),
    ("Bearer acct_paydoubledefault",    Errors.API_KEY_INVALID),
    ("Bearer sk_live_paydouble_default", Errors.API_KEY_INVALID),
    ("Bearer 🦊",                       Errors.API_KEY_INVALID),
    ("Basic ???",                       Errors.API_KEY_INVALID),
    (basic(f"{SECRET}:password"),       Errors.API_KEY_INVALID),
    (basic(":"),                        Errors.API_KEY_MISSING),
    (f"Bearer {PUBLISHABLE}",           Errors.SECRET_KEY_REQUIRED),
])
# fmt: on
def test_keys_that_do_not_open(authorization: str | None, row: Errors) -> None:
    envelope = WIRE.open(request(Authorization=authorization))
    with pytest.raises(ProviderError) as caught:
        WIRE.identify(envelope, find)
    assert caught.value.row is row
    answer = WIRE.encode_error(envelope, caught.value)
    assert answer.status == 401
    assert json.loads(answer.body)["error"]["type"] == "invalid_request_error"
    assert SECRET not in answer.body.decode()


@pytest.mark.parametrize("authorization", [f"Bearer {SECRET}", f"bearer  {SECRET} ", basic(f"{SECRET}:"), basic(SECRET)])
def test_keys_that_open(authorization: str) -> None:
    assert WIRE.identify(WIRE.open(request(Authorization=authorization)), find) == MERCHANT


def test_two_authorizations_are_one_too_many() -> None:
    twice = replace(request(), headers=Headers((("Authorization", f"Bearer {SECRET}"),) * 2))
    with pytest.raises(ProviderError):
        WIRE.identify(WIRE.open(twice), find)


@pytest.mark.parametrize(("method", "path"), [
    ("POST", "/v1/payment_methods"), ("GET", "/v1/payment_intents/pi_1"), ("POST", "/v1/payment_intents/pi_1/confirm"),
])
def test_what_a_publishable_key_may_do(method: str, path: str) -> None:
    envelope = WIRE.open(request(method, path, Authorization=f"Bearer {PUBLISHABLE}"))
    assert WIRE.identify(envelope, find).handle == PUBLISHABLE


def test_for_whom_a_call_is_made_is_left_to_the_store() -> None:
    envelope = WIRE.open(request(Authorization=f"Bearer {SECRET}", Stripe_Account="acct_other"))
    assert (envelope.account, WIRE.identify(envelope, find).id) == ("acct_other", MERCHANT.id)
    own = WIRE.open(request(Authorization=f"Bearer {SECRET}", Stripe_Account=MERCHANT.id))
    assert WIRE.identify(own, find).id == MERCHANT.id


# fmt: off
@pytest.mark.parametrize(("sent", "version"), [
    ("",                              NEWEST),
    ("2023-10-16",                    "2023-10-16"),
    ("2026-09-30.endive; beta=v1",    "2026-09-30.endive"),
    ("2026-09-30.preview",            "2026-09-30.endive"),
])
# fmt: on
def test_versions(sent: str, version: str) -> None:
    envelope = WIRE.open(request(Stripe_Version=sent))
    assert (envelope.version, envelope.problem) == (version, None)
    assert WIRE.seal(envelope, HttpResponse(200), MERCHANT, SEAL).header("Stripe-Version") == version


@pytest.mark.parametrize("sent", ["yesterday", "2026-09-30.dahlia", "2026-13-45", "🦊", "9999"])
def test_unknown_versions_are_refused(sent: str) -> None:
    envelope = WIRE.open(request(Stripe_Version=sent))
    with pytest.raises(ProviderError) as caught:
        WIRE.decode(envelope, MERCHANT, {})
    assert caught.value.row is Errors.API_VERSION_INVALID


def test_params_are_path_query_and_body_in_one() -> None:
    sent = request("POST", "/v1/customers/cus_1?a=1&b=2&id=x", b"b=3&metadata[k]=v&id=y")
    assert WIRE.decode(WIRE.open(sent), MERCHANT, {"id": "cus_1"}) == {
        "a": "1", "b": "3", "metadata": {"k": "v"}, "id": "cus_1"}


# fmt: off
@pytest.mark.parametrize(("body", "kind"), [
    (b'{"a": 1}',   "application/json"),
    (b"a=\xff",     "application/x-www-form-urlencoded"),
    (b"a=%ff",      "application/x-www-form-urlencoded"),
    (b"a=1&a[b]=2", ""),
    (b"--x",        "multipart/form-data; boundary=x"),
])
# fmt: on
def test_bodies_that_are_no_forms(body: bytes, kind: str) -> None:
    with pytest.raises(ProviderError) as caught:
        WIRE.decode(WIRE.open(request(body=body, Content_Type=kind)), MERCHANT, {})
    assert caught.value.row is Errors.MALFORMED_REQUEST


@given(
    st.sampled_from(["GET", "POST", "DELETE", "PATCH", ""]), st.text(max_size=40), st.binary(max_size=60),
    st.lists(st.tuples(st.sampled_from(["Authorization", "Stripe-Version", "Stripe-Account", "Content-Type"]),
                       st.text(max_size=30)), max_size=4),
)
def test_opening_never_raises_and_the_rest_only_its_own_errors(
    method: str, target: str, body: bytes, headers: list[tuple[str, str]]
) -> None:
    sent = HttpRequest(method=method, target=target, headers=Headers(tuple(headers)), body=body, id="0" * 32)
    envelope = WIRE.open(sent)
    for step in (lambda: WIRE.identify(envelope, find), lambda: WIRE.decode(envelope, MERCHANT, {})):
        try:
            step()
        except ProviderError as error:
            json.loads(WIRE.encode_error(envelope, error).body)


def test_answers_are_indented_and_carry_their_request() -> None:
    envelope = WIRE.open(request(Idempotency_Key="one", Authorization=f"Bearer {SECRET}"))
    sealed = WIRE.seal(envelope, WIRE.encode(envelope, Reply({"id": "cus_1", "object": "customer"})), MERCHANT, SEAL)
    assert sealed.body == b'{\n  "id": "cus_1",\n  "object": "customer"\n}\n'
    assert sealed.header("Request-Id") == sealed.header("Original-Request") == "req_0123456789abcd"
    assert sealed.header("Idempotency-Key") == "one"
    assert sealed.header("Content-Type") == "application/json"


def test_an_error_says_what_it_is_where_to_read_and_which_key() -> None:
    envelope = WIRE.open(request(Idempotency_Key="one"))
    error = json.loads(WIRE.encode_error(envelope, Errors.IDEMPOTENCY_KEY_IN_USE()).body)["error"]
    assert error["doc_url"] == "https://stripe.com/docs/error-codes/idempotency-key-in-use"
    assert error["message"].endswith("one")
    assert list(error) == sorted(error)


def test_a_masked_key_shows_its_ends() -> None:
    assert masked("sk_test_paydouble_default") == "sk_test_*************ault"
    assert masked("short") == "*****"


SECRET_OF_ENDPOINT = "whsec_paydouble_default"
BODY = b'{\n  "amount": 1099\n}\n'


def verifies(body: bytes, header: str, secret: str = SECRET_OF_ENDPOINT) -> bool:
    """By Stripe's own instructions: any v1 of HMAC-SHA256 over "t.body"."""
    items = [item.split("=", 1) for item in header.split(",") if item]
    stamp = dict(items).get("t", "")
    wanted = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return wanted in [value for name, value in items if name == "v1"]


def test_an_honest_notification_verifies() -> None:
    body, header = signatures.signed(BODY, SECRET_OF_ENDPOINT, SEAL)
    assert header.startswith(f"t={NOW // 1_000},v1=")
    assert " " not in header
    assert verifies(body, header)


@pytest.mark.parametrize("damage", [damage for damage in Damage if damage not in (Damage.NONE, Damage.BAD_CIPHERTEXT)])
def test_a_damaged_notification_does_not(damage: Damage) -> None:
    body, header = signatures.signed(BODY, SECRET_OF_ENDPOINT, replace(SEAL, damage=damage))
    assert not verifies(body, header)
    json.loads(body)


@pytest.mark.parametrize("key", [KeyChoice.FOREIGN, KeyChoice.UNKNOWN, KeyChoice.OTHER_MERCHANT])
def test_another_secret_does_not_verify(key: KeyChoice) -> None:
    body, header = signatures.signed(BODY, SECRET_OF_ENDPOINT, replace(SEAL, key=key))
    assert not verifies(body, header)


def test_while_a_secret_is_rolled_two_signatures_stand_side_by_side() -> None:
    body, header = signatures.signed(BODY, SECRET_OF_ENDPOINT, replace(SEAL, key=KeyChoice.NEXT))
    assert header.count("v1=") == 2
    assert verifies(body, header)


def test_a_notification_is_posted_as_it_was_made() -> None:
    event: Any = Event(id="evt_1", type="x", api="v1", provider="stripe", merchant="acct_1", body={"object": "x"})
    endpoint = Endpoint("we_1", "http://127.0.0.1:9/hook", SECRET_OF_ENDPOINT, "2023-10-16")
    payload = WIRE.announcement(event, endpoint)
    owed = Notification(
        id="n", event="evt_1", event_type="x", provider="stripe", merchant="acct_1", endpoint=endpoint, payload=payload)
    sent = WIRE.notification(owed, event, MERCHANT, SEAL)
    assert (sent.method, sent.target, sent.body) == ("POST", endpoint.url, payload)
    assert verifies(sent.body, sent.headers.get("Stripe-Signature"))
    assert json.loads(payload)["api_version"] == "2023-10-16"
    lost = WIRE.notification(owed, event, MERCHANT, replace(SEAL, damage=Damage.MISSING))
    assert "Stripe-Signature" not in lost.headers


@pytest.mark.parametrize(("status", "enough"), [(200, True), (204, True), (302, False), (400, False), (500, False)])
def test_any_2xx_acknowledges(status: int, enough: bool) -> None:
    assert WIRE.acknowledged(HttpResponse(status)) is enough
