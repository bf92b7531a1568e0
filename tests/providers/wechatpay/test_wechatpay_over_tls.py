"""Refunds by API v2 over the TLS listener: with the merchant's certificate, and without one."""

from __future__ import annotations

import http.client
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from paydouble.providers.wechatpay import xml
from tests.providers.wechatpay.shop import control
from tests.providers.wechatpay.shop_v2 import as_xml, sign

HOST = "api.mch.weixin.qq.com"


def asked(server: Any, sandbox: Any, folder: Path, path: str, *, certified: bool, **params: Any) -> tuple[int, bytes]:
    """Through the proxy, as a merchant who knows no other host."""
    given = sandbox["credentials"]["wechatpay"]
    fields = {"appid": given["appid"], "mch_id": given["mchid"], "nonce_str": "5K8264ILTKCH16CQ2502SI8ZNMTM67VS"}
    fields |= {name: str(value) for name, value in params.items()}
    context = ssl.create_default_context(cadata=sandbox["credentials"]["ca_certificate_pem"])
    if certified:
        pem = folder / "apiclient.pem"
        pem.write_text(given["certificate_pem"] + given["private_key_pem"])
        context.load_cert_chain(pem)
    at = urlsplit(server.url)
    connection = http.client.HTTPSConnection(at.hostname or "", at.port, context=context, timeout=20)
    connection.set_tunnel(HOST, 443)
    connection.request("POST", path, as_xml({**fields, "sign": sign(fields, given["apiv2_key"])}))
    answer = connection.getresponse()
    told = answer.status, answer.read()
    connection.close()
    return told


def test_a_refund_wants_the_merchants_certificate(server: Any, tmp_path: Path) -> None:
    sandbox, number = control(server, "sandboxes", {}), "V2-TLS-0001"
    order = {
        "body": "x", "out_trade_no": number, "total_fee": 100, "spbill_create_ip": "127.0.0.1",
        "notify_url": "http://127.0.0.1:9/n", "trade_type": "NATIVE",
    }
    status, body = asked(server, sandbox, tmp_path, "/pay/unifiedorder", certified=False, **order)
    assert (status, xml.read(body)["result_code"]) == (200, "SUCCESS")
    control(server, f"sandboxes/{sandbox['id']}/payments/ref:{number}/act", {"trigger": "pay"})
    refund = {"out_trade_no": number, "out_refund_no": "R1", "total_fee": 100, "refund_fee": 40}
    status, body = asked(server, sandbox, tmp_path, "/secapi/pay/refund", certified=False, **refund)
    assert (status, b"No required SSL certificate was sent" in body) == (400, True)
    status, body = asked(server, sandbox, tmp_path, "/secapi/pay/refund", certified=True, **refund)
    assert (status, xml.read(body)["refund_fee"]) == (200, "40")
