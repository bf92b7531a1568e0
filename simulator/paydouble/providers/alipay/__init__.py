"""Alipay (支付宝)."""

from paydouble.providers.alipay.provider import build

__all__ = ["build"]
