"""The page at which payers pay: what is sold, a form for a card, and the way back to the shop.

https://docs.stripe.com/payments/checkout
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from paydouble.core.errors import ProviderError
from paydouble.core.page import Go, Next, Page, Pull, Show, Visit, page
from paydouble.providers.stripe import checkouts
from paydouble.providers.stripe.amounts import display
from paydouble.providers.stripe.challenges import FOLDER
from paydouble.providers.stripe.checkouts import PAGE_PATH
from paydouble.providers.stripe.models import Json, PaymentIntent, SetupIntent
from paydouble.providers.stripe.models.checkout import CheckoutSession, PaymentLink
from paydouble.providers.stripe.models.invoices import Invoice
from paydouble.providers.stripe.payment_links import LINK_PATH, session_params
from paydouble.providers.stripe.scene import of_visit

PLACEHOLDER = "{CHECKOUT_SESSION_ID}"
_LABELS = {
    "card": "Card",
    "us_bank_account": "US bank account",
    "sepa_debit": "SEPA debit",
    "alipay": "Alipay",
    "wechat_pay": "WeChat Pay",
    "paypal": "PayPal",
    "ideal": "iDEAL",
    "klarna": "Klarna",
}
_BUTTONS = {"payment": "Pay", "setup": "Save card", "subscription": "Subscribe"}


def _names(fields: Mapping[str, str]) -> tuple[str, str]:
    return fields.get("key", ""), fields.get("id", "")


@page(PAGE_PATH, CheckoutSession, folder=FOLDER, names=_names)
async def checkout(visit: Visit) -> Next:
    """The payer pays, subscribes, or saves a method."""
    session = visit.record
    if not isinstance(session, CheckoutSession):
        return Show("over.html", {"text": "There is no such checkout."}, 404)
    if session.status == "complete":
        back = returning(session)
        return Go(back) if back else Show("over.html", {"text": "Thanks for your payment."})
    if session.status == "expired":
        return Show("over.html", {"text": "This checkout has expired."})
    if visit.pulled in ("pay", "redeem"):
        waits = await _waits(visit, session) if visit.pulled == "pay" and visit.refused is None else ""
        if waits:
            return Go(waits)
        said = visit.refused.message if visit.refused is not None else session.last_error
        return _form(visit, session, said)
    if visit.submitted and visit.fields.get("step") == "redeem":
        return Pull("redeem", {"code": visit.fields.get("code", "")})
    if visit.submitted:
        return Pull("pay", typed(visit.fields))
    return _form(visit, session, session.last_error)


def returning(session: CheckoutSession) -> str:
    """Where the payer goes with a session that is complete; the placeholder becomes its id."""
    url = session.success_url or session.return_url
    return url.replace(PLACEHOLDER, session.id).replace(quote(PLACEHOLDER), session.id)


async def _waits(visit: Visit, session: CheckoutSession) -> str:
    """The page on which the payer must authenticate first; empty where there is none."""
    found = None
    if session.mode == "setup":
        found = await visit.work.get(SetupIntent, session.attempted)
        action = found.next_action if found is not None else None
    else:
        id = session.attempted or await _of_invoice(visit, session)
        intent = await visit.work.get(PaymentIntent, id) if id else None
        action = intent.next_action if intent is not None else None
    return acted_on(action)


def acted_on(action: Json | None) -> str:
    """The address in a `next_action`; empty where there is none."""
    for each in (action or {}).values():
        if isinstance(each, Mapping):
            return str(
                each.get("url") or each.get("stripe_js") or each.get("hosted_instructions_url") or ""
            )
    return ""


async def _of_invoice(visit: Visit, session: CheckoutSession) -> str:
    invoice = await visit.work.get(Invoice, session.invoice) if session.invoice else None
    return invoice.payment_intent if invoice is not None else ""


def typed(fields: Mapping[str, str]) -> dict[str, object]:
    """A form's texts as the details of an act; what is no expiry becomes one that no card has."""
    month, _, year = fields.get("expiry", "").replace(" ", "").partition("/")
    details: dict[str, object] = {
        "type": fields.get("type", "card"),
        "email": fields.get("email", ""),
        "name": fields.get("name", ""),
    }
    if details["type"] == "card":
        details |= {
            "number": fields.get("number", "") or "0",
            "cvc": fields.get("cvc", ""),
            "exp_month": int(month) if month.isdecimal() and len(month) <= 2 else 0,
            "exp_year": int(year) if year.isdecimal() and len(year) <= 4 else 0,
        }
    return details


def _form(visit: Visit, session: CheckoutSession, said: str) -> Show:
    currency = session.currency
    rows = [
        {
            "name": item.description,
            "quantity": item.quantity,
            "amount": display(item.amount_subtotal, currency),
        }
        for item in session.items
    ]
    off = sum(item.amount_discount for item in session.items)
    tax = sum(item.amount_tax for item in session.items)
    return Show(
        "checkout.html",
        {
            "items": rows,
            "said": said,
            "mode": session.mode,
            "button": _BUTTONS[session.mode],
            "total": display(session.amount_total, currency) if session.items else "",
            "discount": display(off, currency) if off else "",
            "tax": display(tax, currency) if tax else "",
            "types": [
                (type, _LABELS.get(type, type)) for type in session.payment_method_types if type != "link"
            ],
            "email": visit.fields.get("email") or session.customer_email,
            "cancel_url": session.cancel_url,
            "codes": bool(session.allow_promotion_codes) and not session.discounts,
        },
    )


@page(LINK_PATH, PaymentLink, folder=FOLDER, names=_names)
async def link(visit: Visit) -> Next:
    """A payment link makes a checkout of its own for every visitor."""
    found = visit.record
    if not isinstance(found, PaymentLink):
        return Show("over.html", {"text": "There is no such payment link."}, 404)
    if not found.active:
        text = found.inactive_message or "This link is no longer active."
        return Show("over.html", {"text": text})
    scene = of_visit(visit, found.merchant)
    try:
        session = await checkouts.asked_for(
            scene, await session_params(scene, found, visit.fields), link=found.id
        )
    except ProviderError as error:
        return Show("over.html", {"text": error.message}, 400)
    scene.work.save(session)
    scene.at(session.expires_at, session, "expire")
    return Go(session.url)


CHECKOUT_PAGES: tuple[Page, ...] = (checkout, link)
