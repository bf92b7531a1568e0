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
from paydouble.providers.stripe.models import WebhookEndpoint

DEFAULT_SANDBOX = "default"
DEFAULT_NAME = "paydouble_default"
DEFAULT_ACCOUNT = "acct_paydoubledefault"
EVERYTHING = ("*",)

_ENDPOINTS_MAX = 100
_NAME_LENGTH = 24


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
        )
    )


async def endpoints(work: Work, event: Event) -> Sequence[Endpoint]:
    """The enabled endpoints that want this type of event."""
    known = await work.scan(
        WebhookEndpoint,
        Walk(
            index="merchant", value=event.account or event.merchant, newest_first=False, limit=_ENDPOINTS_MAX
        ),
    )
    return [
        Endpoint(endpoint.id, endpoint.url, endpoint.secret, endpoint.api_version)
        for endpoint in known
        if endpoint.wants(event.type)
    ]
