"""Codes of what is told afterwards: statements, and complaints about trades.

https://opendocs.alipay.com/apis/api_15; texts without a published one are ours.
"""

# ruff: noqa: E501 — tables, aligned

from __future__ import annotations

from paydouble.core.errors import ErrorTable, Fault
from paydouble.providers.alipay.errors import BUSINESS


# fmt: off
class Bill(ErrorTable):
    """Statements: codes without a prefix."""

    NO_BILL_DATA                  = "NO_BILL_DATA",                  400, Fault.NOT_FOUND,    "无账单数据", (), BUSINESS
    BILL_NOT_EXIST                = "BILL_NOT_EXIST",                400, Fault.NOT_FOUND,    "账单不存在", (), BUSINESS
    BILL_DATE_BEFORE_REGISTRATION = "BILL_DATE_BEFORE_REGISTRATION", 400, Fault.VALIDATION,   "账单日期早于注册日期", (), BUSINESS
    TYPE_NOT_SUPPORTED            = "TYPE_NOT_SUPPORTED",            400, Fault.VALIDATION,   "账单类型不支持", (), BUSINESS
    INVAILID_ARGUMENTS            = "INVAILID_ARGUMENTS",            400, Fault.VALIDATION,   "入参不合法", (), BUSINESS
    UNKNOWN_ERROR                 = "UNKNOWN_ERROR",                 400, Fault.BUSY,         "未知错误", (), BUSINESS
    SYSTEM_RATE_LIMIT             = "SYSTEM_RATE_LIMIT",             400, Fault.RATE_LIMITED, "系统限流", (), BUSINESS
    USER_RATE_LIMIT               = "USER_RATE_LIMIT",               400, Fault.RATE_LIMITED, "用户限流", (), BUSINESS
    FILE_NOT_EXIST                = "FILE_NOT_EXIST",                400, Fault.NOT_FOUND,    "文件不存在", (), BUSINESS


class Complaint(ErrorTable):
    """Complaints about trades: codes without a prefix."""

    AUTHORITY_ILLEGAL        = "AUTHORITY_ILLEGAL",        400, Fault.FORBIDDEN,  "无权限", (), BUSINESS
    PARAM_ILLEGAL            = "PARAM_ILLEGAL",            400, Fault.VALIDATION, "参数不合法", (), BUSINESS
    SYSTEM_ERROR             = "SYSTEM_ERROR",             400, Fault.BUSY,       "系统异常", (), BUSINESS
    SUBMIT_CONTENT_VIOLATION = "SUBMIT_CONTENT_VIOLATION", 400, Fault.VALIDATION, "提交内容违规", (), BUSINESS
    STATUS_CHANGED           = "STATUS_CHANGED",           400, Fault.CONFLICT,   "投诉单状态已变更", (), BUSINESS
    WAITING_REFUND           = "WAITING_REFUND",           400, Fault.CONFLICT,   "投诉单等待退款中", (), BUSINESS
    REFUND_ALREADY_SUCCEED   = "REFUND_ALREADY_SUCCEED",   400, Fault.CONFLICT,   "投诉单已退款成功", (), BUSINESS
    REFUND_FEEDBACK_FAILED   = "REFUND_FEEDBACK_FAILED",   400, Fault.CONFLICT,   "退款反馈失败", (), BUSINESS
    SECURITY_INTERCEPT       = "SECURITY_INTERCEPT",       400, Fault.FORBIDDEN,  "安全拦截", (), BUSINESS
# fmt: on
