"""The old web site's address: payers are led on from it, and listeners ask whether they were told the truth.

https://developer.paypal.com/docs/api/payments/v1/, https://developer.paypal.com/api/nvp-soap/ipn/IPNIntro/
"""

from __future__ import annotations

from collections.abc import Mapping

from paydouble.core.http import HttpResponse
from paydouble.core.page import Go, Next, Page, Show, Visit, page
from paydouble.providers.paypal import ipn
from paydouble.providers.paypal.classic_showing import EXPRESS, TOKEN_PREFIX, WEBSCR_PATH
from paydouble.providers.paypal.identifiers import merchant_code
from paydouble.providers.paypal.models import Order
from paydouble.providers.paypal.pages import FOLDER
from paydouble.providers.paypal.showing import APPROVE_PATH

VERIFIED, INVALID = b"VERIFIED", b"INVALID"


def _named(fields: Mapping[str, str]) -> tuple[str, str]:
    if fields.get("cmd") == ipn.VALIDATE:
        return fields.get("receiver_id", ""), ""
    order = fields.get("token", "").removeprefix(TOKEN_PREFIX)
    return merchant_code(order), order


@page(WEBSCR_PATH, Order, folder=FOLDER, names=_named)
async def webscr(visit: Visit) -> Next:
    """Leads a payer on to the approval page; tells a listener VERIFIED or INVALID."""
    command = visit.fields.get("cmd")
    if command == ipn.VALIDATE:
        word = VERIFIED if ipn.is_genuine(visit.fields, visit.merchant) else INVALID
        return HttpResponse(200, (("Content-Type", "text/html; charset=UTF-8"),), word)
    if not isinstance(visit.record, Order) or command != EXPRESS:
        return Show("done.html", {"heading": "This order is not known", "amount": "", "refused": ""})
    return Go(f"{APPROVE_PATH}?token={visit.record.id}")


PAGES: tuple[Page, ...] = (webscr,)
