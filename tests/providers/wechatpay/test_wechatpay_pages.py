"""The payer's pages of WeChat Pay over real sockets: the H5 cashier, a transfer's confirmation, a contract."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest

from paydouble.core.http import Headers, HttpRequest
from paydouble.core.page import Show
from paydouble.crypto import rsa
from paydouble.providers.wechatpay import xml
from tests.merchants import world
from tests.providers.wechatpay.shop import Exchange, Receiver, Shop, control, send
from tests.providers.wechatpay.shop_v2 import as_xml, sign

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
SCENE = {"payer_client_ip": "127.0.0.1", "h5_info": {"type": "Wap"}}
REPORT = [{"info_type": "活动名称", "info_content": "x"}, {"info_type": "奖励说明", "info_content": "y"}]


def opened(server: Any) -> tuple[Shop, str]:
    sandbox = control(server, "sandboxes", {})
    return Shop(server.url, sandbox["credentials"]["wechatpay"]), f"sandboxes/{sandbox['id']}"


def visit(server: Any, target: str, **form: str) -> Exchange:
    """A GET, or a POST of the form."""
    if not form:
        return send(server.url, "GET", target)
    return send(server.url, "POST", target, urlencode(form).encode(), FORM)


def h5(server: Any, shop: Shop, notify_url: str = "http://127.0.0.1:9/n") -> str:
    """Where the browser is sent: path and query."""
    order = {
        "appid": shop.credentials["appid"], "mchid": shop.credentials["mchid"], "description": "<三体>",
        "out_trade_no": "ORDER-000001", "notify_url": notify_url, "amount": {"total": 100}, "scene_info": SCENE,
    }
    url = urlsplit(shop.call("POST", "/v3/pay/transactions/h5", order).json["h5_url"])
    assert f"{url.scheme}://{url.netloc}" == server.url
    return f"{url.path}?{url.query}"


def test_a_browser_pays_at_the_h5_cashier_and_goes_back(server: Any) -> None:
    shop, at = opened(server)
    receiver = Receiver()
    target = h5(server, shop, receiver.url) + "&redirect_url=" + quote("https://shop.example/done", safe="")
    page = visit(server, target)
    assert (page.status, "1.00" in page.body.decode(), b"<\xe4\xb8\x89" in page.body) == (200, True, False)
    wrong = visit(server, target, step="pay", password="000000")
    assert "支付密码错误" in wrong.body.decode()
    assert shop.query("ORDER-000001").json["trade_state"] == "NOTPAY"
    paid = visit(server, target, step="pay", password="123456")
    assert (paid.status, paid.headers["location"]) == (303, "https://shop.example/done")
    assert shop.opened(receiver.next())["trade_type"] == "MWEB"
    assert "支付成功" in visit(server, target).body.decode()
    receiver.close()
    assert control(server, f"{at}/audit", {})["ok"]


def test_a_payer_leaves_and_a_link_that_is_none(server: Any) -> None:
    shop, _ = opened(server)
    visit(server, h5(server, shop), step="cancel")
    assert shop.query("ORDER-000001").json["trade_state"] == "NOTPAY"
    package = shop.credentials["mchid"]
    missing = visit(server, f"/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx0&package={package}")
    assert (missing.status, "商家参数格式有误" in missing.body.decode()) == (404, True)


def invoked(shop: Shop, prepay_id: str, *, by_app: bool, spoiled: str = "") -> str:
    """Where WeChat opens its cashier, with what a page or an app has handed over."""
    appid, at, nonce = shop.credentials["appid"], "1735689900", "593BEC0C930BF1AFEB40B4A08C8FB242"
    package = prepay_id if by_app else f"prepay_id={prepay_id}"
    text = "".join(f"{line}\n" for line in (appid, at, nonce, package))
    signature = rsa.sign_sha256(rsa.load_private(shop.credentials["private_key_pem"].encode()), text.encode())
    if by_app:
        handed = {
            "appid": appid, "partnerid": shop.credentials["mchid"], "prepayid": prepay_id, "package": "Sign=WXPay",
            "noncestr": nonce, "timestamp": at, "sign": signature,
        }
    else:
        handed = {
            "mchid": shop.credentials["mchid"], "appId": appid, "timeStamp": at, "nonceStr": nonce,
            "package": package, "signType": "RSA", "paySign": signature,
        }
    if spoiled:
        handed[spoiled] = "wx" + handed[spoiled]
    return f"/paydouble/wechatpay/pay?{urlencode(handed)}"


@pytest.mark.parametrize(("product", "spoiled"), [
    ("jsapi", ""), ("jsapi", "paySign"), ("jsapi", "appId"), ("jsapi", "nonceStr"),
    ("app", ""), ("app", "sign"), ("app", "appid"), ("app", "package"), ("app", "timestamp"),
])
def test_what_is_handed_to_wechat_must_be_signed_by_the_merchant(server: Any, product: str, spoiled: str) -> None:
    shop, at = opened(server)
    order = {
        "appid": shop.credentials["appid"], "mchid": shop.credentials["mchid"], "description": "三体",
        "out_trade_no": "ORDER-000001", "notify_url": "http://127.0.0.1:9/n", "amount": {"total": 100},
        **({"payer": {"openid": OPENID}} if product == "jsapi" else {}),
    }
    prepay_id = shop.call("POST", f"/v3/pay/transactions/{product}", order).json["prepay_id"]
    target = invoked(shop, prepay_id, by_app=product == "app", spoiled=spoiled)
    page = visit(server, target, step="pay", password="123456")
    told = "支付验证签名失败" if spoiled else "支付成功"
    assert (page.status, told in page.body.decode()) == (403 if spoiled else 200, True)
    assert shop.query("ORDER-000001").json["trade_state"] == ("NOTPAY" if spoiled else "SUCCESS")
    assert control(server, f"{at}/audit", {})["ok"]


@pytest.mark.parametrize("sign_type", ["MD5", "HMAC-SHA256"])
@pytest.mark.parametrize("spoiled", [False, True])
def test_an_order_of_api_v2_is_handed_over_under_its_key(server: Any, sign_type: str, spoiled: bool) -> None:
    shop, _ = opened(server)
    fields = {
        "appid": shop.credentials["appid"], "mch_id": shop.credentials["mchid"], "nonce_str": "5K8264ILTKCH16CQ",
        "body": "x", "out_trade_no": "V2ORDER001", "total_fee": "100", "spbill_create_ip": "127.0.0.1",
        "notify_url": "http://127.0.0.1:9/n", "trade_type": "JSAPI", "openid": OPENID,
    }
    key = shop.credentials["apiv2_key"]
    answer = send(server.url, "POST", "/pay/unifiedorder", as_xml({**fields, "sign": sign(fields, key)}))
    handed = {
        "appId": fields["appid"], "timeStamp": "1735689900", "nonceStr": "593BEC0C930BF1AF",
        "package": f"prepay_id={xml.read(answer.body)['prepay_id']}", "signType": sign_type,
    }
    handed["paySign"] = sign(handed, "x" if spoiled else key, sign_type)
    target = f"/paydouble/wechatpay/pay?{urlencode({'mchid': fields['mch_id'], **handed})}"
    page = visit(server, target, step="pay", password="123456")
    told = "支付验证签名失败" if spoiled else "支付成功"
    assert (page.status, told in page.body.decode()) == (403 if spoiled else 200, True)


def test_a_qr_code_is_shown_and_an_older_one_is_of_no_use(server: Any) -> None:
    shop, _ = opened(server)
    codes = [shop.order("ORDER-000001", "http://127.0.0.1:9/n").json["code_url"] for _ in range(2)]
    old, new = (
        f"/paydouble/wechatpay/scan?{urlencode({'mchid': shop.credentials['mchid'], 'code_url': code})}"
        for code in codes
    )
    page = visit(server, new)
    assert (page.status, f"<title>{codes[1]}</title>" in page.body.decode()) == (200, True)
    assert page.body.count(b"<path") == 1
    assert visit(server, old).status == 404
    assert "支付成功" in visit(server, new, step="pay", password="123456", openid=OPENID).body.decode()
    assert shop.query("ORDER-000001").json["payer"] == {"openid": OPENID}


def test_a_payment_at_risk_wants_a_code_by_sms(server: Any) -> None:
    shop, at = opened(server)
    rule = {"when": {"operation": "payment.charge"}, "then": {"outcome": {"result": "requires_action"}}}
    control(server, f"{at}/scenarios", {"rules": [rule]})
    target = h5(server, shop)
    asked = visit(server, target, step="pay", password="123456").body.decode()
    assert ("短信验证码" in asked, shop.query("ORDER-000001").json["trade_state"]) == (True, "NOTPAY")
    assert "短信验证码错误" in visit(server, target, step="verify", sms="000000").body.decode()
    assert "支付成功" in visit(server, target, step="verify", sms="123456").body.decode()
    assert shop.query("ORDER-000001").json["trade_state"] == "SUCCESS"
    assert control(server, f"{at}/audit", {})["ok"]


def test_the_h5_cashier_is_for_browsers_outside_wechat(server: Any) -> None:
    shop, _ = opened(server)
    agent = {"User-Agent": "Mozilla/5.0 (iPhone) MicroMessenger/8.0.42"}
    page = send(server.url, "GET", h5(server, shop), headers=agent)
    assert (page.status, "请在微信外打开订单" in page.body.decode()) == (403, True)


@pytest.mark.parametrize(("referer", "status"), [
    ("https://shop.example/cart", 200), ("https://elsewhere.example/", 403), ("", 403),
])
async def test_where_the_browser_comes_from(referer: str, status: int) -> None:
    asked = {"wechatpay": {"h5_domains": "shop.example, m.shop.example"}}
    async with world(settings=asked) as here:
        merchant = here.merchant("wechatpay")
        order = {
            "appid": merchant.secrets["appid"], "mchid": merchant.id, "description": "x",
            "out_trade_no": "ORDER-000001", "notify_url": "http://127.0.0.1:9/n", "amount": {"total": 100},
            "scene_info": SCENE,
        }
        url = urlsplit((await here.wechatpay("POST", "/v3/pay/transactions/h5", order)).json["h5_url"])
        headers = Headers((("Referer", referer),))
        request = HttpRequest(method="GET", target=f"{url.path}?{url.query}", headers=headers)
        found = here.simulator.visits.find("wechatpay", url.path)
        assert found is not None
        shown = await here.simulator.visits.serve("wechatpay", *found, request)
    assert isinstance(shown, Show)
    assert shown.status == status
    assert ("商家参数格式有误" in str(shown.fields.get("heading"))) == (status == 403)


@pytest.mark.parametrize("spoiled", ["", "sign", "timestamp"])
def test_an_order_on_trust_is_confirmed_with_what_the_page_handed_over(server: Any, spoiled: str) -> None:
    shop, _ = opened(server)
    made = shop.call("POST", "/v3/payscore/serviceorder", {
        "out_order_no": "S1", "appid": shop.credentials["appid"], "service_id": "500001",
        "service_introduction": "充电宝", "time_range": {"start_time": "OnAccept"},
        "risk_fund": {"name": "DEPOSIT", "amount": 10_000}, "notify_url": "http://127.0.0.1:9/n",
    }).json
    handed = {
        "mch_id": shop.credentials["mchid"], "package": made["package"], "timestamp": "1735689900123",
        "nonce_str": "593BEC0C930BF1AF", "sign_type": "HMAC-SHA256",
    }
    handed["sign"] = sign(handed, shop.credentials["apiv2_key"], "HMAC-SHA256")
    if spoiled:
        handed[spoiled] = handed[spoiled][::-1]
    page = visit(server, f"/paydouble/wechatpay/payscore?{urlencode(handed)}", step="confirm")
    told = "支付验证签名失败" if spoiled else "订单已确认"
    assert (page.status, told in page.body.decode()) == (403 if spoiled else 200, True)


def test_who_receives_a_transfer_confirms_it(server: Any) -> None:
    shop, _ = opened(server)
    made = shop.call("POST", "/v3/fund-app/mch-transfer/transfer-bills", {
        "appid": shop.credentials["appid"], "out_bill_no": "T1", "transfer_scene_id": "1000", "openid": OPENID,
        "transfer_amount": 400, "transfer_remark": "奖励", "transfer_scene_report_infos": REPORT,
    }).json
    target = f"/paydouble/wechatpay/transfer?mchId={shop.credentials['mchid']}&package={made['package_info']}"
    assert "4.00" in visit(server, target).body.decode()
    assert "已收款" in visit(server, target, step="confirm").body.decode()
    bill = shop.call("GET", "/v3/fund-app/mch-transfer/transfer-bills/out-bill-no/T1").json
    assert bill["state"] == "SUCCESS"


def test_a_user_signs_a_contract(server: Any) -> None:
    shop, _ = opened(server)
    asked = {
        "appid": shop.credentials["appid"], "plan_id": 1, "out_contract_code": "C1",
        "contract_display_account": "会员", "contract_notify_url": "http://127.0.0.1:9/n",
    }
    at = "/v3/papay/scheduled-deduct-sign/contracts/pre-entrust-sign/h5"
    url = urlsplit(shop.call("POST", at, asked).json["redirect_url"])
    target = f"{url.path}?{url.query}"
    assert "同意并签约" in visit(server, target).body.decode()
    assert "签约成功" in visit(server, target, step="sign").body.decode()
    contract = shop.call("GET", "/v3/papay/sign/contracts/plan-id/1/out-contract-code/C1").json
    assert contract["contract_state"] == "SIGNED"
