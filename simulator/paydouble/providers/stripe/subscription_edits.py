"""What may be changed of a subscription besides its items: how it is paid, when it ends, what is taken off.

https://docs.stripe.com/api/subscriptions/update
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from paydouble.core.clock import from_unix
from paydouble.providers.stripe import billed_items, discounts, methods, subscribing
from paydouble.providers.stripe.errors import Errors
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models.shapes import EMPTY
from paydouble.providers.stripe.models.subscriptions import Subscription
from paydouble.providers.stripe.scene import Scene


async def plainly(scene: Scene, before: Subscription, params: Mapping[str, Any]) -> Subscription:
    """What is not about items. Raises ProviderError."""
    changes: dict[str, Any] = {
        name: params[name]
        for name in (
            "cancel_at_period_end",
            "collection_method",
            "default_payment_method",
            "description",
            "on_behalf_of",
            "days_until_due",
        )
        if name in params
    }
    if "application_fee_percent" in params:
        changes["application_fee_percent"] = params["application_fee_percent"] or None
    if "transfer_data" in params:
        changes["transfer_data"] = subscribing.passed_on(params["transfer_data"])
    if params.get("default_payment_method"):
        method = await methods.resolved(
            scene, params["default_payment_method"], param="default_payment_method"
        )
        methods.check_usable(method, before.customer)
    if "cancel_at_period_end" in params and params["cancel_at_period_end"] != before.cancel_at_period_end:
        asked = params["cancel_at_period_end"]
        changes |= {
            "canceled_at": scene.now if asked else None,
            "cancel_at": before.period_end if asked else None,
            "cancellation_reason": "cancellation_requested" if asked else "",
        }
    if "cancel_at" in params:
        at = params["cancel_at"]
        changes |= (
            {"cancel_at": from_unix(at), "canceled_at": scene.now}
            if isinstance(at, int)
            else {"cancel_at": None, "canceled_at": None}
        )
    changes |= details(params)
    if "pause_collection" in params:
        changes["pause_collection"] = _paused(params["pause_collection"])
    if "payment_settings" in params:
        changes["payment_settings"] = {**before.payment_settings, **params["payment_settings"]}
    if "default_tax_rates" in params:
        changes["default_tax_rates"] = await billed_items.tax_rates(
            scene, params["default_tax_rates"], "default_tax_rates"
        )
    changes |= _trial(scene, before, params)
    after = replace(before, metadata=merged(before.metadata, params.get("metadata")), **changes)
    resumes = (after.pause_collection or EMPTY).get("resumes_at")
    if resumes and after.pause_collection != before.pause_collection:
        scene.at(from_unix(resumes), after, "resume_collection")
    return await _discounted(scene, after, params)


def details(params: Mapping[str, Any]) -> dict[str, Any]:
    """What the merchant says about a cancellation."""
    given = params.get("cancellation_details") or EMPTY
    return {f"cancellation_{name}": given[name] for name in ("comment", "feedback") if name in given}


def _paused(given: Mapping[str, Any] | str) -> dict[str, Any] | None:
    if isinstance(given, str) or not given:
        return None
    return {"behavior": given["behavior"], "resumes_at": given.get("resumes_at")}


def _trial(scene: Scene, before: Subscription, params: Mapping[str, Any]) -> dict[str, Any]:
    """A trial is ended or moved; its end is the anchor of the periods after it."""
    if "trial_end" not in params:
        return {}
    end = scene.now if params["trial_end"] == "now" else from_unix(params["trial_end"])
    if end < scene.now:
        raise Errors.PARAMETER_INVALID(
            "Invalid timestamp: must be an integer Unix timestamp in the future.", param="trial_end"
        )
    changes: dict[str, Any] = {"trial_end": end, "billing_cycle_anchor": end, "period_end": end}
    if end > scene.now:
        changes |= {"status": "trialing", "trial_start": before.trial_start or scene.now}
    return changes


async def _discounted(scene: Scene, subscription: Subscription, params: Mapping[str, Any]) -> Subscription:
    """The given discounts take the place of those before; an empty string takes all away."""
    if "discounts" not in params:
        return subscription
    given = await discounts.redeemed(
        scene, params["discounts"] or (), customer=subscription.customer, subscription=subscription.id
    )
    ids = tuple(each.id for each in given)
    for gone in await discounts.loaded(scene, subscription.discounts):
        if gone.id not in ids:
            discounts.ended(scene, gone)
    return replace(subscription, discounts=ids)
