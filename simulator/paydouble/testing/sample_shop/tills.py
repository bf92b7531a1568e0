"""The shop's tills by provider."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from paydouble.testing.sample_shop.alipay_till import AlipayTill
from paydouble.testing.sample_shop.paypal_till import PaypalTill
from paydouble.testing.sample_shop.stripe_till import StripeTill
from paydouble.testing.sample_shop.values import Terms, Till
from paydouble.testing.sample_shop.wechatpay_till import WechatpayTill

TILLS: Mapping[str, Callable[[Terms], Till]] = {
    "stripe": StripeTill, "paypal": PaypalTill, "alipay": AlipayTill, "wechatpay": WechatpayTill,
}
