"""The hosted form in which an account's owner says who they are (https://docs.stripe.com/connect/hosted-onboarding)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from paydouble.core.act import Act, Declined, Doing, act
from paydouble.core.page import Go, Next, Page, Pull, Show, Visit, page
from paydouble.core.record import Record
from paydouble.providers.stripe import externals, onboarding
from paydouble.providers.stripe.models import Account, AccountLink
from paydouble.providers.stripe.scene import of_act

SETUP_PATH = "/setup/e/{account}/{id}"
_FOLDER = "paydouble.providers.stripe"


def _names(fields: Mapping[str, str]) -> tuple[str, str]:
    return fields.get("publishable_key", ""), fields.get("id", "")


@page(SETUP_PATH, AccountLink, folder=_FOLDER, names=_names)
async def onboard(visit: Visit) -> Next:
    """The owner of a connected account says who they are, with test data."""
    link = visit.record
    if not isinstance(link, AccountLink) or link.account != visit.fields.get("account"):
        return Show("over.html", {"text": "There is no such link."}, 404)
    if visit.pulled:
        return Go(link.return_url)
    if not link.usable(visit.now):
        return Go(link.refresh_url)
    if visit.submitted:
        return Pull("complete")
    return Show("onboarding.html", {"account": link.account})


@act(AccountLink, "complete")
async def complete(doing: Doing[AccountLink]) -> Record:
    """The owner sends the hosted form off; the link is used up."""
    scene, link = of_act(doing), doing.record
    account = await scene.work.get(Account, link.account)
    if account is None or account.deleted or not link.usable(doing.now):
        raise Declined("link_expired", "this link is used up, or too old")
    onboarding.filled_in(scene, account, externals.test_bank(scene, account))
    used = replace(link, status="used")
    scene.work.save(used)
    return used


@act(Account, "onboard")
async def onboard_at_once(doing: Doing[Account]) -> Record:
    """The same without a page, for tests of what comes after."""
    scene = of_act(doing)
    return onboarding.filled_in(scene, doing.record, externals.test_bank(scene, doing.record))


ONBOARDING_ACTS: tuple[Act[Any], ...] = (*complete, *onboard_at_once)
ONBOARDING_PAGES: tuple[Page, ...] = (onboard,)
