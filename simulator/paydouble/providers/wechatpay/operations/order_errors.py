"""The error rows that operations on orders list, in the manual's order."""

from __future__ import annotations

from paydouble.core.errors import ErrorTable
from paydouble.providers.wechatpay.errors import COMMON, Errors

ANY_ORDER = (
    Errors.MCH_NOT_EXISTS, Errors.NO_AUTH, Errors.ACCOUNT_ERROR, Errors.RULE_LIMIT, Errors.TRADE_ERROR,
    Errors.BANK_ERROR,
)
PREPAY: tuple[ErrorTable, ...] = (
    Errors.APPID_MCHID_NOT_MATCH, Errors.ORDER_CLOSED, Errors.ORDERPAID, Errors.PARAMETERS_DIFFER,
    Errors.OUT_TRADE_NO_USED, Errors.NOT_ENOUGH, *ANY_ORDER, Errors.OPENID_MISMATCH, *COMMON,
)
PARTNER = (Errors.SUB_MCHID_UNRELATED, Errors.SUB_MCHID_OWN)
CODEPAY: tuple[ErrorTable, ...] = (Errors.USERPAYING, Errors.AUTH_CODE_INVALID, *PREPAY)
QUERY: tuple[ErrorTable, ...] = (Errors.ORDER_NOT_EXIST, Errors.INVALID_TRANSACTIONID, *ANY_ORDER, *COMMON)
CLOSE: tuple[ErrorTable, ...] = (
    Errors.ORDERPAID, Errors.ORDER_CLOSED, Errors.ORDER_NOT_EXIST, Errors.CLOSE_CODEPAY, *ANY_ORDER, *COMMON
)
REVERSE: tuple[ErrorTable, ...] = (
    Errors.ORDER_NOT_EXIST, Errors.REVERSE_TOO_SOON, Errors.REVERSE_NOT_ALLOWED, *ANY_ORDER, *COMMON
)
