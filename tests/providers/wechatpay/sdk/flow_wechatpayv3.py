"""A shop that uses PyPI's wechatpayv3 and knows no other host than WeChat Pay's own; prints what it saw as JSON.

Its requests reach PayDouble by HTTPS_PROXY and are trusted by REQUESTS_CA_BUNDLE. Argument: `certificate` or
`public_key`, by which keys the shop checks signatures.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

from wechatpayv3 import WeChatPay, WeChatPayType

PATIENCE_S = 20


class Callbacks:
    """The shop's callback endpoint."""

    def __init__(self) -> None:
        self.arrived: queue.Queue[tuple[dict[str, str], bytes]] = queue.Queue()
        arrived = self.arrived

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                arrived.put((dict(self.headers), body))
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}{path}"

    def next(self, wxpay: WeChatPay) -> dict[str, Any]:
        """Verified and decrypted by the SDK; None where it refuses."""
        headers, body = self.arrived.get(timeout=PATIENCE_S)
        told = wxpay.callback(headers, body)
        assert told, f"the SDK refuses {headers}"
        return {
            "event": told["event_type"], "signed_by": headers["Wechatpay-Serial"], "resource": told["resource"]
        }


def shop(mode: str, notify_url: str, **more: Any) -> WeChatPay:
    keys: dict[str, str] = {}
    if mode == "public_key":
        keys["public_key"] = Path(os.environ["WECHATPAY_PUBLIC_KEY_PATH"]).read_text()
        keys["public_key_id"] = os.environ["WECHATPAY_PUBLIC_KEY_ID"]
    return WeChatPay(
        wechatpay_type=WeChatPayType.NATIVE,
        mchid=os.environ["WECHATPAY_MCHID"],
        private_key=Path(os.environ["WECHATPAY_PRIVATE_KEY_PATH"]).read_text(),
        cert_serial_no=os.environ["WECHATPAY_SERIAL_NO"],
        appid=os.environ["WECHATPAY_APPID"],
        apiv3_key=os.environ["WECHATPAY_APIV3_KEY"],
        notify_url=notify_url,
        **keys,
        **more,
    )


def payer_pays(number: str) -> None:
    base, sandbox = os.environ["PAYDOUBLE_URL"], os.environ["SANDBOX"]
    request = urllib.request.Request(
        f"{base}/_paydouble/sandboxes/{sandbox}/payments/ref:{quote(number)}/act",
        json.dumps({"trigger": "pay"}).encode(), {"Content-Type": "application/json"}, method="POST",
    )
    without_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    without_proxy.open(request, timeout=PATIENCE_S).close()


def answered(call: tuple[int, str]) -> dict[str, Any]:
    status, text = call
    return {"status": status, "body": json.loads(text) if text else None}


def main(mode: str) -> None:
    callbacks = Callbacks()
    wxpay = shop(mode, callbacks.url("/notify"))
    # The SDK signs these two characters as they are, and sends them percent-encoded.
    number, other = f"SDK|PYTHON*{mode}", f"SDK-CLOSED-{mode}"
    saw: dict[str, Any] = {}
    price = {"total": 100, "currency": "CNY"}
    saw["prepay"] = answered(wxpay.pay(description="三体", out_trade_no=number, amount=price, attach="till=7"))
    saw["unpaid"] = answered(wxpay.query(out_trade_no=number))
    payer_pays(number)
    saw["paid"] = callbacks.next(wxpay)
    saw["by_number"] = answered(wxpay.query(out_trade_no=number))
    transaction_id = saw["by_number"]["body"]["transaction_id"]
    saw["by_id"] = answered(wxpay.query(transaction_id=transaction_id))
    part = {"refund": 40, "total": 100, "currency": "CNY"}
    saw["refund"] = answered(wxpay.refund(
        out_refund_no="R1-" + mode, out_trade_no=number, amount=part, notify_url=callbacks.url("/refunded")
    ))
    saw["refunded"] = callbacks.next(wxpay)
    saw["refund_query"] = answered(wxpay.query_refund("R1-" + mode))
    saw["after"] = answered(wxpay.query(out_trade_no=number))
    saw["prepay_other"] = answered(wxpay.pay(description="x", out_trade_no=other, amount=price))
    saw["close"] = answered(wxpay.close(other))
    saw["closed"] = answered(wxpay.query(out_trade_no=other))
    saw["close_paid"] = answered(wxpay.close(number))
    print(json.dumps(saw))


if __name__ == "__main__":
    main(sys.argv[1])
