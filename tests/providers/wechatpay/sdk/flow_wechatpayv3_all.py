"""The same shop with every other call of the SDK that PayDouble serves; prints status and body of each by its name.

Argument: `certificate` or `public_key`, as in the first program.
"""

from __future__ import annotations

import gzip
import hmac
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flow_wechatpayv3 import Callbacks, answered, payer_pays, shop  # type: ignore[import-not-found]
from flow_wechatpayv3_more import OPENID, a_day_later, asked  # type: ignore[import-not-found]
from wechatpayv3 import WeChatPayType

FORM = "application/x-www-form-urlencoded"
PAGES = "/paydouble/wechatpay"
DAY = "2026-03-01"
SUB_MCHID = "1900000110"


class Saw(dict[str, Any]):
    """What each call answered, by its name; a number is added where it is made again."""

    def of(self, wxpay: Any, name: str, *args: Any, **named: Any) -> Any:
        status, text = getattr(wxpay, name)(*args, **named)
        body = json.loads(text) if text and not isinstance(text, bytes) else None
        again = sum(key.partition("#")[0] == name for key in self)
        self[f"{name}#{again}" if again else name] = {"status": status, "body": body}
        return body


def control(path: str, body: dict[str, Any]) -> None:
    asked(f"/_paydouble/sandboxes/{os.environ['SANDBOX']}/{path}", json.dumps(body).encode(), "application/json")


def paid(wxpay: Any, callbacks: Callbacks, number: str, **more: Any) -> dict[str, Any]:
    amount = {"total": 1_000, "currency": "CNY"}
    wxpay.pay(description="x", out_trade_no=number, amount=amount, **more)
    payer_pays(number)
    told: dict[str, Any] = callbacks.next(wxpay)["resource"]
    return told


def products(wxpay: Any, callbacks: Callbacks, saw: Saw) -> None:
    """Every way to pay; each is told of."""
    ways = {
        WeChatPayType.JSAPI: {"payer": {"openid": OPENID}}, WeChatPayType.APP: {}, WeChatPayType.NATIVE: {},
        WeChatPayType.H5: {"scene_info": {"payer_client_ip": "127.0.0.1", "h5_info": {"type": "Wap"}}},
        WeChatPayType.MINIPROG: {"payer": {"openid": OPENID}},
    }
    saw["paid"] = {
        way.name: paid(wxpay, callbacks, f"ALL-{way.name}", pay_type=way, **more)["trade_type"]
        for way, more in ways.items()
    }
    part = {"mchid": os.environ["WECHATPAY_MCHID"], "attach": "x", "description": "x",
            "amount": {"total_amount": 50, "currency": "CNY"}}
    parts = [{**part, "out_trade_no": f"ALL-PART-{name}"} for name in "AB"]
    combination = {"combine_out_trade_no": "ALL-COMBINED", "sub_orders": parts, "combine_mchid": part["mchid"]}
    saw.of(wxpay, "combine_pay", **combination, notify_url=callbacks.url("/combined"))
    named = [{"mchid": each["mchid"], "out_trade_no": each["out_trade_no"]} for each in parts]
    saw.of(wxpay, "combine_close", "ALL-COMBINED", named)


def served(wxpay: Any, callbacks: Callbacks, saw: Saw) -> None:
    """A partner's orders for one of its sub-merchants, from the order to the refund; and a code payment."""
    sub = {"sub_mchid": SUB_MCHID}
    price = {"total": 1_000, "currency": "CNY"}
    ways = {
        WeChatPayType.JSAPI: {"payer": {"sp_openid": OPENID}}, WeChatPayType.APP: {}, WeChatPayType.NATIVE: {},
        WeChatPayType.H5: {"scene_info": {"payer_client_ip": "127.0.0.1", "h5_info": {"type": "Wap"}}},
    }
    saw["partner"] = {
        way.name: paid(wxpay, callbacks, f"SP-WAY-{way.name}", pay_type=way, **sub, **more)["sub_mchid"]
        for way, more in ways.items()
    }
    saw.of(wxpay, "query", out_trade_no="SP-WAY-NATIVE", **sub)
    wxpay.pay(description="x", out_trade_no="SP-CLOSED", amount=price, **sub)
    saw.of(wxpay, "close", "SP-CLOSED", **sub)
    part = {"refund": 100, **price}
    saw.of(wxpay, "refund", out_refund_no="SP-R1", amount=part, out_trade_no="SP-WAY-NATIVE", **sub,
           notify_url=callbacks.url("/refunded"))
    saw["partner_refunded"] = callbacks.next(wxpay)["resource"]["sub_mchid"]
    saw.of(wxpay, "query_refund", "SP-R1", **sub)
    code = {"payer": {"auth_code": "134567890123456789"}, "scene_info": {"store_info": {"id": "7"}}}
    saw.of(wxpay, "pay", description="x", out_trade_no="SP-CODE", amount=price, pay_type=WeChatPayType.CODEPAY,
           **sub, **code)
    saw.of(wxpay, "codepay_reverse", "SP-CODE", **sub)


def shared(wxpay: Any, callbacks: Callbacks, saw: Saw) -> None:
    id = paid(wxpay, callbacks, "ALL-SHARED", settle_info={"profit_sharing": True})["transaction_id"]
    saw.of(wxpay, "profitsharing_add_receiver", "PERSONAL_OPENID", OPENID, "STAFF")
    receiver = {"type": "PERSONAL_OPENID", "account": OPENID, "amount": 100, "description": "x", "name": "张三"}
    saw.of(wxpay, "profitsharing_order", id, "P1", [receiver], False)
    saw.of(wxpay, "profitsharing_amount_query", id)
    store = "1900000109"
    wxpay.profitsharing_add_receiver("MERCHANT_ID", store, "STORE", name="示例商户全称")
    saw.of(wxpay, "profitsharing_order", id, "P2", [{**receiver, "type": "MERCHANT_ID", "account": store,
                                                  "name": "示例商户全称"}], False)
    saw.of(wxpay, "profitsharing_return", "B1", store, 60, "x", out_order_no="P2")
    saw.of(wxpay, "profitsharing_return_query", "P2", "B1")
    saw.of(wxpay, "profitsharing_config_query", "1900000110")
    saw.of(wxpay, "profitsharing_delete_receiver", "PERSONAL_OPENID", OPENID)


def transferred(wxpay: Any, callbacks: Callbacks, saw: Saw) -> None:
    report = [{"info_type": "活动名称", "info_content": "x"}, {"info_type": "奖励说明", "info_content": "y"}]
    bill = {"transfer_scene_id": "1000", "openid": OPENID, "transfer_amount": 400, "transfer_remark": "x",
            "transfer_scene_report_infos": report}
    made = saw.of(wxpay, "mch_transfer_bills", out_bill_no="T1", notify_url=callbacks.url("/t"), **bill)
    where = urlencode({"mchId": os.environ["WECHATPAY_MCHID"], "package": made["package_info"]})
    asked(f"{PAGES}/transfer?{where}", b"step=confirm", FORM)
    saw["transferred"] = callbacks.next(wxpay)["resource"]["state"]
    for number in ({"out_bill_no": "T1"}, {"transfer_bill_no": made["transfer_bill_no"]}):
        saw.of(wxpay, "mch_transfer_bills_query", **number)
        saw.of(wxpay, "mch_transfer_elecsign", **number)
        saw.of(wxpay, "mch_transfer_elecsign_query", **number)
    saw.of(wxpay, "mch_transfer_bills", out_bill_no="T2", notify_url=callbacks.url("/t"), **bill)
    saw.of(wxpay, "mch_transfer_bills_cancel", "T2")
    saw["canceled"] = callbacks.next(wxpay)["resource"]["state"]
    details = [{"out_detail_no": "D1", "transfer_amount": 100, "transfer_remark": "x", "openid": OPENID,
                "user_name": "张三"}]
    batch = saw.of(wxpay, "transfer_batch", "B1", "x", "x", 100, 1, details, notify_url=callbacks.url("/b"))
    saw["batch"] = callbacks.next(wxpay)["resource"]["batch_status"]
    listed = saw.of(wxpay, "transfer_query_out_batch_no", "B1", True)
    saw.of(wxpay, "transfer_query_batchid", batch["batch_id"])
    saw.of(wxpay, "transfer_query_detail_id", batch["batch_id"], listed["transfer_detail_list"][0]["detail_id"])
    detail = saw.of(wxpay, "transfer_query_out_detail_no", "D1", "B1")
    saw["name"] = wxpay.decrypt(detail["user_name"])
    # Of receipts of batches the SDK has calls too, but they end in a TypeError before anything is sent.


def rented(wxpay: Any, callbacks: Callbacks, saw: Saw) -> None:
    """Two orders on trust: one is used and paid, one canceled; and a user's consent."""
    service = {"service_id": "500001", "service_introduction": "充电宝", "time_range": {"start_time": "OnAccept"},
               "risk_fund": {"name": "DEPOSIT", "amount": 9_900}, "notify_url": callbacks.url("/score")}
    rule = {"when": {"native": "payscore.complete"}, "then": {"outcome": "pending"}}
    control("scenarios", {"rules": [rule]})
    saw.of(wxpay, "payscore_create", "RENT-1", openid=OPENID, need_user_confirm=False, **service)
    saw["confirmed"] = callbacks.next(wxpay)["event"]
    cost = [{"name": "租金", "amount": 300}]
    saw.of(wxpay, "payscore_complete", "RENT-1", "500001", cost, 300)
    saw.of(wxpay, "payscore_modify", "RENT-1", "500001", [{"name": "租金", "amount": 200}], 200, "x")
    saw.of(wxpay, "payscore_pay", "RENT-1", "500001")
    saw["collected"] = callbacks.next(wxpay)["event"]
    shown = saw.of(wxpay, "payscore_query", "500001", "RENT-1")
    id = shown["collection"]["details"][0]["transaction_id"]
    refund = {"refund": 50, "total": 200, "currency": "CNY"}
    saw.of(wxpay, "payscore_refund", id, "RENT-R1", refund, notify_url=callbacks.url("/refunded"))
    saw["refunded"] = callbacks.next(wxpay)["event"]
    saw.of(wxpay, "payscore_refund_query", "RENT-R1")
    saw.of(wxpay, "payscore_create", "RENT-3", openid=OPENID, need_user_confirm=False, **service)
    saw["confirmed_again"] = callbacks.next(wxpay)["event"]
    saw.of(wxpay, "payscore_complete", "RENT-3", "500001", cost, 300)
    paid = saw.of(wxpay, "payscore_sync", "RENT-3", "500001", detail={"paid_time": "20260301121212"})
    saw["elsewhere"] = [paid["state"], paid["collection"]["details"][0]["paid_time"]]
    saw.of(wxpay, "payscore_create", "RENT-2", openid=OPENID, need_user_confirm=True, **service)
    saw.of(wxpay, "payscore_cancel", "RENT-2", "500001", "x")
    consent = saw.of(wxpay, "payscore_permission", "500001", "A1", callbacks.url("/consent"))
    consents(consent["apply_permissions_token"])
    saw["consented"] = [callbacks.next(wxpay)["event"]]
    told = saw.of(wxpay, "payscore_permission_query", "500001", authorization_code="A1")
    saw.of(wxpay, "payscore_permission_query", "500001", openid=told["openid"])
    # By code the SDK's path lacks its first slash.
    saw.of(wxpay, "payscore_permission_terminate", "500001", "x", openid=told["openid"])
    saw["consented"].append(callbacks.next(wxpay)["event"])


def consents(token: str) -> None:
    """On the page that `openBusinessView` opens; the SDK has no signature by the APIv2 key."""
    handed = {"mch_id": os.environ["WECHATPAY_MCHID"], "apply_permissions_token": token, "nonce_str": "x1",
              "sign_type": "HMAC-SHA256", "timestamp": "1772337600"}
    key = os.environ["WECHATPAY_APIV2_KEY"]
    text = "&".join(f"{name}={handed[name]}" for name in sorted(handed)) + f"&key={key}"
    sign = hmac.new(key.encode(), text.encode(), "sha256").hexdigest().upper()
    asked(f"{PAGES}/permission?{urlencode({**handed, 'sign': sign})}", b"step=confirm", FORM)


def complained(wxpay: Any, callbacks: Callbacks, saw: Saw, folder: Path) -> None:
    saw.of(wxpay, "complaint_notification_create", callbacks.url("/complaints"))
    saw.of(wxpay, "complaint_notification_query")
    saw.of(wxpay, "complaint_notification_update", callbacks.url("/complaints"))
    control("payments/ref:ALL-NATIVE/act", {"trigger": "complain"})
    told = callbacks.next(wxpay)
    saw["complained"], id = told["event"], told["resource"]["complaint_id"]
    saw.of(wxpay, "complaint_list_query", DAY, DAY)
    shown = saw.of(wxpay, "complaint_detail_query", id)
    saw["phone"] = wxpay.decrypt(shown["payer_phone"])
    picture = folder / "a.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n")
    media = saw.of(wxpay, "complaint_image_upload", str(picture))
    saw.of(wxpay, "complaint_image_download", f"/v3/merchant-service/images/{media['media_id']}")
    saw.of(wxpay, "complaint_response", id, "已补发", response_images=[media["media_id"]])
    saw.of(wxpay, "complaint_update_refund", id, "REJECT", reject_reason="x")
    saw.of(wxpay, "complaint_history_query", id, limit=50)
    saw.of(wxpay, "complaint_complete", id)
    saw["moved"] = [callbacks.next(wxpay)["resource"]["action_type"] for _ in range(3)]
    saw.of(wxpay, "complaint_notification_delete")
    saw.of(wxpay, "image_upload", str(picture))
    film = folder / "a.mp4"
    film.write_bytes(b"\x00\x00\x00\x18ftyp")
    saw.of(wxpay, "video_upload", str(film))
    saw.of(wxpay, "marketing_image_upload", str(picture))


def given(wxpay: Any, callbacks: Callbacks, saw: Saw) -> None:
    """A kind of coupon, and one of it."""
    mchid = os.environ["WECHATPAY_MCHID"]
    saw.of(wxpay, "marketing_favor_callback_update", callbacks.url("/coupons"))
    limits = {"max_coupons": 2, "max_amount": 200, "max_coupons_per_user": 2, "natural_person_limit": False,
              "prevent_api_abuse": False}
    rule = {"fixed_normal_coupon": {"coupon_amount": 100, "transaction_minimum": 1_000}}
    made = saw.of(
        wxpay, "marketing_favor_stock_create", "满减", mchid, "2026-01-01T00:00:00+08:00", "2099-01-01T00:00:00+08:00",
        limits, rule, "S1", no_cash=True,
    )
    id = made["stock_id"]
    for move in ("start", "pause", "restart"):
        saw.of(wxpay, f"marketing_favor_stock_{move}", mchid, id)
    coupon = saw.of(wxpay, "marketing_favor_stock_send", id, OPENID, "C1", mchid)
    saw["sent"] = callbacks.next(wxpay)["event"]
    saw.of(wxpay, "marketing_favor_coupon_detail", coupon["coupon_id"], OPENID)
    saw.of(wxpay, "marketing_favor_stock_list", mchid)
    saw.of(wxpay, "marketing_favor_stock_detail", mchid, id)
    saw.of(wxpay, "marketing_favor_stock_merchant", mchid, id)
    saw.of(wxpay, "marketing_favor_stock_item", mchid, id)
    saw.of(wxpay, "marketing_favor_user_coupon", OPENID)
    saw.of(wxpay, "marketing_favor_use_flow", id)
    saw.of(wxpay, "marketing_favor_refund_flow", id)


def billed(wxpay: Any, saw: Saw) -> None:
    a_day_later()
    bills = {
        "trade_bill": wxpay.trade_bill(DAY), "fundflow_bill": wxpay.fundflow_bill(DAY),
        "profitsharing_bill": wxpay.profitsharing_bill(DAY),
    }
    saw["files"] = {}
    for name, call in bills.items():
        saw[name] = answered(call)
        status, file = wxpay.download_bill(saw[name]["body"]["download_url"])
        saw["files"][name] = gzip.decompress(file).decode() if status == 200 else ""
    saw.of(wxpay, "submch_fundflow_bill", SUB_MCHID, DAY, "BASIC")


def mistrusts(wxpay: Any, saw: Saw) -> None:
    """Answers that are spoiled are refused; of a certificate that is new the SDK fetches the key by itself."""
    spoiled = ("probe", "probe", "corrupt", "rotated_key", "rotated_key")
    rules = [
        {"when": {"operation": "payment.query", "nth": nth}, "then": {"respond": {"signature": signature}}}
        for nth, signature in enumerate(spoiled, 1)
    ]
    control("scenarios", {"rules": rules})
    saw["verified"] = []
    for _ in (*spoiled, ""):
        try:
            wxpay.query(out_trade_no="ALL-NATIVE")
        except Exception:
            saw["verified"].append(False)
        else:
            saw["verified"].append(True)


def main(mode: str) -> None:
    callbacks = Callbacks()
    wxpay = shop(mode, callbacks.url("/notify"))
    saw = Saw()
    products(wxpay, callbacks, saw)
    partner = shop(mode, callbacks.url("/notify"), partner_mode=True)
    served(partner, callbacks, saw)
    shared(wxpay, callbacks, saw)
    transferred(wxpay, callbacks, saw)
    rented(wxpay, callbacks, saw)
    with tempfile.TemporaryDirectory() as folder:
        complained(wxpay, callbacks, saw, Path(folder))
    given(wxpay, callbacks, saw)
    mistrusts(wxpay, saw)
    billed(wxpay, saw)
    print(json.dumps(saw))


if __name__ == "__main__":
    main(sys.argv[1])
