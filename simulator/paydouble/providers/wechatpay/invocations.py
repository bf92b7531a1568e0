"""What a page or an app hands to WeChat so that it opens the cashier: is it the merchant's own, unchanged?

https://pay.weixin.qq.com/doc/v3/merchant/4012365338, https://pay.weixin.qq.com/doc/v2/merchant/4011985891
"""

from __future__ import annotations

from collections.abc import Mapping

from paydouble.core.call import Merchant
from paydouble.crypto import rsa
from paydouble.providers.wechatpay import signatures_v2
from paydouble.providers.wechatpay.models import Transaction
from paydouble.providers.wechatpay.notices import V2

PREPAID = "prepay_id="
PAGE_FIELDS = ("appId", "timeStamp", "nonceStr", "package", "signType")
APP_FIELDS = ("appid", "partnerid", "prepayid", "package", "noncestr", "timestamp")
APP_PACKAGE = "Sign=WXPay"


def prepaid(fields: Mapping[str, str]) -> str:
    """The prepay_id of either kind of invocation."""
    return fields.get("prepayid") or fields.get("package", "").removeprefix(PREPAID)


def well_signed(order: Transaction, merchant: Merchant, fields: Mapping[str, str]) -> bool:
    """Of this order, in the name of its app, under the key of the API that it was ordered by."""
    by_app = "prepayid" in fields
    appid = fields.get("appid" if by_app else "appId", "")
    if appid not in (order.appid, order.sub_appid) or not appid:
        return False
    if by_app and (fields.get("package"), fields.get("partnerid")) != (APP_PACKAGE, merchant.id):
        return False
    if order.api == V2:
        return _signed_by_v2(merchant, fields, APP_FIELDS if by_app else PAGE_FIELDS, by_app=by_app)
    lines = (
        (appid, fields.get("timestamp", ""), fields.get("noncestr", ""), fields["prepayid"]) if by_app
        else (appid, fields.get("timeStamp", ""), fields.get("nonceStr", ""), fields.get("package", ""))
    )
    message = "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")
    signature = fields.get("sign" if by_app else "paySign", "")
    return rsa.verifies_sha256(merchant.keys.public("merchant"), message, signature)


def score_well_signed(merchant: Merchant, fields: Mapping[str, str], named: tuple[str, ...]) -> bool:
    """Of an order on trust: an HMAC under the APIv2 key, over whatever was handed over beside `named`."""
    handed = {name: text for name, text in fields.items() if name not in named}
    return signatures_v2.verifies(handed, merchant.secrets["apiv2_key"], signatures_v2.HMAC)


def _signed_by_v2(
    merchant: Merchant, fields: Mapping[str, str], names: tuple[str, ...], *, by_app: bool
) -> bool:
    handed = {name: fields[name] for name in names if name in fields}
    sign_type = signatures_v2.MD5 if by_app else fields.get("signType", signatures_v2.MD5)
    handed["sign"] = fields.get("sign" if by_app else "paySign", "")
    return sign_type in signatures_v2.TYPES and signatures_v2.verifies(
        handed, merchant.secrets["apiv2_key"], sign_type
    )
