"""The payer's pages of WeChat Pay over real sockets: the H5 cashier, a transfer's confirmation, a contract."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest

from paydouble.crypto import rsa
from tests.providers.wechatpay.shop import Exchange, Receiver, Shop, control, send

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


@pytest.mark.parametrize(("spoiled", "status"), [("", 200), ("x", 403)])
def test_what_a_page_hands_to_wechat_must_be_signed_by_the_merchant(server: Any, spoiled: str, status: int) -> None:
    shop, _ = opened(server)
    target = h5(server, shop)
    prepay_id = target.partition("prepay_id=")[2].partition("&")[0]
    lines = [shop.credentials["appid"], "1735689900", "593BEC0C930BF1AFEB40B4A08C8FB242", f"prepay_id={prepay_id}"]
    private = rsa.load_private(shop.credentials["private_key_pem"].encode())
    made = rsa.sign_sha256(private, "".join(f"{line}\n" for line in lines).encode())
    handed = {"appId": lines[0], "timeStamp": lines[1], "nonceStr": lines[2], "paySign": spoiled + made}
    page = visit(server, f"{target}&{urlencode(handed)}")
    assert (page.status, "支付验证签名失败" in page.body.decode()) == (status, bool(spoiled))


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
