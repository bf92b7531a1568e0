"""Which of WeChat Pay's keys is meant: platform certificates, their rotation, and the public-key mode.

https://pay.weixin.qq.com/doc/v3/merchant/4012153196
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from paydouble.core.call import Merchant, PlatformKeys
from paydouble.core.effect import KeyChoice
from paydouble.core.http import Envelope
from paydouble.crypto.aes import GcmBox
from paydouble.providers.wechatpay.settings import PlatformKeys as Mode
from paydouble.providers.wechatpay.settings import Rotation, WechatpaySettings

SERIAL_HEADER = "Wechatpay-Serial"
PUBLIC_KEY_ID = "PUB_KEY_ID_"
NONCE_LENGTH = 12
BOXES_KEPT = 1_024

_OLD, _NEW, _PUBLIC, _FOREIGN = "platform", "platform-next", "wechatpay-public-key", "foreign"
_UNKNOWN_PUBLIC_KEY_ID = PUBLIC_KEY_ID + "9" * 34
_LISTED = {
    Rotation.BEFORE: (_OLD,),
    Rotation.OVERLAP: (_OLD, _NEW),
    Rotation.SWITCHED: (_OLD, _NEW),
    Rotation.AFTER: (_NEW,),
}


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key, and the serial number or id under which it is used."""

    private: RSAPrivateKey
    serial: str


@lru_cache(maxsize=BOXES_KEPT)
def gcm_box(apiv3_key: str) -> GcmBox:
    return GcmBox(apiv3_key.encode())


def same_serial(left: str, right: str) -> bool:
    """SDKs send serial numbers in lower case, or without their leading zeros."""
    return left.upper().lstrip("0") == right.upper().lstrip("0")


def listed_certificates(settings: WechatpaySettings) -> tuple[str, ...]:
    """Names of the certificates that can be downloaded."""
    return () if settings.platform_keys is Mode.PUBLIC_KEY else _LISTED[settings.rotation]


def in_public_key_mode(envelope: Envelope, settings: WechatpaySettings) -> bool:
    """Whether the caller wants signatures of the public key: it names it, or has no other."""
    if settings.platform_keys is Mode.BOTH:
        return names_public_key(envelope)
    return settings.platform_keys is Mode.PUBLIC_KEY


def names_public_key(envelope: Envelope) -> bool:
    """What the caller's header says, whatever the settings are."""
    return envelope.request.headers.get(SERIAL_HEADER).startswith(PUBLIC_KEY_ID)


def is_known_serial(serial: str, keys: PlatformKeys, settings: WechatpaySettings) -> bool:
    """Whether `Wechatpay-Serial` of a request names a key with which the merchant may encrypt."""
    if serial.startswith(PUBLIC_KEY_ID):
        return settings.platform_keys is not Mode.CERTIFICATE and serial == keys.serial(_PUBLIC)
    return any(same_serial(serial, keys.serial(name)) for name in listed_certificates(settings))


def key_named(serial: str, keys: PlatformKeys) -> str | None:
    """Which of our keys goes by this serial number or id."""
    names = (_PUBLIC,) if serial.startswith(PUBLIC_KEY_ID) else (_OLD, _NEW)
    return next((name for name in names if same_serial(serial, keys.serial(name))), None)


def signer(
    merchant: Merchant, settings: WechatpaySettings, choice: KeyChoice, *, public_key_mode: bool
) -> Signer:
    """Who signs. The public key never rotates, so that its `next` is a certificate, as in a migration."""
    keys = merchant.keys
    switched = settings.rotation in (Rotation.SWITCHED, Rotation.AFTER)
    certificate, other = (_NEW, _OLD) if switched else (_OLD, _NEW)
    current = _PUBLIC if public_key_mode else certificate
    match choice:
        case KeyChoice.NEXT:
            name = certificate if public_key_mode else other
            return Signer(keys.private(name), keys.serial(name))
        case KeyChoice.FOREIGN:
            return Signer(keys.private(_FOREIGN), keys.serial(current))
        case KeyChoice.UNKNOWN:
            unknown = _UNKNOWN_PUBLIC_KEY_ID if public_key_mode else keys.serial(_FOREIGN)
            return Signer(keys.private(_FOREIGN), unknown)
        case _:
            # The platform signs for all merchants alike: for another one, only what is encrypted differs.
            return Signer(keys.private(current), keys.serial(current))
