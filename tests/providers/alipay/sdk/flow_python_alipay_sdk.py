"""A shop that uses PyPI's python-alipay-sdk; prints what it saw as JSON. Argument: `keys` or `certificates`."""

from __future__ import annotations

import base64
import json
import os
import queue
import sys
import threading
import urllib.request
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from alipay import AliPay, DCAliPay
from alipay.exceptions import AliPayException

PATIENCE_S = 20
CHINA = timezone(timedelta(hours=8))


class Callbacks:
    """The shop's callback endpoint: every form that came."""

    def __init__(self) -> None:
        self.arrived: queue.Queue[dict[str, str]] = queue.Queue()
        arrived = self.arrived

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                arrived.put(dict(parse_qsl(body.decode(), keep_blank_values=True)))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"success")

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/alipay?shop=1"


def act(ref: str, trigger: str) -> None:
    """The buyer's side, through the control API."""
    base = f"{os.environ['PAYDOUBLE_URL']}/_paydouble/sandboxes/{os.environ['SANDBOX']}"
    body = json.dumps({"trigger": trigger}).encode()
    request = urllib.request.Request(
        f"{base}/payments/ref:{ref}/act", body, {"Content-Type": "application/json"}, method="POST"
    )
    urllib.request.urlopen(request, timeout=PATIENCE_S).close()


def shop(mode: str) -> AliPay:
    def read(name: str) -> str:
        return Path(os.environ[name]).read_text()

    app_id, private = os.environ["ALIPAY_APP_ID"], read("ALIPAY_APP_PRIVATE_KEY_PATH")
    if mode == "keys":
        alipay = AliPay(app_id, None, private, read("ALIPAY_PUBLIC_KEY_PATH"), sign_type="RSA2")
    else:
        alipay = DCAliPay(
            appid=app_id, app_notify_url=None, app_private_key_string=private,
            app_public_key_cert_string=read("ALIPAY_APP_CERTIFICATE_PATH"),
            alipay_public_key_cert_string=read("ALIPAY_CERTIFICATE_PATH"),
            alipay_root_cert_string=read("ALIPAY_ROOT_CERTIFICATE_PATH"),
        )
    alipay._gateway = os.environ["ALIPAY_GATEWAY"]     # it has no public option for that
    return alipay


def afterwards(alipay: AliPay) -> dict[str, Any]:
    """Frozen money, what is paid out of it and freed, and the day's bill."""
    frozen = alipay.server_api("alipay.fund.auth.order.freeze", {
        "out_order_no": "A1", "out_request_no": "F1", "order_title": "押金", "amount": "100.00",
        "auth_code": "281234567890123403", "auth_code_type": "bar_code", "product_code": "PRE_AUTH",
    })
    auth = {"auth_no": frozen["auth_no"], "out_request_no": "U1"}
    saw = {
        "frozen": frozen,
        "taken": alipay.server_api("alipay.trade.pay", {
            "out_trade_no": "A1P", "total_amount": "60.00", "subject": "租金", "auth_no": frozen["auth_no"],
            "product_code": "PRE_AUTH", "auth_confirm_mode": "NOT_COMPLETE",
        }),
        "freed": alipay.server_api("alipay.fund.auth.order.unfreeze", {**auth, "amount": "40.00", "remark": "归还"}),
        "after": alipay.server_api("alipay.fund.auth.operation.detail.query", auth),
    }
    day = datetime.now(CHINA).strftime("%Y-%m-%d")
    made = alipay.server_api("alipay.data.dataservice.bill.downloadurl.query", {
        "bill_type": "signcustomer", "bill_date": day,
    })
    with urllib.request.urlopen(made["bill_download_url"], timeout=PATIENCE_S) as file:
        saw["bill"] = base64.b64encode(file.read()).decode()
    return saw


def main(mode: str) -> dict[str, Any]:
    alipay, callbacks = shop(mode), Callbacks()
    saw: dict[str, Any] = {}
    code = "2812345678901234"
    saw["waiting"] = alipay.api_alipay_trade_pay("W1", "bar_code", f"{code}01", "等待", total_amount="44.10")
    saw["cancelled"] = alipay.api_alipay_trade_cancel(out_trade_no="W1")
    saw["paid_at_once"] = alipay.api_alipay_trade_pay(
        "B1", "bar_code", f"{code}02", "a}b{", total_amount="9.90"
    )
    saw["precreated"] = alipay.api_alipay_trade_precreate("测试", "Q1", 10.00, notify_url=callbacks.url)
    act("Q1", "pay")
    told = callbacks.arrived.get(timeout=PATIENCE_S)
    sign = told.pop("sign")
    saw["told"] = {**told, "verified": alipay.verify(dict(told), sign)}
    saw["query"] = alipay.api_alipay_trade_query(out_trade_no="Q1")
    saw["refunds"] = [
        alipay.api_alipay_trade_refund(amount, out_trade_no="Q1", out_request_no=f"R{amount}")
        for amount in ("3.00", "3.01", "3.02", "0.98")
    ]
    saw["refund"] = alipay.api_alipay_trade_fastpay_refund_query("R3.01", out_trade_no="Q1")
    receivers = [{"type": "userId", "account": "2088102100004811"}, {"type": "userId", "account": "2088102100004812"}]
    saw["bound"] = alipay.server_api("alipay.trade.royalty.relation.bind", {
        "out_request_no": "N1", "receiver_list": receivers,
    })
    saw["settled"] = alipay.api_alipay_trade_order_settle("S1", saw["paid_at_once"]["trade_no"], [
        {"trans_in": "2088102100004811", "amount": "1.00"},
        {"trans_in": "2088102100004812", "amount": "2.00"},
    ])
    if mode == "certificates":
        saw["sent"] = alipay.server_api("alipay.fund.trans.uni.transfer", {
            "out_biz_no": "T1", "trans_amount": "1.00", "product_code": "TRANS_ACCOUNT_NO_PWD",
            "biz_scene": "DIRECT_TRANSFER",
            "payee_info": {"identity": "2088102100004811", "identity_type": "ALIPAY_USER_ID"},
        })
    saw |= afterwards(alipay)
    try:
        alipay.api_alipay_trade_query(out_trade_no=None, trade_no="nothing")
    except AliPayException as refused:
        saw["refused"] = str(refused)
    return saw


print(json.dumps(main(sys.argv[1]), ensure_ascii=False))
