"""WeChat Pay (微信支付)."""

from paydouble.providers.wechatpay.provider import build

__all__ = ["build"]
