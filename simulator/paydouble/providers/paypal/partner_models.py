"""A seller whom a platform invited: from the referral to the consent, as one record.

https://developer.paypal.com/docs/multiparty/seller-onboarding/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from paydouble.core.clock import Instant
from paydouble.core.ids import BASE62, Ids
from paydouble.core.machine import Machine, Phase, Transition
from paydouble.core.notification import Event
from paydouble.core.record import Record
from paydouble.providers.paypal import events
from paydouble.providers.paypal.identifiers import code_of, merchant_code
from paydouble.providers.paypal.models import Json
from paydouble.providers.paypal.showing import link, page_base

REFERRALS_PATH, PARTNERS_PATH = "/v2/customer/partner-referrals", "/v1/customer/partners"
ENTRY_PATH = "/bizsignup/partner/entry"
INVITED, ONBOARDED, REVOKED = "INVITED", "ONBOARDED", "REVOKED"
_TOKEN_LENGTH = 44


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral(Record):
    """An invitation, and the seller that came of it."""

    kind: ClassVar[str] = "paypal.referral"
    indexes: ClassVar[tuple[str, ...]] = ("tracking_key", "seller")

    merchant: str
    partner: str
    """The platform's own account."""
    asked: Mapping[str, Any]
    seller: str = ""
    """The account of the seller, since it agreed."""
    onboarded: Instant = Instant(0)
    base: str = ""

    @property
    def tracking_id(self) -> str:
        return str(self.asked.get("tracking_id", ""))

    @property
    def tracking_key(self) -> str:
        return f"{self.merchant}/{self.tracking_id}" if self.tracking_id else ""


def referral_token(ids: Ids, sandbox: str) -> str:
    """Ends with the code of the platform, so that the page of the seller, who has no token, finds it."""
    code = code_of(sandbox)
    return ids.token(_TOKEN_LENGTH - len(code), BASE62) + code


def platform_of(token: str) -> str:
    return merchant_code(token)


def links_of(referral: Referral, base: str) -> list[Json]:
    action = f"{page_base(base)}{ENTRY_PATH}?referralToken={referral.id}"
    described = ("Read Referral Data shared by the Caller.", "Target WEB REDIRECT URL for the next action.")
    return [
        link(f"{base}{REFERRALS_PATH}/{referral.id}", "self") | {"description": described[0]},
        link(action, "action_url") | {"description": described[1]},
    ]


def _told(type: str) -> Any:
    def make(referral: Referral) -> Event:
        resource = {
            "partner_client_id": referral.merchant, "merchant_id": referral.seller,
            "tracking_id": referral.tracking_id,
            "links": [link(integration_url(referral, referral.base), "self")],
        }
        return events.event(
            type, referral.merchant, resource, resource_type="merchant-onboarding", version="",
            base=referral.base, subject=referral.id, ref=referral.tracking_id,
        )

    return make


def integration_url(referral: Referral, base: str) -> str:
    return f"{base}{PARTNERS_PATH}/{referral.partner}/merchant-integrations/{referral.seller}"


# fmt: off
REFERRAL: Machine[Referral] = Machine(
    "paypal.referral",
    record=Referral,
    initial=INVITED,
    phases={INVITED: Phase.OPEN, ONBOARDED: Phase.PAID, REVOKED: Phase.CLOSED},
    rows=(
        Transition(INVITED,   "agree",  ONBOARDED, "onboarded", event=_told("MERCHANT.ONBOARDING.COMPLETED")),
        Transition(ONBOARDED, "revoke", REVOKED,   event=_told("MERCHANT.PARTNER-CONSENT.REVOKED")),
        Transition(REVOKED,   "agree",  ONBOARDED, "onboarded", event=_told("MERCHANT.ONBOARDING.COMPLETED")),
    ),
)
# fmt: on
