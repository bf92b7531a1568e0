"""What is uncertain about WeChat Pay, or differs between merchants: settings, each with the best guess."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from paydouble.core.clock import HOUR, MINUTE, Duration
from paydouble.core.settings import rate, read_settings, whole

SHARE_BILL_COLUMNS = 8


class PlatformKeys(Enum):
    """By which keys a merchant checks WeChat Pay's signatures."""

    BOTH = "both"
    """Platform certificates, and the public key for whoever names it in `Wechatpay-Serial`."""
    CERTIFICATE = "certificate"
    """The public key is unknown: naming it is refused."""
    PUBLIC_KEY = "public_key"
    """A merchant of today: no certificate can be downloaded, and all is signed with the public key."""


class Rotation(Enum):
    """How far the change from one platform certificate to the next has gone."""

    BEFORE = "before"
    """Only the old one can be downloaded."""
    OVERLAP = "overlap"
    """Both can be downloaded, the old one signs."""
    SWITCHED = "switched"
    """Both can be downloaded, the new one signs."""
    AFTER = "after"
    """Only the new one is left."""


class AssociatedData(Enum):
    """What stands in `resource.associated_data` of a notification."""

    ORIGINAL_TYPE = "original_type"
    """`transaction`, `refund`: live traffic."""
    EMPTY = "empty"
    """The samples of the manual."""
    ABSENT = "absent"


class Probe(Enum):
    """Which shape the signatures of `signature: probe` have: they fail in different code of a verifier."""

    ALTERNATING = "alternating"
    """One or the other, as the nonce has it."""
    DECODABLE = "decodable"
    """As long as a real one: the comparison fails."""
    UNDECODABLE = "undecodable"
    """No base64 at all: the decoder fails."""


class PaidCode(Enum):
    """How the refusal to order, or to close, what has been paid is spelled."""

    ORDERPAID = "ORDERPAID"
    ORDER_PAID = "ORDER_PAID"


class ReorderCode(Enum):
    """What a second order under the same number with other parameters is answered."""

    INVALID_REQUEST = "INVALID_REQUEST"
    """400, as live."""
    OUT_TRADE_NO_USED = "OUT_TRADE_NO_USED"
    """403, as in the manual."""


class RateLimitCode(Enum):
    """How 429 is spelled."""

    BY_PRODUCT = "by_product"
    """As each page has it: `FREQUENCY_LIMITED` of payments, refunds, coupons and old batches,
    `RATELIMIT_EXCEED` of sharing, otherwise `RATELIMIT_EXCEEDED`."""
    FREQUENCY_LIMITED = "FREQUENCY_LIMITED"
    """Everywhere as on the pages of payments and refunds."""
    RATELIMIT_EXCEEDED = "RATELIMIT_EXCEEDED"
    """Everywhere as on the page of common errors."""


class TransferStatus(Enum):
    """With which HTTP status calls of transfers are refused."""

    BY_CODE = "by_code"
    """403 for NO_AUTH, NOT_ENOUGH, USER_ERROR, 404 for NOT_FOUND: as other products have it."""
    ALWAYS_400 = "400"


class CloseUnknown(Enum):
    """What closing a number is answered under which nothing was ordered."""

    CLOSED = "204"
    NOT_FOUND = "404"


@dataclass(frozen=True, slots=True, kw_only=True)
class WechatpaySettings:
    """All of them; each is a string of the same name in the mapping that `build` takes."""

    platform_keys: PlatformKeys = PlatformKeys.BOTH
    rotation: Rotation = Rotation.OVERLAP
    """Overlap, so that the key of `signature: rotated_key` can always be fetched."""
    lenient_target: bool = True
    """Accept a signature over the percent-decoded target: two SDKs sign `A|B` and send `A%7CB`."""
    nonce_once: bool = False
    """Refuse a request whose nonce was used before; SDKs repeat one when a connection breaks."""
    sign_errors: bool = True
    """Sign 4xx and 5xx too, but for those that come before authentication or from it."""
    associated_data: AssociatedData = AssociatedData.ORIGINAL_TYPE
    probe: Probe = Probe.ALTERNATING
    rate_limit_code: RateLimitCode = RateLimitCode.BY_PRODUCT
    transfer_status: TransferStatus = TransferStatus.BY_CODE
    undecipherable_message: str = ""
    """What is said of a sensitive field that cannot be decrypted; empty: a guess."""
    paid_code: PaidCode = PaidCode.ORDERPAID
    reorder_code: ReorderCode = ReorderCode.INVALID_REQUEST
    close_unknown: CloseUnknown = CloseUnknown.CLOSED
    codepay: bool = True
    """Code payments of API v3 are open to the merchant; guides still send direct merchants to API v2."""
    client_certificates: bool = True
    """Paths of API v2 that move money out want the merchant's certificate; over plain HTTP, a violation."""
    sub_mchids: str = ""
    """A service provider's sub-merchants, separated by commas; empty: whoever is named is one."""
    h5_domains: str = ""
    """From which hosts a browser may come to the H5 cashier, separated by commas; empty: from anywhere."""
    time_expire_days: int = 15
    """How far `time_expire` may lie ahead; nothing is published for sure."""
    time_expire_days_native: int = 7
    refund_delay: Duration = Duration(0)
    """From accepting a refund to its end: minutes or days at the real service, at once here."""
    refund_spacing: Duration = Duration(0)
    """Least time between two refunds of one order; a minute at the real service."""
    reverse_after: Duration = Duration(0)
    """Least time between a code payment and its reversal; fifteen seconds at the real service."""
    share_after: Duration = Duration(0)
    """From the payment until it can be shared; a minute at the real service."""
    share_delay: Duration = Duration(0)
    """From accepting a request to share, or to take back, to its end."""
    share_rate_max: Decimal = Decimal("0.3")
    """How much of an order may be shared at most."""
    bill_ready_after: Duration = Duration(10 * HOUR)
    """From midnight in China until the bills of the day before are there."""
    bill_link_lasts: Duration = Duration(5 * MINUTE)
    """How long a bill can be downloaded by its link; older texts say thirty seconds."""
    share_bill_columns: str = ""
    """Names of the eight columns of the bill of shares, separated by commas; empty: a guess."""
    fee_rate: Decimal = Decimal("0.006")
    """Of the amount paid, rounded half up to the fen; handed back with refunds."""

    @classmethod
    def parse(cls, settings: Mapping[str, str]) -> WechatpaySettings:
        """Reads strings, as in {"refund_delay": "5s"}. Raises ValueError for an unknown name or value."""
        return read_settings("wechatpay", cls, settings, _READERS)


def _columns(text: str) -> str:
    """Raises ValueError where these are not eight names."""
    names = [each.strip() for each in text.split(",")]
    if text and (len(names) != SHARE_BILL_COLUMNS or not all(names)):
        raise ValueError(f"'{text}' is not {SHARE_BILL_COLUMNS} names separated by commas")
    return ",".join(names)


_READERS: Mapping[str, Callable[[str], object]] = {
    "time_expire_days": whole(1), "time_expire_days_native": whole(1), "share_rate_max": rate,
    "fee_rate": rate, "share_bill_columns": _columns,
}  # fmt: skip
