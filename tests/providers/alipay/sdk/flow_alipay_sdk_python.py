"""A shop that uses Alipay's own alipay-sdk-python, which takes no port; prints what it saw as JSON."""

from __future__ import annotations

import json
import os
from typing import Any

from alipay.aop.api.AlipayClientConfig import AlipayClientConfig
from alipay.aop.api.DefaultAlipayClient import DefaultAlipayClient
from alipay.aop.api.request.AlipayTradeCancelRequest import AlipayTradeCancelRequest
from alipay.aop.api.request.AlipayTradePayRequest import AlipayTradePayRequest
from alipay.aop.api.request.AlipayTradePrecreateRequest import AlipayTradePrecreateRequest
from alipay.aop.api.request.AlipayTradeQueryRequest import AlipayTradeQueryRequest
from alipay.aop.api.request.AlipayTradeRefundRequest import AlipayTradeRefundRequest


def client(charset: str) -> DefaultAlipayClient:
    config = AlipayClientConfig()
    config.server_url = os.environ["ALIPAY_GATEWAY"]
    config.app_id = os.environ["ALIPAY_APP_ID"]
    config.app_private_key = os.environ["ALIPAY_APP_PRIVATE_KEY_PKCS1"]
    config.alipay_public_key = os.environ["ALIPAY_PUBLIC_KEY"]
    config.charset = charset
    return DefaultAlipayClient(config)


def asked(client: DefaultAlipayClient, kind: Any, **biz: Any) -> dict[str, Any]:
    """The answer, once the SDK has verified its signature: it raises where it does not."""
    request = kind()
    request.biz_content = biz
    answer: dict[str, Any] = json.loads(client.execute(request))
    return answer


def main() -> dict[str, Any]:
    alipay, gbk = client("utf-8"), client("GBK")
    order = {"subject": "测试 a}b", "scene": "bar_code"}
    saw = {
        "waiting": asked(alipay, AlipayTradePayRequest, out_trade_no="OW1", total_amount="44.10",
                         auth_code="281111111111111101", **order),
        "cancelled": asked(alipay, AlipayTradeCancelRequest, out_trade_no="OW1"),
        "declined": asked(alipay, AlipayTradePayRequest, out_trade_no="OD1", total_amount="44.01",
                          auth_code="281111111111111102", **order),
        "paid": asked(alipay, AlipayTradePayRequest, out_trade_no="OP1", total_amount="10.00",
                      auth_code="281111111111111103", **order),
        "gbk": asked(gbk, AlipayTradePrecreateRequest, out_trade_no="OG1", total_amount="1.00", subject="中文"),
        "query": asked(gbk, AlipayTradeQueryRequest, out_trade_no="OP1"),
    }
    saw["refunds"] = [
        asked(
            alipay, AlipayTradeRefundRequest, out_trade_no="OP1", refund_amount=amount, out_request_no=amount
        )
        for amount in ("3.00", "3.01", "3.02", "0.98")
    ]
    return saw


print(json.dumps(main(), ensure_ascii=False))
