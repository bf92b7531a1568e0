"""What a subscriber sees: the page on which a subscription, or a change of it, is agreed to.

https://developer.paypal.com/docs/subscriptions/integrate/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from paydouble.core.money import Money
from paydouble.core.page import Go, Next, Page, Pull, Show, Visit, page
from paydouble.providers.paypal import browser_sdk
from paydouble.providers.paypal.amounts import EXPONENTS
from paydouble.providers.paypal.billing_showing import APPROVE_PATH, REVISE_PATH
from paydouble.providers.paypal.identifiers import merchant_code
from paydouble.providers.paypal.pages import FOLDER, returned
from paydouble.providers.paypal.sources import buyer
from paydouble.providers.paypal.subscription_models import CANCELLED, LAPSED, WAITING, Subscription

_TOKEN_LENGTH = 17


def _names(fields: Mapping[str, str]) -> tuple[str, str]:
    token = fields.get("ba_token", "")
    return merchant_code(token), token


@page(APPROVE_PATH, Subscription, folder=FOLDER, names=_names, index="token")
async def subscribe(visit: Visit) -> Next:
    """The page to which a subscription sends its payer: log in, review, subscribe or cancel."""
    return _visited(visit, lambda subscription: subscription.status == WAITING)


@page(REVISE_PATH, Subscription, folder=FOLDER, names=_names, index="token")
async def agree(visit: Visit) -> Next:
    """The page on which a payer agrees to a change of the subscription."""
    return _visited(visit, lambda subscription: bool(subscription.revision))


def _visited(visit: Visit, waits: Callable[[Subscription], bool]) -> Next:
    subscription = visit.record
    if not isinstance(subscription, Subscription) or subscription.status == LAPSED:
        return _done("This subscription is not known")
    step = visit.fields.get("step", "") if visit.submitted else ""
    if step == "cancel":
        return _go(visit, subscription, "cancel_url", "Cancelled")
    email = visit.fields.get("email") or str(buyer(visit.merchant.sandbox, {})["email_address"])
    if visit.pulled and visit.refused is not None:
        return _show("review.html", subscription, email, refused=visit.refused.message, button="Agree")
    if not waits(subscription):
        if subscription.status == CANCELLED:
            return _done("The payment failed: there is no subscription")
        return _go(visit, subscription, "return_url", "Approved")
    if step == "approve" and not visit.pulled:
        return Pull("approve", {"email": email})
    if step == "login":
        button = "Continue" if subscription.context.get("user_action") == "CONTINUE" else "Subscribe now"
        return _show("review.html", subscription, email, button=button)
    return _show("login.html", subscription, email)


def _go(visit: Visit, subscription: Subscription, where: str, heading: str) -> Next:
    if browser_sdk.POPUP in visit.fields:
        return browser_sdk.told(heading.lower(), token=subscription.token[-_TOKEN_LENGTH:])
    url = str(subscription.context.get(where, ""))
    token = subscription.token
    fields = {"subscription_id": subscription.id, "ba_token": token, "token": token[-_TOKEN_LENGTH:]}
    return Go(returned(url, **fields)) if url else _done(heading)


def _done(heading: str) -> Show:
    return Show("done.html", {"heading": heading, "amount": "", "refused": ""})


def _show(template: str, subscription: Subscription, email: str, **more: object) -> Show:
    amount = Money(subscription.total_minor, subscription.currency)
    return Show(template, {
        "heading": subscription.context.get("brand_name") or "Test store", "refused": "", "code": False,
        "amount": f"{amount.major(EXPONENTS)} {amount.currency}",
        "number": subscription.custom_id or subscription.id, "email": email, "button": "", **more,
    })


PAGES: tuple[Page, ...] = (subscribe, agree)
