"""The same shop with what follows a payment: combined orders, refunds that fail, sharing, transfers, bills, uploads.

Argument: `certificate` or `public_key`, as in the first program.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flow_wechatpayv3 import PATIENCE_S, Callbacks, answered, payer_pays, shop  # type: ignore[import-not-found]

OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
STORE = "1900000109"


def asked(path: str, body: bytes | None, content_type: str) -> None:
    """Straight to PayDouble: by no proxy."""
    request = urllib.request.Request(os.environ["PAYDOUBLE_URL"] + path, body, {"Content-Type": content_type})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    opener.open(request, timeout=PATIENCE_S).close()


def a_day_later() -> None:
    by = json.dumps({"by": "24h"}).encode()
    asked(f"/_paydouble/sandboxes/{os.environ['SANDBOX']}/clock/advance", by, "application/json")


def combined(wxpay: Any, callbacks: Callbacks, saw: dict[str, Any]) -> None:
    mchid = os.environ["WECHATPAY_MCHID"]
    parts = [
        {"mchid": mchid, "attach": name, "out_trade_no": f"SDK-PART-{name}", "description": name,
         "amount": {"total_amount": 50, "currency": "CNY"}} for name in "AB"
    ]
    saw["combined"] = answered(wxpay.combine_pay(
        combine_out_trade_no="SDK-COMBINED", sub_orders=parts, combine_mchid=mchid, notify_url=callbacks.url("/combined"),
    ))
    payer_pays("SDK-PART-A")
    saw["combined_paid"] = callbacks.next(wxpay)
    saw["combined_query"] = answered(wxpay.combine_query("SDK-COMBINED"))


def refunded(wxpay: Any, callbacks: Callbacks, saw: dict[str, Any]) -> None:
    amount = {"refund": 20, "total": 50, "currency": "CNY"}
    refund = answered(wxpay.refund(
        out_refund_no="PD4832-R1", out_trade_no="SDK-PART-A", amount=amount, notify_url=callbacks.url("/refunded")
    ))
    saw["abnormal"] = callbacks.next(wxpay)
    saw["applied"] = answered(wxpay.abnormal_refund(
        refund_id=refund["body"]["refund_id"], out_refund_no="PD4832-R1", type="USER_BANK_CARD",
        bank_type="CMB_DEBIT", bank_account="6222021234567890403", real_name="张三",
    ))
    saw["refunded"] = callbacks.next(wxpay)


def shared(wxpay: Any, callbacks: Callbacks, saw: dict[str, Any]) -> None:
    price, number = {"total": 1_000, "currency": "CNY"}, "SDK-SHARED"
    wxpay.pay(description="x", out_trade_no=number, amount=price, settle_info={"profit_sharing": True})
    payer_pays(number)
    id = callbacks.next(wxpay)["resource"]["transaction_id"]
    add = wxpay.profitsharing_add_receiver
    saw["receiver"] = answered(add("MERCHANT_ID", STORE, "STORE", name="示例商户全称"))
    add("PERSONAL_OPENID", OPENID, "STAFF")
    receivers = [
        {"type": kind, "account": account, "amount": 100, "description": "x"}
        for kind, account in (("MERCHANT_ID", STORE), ("PERSONAL_OPENID", OPENID))
    ]
    saw["shared"] = answered(wxpay.profitsharing_order(id, "P1", receivers, False))
    saw["returned"] = answered(wxpay.profitsharing_return("B1", STORE, 60, "x", out_order_no="P1"))
    saw["unfrozen"] = answered(wxpay.profitsharing_unfreeze(id, "U1", "x"))
    saw["share_query"] = answered(wxpay.profitsharing_order_query(id, "P1"))


def transferred(wxpay: Any, callbacks: Callbacks, saw: dict[str, Any]) -> None:
    report = [{"info_type": "活动名称", "info_content": "x"}, {"info_type": "奖励说明", "info_content": "y"}]
    saw["transfer"] = made = answered(wxpay.mch_transfer_bills(
        out_bill_no="T1", transfer_scene_id="1000", openid=OPENID, transfer_amount=400, transfer_remark="x",
        user_name="张三", transfer_scene_report_infos=report, notify_url=callbacks.url("/transfer"),
    ))
    where = urlencode({"mchId": os.environ["WECHATPAY_MCHID"], "package": made["body"]["package_info"]})
    asked(f"/paydouble/wechatpay/transfer?{where}", b"step=confirm", "application/x-www-form-urlencoded")
    saw["transferred"] = callbacks.next(wxpay)


def uploaded(wxpay: Any, saw: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "a.png"
        picture.write_bytes(b"\x89PNG\r\n\x1a\n")
        saw["uploaded"] = answered(wxpay.image_upload(str(picture)))


def main(mode: str) -> None:
    callbacks = Callbacks()
    wxpay = shop(mode, callbacks.url("/notify"))
    saw: dict[str, Any] = {}
    combined(wxpay, callbacks, saw)
    refunded(wxpay, callbacks, saw)
    shared(wxpay, callbacks, saw)
    transferred(wxpay, callbacks, saw)
    uploaded(wxpay, saw)
    a_day_later()
    saw["bill"] = answered(wxpay.trade_bill("2026-03-01"))
    status, file = wxpay.download_bill(saw["bill"]["body"]["download_url"])
    saw["file"] = {"status": status, "bytes": len(file)}
    print(json.dumps(saw))


if __name__ == "__main__":
    main(sys.argv[1])
