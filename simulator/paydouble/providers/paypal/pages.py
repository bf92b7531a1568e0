"""What buyers see: the page on which an order is approved or cancelled, and a card's holder asked for a code.

https://developer.paypal.com/docs/checkout/standard/
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlsplit, urlunsplit

from paydouble.core.money import Money
from paydouble.core.page import Go, Next, Page, Pull, Show, Visit, page
from paydouble.providers.paypal import browser_sdk
from paydouble.providers.paypal.amounts import EXPONENTS
from paydouble.providers.paypal.classic_showing import token_of
from paydouble.providers.paypal.identifiers import merchant_code
from paydouble.providers.paypal.models import Order
from paydouble.providers.paypal.showing import APPROVE_PATH, SECURE_PATH
from paydouble.providers.paypal.sources import buyer
from paydouble.providers.paypal.vault_models import SetupToken
from paydouble.providers.paypal.vaulting import AGREE_PATH

FOLDER = "paydouble.providers.paypal"
WRONG_CODE = "000000"


def returned(url: str, **fields: str) -> str:
    """The address with these parameters added; its own, and its fragment, stay."""
    parts = urlsplit(url)
    added = "&".join(f"{name}={quote(value)}" for name, value in fields.items())
    return urlunsplit(parts._replace(query=f"{parts.query}&{added}" if parts.query else added))


def _of_order(fields: Mapping[str, str]) -> tuple[str, str]:
    token = fields.get("token") or fields.get("cart_id", "")
    return merchant_code(token), token


@page(APPROVE_PATH, Order, folder=FOLDER, names=_of_order)
async def checkout(visit: Visit) -> Next:
    """The page to which a wallet's order sends its payer: log in, review, approve or cancel."""
    order = visit.record
    if not isinstance(order, Order) or order.status == "VOIDED":
        return _done("This order is not known")
    step = visit.fields.get("step", "") if visit.submitted else ""
    if step == "cancel":
        return _go(visit, order, "cancel_url", "Cancelled", token=token_of(order))
    email = visit.fields.get("email") or str(buyer(visit.merchant.sandbox, {})["email_address"])
    if visit.pulled:
        if visit.refused is None:
            return _approved(visit, order)
        return _review(order, email, visit.refused.message)
    if step == "approve" and order.status != "COMPLETED":
        return Pull("approve", {"email": email})
    if order.status == "COMPLETED":
        return _approved(visit, order)
    return _review(order, email, "") if step == "login" else _show("login.html", order, email)


@page(SECURE_PATH, Order, folder=FOLDER, names=_of_order)
async def bank(visit: Visit) -> Next:
    """The page of a card's bank: its holder enters a code."""
    order = visit.record
    if not isinstance(order, Order) or order.status == "VOIDED":
        return _done("This order is not known")
    step = visit.fields.get("step", "") if visit.submitted else ""
    if step == "cancel":
        return _go(visit, order, "cancel_url", "Cancelled", token=token_of(order))
    if visit.pulled or order.status in ("APPROVED", "COMPLETED"):
        return _approved(visit, order)
    if step == "approve" and visit.fields.get("code", "") != WRONG_CODE:
        return Pull("approve")
    refused = "The code is wrong" if step == "approve" else ""
    return _show("review.html", order, "the card's holder", refused=refused, code=True, button="Confirm")


def _approved(visit: Visit, order: Order) -> Next:
    payer = str(order.payer.get("payer_id", ""))
    named = {"paymentId": order.payment} if order.payment else {}
    told = {"PayerID": payer} if payer else {}
    return _go(visit, order, "return_url", "Approved", **named, token=token_of(order), **told)


def _go(visit: Visit, order: Order, where: str, heading: str, **fields: str) -> Next:
    """Back to the shop; a popup tells the script that opened it, or only says what happened."""
    if browser_sdk.POPUP in visit.fields:
        return browser_sdk.told(heading.lower(), payerID=fields.get("PayerID", ""), token=order.id)
    url = str(order.context.get(where, ""))
    return Go(returned(url, **fields)) if url else _done(heading)


def _done(heading: str) -> Show:
    return Show("done.html", {"heading": heading, "amount": "", "refused": ""})


def _review(order: Order, email: str, refused: str) -> Show:
    button = "Pay now" if order.context.get("user_action") == "PAY_NOW" else "Continue"
    return _show("review.html", order, email, refused=refused, button=button)


def _show(template: str, order: Order, email: str, **more: object) -> Show:
    amount = Money(order.total_minor, order.currency)
    return Show(template, {
        "heading": order.context.get("brand_name") or "Test store", "refused": "", "code": False,
        "amount": f"{amount.major(EXPONENTS)} {amount.currency}", "number": order.ref or order.id,
        "email": email, "button": "", **more,
    })


def _of_session(fields: Mapping[str, str]) -> tuple[str, str]:
    token = fields.get("approval_session_id", "")
    return merchant_code(token), token


@page(AGREE_PATH, SetupToken, folder=FOLDER, names=_of_session)
async def agreement(visit: Visit) -> Next:
    """The page on which a payer agrees that a shop keeps the wallet or card."""
    token = visit.record
    if not isinstance(token, SetupToken):
        return _done("This request is not known")
    step = visit.fields.get("step", "") if visit.submitted else ""
    if step == "approve" and token.status == "PAYER_ACTION_REQUIRED" and not visit.pulled:
        return Pull("approve")
    if step == "cancel" or token.status != "PAYER_ACTION_REQUIRED":
        where, heading = ("cancel_url", "Cancelled") if step == "cancel" else ("return_url", "Approved")
        if browser_sdk.POPUP in visit.fields:
            return browser_sdk.told(heading.lower(), token=token.id)
        url = str(token.context.get(where, ""))
        fields = {"approval_token_id": token.id, "approval_session_id": token.id}
        return Go(returned(url, **fields)) if url else _done(heading)
    return Show("review.html", {
        "heading": "Save your payment method", "refused": "", "code": False, "amount": "", "number": token.id,
        "email": "", "button": "Agree",
    })


PAGES: tuple[Page, ...] = (checkout, bank, agreement)
