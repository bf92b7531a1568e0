"""Accounts of the Stripe simulator: their keys, what they hand out, and whom they tell of events.

https://docs.stripe.com/keys
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from paydouble.core.call import Merchant, PlatformKeys
from paydouble.core.clock import Clock
from paydouble.core.ids import BASE62
from paydouble.core.notification import Endpoint, Event
from paydouble.core.provider import Credentials
from paydouble.core.work import Walk, Work
from paydouble.providers.stripe.events import PROVIDER
from paydouble.providers.stripe.models import EventDestination, WebhookEndpoint
from paydouble.providers.stripe.models.event_destinations import ACCOUNTS, SELF
from paydouble.providers.stripe.thin_events import PING, THIN

DEFAULT_SANDBOX = "default"
DEFAULT_NAME = "paydouble_default"
FIRST_KEY = f"sk_test_{DEFAULT_NAME}"
"""Of the default sandbox's first account."""
DEFAULT_ACCOUNT = "acct_paydoubledefault"
EVERYTHING = ("*",)

_ENDPOINTS_MAX = 100
_NAME_LENGTH = 24
_SHORTEST_KEY = 12


def merchant(sandbox: str, keys: PlatformKeys, facts: Mapping[str, str]) -> Merchant:
    """The first account of a sandbox: well-known for "default", else derived from the sandbox's id."""
    first = sandbox == DEFAULT_SANDBOX
    secret = f"sk_test_{DEFAULT_NAME if first else derived(sandbox, 'secret key', _NAME_LENGTH)}"
    publishable = f"pk_test_{DEFAULT_NAME if first else derived(sandbox, 'publishable key', _NAME_LENGTH)}"
    return Merchant(
        provider=PROVIDER,
        id=DEFAULT_ACCOUNT if first else f"acct_1{derived(sandbox, 'account', 15)}",
        sandbox=sandbox,
        handles=(secret, publishable),
        keys=keys,
        secrets={
            **facts,
            "secret_key": secret,
            "publishable_key": publishable,
            "webhook_secret": f"whsec_{DEFAULT_NAME if first else derived(sandbox, 'webhook secret', 32)}",
        },
    )


def derived(seed: str, purpose: str, length: int) -> str:
    """Letters and digits that only the seed and the purpose decide."""
    digest = hashlib.shake_256(f"stripe/{purpose}/{seed}".encode()).digest(length)
    return "".join(BASE62[byte % len(BASE62)] for byte in digest)


def bank_of(account: str) -> str:
    """The id of the bank account to which it is paid out."""
    return f"ba_1{derived(account, 'bank account', 23)}"


def application_of(platform: str) -> str:
    """The id under which its connected accounts know a platform."""
    return f"ca_{derived(platform, 'application', 32)}"


def masked(key: str) -> str:
    """The first characters, asterisks, the last four."""
    if len(key) <= _SHORTEST_KEY:
        return "*" * len(key)
    return f"{key[:8]}{'*' * min(len(key) - _SHORTEST_KEY, 24)}{key[-4:]}"


def credentials(merchant: Merchant, base_url: str) -> Credentials:
    """What an integrator pastes; any SDK takes these."""
    return Credentials(
        fields={
            "api_base": base_url,
            "account": merchant.id,
            **{name: merchant.secrets[name] for name in ("secret_key", "publishable_key", "webhook_secret")},
        },
        environment={
            "STRIPE_SECRET_KEY": "secret_key",
            "STRIPE_PUBLISHABLE_KEY": "publishable_key",
            "STRIPE_WEBHOOK_SECRET": "webhook_secret",
            "STRIPE_API_BASE": "api_base",
        },
        files={},
    )


async def subscribe(work: Work, merchant: Merchant, url: str, clock: Clock) -> None:
    """An endpoint for all events under the account's well-known secret; for the same URL only once."""
    work.save(
        WebhookEndpoint(
            id=f"we_1{derived(f'{merchant.id}/{url}', 'endpoint', 23)}",
            created=clock.now(),
            merchant=merchant.id,
            url=url,
            secret=merchant.secrets["webhook_secret"],
            enabled_events=EVERYTHING,
            connect=True,
        )
    )


async def endpoints(work: Work, event: Event) -> Sequence[Endpoint]:
    """The enabled endpoints that want it: of an account's event its own, and its platform's for Connect."""
    owner = event.account or event.merchant
    if event.type == PING:
        return [one for one in await _destinations(work, event, owner) if one.id == event.subject]
    known = [one for one in await _endpoints_of(work, owner) if one.own]
    if event.account:
        known += [one for one in await _endpoints_of(work, event.merchant) if one.connect]
    told = await _destinations(work, event, owner)
    return told + [
        Endpoint(endpoint.id, endpoint.url, endpoint.secret, endpoint.api_version)
        for endpoint in known
        if endpoint.wants(event.type)
    ]


async def _destinations(work: Work, event: Event, owner: str) -> list[Endpoint]:
    """Those of API v2 that want it."""
    known = [(one, SELF) for one in await _destinations_of(work, owner)]
    if event.account:
        known += [(one, ACCOUNTS) for one in await _destinations_of(work, event.merchant)]
    return [
        Endpoint(one.id, one.url, one.secret, THIN if one.thin else one.snapshot_api_version)
        for one, whence in known
        if whence in one.events_from and (event.type == PING or one.wants(event.type))
    ]


async def _destinations_of(work: Work, account: str) -> Sequence[EventDestination]:
    return await work.scan(
        EventDestination, Walk(index="merchant", value=account, newest_first=False, limit=_ENDPOINTS_MAX)
    )


async def _endpoints_of(work: Work, account: str) -> Sequence[WebhookEndpoint]:
    return await work.scan(
        WebhookEndpoint, Walk(index="merchant", value=account, newest_first=False, limit=_ENDPOINTS_MAX)
    )
