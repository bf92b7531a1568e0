"""PayPal: orders, payments, webhooks and what stands on them (https://developer.paypal.com/docs/api/overview/)."""

from __future__ import annotations

from paydouble.providers.paypal.provider import build

__all__ = ["build"]
