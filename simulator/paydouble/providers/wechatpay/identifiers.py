"""The shapes of WeChat Pay's identifiers; clients assume their lengths."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from paydouble.core.clock import Instant
from paydouble.core.ids import BASE62, DIGITS, HEX, Ids, uuid_shaped

CASHIER = "https://wx.tenpay.com"
CASHIER_PATH = "/cgi-bin/mmpayweb-bin/checkmweb"
OWN_BASES = frozenset(f"https://{host}" for host in (
    "api.mch.weixin.qq.com", "api2.mch.weixin.qq.com", "api.wechatpay.cn", "api2.wechatpay.cn",
    "apihk.mch.weixin.qq.com",
))

_CHINA_AHEAD = timedelta(hours=8)


def _china(now: Instant, pattern: str) -> str:
    return (datetime.fromtimestamp(now // 1_000, UTC) + _CHINA_AHEAD).strftime(pattern)


def transaction_id(ids: Ids, now: Instant) -> str:
    """28 digits, as in 4200000910202101282955148400."""
    return "4200" + ids.token(6, DIGITS) + _china(now, "%Y%m%d") + ids.token(10, DIGITS)


def refund_id(ids: Ids, now: Instant) -> str:
    """29 digits, as in 50000000382019052709732678859."""
    return "50" + ids.token(8, DIGITS) + _china(now, "%Y%m%d") + ids.token(11, DIGITS)


def share_id(ids: Ids, now: Instant) -> str:
    """28 digits, as in 3008450740201411110007820472."""
    return "30" + ids.token(8, DIGITS) + _china(now, "%Y%m%d") + ids.token(10, DIGITS)


def bill_no(ids: Ids, now: Instant) -> str:
    """40 digits, as in 1330000071100999991182020050700019480001."""
    return "13300000" + ids.token(12, DIGITS) + _china(now, "%Y%m%d") + ids.token(12, DIGITS)


def batch_id(ids: Ids, now: Instant) -> str:
    """40 digits, as in 1030000071100999991182020050700019480001."""
    return "10300000" + ids.token(12, DIGITS) + _china(now, "%Y%m%d") + ids.token(12, DIGITS)


def package_info(ids: Ids) -> str:
    """What a page hands to WeChat, opaque to both."""
    return ids.token(56, BASE62)


def service_order_id(ids: Ids, now: Instant) -> str:
    """As in 15646546545165651651."""
    return _china(now, "%Y%m%d") + ids.token(20, DIGITS)


def contract_id(ids: Ids, now: Instant) -> str:
    """As in 201509160000028648."""
    return _china(now, "%Y%m%d") + ids.token(10, DIGITS)


def prepay_id(ids: Ids, now: Instant) -> str:
    """36 characters, as in wx26112221580621e9b071c00d9e093b0000."""
    return "wx" + _china(now, "%d%H%M%S") + ids.token(6, DIGITS) + ids.token(16, HEX) + "0000"


def code_url(ids: Ids) -> str:
    return "weixin://wxpay/bizpayurl?pr=" + ids.token(9, BASE62)


def h5_url(mchid: str, prepaid: str, base_url: str) -> str:
    """Ten digits in `package`: here the merchant's number, by which the page finds the order.

    At the cashier's own host for callers who know the service by its own, else where they reached us."""
    host = CASHIER if not base_url or base_url in OWN_BASES else base_url
    return f"{host}{CASHIER_PATH}?prepay_id={prepaid}&package={mchid}"


def openid(ids: Ids) -> str:
    """28 characters."""
    return "o" + ids.token(27, BASE62)


def media_id(ids: Ids) -> str:
    """Long, and safe in a path."""
    return ids.token(64, BASE62 + "_-")


def event_id(ids: Ids) -> str:
    return uuid_shaped(ids)
