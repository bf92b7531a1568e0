"""The error table of WeChat Pay's API v2: failures of the message, then of the business.

https://pay.weixin.qq.com/doc/v2/merchant/4011935214. All are told with status 200; of the first kind only a text.
"""

# ruff: noqa: E501 — a table, aligned

from __future__ import annotations

from collections.abc import Mapping

from paydouble.core.errors import ErrorTable, Fault
from paydouble.providers.wechatpay.errors import Errors

MESSAGE = {"layer": "message"}


# fmt: off
class ErrorsV2(ErrorTable):
    """Rows of the layer `message` have a text and no code on the wire."""

    #                         code                      http fault                       message, reasons, columns
    POST_REQUIRED           = "REQUIRE_POST_METHOD",    200, Fault.VALIDATION,           "请使用post方法", (), MESSAGE
    XML_FORMAT_ERROR        = "XML_FORMAT_ERROR",       200, Fault.VALIDATION,           "XML格式错误", (), MESSAGE
    BODY_EMPTY              = "POST_DATA_EMPTY",        200, Fault.VALIDATION,           "post数据为空", (), MESSAGE
    LACK_PARAMS             = "LACK_PARAMS",            200, Fault.VALIDATION,           "缺少参数", (), MESSAGE
    PARAM_INVALID           = "PARAM_ERROR",            200, Fault.VALIDATION,           "参数错误", (), MESSAGE
    MCH_ID_FORMAT           = "MCHID_NOT_EXIST",        200, Fault.UNAUTHENTICATED,      "mch_id参数格式错误", (), MESSAGE
    SIGNERROR               = "SIGNERROR",              200, Fault.SIGNATURE_REJECTED,   "签名错误", (), MESSAGE
    HMAC_REQUIRED           = "SIGNERROR",              200, Fault.VALIDATION,           "参数错误:sign_type仅支持HMAC-SHA256", (), MESSAGE
    APPID_MCHID_NOT_MATCH   = "APPID_MCHID_NOT_MATCH",  200, Fault.VALIDATION,           "商户号mch_id与appid不匹配", (), MESSAGE
    CERTIFICATE_REQUIRED    = "CERT_REQUIRED",          400, Fault.UNAUTHENTICATED,      "No required SSL certificate was sent", (), {"layer": "gateway"}
    NO_BILL_EXIST           = "20002",                  200, Fault.NOT_FOUND,            "No Bill Exist", (), MESSAGE
    BILL_CREATING           = "20003",                  200, Fault.BUSY,                 "Bill Creating", (), MESSAGE

    INVALID_REQUEST         = "INVALID_REQUEST",        200, Fault.IDEMPOTENCY_MISMATCH, "201 商户订单号重复", ("duplicate_ref",)
    ORDERPAID               = "ORDERPAID",              200, Fault.CONFLICT,             "该订单已支付", ("already_paid",)
    ORDERCLOSED             = "ORDERCLOSED",            200, Fault.CONFLICT,             "该订单已关闭", ("expired",)
    ORDERREVERSED           = "ORDERREVERSED",          200, Fault.CONFLICT,             "当前订单已经被撤销"
    ORDERNOTEXIST           = "ORDERNOTEXIST",          200, Fault.NOT_FOUND,            "订单不存在"
    TRADE_STATE_ERROR       = "TRADE_STATE_ERROR",      200, Fault.CONFLICT,             "订单状态错误"
    NOAUTH                  = "NOAUTH",                 200, Fault.FORBIDDEN,            "商户无此接口权限", ("not_permitted",)
    NOTENOUGH               = "NOTENOUGH",              200, Fault.DECLINED,             "余额不足", ("insufficient_funds", "seller_balance_low")
    USERPAYING              = "USERPAYING",             200, Fault.BUSY,                 "需要用户输入支付密码"
    AUTHCODEEXPIRE          = "AUTHCODEEXPIRE",         200, Fault.DECLINED,             "二维码已过期，请用户在微信上刷新后再试", ("expired",)
    AUTH_CODE_INVALID       = "AUTH_CODE_INVALID",      200, Fault.VALIDATION,           "授权码检验错误"
    NOTSUPORTCARD           = "NOTSUPORTCARD",          200, Fault.DECLINED,             "该卡不支持当前支付", ("card_expired", "lost_or_stolen", "wrong_cvc")
    BUYER_MISMATCH          = "BUYER_MISMATCH",         200, Fault.DECLINED,             "支付帐号错误"
    TRADE_ERROR             = "TRADE_ERROR",            200, Fault.DECLINED,             "交易错误", ("do_not_honor", "fraud_suspected", "risk_review", "account_frozen", "limit_exceeded", "payer_closed")
    BANKERROR               = "BANKERROR",              200, Fault.DECLINED,             "银行系统异常", ("processing_error",)
    REVERSE_EXPIRE          = "REVERSE_EXPIRE",         200, Fault.CONFLICT,             "订单无法撤销"
    REFUND_FEE_MISMATCH     = "REFUND_FEE_MISMATCH",    200, Fault.IDEMPOTENCY_MISMATCH, "订单金额或退款金额与之前请求不一致，请核实后再试"
    REFUND_TOO_MUCH         = "ERROR",                  200, Fault.CONFLICT,             "累计退款金额大于支付金额"
    TRADE_OVERDUE           = "TRADE_OVERDUE",          200, Fault.CONFLICT,             "订单已经超过退款期限", ("refund_window_over",)
    USER_ACCOUNT_ABNORMAL   = "USER_ACCOUNT_ABNORMAL",  200, Fault.DECLINED,             "退款请求失败", ("account_frozen",)
    REFUNDNOTEXIST          = "REFUNDNOTEXIST",         200, Fault.NOT_FOUND,            "not exist"
    INVALID_TRANSACTIONID   = "INVALID_TRANSACTIONID",  200, Fault.VALIDATION,           "无效transaction_id"
    NAME_MISMATCH           = "NAME_MISMATCH",          200, Fault.VALIDATION,           "收款人身份校验不通过"  # text: unverified
    SENDNUM_LIMIT           = "PARAM_ERROR",            200, Fault.VALIDATION,           "红包个数或金额不合法"  # text: unverified
    NOT_FOUND               = "NOT_FOUND",              200, Fault.NOT_FOUND,            "指定单号数据不存在"  # text: unverified
    CONTRACT_NOT_EXIST      = "CONTRACT_NOT_EXIST",     200, Fault.NOT_FOUND,            "协议不存在"  # code and text: unverified
    CONTRACT_EXISTED        = "CONTRACT_EXISTED",       200, Fault.CONFLICT,             "协议已存在"  # code and text: unverified
    CONTRACT_EXPIRED        = "CONTRACT_EXPIRED",       200, Fault.CONFLICT,             "协议已解约"  # code and text: unverified
    PARAM_ERROR             = "PARAM_ERROR",            200, Fault.VALIDATION,           "参数错误"
    FREQUENCY_LIMITED       = "FREQUENCY_LIMITED",      200, Fault.RATE_LIMITED,         "频率限制"
    SYSTEMERROR             = "SYSTEMERROR",            200, Fault.INTERNAL,             "系统错误"
    UNAVAILABLE             = "SYSTEMERROR",            200, Fault.UNAVAILABLE,          "系统繁忙，请稍后再试"


AS_V2: Mapping[ErrorTable, ErrorsV2] = {
    Errors.ORDERPAID:               ErrorsV2.ORDERPAID,
    Errors.ORDER_CLOSED:            ErrorsV2.ORDERCLOSED,
    Errors.PARAMETERS_DIFFER:       ErrorsV2.INVALID_REQUEST,
    Errors.OUT_TRADE_NO_USED:       ErrorsV2.INVALID_REQUEST,
    Errors.SUB_MCHID_OWN:           ErrorsV2.PARAM_INVALID,
    Errors.SUB_MCHID_UNRELATED:     ErrorsV2.NOAUTH,
    Errors.PARAM_ERROR:             ErrorsV2.PARAM_ERROR,
    Errors.ORDER_NOT_EXIST:         ErrorsV2.ORDERNOTEXIST,
    Errors.REVERSE_NOT_ALLOWED:     ErrorsV2.REVERSE_EXPIRE,
    Errors.REFUND_ALL_DONE:         ErrorsV2.REFUND_TOO_MUCH,
    Errors.REFUND_TOO_MUCH:         ErrorsV2.REFUND_TOO_MUCH,
    Errors.REFUND_TOO_MANY:         ErrorsV2.REFUND_TOO_MUCH,
    Errors.REFUND_TOO_LATE:         ErrorsV2.TRADE_OVERDUE,
    Errors.REFUND_ORDER_DIFFERS:    ErrorsV2.REFUND_FEE_MISMATCH,
    Errors.REFUND_NOT_ENOUGH:       ErrorsV2.NOTENOUGH,
    Errors.REFUND_ORDER_UNKNOWN:    ErrorsV2.ORDERNOTEXIST,
    Errors.NO_STATEMENT_EXIST:      ErrorsV2.NO_BILL_EXIST,
    Errors.STATEMENT_CREATING:      ErrorsV2.BILL_CREATING,
    Errors.BILL_TOO_OLD:            ErrorsV2.NO_BILL_EXIST,
    Errors.SHARE_NOT_ENOUGH:        ErrorsV2.NOTENOUGH,
    Errors.PAPAY_UNKNOWN:           ErrorsV2.CONTRACT_NOT_EXIST,
    Errors.PAPAY_STATE:             ErrorsV2.CONTRACT_EXPIRED,
    Errors.SHARE_UNKNOWN:           ErrorsV2.ORDERNOTEXIST,
    Errors.UNFREEZE_NOTHING:        ErrorsV2.NOTENOUGH,
    Errors.SYSTEM_ERROR:            ErrorsV2.SYSTEMERROR,
    Errors.FREQUENCY_LIMITED:       ErrorsV2.FREQUENCY_LIMITED,
    Errors.SHARE_TOO_OFTEN:         ErrorsV2.FREQUENCY_LIMITED,
}
# fmt: on
"""What both APIs refuse alike, in the words of v2; any other row keeps its text under INVALID_REQUEST."""

COMMON_V2 = (
    ErrorsV2.PARAM_INVALID, ErrorsV2.LACK_PARAMS, ErrorsV2.SIGNERROR, ErrorsV2.APPID_MCHID_NOT_MATCH,
    ErrorsV2.FREQUENCY_LIMITED, ErrorsV2.SYSTEMERROR, ErrorsV2.UNAVAILABLE,
)
