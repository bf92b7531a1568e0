"""Account, its bank accounts and cards, and its capabilities (https://docs.stripe.com/api/accounts/object)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from paydouble.core.clock import Instant
from paydouble.core.record import Record
from paydouble.providers.stripe.models.shapes import EMPTY, Json

DELETED = "deleted"
EXTERNAL_ACCOUNTS_SHOWN = 10

REQUIREMENTS: tuple[str, ...] = ("currently_due", "eventually_due", "past_due")


def requirements_shown(due: tuple[str, ...], disabled: str) -> dict[str, object]:
    """What is still asked for; all of it is due now."""
    return {
        "alternatives": [],
        "current_deadline": None,
        "currently_due": list(due),
        "disabled_reason": disabled or None,
        "errors": [],
        "eventually_due": list(due),
        "past_due": list(due),
        "pending_verification": [],
    }


NOTHING_DUE: Json = requirements_shown((), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account(Record):
    """A connected account. Its `merchant` is the platform; status: enabled, rejected, deleted."""

    kind: ClassVar[str] = "stripe.account"
    indexes: ClassVar[tuple[str, ...]] = ("merchant",)

    status: str = "enabled"
    merchant: str
    type: str
    controller: Json
    country: str
    currency: str
    email: str = ""
    business_type: str = ""
    business_profile: Json = field(default_factory=dict)
    company: Json | None = None
    individual: Json | None = None
    settings: Json = field(default_factory=dict)
    tos_acceptance: Json = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    requested: Mapping[str, Instant] = field(default_factory=dict)
    """Capabilities that are asked for, and since when."""
    externals: tuple[Json, ...] = ()
    """Its bank accounts and cards as they are shown, the default of their currency first."""
    onboarded: bool = False
    """Its owner has been through the hosted form."""
    due: tuple[str, ...] = ()
    """What is asked for and has not been said."""
    rejected: str = ""

    @property
    def deleted(self) -> bool:
        return self.status == DELETED

    def active(self, capability: str) -> bool:
        return capability in self.requested and not self.due and self.status == "enabled"

    @property
    def charges_enabled(self) -> bool:
        return any(self.active(name) for name in self.requested if name.endswith("_payments"))

    @property
    def payouts_enabled(self) -> bool:
        return self.active("transfers") and bool(self.externals)

    @property
    def disabled_reason(self) -> str:
        if self.rejected:
            return f"rejected.{self.rejected}"
        return "requirements.past_due" if self.due else ""

    def shown(self) -> dict[str, object]:
        if self.deleted:
            return {"id": self.id, "object": "account", "deleted": True}
        shape: dict[str, object] = {
            "id": self.id,
            "object": "account",
            "business_profile": {**_NO_PROFILE, **self.business_profile},
            "business_type": self.business_type or None,
            "capabilities": {name: self._capability(name) for name in sorted(self.requested)},
            "charges_enabled": self.charges_enabled,
            "controller": self.controller,
            "country": self.country,
            "created": self.created // 1_000,
            "default_currency": self.currency,
            "details_submitted": self.onboarded or not self.due,
            "email": self.email or None,
            "external_accounts": self._externals_shown(),
            "future_requirements": NOTHING_DUE,
            "metadata": self.metadata,
            "payouts_enabled": self.payouts_enabled,
            "requirements": requirements_shown(self.due, self.disabled_reason),
            "settings": _settings_shown(self.settings),
            "tos_acceptance": {"date": None, "ip": None, "user_agent": None, **self.tos_acceptance},
            "type": self.type,
        }
        if self.company is not None:
            shape["company"] = self.company
        if self.individual is not None:
            shape["individual"] = {
                "id": f"person_{self.id.removeprefix('acct_')}", "object": "person", "account": self.id,
                "created": self.created // 1_000, **self.individual,
            }  # fmt: skip
        return shape

    def _capability(self, name: str) -> str:
        return "active" if self.active(name) else "inactive"

    def _externals_shown(self) -> Json:
        return {
            "object": "list",
            "data": list(self.externals[:EXTERNAL_ACCOUNTS_SHOWN]),
            "has_more": len(self.externals) > EXTERNAL_ACCOUNTS_SHOWN,
            "url": f"/v1/accounts/{self.id}/external_accounts",
        }

    def capability_shown(self, name: str) -> dict[str, object]:
        """One of its capabilities as an object of its own."""
        since = self.requested.get(name)
        inactive = "unrequested" if since is None else "inactive"
        due = self.due if since is not None else ()
        return {
            "id": name,
            "object": "capability",
            "account": self.id,
            "future_requirements": NOTHING_DUE,
            "requested": since is not None,
            "requested_at": None if since is None else since // 1_000,
            "requirements": requirements_shown(due, self.disabled_reason if due else ""),
            "status": "active" if self.active(name) else inactive,
        }


_NO_PROFILE: Json = {
    "annual_revenue": None, "estimated_worker_count": None, "mcc": None,
    "minority_owned_business_designation": None, "name": None, "product_description": None,
    "support_address": None, "support_email": None, "support_phone": None, "support_url": None, "url": None,
}  # fmt: skip
_SETTINGS: Json = {
    "bacs_debit_payments": {"display_name": None, "service_user_number": None},
    "branding": {"icon": None, "logo": None, "primary_color": None, "secondary_color": None},
    "card_issuing": {"tos_acceptance": {"date": None, "ip": None}},
    "card_payments": {
        "decline_on": {"avs_failure": False, "cvc_failure": False},
        "statement_descriptor_prefix": None,
        "statement_descriptor_prefix_kana": None,
        "statement_descriptor_prefix_kanji": None,
    },
    "dashboard": {"display_name": None, "timezone": "Etc/UTC"},
    "invoices": {"default_account_tax_ids": None, "hosted_payment_method_save": "offer"},
    "payments": {
        "statement_descriptor": None,
        "statement_descriptor_kana": None,
        "statement_descriptor_kanji": None,
        "statement_descriptor_prefix_kana": None,
        "statement_descriptor_prefix_kanji": None,
    },
    "payouts": {
        "debit_negative_balances": True,
        "schedule": {"delay_days": 2, "interval": "daily"},
        "statement_descriptor": None,
    },
    "sepa_debit_payments": {},
}


def _settings_shown(given: Json) -> Json:
    return {name: {**_SETTINGS[name], **(given.get(name) or EMPTY)} for name in _SETTINGS}
