"""What unmodified SDKs sent, served by the whole provider: good calls are answered signed, bad ones change nothing."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from paydouble.core.http import HttpRequest, HttpResponse
from paydouble.crypto import rsa
from paydouble.engine.sandbox import Sandbox
from paydouble.engine.simulator import Simulator
from paydouble.providers.alipay import build, keys
from paydouble.store import open_store
from tests.merchants import Receiver
from tests.unit.providers.alipay.test_alipay_vectors import MERCHANT, VECTORS, cases, request_of

pytestmark = pytest.mark.skipif(not VECTORS, reason="needs ../shared/vectors/alipay.json")

Here = tuple[Simulator, Sandbox]
BY_OTHER_MEANS = {
    # Shown to browsers, which are sent on.
    "alipay.trade.page.pay", "alipay.trade.wap.pay",
    # Answered with the result that a phone's SDK hands on.
    "alipay.trade.app.pay",
}


@pytest.fixture
async def here() -> AsyncIterator[Here]:
    """A simulator whose one merchant is the app of the vectors, with the keys and certificates of the vectors."""
    app_sn = VECTORS["cert_sn"]["app_cert"]["sn"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "app_cert_sn", lambda whose: app_sn)
        provider = replace(
            build(), merchant=lambda sandbox, ring: replace(MERCHANT, sandbox=sandbox, handles=(MERCHANT.id,))
        )
        simulator = Simulator([provider], store=open_store("memory"), transport=Receiver())
        await simulator.start()
        try:
            yield simulator, simulator.sandboxes.named("default")
        finally:
            await simulator.close()


def told(response: HttpResponse, charset: str) -> tuple[str, dict[str, Any] | str]:
    """Name and value of the envelope, once its signature was found good."""
    text = response.body.decode(charset)
    node, _, sign = text[1:-2].rpartition(',"sign":"')
    name, _, value = node.partition(":")
    value = value.partition(',"alipay_cert_sn":')[0]
    public = rsa.load_public(VECTORS["keys"]["alipay_public_key_pem"].encode())
    verifies = [check(public, value.encode(charset), sign) for check in (rsa.verifies_sha256, rsa.verifies_sha1)]
    assert any(verifies), text
    document: dict[str, Any] | str = json.loads(value)
    return json.loads(name), document


@pytest.mark.parametrize("case", cases("request_signing", "sign"))
async def test_what_sdks_sent_reaches_its_method(here: Here, case: dict[str, Any]) -> None:
    simulator, sandbox = here
    method = case["decoded_params"]["method"]
    response = await simulator.serve("alipay", replace(request_of(case), id=simulator.new_call_id()))
    assert sandbox.log.internal_errors == []
    if method in BY_OTHER_MEANS:
        assert response.status == 302 or b"resultStatus" in response.body
        return
    name, value = told(response, case["charset"])
    if isinstance(value, str):
        assert case["decoded_params"]["encrypt_type"] == "AES"
        return
    refused = str(value.get("sub_code", ""))
    # Neither the methods that are not there, nor the codes that a captured call brings along, are known here.
    unknown = refused in ("isv.invalid-method", "isv.code-invalid", "isv.refresh-token-invalid")
    assert unknown or not refused.startswith("isv."), value
    assert name == ("error_response" if unknown else f"{method.replace('.', '_')}_response")


@pytest.mark.parametrize("case", cases("request_signing_negative"))
async def test_what_is_signed_wrongly_writes_nothing(here: Here, case: dict[str, Any]) -> None:
    simulator, sandbox = here
    request = HttpRequest(
        method="POST", target="/gateway.do", body=case["http_body"].encode(), id=simulator.new_call_id()
    )
    _, value = told(await simulator.serve("alipay", request), "utf-8")
    assert isinstance(value, dict)
    assert f"{value['code']} {value['sub_code']}" == case["expected"]
    assert sandbox.log.internal_errors == []
    assert await sandbox.store.balances(sandbox.id) == {}
