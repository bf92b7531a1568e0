"""A shop that uses Alipay's own alipay-sdk-python, which takes no port; prints what it saw as JSON."""

from __future__ import annotations

import base64
import json
import os
import queue
import threading
import urllib.request
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from typing import Any
from urllib.parse import parse_qsl

from alipay.aop.api.AlipayClientConfig import AlipayClientConfig
from alipay.aop.api.DefaultAlipayClient import DefaultAlipayClient
from alipay.aop.api.FileItem import FileItem
from alipay.aop.api.request.AlipayMerchantImageUploadRequest import AlipayMerchantImageUploadRequest
from alipay.aop.api.util.SignatureUtils import get_sign_content, verify_with_rsa

PATIENCE_S = 20
CODE = "2811111111111111"
CHINA = timezone(timedelta(hours=8))


def client(charset: str) -> DefaultAlipayClient:
    config = AlipayClientConfig()
    config.server_url = os.environ["ALIPAY_GATEWAY"]
    config.app_id = os.environ["ALIPAY_APP_ID"]
    config.app_private_key = os.environ["ALIPAY_APP_PRIVATE_KEY_PKCS1"]
    config.alipay_public_key = os.environ["ALIPAY_PUBLIC_KEY"]
    config.charset = charset
    return DefaultAlipayClient(config)


def asked(client: DefaultAlipayClient, name: str, notify_url: str = "", **biz: Any) -> dict[str, Any]:
    """The answer, once the SDK has verified its signature: it raises where it does not."""
    kind = f"Alipay{name}Request"
    request = getattr(import_module(f"alipay.aop.api.request.{kind}"), kind)()
    request.biz_content = biz
    if notify_url:
        request.notify_url = notify_url
    answer: dict[str, Any] = json.loads(client.execute(request))
    return answer


class Callbacks:
    """The shop's callback endpoint: every form that came."""

    def __init__(self) -> None:
        self.arrived: queue.Queue[dict[str, str]] = queue.Queue()
        arrived = self.arrived

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                arrived.put(dict(parse_qsl(body, strict_parsing=True)))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"success")

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/alipay?shop=1"


def told(callbacks: Callbacks) -> dict[str, Any]:
    """The next notification, with what the SDK's own functions say of its signature."""
    values = callbacks.arrived.get(timeout=PATIENCE_S)
    signed = {name: value for name, value in values.items() if name not in ("sign", "sign_type")}
    text = get_sign_content(signed).encode(values["charset"])
    return {**values, "verified": verify_with_rsa(os.environ["ALIPAY_PUBLIC_KEY"], text, values["sign"])}


def buying(alipay: DefaultAlipayClient, gbk: DefaultAlipayClient, callbacks: Callbacks) -> dict[str, Any]:
    order = {"subject": "测试 a}b", "scene": "bar_code"}
    saw: dict[str, Any] = {
        "waiting": asked(alipay, "TradePay", out_trade_no="OW1", total_amount="44.10",
                         auth_code=f"{CODE}01", **order),
        "cancelled": asked(alipay, "TradeCancel", out_trade_no="OW1"),
        "declined": asked(alipay, "TradePay", out_trade_no="OD1", total_amount="44.01",
                          auth_code=f"{CODE}02", **order),
        "paid": asked(alipay, "TradePay", callbacks.url, out_trade_no="OP1", total_amount="10.00",
                      auth_code=f"{CODE}03", passback_params="a%3D1%26b%3D%E4%B8%AD", **order),
        "gbk": asked(gbk, "TradePrecreate", out_trade_no="OG1", total_amount="1.00", subject="中文"),
        "query": asked(gbk, "TradeQuery", out_trade_no="OP1"),
    }
    saw["told"] = [told(callbacks)]
    saw["refunds"] = []
    for amount in ("3.00", "3.01", "3.02", "0.98"):
        saw["refunds"].append(
            asked(alipay, "TradeRefund", out_trade_no="OP1", refund_amount=amount, out_request_no=amount)
        )
    saw["told"] += [told(callbacks) for _ in range(3)]
    return saw


def afterwards(alipay: DefaultAlipayClient) -> dict[str, Any]:
    """Shares, frozen money, a transfer, and the day's bill."""
    paid = asked(alipay, "TradePay", out_trade_no="S1", total_amount="100.00", subject="分账",
                 scene="bar_code", auth_code=f"{CODE}04")
    accounts = ("2088102100004811", "2088102100004812")
    bound = asked(alipay, "TradeRoyaltyRelationBind", out_request_no="B1",
                  receiver_list=[{"type": "userId", "account": account} for account in accounts])
    shares = [{"trans_in": account, "trans_in_type": "userId", "amount": amount}
              for account, amount in zip(accounts, ("30.00", "20.00"), strict=True)]
    settled = asked(alipay, "TradeOrderSettle", out_request_no="X1", trade_no=paid["trade_no"],
                    royalty_parameters=shares)
    frozen = asked(alipay, "FundAuthOrderFreeze", out_order_no="A1", out_request_no="F1", order_title="押金",
                   amount="100.00", auth_code=f"{CODE}05", auth_code_type="bar_code", product_code="PRE_AUTH")
    auth = {"auth_no": frozen["auth_no"], "out_request_no": "U1"}
    saw: dict[str, Any] = {
        "bound": bound, "frozen": frozen,
        "split": asked(alipay, "TradeOrderSettleQuery", settle_no=settled["settle_no"]),
        "taken": asked(alipay, "TradePay", out_trade_no="A1P", total_amount="60.00", subject="租金",
                       auth_no=frozen["auth_no"], product_code="PRE_AUTH", auth_confirm_mode="NOT_COMPLETE"),
        "freed": asked(alipay, "FundAuthOrderUnfreeze", amount="40.00", remark="归还", **auth),
        "after": asked(alipay, "FundAuthOperationDetailQuery", **auth),
        "sent": asked(alipay, "FundTransUniTransfer", out_biz_no="T1", trans_amount="7.00",
                      product_code="TRANS_ACCOUNT_NO_PWD", biz_scene="DIRECT_TRANSFER",
                      payee_info={"identity": "2088102100004813", "identity_type": "ALIPAY_USER_ID"}),
    }
    day = datetime.now(CHINA).strftime("%Y-%m-%d")
    made = asked(alipay, "DataDataserviceBillDownloadurlQuery", bill_type="signcustomer", bill_date=day)
    with urllib.request.urlopen(made["bill_download_url"], timeout=PATIENCE_S) as file:
        saw["bill"] = base64.b64encode(file.read()).decode()
    return saw


def uploaded(alipay: DefaultAlipayClient) -> dict[str, Any]:
    request = AlipayMerchantImageUploadRequest()
    request.image_type = "png"
    request.image_content = FileItem("图片.png", b"\x89PNG\r\n\r\n--not-a-boundary", "image/png")
    answer: dict[str, Any] = json.loads(alipay.execute(request))
    return answer


def main() -> dict[str, Any]:
    alipay = client("utf-8")
    return {**buying(alipay, client("GBK"), Callbacks()), **afterwards(alipay),
            "image": uploaded(alipay)}


print(json.dumps(main(), ensure_ascii=False))
