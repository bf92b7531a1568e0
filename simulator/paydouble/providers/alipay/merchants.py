"""Apps of a sandbox: their ids and test keys, what is handed out, and where they are told things."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

from paydouble.core.call import Merchant, PlatformKeys
from paydouble.core.clock import Clock
from paydouble.core.notification import Endpoint, Event
from paydouble.core.provider import Credentials
from paydouble.core.work import Work
from paydouble.providers.alipay import keys
from paydouble.providers.alipay.machines import PROVIDER
from paydouble.providers.alipay.models import AppGateway
from paydouble.providers.alipay.wire import GATEWAY

DEFAULT_SANDBOX = "default"
DEFAULT_APP_ID = "2021000000004800"
DEFAULT_SELLER_ID = "2088000000004800"
# A public test key: anybody has it. Sixteen bytes.
DEFAULT_AES_KEY = base64.b64encode(b"PayDoubleTestKey").decode()

TELL_THE_APP = ("dut_user_", "fund_auth_unfreeze", "alipay.", "ant.", "open_app_auth_notify")
"""Events that go to the app's gateway where nothing else names a callback."""

_SERIAL_DIGITS = 40
_TAIL_DIGITS = 12

# fmt: off
ENVIRONMENT = {
    "ALIPAY_APP_ID":      "app_id",
    "ALIPAY_GATEWAY":     "gateway",
    "ALIPAY_API_BASE":    "api_base",
    "ALIPAY_SELLER_ID":   "seller_id",
    "ALIPAY_ENCRYPT_KEY": "encrypt_key",
}
FILES = {
    "ALIPAY_APP_PRIVATE_KEY_PATH":      "app_private_key_pem",
    "ALIPAY_APP_PUBLIC_KEY_PATH":       "app_public_key_pem",
    "ALIPAY_PUBLIC_KEY_PATH":           "alipay_public_key_pem",
    "ALIPAY_APP_CERTIFICATE_PATH":      "app_certificate_pem",
    "ALIPAY_CERTIFICATE_PATH":          "alipay_certificate_pem",
    "ALIPAY_ROOT_CERTIFICATE_PATH":     "alipay_root_certificate_pem",
}
# fmt: on


def merchant(sandbox: str, platform: PlatformKeys) -> Merchant:
    """The first of a sandbox; all share the RSA keys, and are told apart by app_id."""
    if sandbox == DEFAULT_SANDBOX:
        app_id, seller_id, encrypt_key = DEFAULT_APP_ID, DEFAULT_SELLER_ID, DEFAULT_AES_KEY
    else:
        app_id, seller_id = _derived("2021", sandbox, "app"), _derived("2088", sandbox, "seller")
        encrypt_key = base64.b64encode(hashlib.sha256(f"{sandbox}/aes".encode()).digest()[:16]).decode()
    secrets = {"seller_id": seller_id, "encrypt_key": encrypt_key, "serial_no": _serial(app_id)}
    return Merchant(
        provider=PROVIDER, id=app_id, sandbox=sandbox, handles=(app_id,), keys=platform, secrets=secrets,
    )


def credentials(whose: Merchant, base_url: str) -> Credentials:
    ring = whose.keys
    fields = {
        "gateway": f"{base_url}{GATEWAY}",
        "api_base": base_url,
        "app_id": whose.id,
        "seller_id": whose.secrets["seller_id"],
        "app_private_key_pem": ring.private_pem(keys.APP),
        "app_public_key_pem": ring.public_pem(keys.APP),
        "alipay_public_key_pem": ring.public_pem(keys.CURRENT),
        "app_certificate_pem": keys.app_certificate(whose),
        "alipay_certificate_pem": ring.certificate_pem(keys.CURRENT),
        "alipay_root_certificate_pem": ring.certificate_pem(keys.ROOT),
        "encrypt_key": whose.secrets["encrypt_key"],
    }
    return Credentials(fields=fields, environment=ENVIRONMENT, files=FILES)


async def subscribe(work: Work, whose: Merchant, url: str, clock: Clock) -> None:
    """The app's gateway: for messages and agreements; trades name a callback of their own, or have none."""
    await work.get(AppGateway, whose.id)
    work.save(AppGateway(id=whose.id, url=url, created=clock.now()))


async def endpoints(work: Work, event: Event) -> Sequence[Endpoint]:
    if event.url:
        return (Endpoint(id="notify_url", url=event.url),)
    if not event.type.startswith(TELL_THE_APP):
        return ()
    gateway = await work.get(AppGateway, event.merchant)
    return () if gateway is None else (Endpoint(id="app_gateway", url=gateway.url),)


def _derived(head: str, sandbox: str, what: str) -> str:
    """Sixteen digits, never those of the default sandbox, which begin with zeros."""
    digest = int(hashlib.sha256(f"{sandbox}/{what}".encode()).hexdigest(), 16)
    return f"{head}{digest % (9 * 10**(_TAIL_DIGITS - 1)) + 10**(_TAIL_DIGITS - 1)}"


def _serial(app_id: str) -> str:
    """Forty hex digits, positive as ASN.1 reads them."""
    digest = hashlib.sha256(app_id.encode()).hexdigest().upper()
    return f"{int(digest[0], 16) % 7 + 1}{digest[1:_SERIAL_DIGITS]}"
