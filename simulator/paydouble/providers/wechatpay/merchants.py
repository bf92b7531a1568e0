"""Merchants of a sandbox: their ids and test keys, what is handed out, and where they are told things."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from paydouble.core.call import Merchant, PlatformKeys
from paydouble.core.clock import Clock
from paydouble.core.notification import Endpoint, Event
from paydouble.core.provider import Credentials
from paydouble.core.record import Record
from paydouble.core.work import Work
from paydouble.crypto import certificates
from paydouble.providers.wechatpay.coupon_records import Coupon
from paydouble.providers.wechatpay.machines import PROVIDER
from paydouble.providers.wechatpay.models import MerchantEndpoint, Transaction
from paydouble.providers.wechatpay.models_more import Complaint, ComplaintEndpoint
from paydouble.providers.wechatpay.notices import V2
from paydouble.providers.wechatpay.papay_records import PapayContract
from paydouble.providers.wechatpay.payscore_records import ServiceOrder
from paydouble.providers.wechatpay.permission_records import Permission
from paydouble.providers.wechatpay.transfer_records import TransferBatch, TransferBill
from paydouble.providers.wechatpay.wire import PUBLIC_KEY

DEFAULT_SANDBOX = "default"
DEFAULT_MCHID = "1900004800"
DEFAULT_APPID = "wx4800d0b1e0004800"
# Public test keys: anybody has them. 32 letters and digits, as the merchant platform demands.
DEFAULT_APIV3_KEY = "PayDoublePublicTestApiV3Key00000"
DEFAULT_APIV2_KEY = "PayDoublePublicTestApiV2Key00000"

_CALLED: tuple[type[Record], ...] = (
    Transaction, TransferBill, TransferBatch, PapayContract, ServiceOrder, Permission, Coupon,
)
"""What a call has made remembers by which keys its caller checks signatures."""
_MCHID_HEAD = "19"
_MCHID_TAIL_DIGITS = 8
_SERIAL_DIGITS = 40

# fmt: off
ENVIRONMENT = {
    "WECHATPAY_API_BASE":           "api_base",
    "WECHATPAY_MCHID":              "mchid",
    "WECHATPAY_APPID":              "appid",
    "WECHATPAY_APIV3_KEY":          "apiv3_key",
    "WECHATPAY_APIV2_KEY":          "apiv2_key",
    "WECHATPAY_SERIAL_NO":          "serial_no",
    "WECHATPAY_PLATFORM_SERIAL_NO": "platform_serial_no",
    "WECHATPAY_PUBLIC_KEY_ID":      "public_key_id",
}
FILES = {
    "WECHATPAY_PRIVATE_KEY_PATH":          "private_key_pem",
    "WECHATPAY_CERTIFICATE_PATH":          "certificate_pem",
    "WECHATPAY_PUBLIC_KEY_PATH":           "public_key_pem",
    "WECHATPAY_PLATFORM_CERTIFICATE_PATH": "platform_certificate_pem",
}
# fmt: on


def merchant(sandbox: str, keys: PlatformKeys) -> Merchant:
    """The first of a sandbox; all share the RSA keys, and are told apart by mchid and serial number."""
    if sandbox == DEFAULT_SANDBOX:
        mchid, appid = DEFAULT_MCHID, DEFAULT_APPID
        apiv3_key, apiv2_key, serial_no = DEFAULT_APIV3_KEY, DEFAULT_APIV2_KEY, keys.serial("merchant")
    else:
        mchid = _derived_mchid(sandbox)
        appid = "wx" + _digest(f"{sandbox}/appid")[:16]
        apiv3_key = _digest(f"{sandbox}/apiv3")[:32]
        apiv2_key = _digest(f"{sandbox}/apiv2")[:32]
        serial_no = _derived_serial(mchid)
    return Merchant(
        provider=PROVIDER, id=mchid, sandbox=sandbox, handles=(mchid,), keys=keys,
        secrets={"appid": appid, "serial_no": serial_no, "apiv3_key": apiv3_key, "apiv2_key": apiv2_key},
    )


def credentials(whose: Merchant, base_url: str) -> Credentials:
    keys, secrets = whose.keys, whose.secrets
    fields = {
        "api_base": base_url,
        "mchid": whose.id,
        "appid": secrets["appid"],
        "serial_no": secrets["serial_no"],
        "private_key_pem": keys.private_pem("merchant"),
        "certificate_pem": _certificate(whose),
        "apiv3_key": secrets["apiv3_key"],
        "apiv2_key": secrets["apiv2_key"],
        "platform_serial_no": keys.serial("platform"),
        "platform_certificate_pem": keys.certificate_pem("platform"),
        "public_key_id": keys.serial("wechatpay-public-key"),
        "public_key_pem": keys.public_pem("wechatpay-public-key"),
    }
    return Credentials(fields=fields, environment=ENVIRONMENT, files=FILES)


async def subscribe(work: Work, whose: Merchant, url: str, clock: Clock) -> None:
    """For refunds without a `notify_url`; orders always name their own, and are told there."""
    await work.get(MerchantEndpoint, whose.id)
    work.save(MerchantEndpoint(id=whose.id, url=url, created=clock.now()))


async def endpoints(work: Work, event: Event) -> Sequence[Endpoint]:
    """The callback that order or refund named, else the merchant's; signed as the order was placed."""
    url = event.url
    if not url:
        registered = await work.get(MerchantEndpoint, event.merchant)
        if registered is None:
            return ()
        url = registered.url
    if event.api == V2:
        ordered = await work.get(Transaction, event.subject) or await work.get(PapayContract, event.subject)
        return (Endpoint(id="notify_url", url=url, version=ordered.sign_type if ordered else ""),)
    version = PUBLIC_KEY if await _in_public_key_mode(work, event.subject) else ""
    return (Endpoint(id="notify_url", url=url, version=version),)


async def _in_public_key_mode(work: Work, subject: str) -> bool:
    if subject == PUBLIC_KEY:
        return True
    complaint = await work.get(Complaint, subject)
    if complaint is not None:
        told = await work.get(ComplaintEndpoint, complaint.mchid)
        return told is not None and told.public_key_mode
    for kind in _CALLED:
        found = await work.get(kind, subject)
        if found is not None:
            return bool(getattr(found, "public_key_mode", False))
    return False


def _certificate(whose: Merchant) -> str:
    """The default merchant's is the shipped one; those of other sandboxes are issued when asked for."""
    keys, serial_no = whose.keys, whose.secrets["serial_no"]
    if serial_no == keys.serial("merchant"):
        return keys.certificate_pem("merchant")
    issuer = certificates.Authority(keys.certificate_pem("issuer"), keys.private("issuer"))
    public = keys.public("merchant")
    return certificates.issue_merchant(issuer, public, serial=serial_no, merchant_id=whose.id)


def _derived_mchid(sandbox: str) -> str:
    """Ten digits that begin with 19, and are never those of the default merchant."""
    tail = int(_digest(f"{sandbox}/mchid"), 16) % 10**_MCHID_TAIL_DIGITS
    mchid = f"{_MCHID_HEAD}{tail:0{_MCHID_TAIL_DIGITS}}"
    return mchid if mchid != DEFAULT_MCHID else _derived_mchid(f"{sandbox}/again")


def _derived_serial(mchid: str) -> str:
    """Forty hex digits, positive as ASN.1 reads them."""
    digest = _digest(mchid).upper()
    return f"{int(digest[0], 16) % 7 + 1}{digest[1:_SERIAL_DIGITS]}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
