"""Stripe: payments, saved methods, refunds, disputes, payouts, events and webhooks (https://docs.stripe.com/api)."""

from __future__ import annotations

from paydouble.providers.stripe.provider import build

__all__ = ["build"]
