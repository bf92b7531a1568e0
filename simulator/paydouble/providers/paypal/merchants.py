"""Apps of the PayPal simulator: client ids, what is handed out, and whom they tell of events.

https://developer.paypal.com/api/rest/
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
from paydouble.providers.paypal import certificates, ipn
from paydouble.providers.paypal.events import PROVIDER
from paydouble.providers.paypal.identifiers import PAYER_ALPHABET, code_of
from paydouble.providers.paypal.models import Webhook
from paydouble.providers.paypal.tokens import short_handle

DEFAULT_SANDBOX = "default"
DEFAULT_CLIENT = "paydouble-default"
# A public test secret: anybody has it.
DEFAULT_SECRET = "paydouble-default-secret"
DEFAULT_WEBHOOK = "WH-PAYDOUBLE-DEFAULT"
WEBHOOKS_MAX = 10

_KEY_LENGTH = 79
_PAYER_LENGTH = 13
_WEBHOOK_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_WEBHOOK_LENGTH = 17


def merchant(sandbox: str, keys: PlatformKeys, facts: Mapping[str, str]) -> Merchant:
    """The first app of a sandbox: well-known for "default", else derived from the sandbox's id."""
    first = sandbox == DEFAULT_SANDBOX
    client = DEFAULT_CLIENT if first else "A" + derived(sandbox, "client id", _KEY_LENGTH)
    payer = derived(sandbox, "merchant", _PAYER_LENGTH, PAYER_ALPHABET)
    return Merchant(
        provider=PROVIDER,
        id=client,
        sandbox=sandbox,
        handles=(
            client, short_handle(client), code_of(sandbox), payer, *certificates.names(sandbox).values(),
        ),
        keys=keys,
        secrets={
            **facts,
            "client_secret": DEFAULT_SECRET if first else "E" + derived(sandbox, "secret", _KEY_LENGTH),
            "webhook_id": DEFAULT_WEBHOOK if first else derived(
                sandbox, "webhook", _WEBHOOK_LENGTH, _WEBHOOK_ALPHABET
            ),
            "merchant_id": payer,
            "email": f"sb-{payer.lower()}@business.example.com",
        },
    )


def derived(seed: str, purpose: str, length: int, alphabet: str = BASE62) -> str:
    """Characters that only the seed and the purpose decide."""
    digest = hashlib.shake_256(f"paypal/{purpose}/{seed}".encode()).digest(length)
    return "".join(alphabet[byte % len(alphabet)] for byte in digest)


def credentials(whose: Merchant, base_url: str) -> Credentials:
    """What an integrator pastes."""
    return Credentials(
        fields={
            "api_base": base_url,
            "client_id": whose.id,
            "client_secret": whose.secrets["client_secret"],
            "webhook_id": whose.secrets["webhook_id"],
            "merchant_id": whose.secrets["merchant_id"],
        },
        environment={
            "PAYPAL_CLIENT_ID": "client_id",
            "PAYPAL_CLIENT_SECRET": "client_secret",
            "PAYPAL_WEBHOOK_ID": "webhook_id",
            "PAYPAL_API_BASE": "api_base",
        },
        files={},
    )


async def subscribe(work: Work, whose: Merchant, url: str, clock: Clock) -> None:
    """A webhook for all events under the app's well-known id, of which there is one."""
    id = whose.secrets["webhook_id"]
    await work.get(Webhook, id)
    work.save(Webhook(id=id, created=clock.now(), merchant=whose.id, url=url, event_types=("*",)))


async def webhooks_of(work: Work, merchant: str) -> Sequence[Webhook]:
    walk = Walk(index="merchant", value=merchant, newest_first=False, limit=WEBHOOKS_MAX + 1)
    return await work.scan(Webhook, walk)


async def endpoints(work: Work, event: Event, *, ipn_url: str) -> Sequence[Endpoint]:
    """The webhooks that want it, with how the links of its body begin as `version`; and IPN."""
    hooks = [
        Endpoint(id=hook.id, url=hook.url, version=hook.base or str(event.body.get("base", "")))
        for hook in await webhooks_of(work, event.merchant)
        if hook.wants(event.type)
    ]
    return [*hooks, *await ipn.endpoints(work, event, ipn_url)]
