"""Who pays: a buyer is known by a 2088 number, by an open_id of each app, and by a masked logon id."""

from __future__ import annotations

import hashlib

from paydouble.providers.alipay.settings import AlipaySettings, Buyer

DEFAULT = "2088102100004801"
"""Whoever pays without saying who he is."""
LOGON = "buyer4801@example.com"


def open_id(user_id: str, app_id: str) -> str:
    """The same person is someone else in each app."""
    digest = hashlib.sha256(f"{app_id}/{user_id}".encode()).hexdigest()
    return f"0{digest[:40]}"


def logon_id(user_id: str) -> str:
    """Masked, as answers show it."""
    return masked(LOGON) if user_id == DEFAULT else f"{user_id[4:7]}****{user_id[-4:]}"


def masked(account: str) -> str:
    """159****5620, sim***@sandbox.com."""
    name, at, host = account.partition("@")
    return f"{name[:3]}***@{host}" if at else f"{account[:3]}****{account[-4:]}"


def named(settings: AlipaySettings, user_id: str, app_id: str, *, user: str, open_: str) -> dict[str, str]:
    """The buyer under the names that this answer has for the two ids."""
    if not user_id:
        return {}
    shown = {}
    if settings.buyer is not Buyer.OPEN_ID:
        shown[user] = user_id
    if settings.buyer is not Buyer.USER_ID:
        shown[open_] = open_id(user_id, app_id)
    return shown
