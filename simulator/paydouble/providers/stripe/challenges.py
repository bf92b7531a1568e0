"""What payers see: the page on which a payment or a saved method is authorised, or not.

https://docs.stripe.com/payments/3d-secure/authentication-flow
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from paydouble.core.page import Go, Next, Page, Pull, Show, Visit, page
from paydouble.crypto.hmacs import same
from paydouble.providers.stripe.actions import CHALLENGE_PATH, SETUP_PATH
from paydouble.providers.stripe.amounts import display
from paydouble.providers.stripe.models import PaymentIntent, SetupIntent

FOLDER = "paydouble.providers.stripe"
CODE_LENGTH_MAX = 10


def _names(fields: Mapping[str, str]) -> tuple[str, str]:
    return fields.get("publishable_key", ""), fields.get("id", "")


@page(CHALLENGE_PATH, PaymentIntent, folder=FOLDER, names=_names)
async def payment(visit: Visit) -> Next:
    """The payer authorises a payment, or fails to."""
    intent = visit.record
    if not isinstance(intent, PaymentIntent) or not _known(visit, intent.client_secret):
        return _over("There is no such payment.", 404)
    told = {"payment_intent": intent.id, "payment_intent_client_secret": intent.client_secret}
    about = f"{display(intent.amount, intent.currency)} {intent.currency.upper()}"
    return _step(visit, intent.status, intent.return_url, about, told)


@page(SETUP_PATH, SetupIntent, folder=FOLDER, names=_names)
async def setup(visit: Visit) -> Next:
    """The payer lets a method be saved, or fails to."""
    found = visit.record
    if not isinstance(found, SetupIntent) or not _known(visit, found.client_secret):
        return _over("There is no such payment method.", 404)
    told = {"setup_intent": found.id, "setup_intent_client_secret": found.client_secret}
    return _step(visit, found.status, found.return_url, "Save this payment method", told)


def _known(visit: Visit, client_secret: str) -> bool:
    return same(visit.fields.get("client_secret", ""), client_secret)


def _step(visit: Visit, status: str, back: str, about: str, told: Mapping[str, str]) -> Next:
    if visit.pulled:
        done = visit.pulled == "authenticate" and visit.refused is None
        succeeded = done and status != "requires_payment_method"
        if not back:
            return _over("This is done; you can close this page." if succeeded else "It was not authorised.")
        query = urlencode({**told, "redirect_status": "succeeded" if succeeded else "failed"})
        return Go(f"{back}{'&' if '?' in back else '?'}{query}")
    if status != "requires_action":
        return _over("There is nothing to do any more; you can close this page.")
    if visit.submitted and visit.fields.get("step") == "complete":
        return Pull("authenticate")
    if visit.submitted and visit.fields.get("step") == "fail":
        return Pull("fail")
    return Show("challenge.html", {"about": about, "code_length": CODE_LENGTH_MAX})


def _over(text: str, status: int = 200) -> Show:
    return Show("over.html", {"text": text}, status)


PAGES: tuple[Page, ...] = (payment, setup)
