"""What is uncertain about Alipay, or differs between merchants: settings, each with the best guess."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any

from paydouble.core.clock import DAY, Duration, parse_duration
from paydouble.core.money import Money


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
    qr_codes: QrCodes = QrCodes.LIVE
    fund_detail_online: bool = False
    """Tell the four amounts of the buyer in `trade.query` of online products too, where live it says 0.00."""
    notify_closed: frozenset[str] = frozenset({"create"})
    """Ways to pay whose TRADE_CLOSED is told when a trade is closed unpaid: pay, precreate, page, wap…"""
    notify_finished: frozenset[str] = frozenset()
    """Ways to pay whose TRADE_FINISHED is told when the refund window ends."""
    refund_window: Duration = Duration(365 * DAY)
    """Three, six or twelve months by contract; then TRADE_SUCCESS becomes TRADE_FINISHED."""
    cancel_window: Duration = Duration(DAY)
    """How long after payment `trade.cancel` still works."""
    password_above: Money = Money(100_000, "CNY")
    """Above it the buyer must confirm a barcode payment: 10003."""
    transfers_need_certificates: bool = False
    """Money may leave in certificate mode only, as in production."""
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
        known = {field.name: field.default for field in fields(cls)}
        values: dict[str, Any] = {}
        for name, text in settings.items():
            if name not in known:
                raise ValueError(f"alipay has no setting '{name}'; it has {', '.join(known)}")
            try:
                values[name] = _reader(name, known[name])(text)
            except (ValueError, InvalidOperation) as error:
                raise ValueError(f"alipay setting {name}: {error or 'not a number'}") from None
        return cls(**values)


def _reader(name: str, default: object) -> Callable[[str], object]:
    match default:
        case Enum():
            return lambda text: _choice(type(default), text)
        case bool():
            return _switch
        case Decimal():
            return _rate
        case Money():
            return lambda text: Money.parse(text, "CNY")
        case frozenset():
            return _channels
        case _:
            return _percent if name == "royalty_ratio_max" else parse_duration


def _choice(options: type[Enum], text: str) -> Enum:
    try:
        return options(text)
    except ValueError:
        allowed = ", ".join(str(option.value) for option in options)
        raise ValueError(f"'{text}' is none of {allowed}") from None


def _switch(text: str) -> bool:
    if text not in ("on", "off"):
        raise ValueError(f"'{text}' is neither on nor off")
    return text == "on"


def _rate(text: str) -> Decimal:
    rate = Decimal(text)
    if not 0 <= rate < 1:
        raise ValueError(f"'{text}' is not a rate from 0 to 1")
    return rate


def _channels(text: str) -> frozenset[str]:
    """Names with commas between them, or `none`."""
    names = frozenset(filter(None, text.replace(" ", "").split(","))) - {"none"}
    if unknown := names - set(CHANNELS):
        raise ValueError(f"'{min(unknown)}' is none of {', '.join(CHANNELS)}")
    return names


def _percent(text: str) -> int:
    percent = int(text)
    if not 0 <= percent <= 100:
        raise ValueError(f"'{text}' is not a percentage")
    return percent
