"""Codes of what stands around payments: order centre, customs, risk, sub-merchants, utility bills.

https://opendocs.alipay.com/apis; the codes are published for the order centre only: the others are unverified.
"""

# ruff: noqa: E501 — tables, aligned

from __future__ import annotations

from paydouble.core.errors import ErrorTable, Fault
from paydouble.providers.alipay.errors import BUSINESS


class Around(ErrorTable):
    """Codes without a prefix."""

    # fmt: off
    INVALID_PARAMETER   = "INVALID_PARAMETER",   400, Fault.VALIDATION,           "参数有误", (), BUSINESS
    SYSTEM_ERROR        = "SYSTEM_ERROR",        400, Fault.BUSY,                 "系统繁忙", ("processing_error",), BUSINESS
    TRADE_NOT_EXIST     = "TRADE_NOT_EXIST",     400, Fault.NOT_FOUND,            "交易不存在", (), BUSINESS
    RECORD_NOT_EXIST    = "RECORD_NOT_EXIST",    400, Fault.NOT_FOUND,            "同步记录不存在", (), BUSINESS
    DUPLICATE_REQUEST   = "DUPLICATE_REQUEST",   400, Fault.IDEMPOTENCY_MISMATCH, "重复请求", ("duplicate_ref",), BUSINESS
    ORDER_NOT_EXIST     = "ORDER_NOT_EXIST",     400, Fault.NOT_FOUND,            "申请单不存在", (), BUSINESS
    MERCHANT_NOT_EXIST  = "MERCHANT_NOT_EXIST",  400, Fault.NOT_FOUND,            "商户不存在", (), BUSINESS
    BILL_NOT_EXIST      = "BILL_NOT_EXIST",      400, Fault.NOT_FOUND,            "账单不存在", (), BUSINESS
    AGREEMENT_NOT_EXIST = "AGREEMENT_NOT_EXIST", 400, Fault.NOT_FOUND,            "协议不存在", (), BUSINESS
    BALANCE_NOT_ENOUGH  = "BALANCE_NOT_ENOUGH",  400, Fault.DECLINED,             "余额不足", ("insufficient_funds",), BUSINESS
    # fmt: on
