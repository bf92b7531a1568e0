"""What a seller sees whom a platform invited. https://developer.paypal.com/docs/multiparty/seller-onboarding/"""

from __future__ import annotations

from collections.abc import Mapping

from paydouble.core.page import Go, Next, Page, Pull, Show, Visit, page
from paydouble.providers.paypal.pages import FOLDER, returned
from paydouble.providers.paypal.partner_models import ENTRY_PATH, ONBOARDED, Referral, platform_of


def _of_token(fields: Mapping[str, str]) -> tuple[str, str]:
    token = fields.get("referralToken", "")
    return platform_of(token), token


@page(ENTRY_PATH, Referral, folder=FOLDER, names=_of_token)
async def entry(visit: Visit) -> Next:
    """The page on which a seller signs up and agrees, and is sent back to the platform."""
    referral = visit.record
    if not isinstance(referral, Referral):
        return _done("This invitation is not known")
    step = visit.fields.get("step", "") if visit.submitted else ""
    if step == "cancel":
        return _done("Nothing was agreed")
    if referral.status == ONBOARDED:
        return _back(referral)
    if step == "approve" and not visit.pulled:
        return Pull("agree")
    return Show("review.html", {
        "heading": "Connect your account to the platform", "amount": "", "refused": "", "code": False,
        "number": referral.tracking_id or referral.id, "email": referral.asked.get("email", ""),
        "button": "Agree and consent",
    })


def _back(referral: Referral) -> Next:
    override = referral.asked.get("partner_config_override") or {}
    url = str(override.get("return_url", ""))
    if not url:
        return _done("You are connected")
    return Go(returned(
        url, merchantId=referral.tracking_id, merchantIdInPayPal=referral.seller, permissionsGranted="true",
        consentStatus="true", productIntentId="addipmt", productIntentID="addipmt", isEmailConfirmed="true",
        accountStatus="BUSINESS_ACCOUNT",
    ))  # fmt: skip


def _done(heading: str) -> Show:
    return Show("done.html", {"heading": heading, "amount": "", "refused": ""})


PAGES: tuple[Page, ...] = (entry,)
