"""What is uncertain about Alipay, or differs between merchants: settings, each with the best guess."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from paydouble.core.clock import DAY, SECOND, Duration
from paydouble.core.money import Money
from paydouble.core.settings import rate, read_settings, whole


class RepeatedPay(Enum):
    """What `trade.pay` answers when the same order has been paid already."""

    TRADE_HAS_SUCCESS = "trade_has_success"
    FIRST_ANSWER = "first_answer"


class ClosedTwice(Enum):
    """What `trade.close` answers for a trade that is closed."""

    ERROR = "error"
    SUCCESS = "success"


class Buyer(Enum):
    """How an app is told who the buyer is."""

    USER_ID = "user_id"
    """Sixteen digits that begin with 2088: apps of before 2024."""
    OPEN_ID = "open_id"
    BOTH = "both"


class SignatureStatus(Enum):
    """The HTTP status of a bad signature in v3; documents disagree."""

    BAD_REQUEST = "400"
    UNAUTHORIZED = "401"


class AsyncPay(Enum):
    """What `trade.pay` answers to what it is to charge later (`is_async_pay`); the manual does not say."""

    WAITING = "10003"
    ACCEPTED = "10000"
    """With `async_payment_mode`, and without a time of payment."""


class OauthTimes(Enum):
    """How `system.oauth.token` writes for how many seconds its tokens are good; both were seen."""

    NUMBER = "number"
    TEXT = "text"


class UnsignedQuery(Enum):
    """What `user.agreement.query` answers for an agreement that was ended; both codes were seen."""

    NOT_EXIST = "not_exist"
    HAS_UNSIGNED = "has_unsigned"
    SHOWN = "shown"
    """The agreement, with status STOP."""


class QrCodes(Enum):
    """Where the code of `trade.precreate` leads."""

    LIVE = "live"
    """https://qr.alipay.com/…, as at the real service."""
    HERE = "here"
    """To PayDouble's own page, so that a browser or a phone can open it."""


CHANNELS = ("pay", "precreate", "page", "wap", "app", "create")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlipaySettings:
    """All of them; each is a string of the same name in the mapping that `build` takes."""

    repeated_pay: RepeatedPay = RepeatedPay.TRADE_HAS_SUCCESS
    closed_twice: ClosedTwice = ClosedTwice.ERROR
    buyer: Buyer = Buyer.USER_ID
    v3_signature_status: SignatureStatus = SignatureStatus.BAD_REQUEST
    sign_v3_errors: bool = False
    """Real errors of v3 carry no signature; both answers were seen of SDKs."""
    v3_nonce_once: bool = True
    """A nonce of v3 that comes again within ten minutes is refused, with a code that nobody has published."""
    oauth_times: OauthTimes = OauthTimes.NUMBER
    unsigned_query: UnsignedQuery = UnsignedQuery.NOT_EXIST
    async_pay: AsyncPay = AsyncPay.WAITING
    async_pay_after: Duration = Duration(10 * SECOND)
    """How long a charge that was only accepted (`is_async_pay`) takes."""
    qr_codes: QrCodes = QrCodes.LIVE
    fund_detail_online: bool = False
    """Tell the four amounts of the buyer in `trade.query` of online products too, where live it says 0.00."""
    notify_closed: frozenset[str] = frozenset({"create"})
    """Ways to pay whose TRADE_CLOSED is told when a trade is closed unpaid: pay, precreate, page, wap…"""
    notify_finished: frozenset[str] = frozenset()
    """Ways to pay whose TRADE_FINISHED is told when the refund window ends."""
    refund_window: Duration = Duration(365 * DAY)
    """Three, six or twelve months by contract; then TRADE_SUCCESS becomes TRADE_FINISHED.

    Nothing (0s): a product without refunds, whose payments are TRADE_FINISHED at once.
    """
    cancel_window: Duration = Duration(DAY)
    """How long after payment `trade.cancel` still works."""
    password_above: Money = Money(100_000, "CNY")
    """Above it the buyer must confirm a barcode payment: 10003."""
    transfers_need_certificates: bool = False
    """Money may leave in certificate mode only, as in production."""
    transfer_single_max: Money = Money(500_000_000, "CNY")
    """The most that one transfer may send; by contract."""
    transfer_daily_max: Money = Money(2_000_000_000, "CNY")
    """The most that a day's transfers may send; by contract. A month's is thirty times as much."""
    royalty_ratio_max: int = 100
    """Percent of a trade that may be split off; thirty is the usual contract."""
    royalty_needs_binding: bool = True
    """A share may go only to whoever was named by `trade.royalty.relation.bind` before."""
    bills_at_once: bool = False
    """Today's bill, and this month's, can be downloaded; live they appear on the next morning."""
    fee_rate: Decimal = Decimal("0.006")
    """Of the amount paid, rounded half up to the fen; handed back with refunds."""
    opening_balance: Money = Money(100_000_000, "CNY")
    """What stands in a merchant's balance for transfers before anything was paid."""

    @classmethod
    def parse(cls, settings: Mapping[str, str]) -> AlipaySettings:
        """Reads strings, as in {"refund_window": "90d"}. Raises ValueError for an unknown name or value."""
        return read_settings("alipay", cls, settings, _READERS)


def _channels(text: str) -> frozenset[str]:
    """Names with commas between them, or `none`."""
    names = frozenset(filter(None, text.replace(" ", "").split(","))) - {"none"}
    if unknown := names - set(CHANNELS):
        raise ValueError(f"'{min(unknown)}' is none of {', '.join(CHANNELS)}")
    return names


def _yuan(text: str) -> Money:
    return Money.parse(text, "CNY")


_READERS: Mapping[str, Callable[[str], object]] = {
    "notify_closed": _channels, "notify_finished": _channels, "password_above": _yuan,
    "transfer_single_max": _yuan, "transfer_daily_max": _yuan, "opening_balance": _yuan, "fee_rate": rate,
    "royalty_ratio_max": whole(0, 100),
}  # fmt: skip
