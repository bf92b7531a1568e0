"""How alipay-sdk-python sends a buyer to the cashier (`open BACK`), and what it says of the way back (`verify URL`)."""

from __future__ import annotations

import json
import os
import sys
from urllib.parse import parse_qsl, urlsplit

from alipay.aop.api.AlipayClientConfig import AlipayClientConfig
from alipay.aop.api.DefaultAlipayClient import DefaultAlipayClient
from alipay.aop.api.request.AlipayTradePagePayRequest import AlipayTradePagePayRequest
from alipay.aop.api.util.SignatureUtils import get_sign_content, verify_with_rsa


def opened(back: str, method: str) -> str:
    config = AlipayClientConfig()
    config.server_url = os.environ["ALIPAY_GATEWAY"]
    config.app_id = os.environ["ALIPAY_APP_ID"]
    config.app_private_key = os.environ["ALIPAY_APP_PRIVATE_KEY_PKCS1"]
    config.alipay_public_key = os.environ["ALIPAY_PUBLIC_KEY"]
    request = AlipayTradePagePayRequest()
    request.return_url = back
    request.biz_content = {
        "out_trade_no": f"WEB-{method}", "total_amount": "88.88", "subject": "测试 <商品> & 更多",
        "product_code": "FAST_INSTANT_TRADE_PAY",
    }
    page: str = DefaultAlipayClient(config).page_execute(request, http_method=method)
    return page


def verified(url: str) -> dict[str, object]:
    told = dict(parse_qsl(urlsplit(url).query, strict_parsing=True))
    signed = {name: value for name, value in told.items() if name not in ("shop", "sign", "sign_type")}
    text = get_sign_content(signed).encode()
    return {**told, "verified": verify_with_rsa(os.environ["ALIPAY_PUBLIC_KEY"], text, told["sign"])}


action, argument = sys.argv[1:]
saw = {"url": opened(argument, "GET"), "form": opened(argument, "POST")} if action == "open" else verified(argument)
print(json.dumps(saw, ensure_ascii=False))
