"""Host, then route, then credentials; only loaded providers count."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import pytest

from paydouble.core.http import Headers
from paydouble.server.which import Which, host_only
from tests.unit.server.rig import HOSTS, ROUTES, a_provider, all_providers


def basic(user: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:".encode()).decode()


def asked(line: str, *headers: tuple[str, str]) -> tuple[str, str, Headers]:
    method, target = line.split(" ")
    return method, target.partition("?")[0], Headers(headers)


def nobody(provider: str, handle: str) -> bool:
    return False


# fmt: off
BY_ROUTE = [
    ("POST /v1/charges",                    "stripe"),
    ("GET /v1/charges/ch_1?expand[]=x",     "stripe"),
    ("DELETE /v1/charges/ch_1",             "stripe"),
    ("POST /v1/checkout/sessions",          "stripe"),
    ("GET /v1/checkout/orders/1",           "paypal"),
    ("POST /v1/oauth2/token",               "paypal"),
    ("POST /v3/pay/transactions/jsapi",     "wechatpay"),
    ("POST /v3/pay/transactions/%6Asapi",   "wechatpay"),
    ("POST /secapi/pay/refund",             "wechatpay"),
    ("GET /gateway.do?app_id=1",            "alipay"),
    ("GET /v3/pay/unheard-of",              "wechatpay"),
    ("GET /v1/charges/ch_1/unheard-of",     "stripe"),
    ("GET /v2/checkout",                    "paypal"),
    ("GET /v1/unheard-of",                  ""),
    ("GET /v1/charges/",                    "stripe"),
    ("GET /",                               ""),
    ("OPTIONS *",                           ""),
]
BY_CREDENTIALS = [
    (("Authorization", "WECHATPAY2-SHA256-RSA2048 mchid=\"1\""),    "wechatpay"),
    (("Authorization", "ALIPAY-SHA256withRSA app_id=1,nonce=2"),    "alipay"),
    (("authorization", "Bearer sk_test_1"),                         "stripe"),
    (("Authorization", "bearer rk_live_1"),                         "stripe"),
    (("Authorization", basic("sk_test_1")),                         "stripe"),
    (("Authorization", basic("client-id")),                         "paypal"),
    (("Authorization", "Basic not base64!"),                        "paypal"),
    (("Authorization", "Bearer A21AAF"),                            "paypal"),
    (("Stripe-Version", "2025-01-01"),                              "stripe"),
    (("PayPal-Request-Id", "1"),                                    "paypal"),
    (("Authorization", "Digest x"),                                 ""),
    (("Authorization", ""),                                         ""),
]
# fmt: on


@pytest.mark.parametrize(("line", "provider"), BY_ROUTE)
def test_a_path_belongs_to_whose_route_it_is_or_begins_like(line: str, provider: str) -> None:
    assert Which(all_providers(), nobody).provider_of(*asked(line)) == provider


@pytest.mark.parametrize(("header", "provider"), BY_CREDENTIALS)
def test_an_unknown_path_goes_by_the_shape_of_its_credentials(header: tuple[str, str], provider: str) -> None:
    assert Which(all_providers(), nobody).provider_of(*asked("GET /unheard-of", header)) == provider


def test_the_providers_own_host_beats_the_route() -> None:
    which = Which(all_providers(), nobody)
    assert which.provider_of(*asked("POST /v1/charges", ("Host", "API-M.sandbox.paypal.com:443"))) == "paypal"


def test_the_route_beats_the_credentials() -> None:
    which = Which(all_providers(), nobody)
    assert which.provider_of(*asked("POST /v1/charges", ("Authorization", "Bearer A21AA"))) == "stripe"


def test_known_credentials_beat_their_shape() -> None:
    which = Which(all_providers(), lambda provider, handle: (provider, handle) == ("alipay", "sk_odd"))
    assert which.provider_of(*asked("GET /unheard-of", ("Authorization", "Bearer sk_odd"))) == "alipay"


@pytest.mark.parametrize(("credentials", "provider"), [("Bearer sk_1", "stripe"), ("Bearer A21AA", "paypal")])
def test_a_shared_prefix_goes_by_credentials(credentials: str, provider: str) -> None:
    request = asked("GET /v1/checkout/unheard-of", ("Authorization", credentials))
    assert Which(all_providers(), nobody).provider_of(*request) == provider


@pytest.mark.parametrize("loaded", [("stripe",), ("alipay", "wechatpay"), ()])
def test_only_loaded_providers_count(loaded: Sequence[str]) -> None:
    which = Which({name: a_provider(name, HOSTS[name], ROUTES[name]) for name in loaded}, nobody)
    request = asked("POST /v2/checkout/orders", ("Host", "api-m.sandbox.paypal.com"), ("Authorization", "Bearer A"))
    assert which.provider_of(*request) == ""


def test_a_route_of_two_providers_goes_to_the_one_with_the_method_then_by_credentials() -> None:
    both = {
        "a": a_provider("a", (), ("GET /x", "POST /y")),
        "stripe": a_provider("stripe", (), ("POST /x", "POST /y")),
    }
    which = Which(both, nobody)
    assert which.provider_of(*asked("POST /x")) == "stripe"
    assert which.provider_of(*asked("GET /x")) == "a"
    assert which.provider_of(*asked("POST /y", ("Authorization", "Bearer sk_1"))) == "stripe"
    assert which.provider_of(*asked("POST /y")) == "a"


def test_a_variable_is_tried_where_a_literal_leads_nowhere() -> None:
    which = Which({"a": a_provider("a", (), ("GET /r/id/{n}",)), "b": a_provider("b", (), ("GET /r/{n}/x",))}, nobody)
    assert which.provider_of(*asked("GET /r/id/x")) == "a"
    assert which.provider_of(*asked("GET /r/7/x")) == "b"
    assert which.provider_of(*asked("GET /r/id/7")) == "a"


@pytest.mark.parametrize(("host", "name"), [
    ("API.Stripe.com:443", "api.stripe.com"), ("api.stripe.com.", "api.stripe.com"), ("[::1]:80", "::1"), ("", ""),
])
def test_a_host_is_compared_without_port_case_and_final_dot(host: str, name: str) -> None:
    assert host_only(host) == name
