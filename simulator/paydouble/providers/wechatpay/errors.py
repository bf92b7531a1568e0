"""The error table of WeChat Pay's API v3, in the order in which the service checks.

https://pay.weixin.qq.com/doc/v3/merchant/4012070732; texts are those that merchants report. Column `support`
is the number at the end of the `Request-ID` by which support staff know an error.
"""

# ruff: noqa: E501 — a table, aligned

from __future__ import annotations

from collections.abc import Sequence

from paydouble.core.effect import Outcome
from paydouble.core.errors import ErrorTable, Fault, ProviderError

EMPTY_BODY = {"body": "empty"}
NO_REQUEST_ID = {"request_id": "none"}


def _support(number: int) -> dict[str, str]:
    return {"support": str(number)}


# fmt: off
class Errors(ErrorTable):
    """Many rows share a code: clients are to branch on status and code, people read the text."""

    # Before and during authentication; none of these is signed.
    #                           code                   http fault                     message, reasons, columns
    UNKNOWN_PATH              = "NOT_FOUND",            404, Fault.VALIDATION,         "", (), EMPTY_BODY
    WRONG_METHOD              = "METHOD_NOT_ALLOWED",   405, Fault.VALIDATION,         "", (), EMPTY_BODY
    HEADER_MISSING            = "INVALID_REQUEST",      400, Fault.VALIDATION,         "Http头缺少Accept或User-Agent"
    AUTHORIZATION_MALFORMED   = "SIGN_ERROR",           401, Fault.UNAUTHENTICATED,    "Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》"
    AUTHORIZATION_UNREADABLE  = "SIGN_ERROR",           401, Fault.UNAUTHENTICATED,    "签名信息错误，验签失败", (), NO_REQUEST_ID
    AUTHORIZATION_TYPE        = "SIGN_ERROR",           401, Fault.UNAUTHENTICATED,    "HTTP头Authorization认证类型不正确"
    TIMESTAMP_OUTSIDE         = "SIGN_ERROR",           401, Fault.UNAUTHENTICATED,    "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟"
    SERIAL_NO_UNKNOWN         = "SIGN_ERROR",           401, Fault.UNAUTHENTICATED,    "商户证书序列号有误。请使用签名私钥匹配的证书序列号"
    CERTIFICATE_EXPIRED       = "SIGN_ERROR",           401, Fault.UNAUTHENTICATED,    "商户证书已过期"
    CERTIFICATE_REVOKED       = "SIGN_ERROR",           401, Fault.UNAUTHENTICATED,    "商户证书已作废"
    CERTIFICATE_REPLACED      = "SIGN_ERROR",           401, Fault.UNAUTHENTICATED,    "已更换证书，请使用新证书"
    CERTIFICATE_NONE          = "SIGN_ERROR",           401, Fault.UNAUTHENTICATED,    "商户未申请过证书。"
    APIV3_KEY_UNSET           = "SIGN_ERROR",           401, Fault.UNAUTHENTICATED,    "商户未设置APIv3密钥。"
    SIGN_ERROR                = "SIGN_ERROR",           401, Fault.SIGNATURE_REJECTED, "错误的签名，验签失败", (), _support(268443699)
    NONCE_USED                = "SIGN_ERROR",           401, Fault.UNAUTHENTICATED,    "Http头Authorization中的nonce_str重复"  # text: unverified

    # The request as such.
    MCHID_DIFFERS             = "PARAM_ERROR",          400, Fault.VALIDATION,         "http header中的mchid与post payload中的mchid不匹配"
    WECHATPAY_SERIAL_MISSING  = "PARAM_ERROR",          400, Fault.VALIDATION,         "HTTP header缺少微信支付平台证书序列号(Wechatpay-Serial)"
    WECHATPAY_SERIAL_UNKNOWN  = "PARAM_ERROR",          400, Fault.VALIDATION,         "平台证书序列号Wechatpay-Serial错误"
    FIELD_UNDECIPHERABLE      = "PARAM_ERROR",          400, Fault.VALIDATION,         "敏感字段解密失败，请检查加密使用的公钥"  # text: unverified
    UPLOAD_UNREADABLE         = "PARAM_ERROR",          400, Fault.VALIDATION,         "上传的文件格式有误"  # text: unverified
    UPLOAD_DIFFERS            = "PARAM_ERROR",          400, Fault.VALIDATION,         "文件的sha256与meta中的不一致"  # text: unverified
    PARAM_ERROR               = "PARAM_ERROR",          400, Fault.VALIDATION,         "参数错误", (), _support(268435461)
    FIELD_UNKNOWN             = "PARAM_ERROR",          400, Fault.VALIDATION,         "参数中含有非法的额外参数", (), _support(270924358)
    BODY_TOO_LARGE            = "PARAM_ERROR",          400, Fault.VALIDATION,         "请求体过大"  # text: unverified
    OPENID_MISSING            = "INVALID_REQUEST",      400, Fault.VALIDATION,         "JSAPI支付必须传openid", (), _support(268501013)
    APPID_MCHID_NOT_MATCH     = "APPID_MCHID_NOT_MATCH", 400, Fault.VALIDATION,        "appid和mch_id不匹配，请检查后再试", (), _support(268445527)

    # Orders.
    MCH_NOT_EXISTS            = "MCH_NOT_EXISTS",       400, Fault.NOT_FOUND,          "商户号不存在"
    ORDER_NOT_EXIST           = "ORDER_NOT_EXIST",      404, Fault.NOT_FOUND,          "订单不存在", (), _support(268512771)
    ORDER_CLOSED              = "ORDER_CLOSED",         400, Fault.CONFLICT,           "订单已关闭", ("expired",), _support(268447914)
    ORDERPAID                 = "ORDERPAID",            400, Fault.CONFLICT,           "该订单已支付", ("already_paid",), _support(268498689)
    ORDER_PAID                = "ORDER_PAID",           400, Fault.CONFLICT,           "该订单已支付", ("already_paid",), _support(268498689)
    PARAMETERS_DIFFER         = "INVALID_REQUEST",      400, Fault.IDEMPOTENCY_MISMATCH, "请求重入时，参数与首次请求时不一致", (), _support(268498688)
    OUT_TRADE_NO_USED         = "OUT_TRADE_NO_USED",    403, Fault.IDEMPOTENCY_MISMATCH, "商户订单号重复", ("duplicate_ref",)
    CLOSE_CODEPAY             = "INVALID_REQUEST",      400, Fault.CONFLICT,           "当前交易不允许进行普通关单", (), _support(268449641)
    REVERSE_TOO_SOON          = "INVALID_REQUEST",      400, Fault.CONFLICT,           "支付后15秒内不允许撤销，请稍后再试"  # text: unverified
    REVERSE_NOT_ALLOWED       = "INVALID_REQUEST",      400, Fault.CONFLICT,           "当前交易状态不允许撤销"  # text: unverified
    AUTH_CODE_INVALID         = "INVALID_REQUEST",      400, Fault.VALIDATION,         "付款码无效，请刷新后重试"  # text: unverified
    USERPAYING                = "USERPAYING",           202, Fault.BUSY,               "用户支付中，需要输入密码"
    SUB_MCHID_UNRELATED       = "INVALID_REQUEST",      400, Fault.FORBIDDEN,          "受理关系不存在", (), _support(268443701)
    SUB_MCHID_OWN             = "INVALID_REQUEST",      400, Fault.VALIDATION,         "子商户mchid不能与自身mchid相同", (), _support(268443705)
    SUB_MCHID_DIFFERS         = "INVALID_REQUEST",      400, Fault.CONFLICT,           "子商户号和订单信息不匹配", (), _support(268447845)
    SUB_ORDERS_DIFFER         = "INVALID_REQUEST",      400, Fault.CONFLICT,           "子单信息与原合单不一致"  # text: unverified
    NO_AUTH                   = "NO_AUTH",              403, Fault.FORBIDDEN,          "商户号该产品权限未开通", ("not_permitted",), _support(268448010)
    ACCOUNT_ERROR             = "ACCOUNT_ERROR",        403, Fault.DECLINED,           "账号异常", ("account_frozen",)
    NOT_ENOUGH                = "NOT_ENOUGH",           403, Fault.DECLINED,           "余额不足", ("insufficient_funds",)
    RULE_LIMIT                = "RULE_LIMIT",           403, Fault.DECLINED,           "业务规则限制", ("limit_exceeded", "risk_review")
    TRADE_ERROR               = "TRADE_ERROR",          403, Fault.DECLINED,           "交易错误", ("do_not_honor", "fraud_suspected", "lost_or_stolen", "card_expired", "wrong_cvc", "payer_closed")
    INVALID_TRANSACTIONID     = "INVALID_TRANSACTIONID", 500, Fault.NOT_FOUND,         "订单号非法"
    OPENID_MISMATCH           = "OPENID_MISMATCH",      500, Fault.VALIDATION,         "openid和appid不匹配"

    # Refunds.
    REFUND_DIFFERS            = "INVALID_REQUEST",      400, Fault.IDEMPOTENCY_MISMATCH, "订单金额或退款金额与之前请求不一致，请核实后再试"
    REFUND_ORDER_DIFFERS      = "INVALID_REQUEST",      400, Fault.CONFLICT,           "您的请求参数与订单信息不一致"
    REFUND_ALL_DONE           = "INVALID_REQUEST",      400, Fault.CONFLICT,           "订单已全额退款"
    REFUND_TOO_MUCH           = "INVALID_REQUEST",      400, Fault.CONFLICT,           "退款金额大于订单可退金额"  # text: unverified
    REFUND_TOO_MANY           = "INVALID_REQUEST",      400, Fault.CONFLICT,           "部分退款次数超过限制"  # text: unverified
    REFUND_TOO_LATE           = "INVALID_REQUEST",      400, Fault.CONFLICT,           "订单已超过退款期限", ("refund_window_over", "expired")
    REFUND_NO_AUTH            = "NO_AUTH",              403, Fault.FORBIDDEN,          "没有退款权限", ("not_permitted",)
    REFUND_NOT_ENOUGH         = "NOT_ENOUGH",           403, Fault.DECLINED,           "基本账户余额不足，请充值后重新发起", ("seller_balance_low", "insufficient_funds")
    USER_ACCOUNT_ABNORMAL     = "USER_ACCOUNT_ABNORMAL", 403, Fault.DECLINED,          "用户帐号注销", ("account_frozen",)
    REFUND_ORDER_UNKNOWN      = "RESOURCE_NOT_EXISTS",  404, Fault.NOT_FOUND,          "订单不存在"
    REFUND_UNKNOWN            = "RESOURCE_NOT_EXISTS",  404, Fault.NOT_FOUND,          "退款单不存在"
    REFUND_MCH_UNKNOWN        = "MCH_NOT_EXISTS",       404, Fault.NOT_FOUND,          "商户号不存在"

    MEDIA_UNKNOWN             = "RESOURCE_NOT_EXISTS",  404, Fault.NOT_FOUND,          "文件不存在"  # text: unverified

    REFUND_NOT_ABNORMAL       = "INVALID_REQUEST",      400, Fault.CONFLICT,           "退款单状态不允许发起异常退款"  # text: unverified
    REFUND_CARD_MISSING       = "PARAM_ERROR",          400, Fault.VALIDATION,         "退款至用户银行卡时，开户银行、银行卡号和姓名必填"  # text: unverified

    # Profit sharing.
    SHARE_NOT_MARKED          = "INVALID_REQUEST",      400, Fault.CONFLICT,           "非分账订单不支持分账"
    SHARE_TOO_SOON            = "INVALID_REQUEST",      400, Fault.BUSY,               "订单处理中，请稍后重试"
    SHARE_OVER                = "INVALID_REQUEST",      400, Fault.CONFLICT,           "订单已完结分账，不支持分账"
    SHARE_NO_RELATION         = "INVALID_REQUEST",      400, Fault.CONFLICT,           "分账接收方关系不存在"
    SHARE_NAME_DIFFERS        = "INVALID_REQUEST",      400, Fault.CONFLICT,           "微信用户姓名与实名不一致"
    SHARE_RATIO               = "INVALID_REQUEST",      400, Fault.CONFLICT,           "分账金额超出最大分账比例", ("limit_exceeded",)
    SHARE_DIFFERS             = "INVALID_REQUEST",      400, Fault.IDEMPOTENCY_MISMATCH, "分账接收方与原请求不一致"
    SHARE_NOT_ENOUGH          = "NOT_ENOUGH",           403, Fault.DECLINED,           "分账金额不足", ("insufficient_funds",)
    SHARE_NO_AUTH             = "NO_AUTH",              403, Fault.FORBIDDEN,          "无分账权限", ("not_permitted",)
    SHARE_TOO_OFTEN           = "RATELIMIT_EXCEED",     429, Fault.RATE_LIMITED,       "对同笔订单分账频率过高"
    SHARE_UNKNOWN             = "RESOURCE_NOT_EXISTS",  404, Fault.NOT_FOUND,          "记录不存在"
    UNFREEZE_NOT_MARKED       = "INVALID_REQUEST",      400, Fault.CONFLICT,           "非分账订单不支持解冻剩余资金"
    UNFREEZE_NOTHING          = "NOT_ENOUGH",           403, Fault.DECLINED,           "分账金额为0"
    RETURN_NO_RECEIVER        = "INVALID_REQUEST",      400, Fault.CONFLICT,           "回退方不存在"
    RETURN_TOO_MUCH           = "INVALID_REQUEST",      400, Fault.CONFLICT,           "回退金额超过可回退金额"  # text: unverified
    RETURN_TOO_LATE           = "INVALID_REQUEST",      400, Fault.CONFLICT,           "分账单已超过回退期限"  # text: unverified
    RETURN_DIFFERS            = "INVALID_REQUEST",      400, Fault.IDEMPOTENCY_MISMATCH, "回退单与原请求不一致"  # text: unverified
    RETURN_NO_AUTH            = "NO_AUTH",              403, Fault.FORBIDDEN,          "回退方未开通分账回退功能"
    RECEIVER_INVALID          = "INVALID_REQUEST",      400, Fault.VALIDATION,         "无效请求，请确认分账接收方是否存在"

    # Transfers: HTTP statuses by analogy, unverified.
    TRANSFER_SCENE_REPORT     = "PARAM_ERROR",          400, Fault.VALIDATION,         "需传入转账场景报备信息，请检查"
    TRANSFER_NAME_NEEDED      = "PARAM_ERROR",          400, Fault.VALIDATION,         "转账金额大于等于2000元时，收款用户姓名必填"  # text: unverified
    TRANSFER_NAME_NOT_NEEDED  = "PARAM_ERROR",          400, Fault.VALIDATION,         "转账金额小于0.3元时，不允许填写收款用户姓名"  # text: unverified
    TRANSFER_DIFFERS          = "INVALID_REQUEST",      400, Fault.IDEMPOTENCY_MISMATCH, "单号已存在但信息不一致，请查单后比较确认"
    TRANSFER_QUOTA            = "INVALID_REQUEST",      400, Fault.DECLINED,           "超过单笔转账上下限，核实产品设置是否准确", ("limit_exceeded",)
    TRANSFER_NOT_CANCELABLE   = "INVALID_REQUEST",      400, Fault.CONFLICT,           "当前转账单状态不支持撤销"  # text: unverified
    TRANSFER_NO_AUTH          = "NO_AUTH",              403, Fault.FORBIDDEN,          "当前商户号接入升级版本功能，暂不支持使用升级前功能，请在产品中心-商家转账-前往功能查看接口文档", ("not_permitted",)
    TRANSFER_NOT_ENOUGH       = "NOT_ENOUGH",           403, Fault.DECLINED,           "商户账户余额不足", ("insufficient_funds", "seller_balance_low")
    TRANSFER_USER_ERROR       = "USER_ERROR",           403, Fault.DECLINED,           "当前商户存在异常，暂时无法进行转账。", ("account_frozen", "risk_review")
    TRANSFER_UNKNOWN          = "NOT_FOUND",            404, Fault.NOT_FOUND,          "记录不存在"
    RECEIPT_NOT_YET           = "INVALID_REQUEST",      400, Fault.CONFLICT,           "转账单未成功，不支持申请电子回单"  # text: unverified
    BATCH_SUMS_DIFFER         = "PARAM_ERROR",          400, Fault.VALIDATION,         "批次总金额或总笔数与明细不一致"  # text: unverified

    # Orders on trust, contracts, coupons, complaints.
    PAYSCORE_DIFFERS          = "INVALID_REQUEST",      400, Fault.IDEMPOTENCY_MISMATCH, "订单重入参数校验失败", (), _support(271316598)
    PAYSCORE_TOTAL            = "PARAM_ERROR",          400, Fault.VALIDATION,         "最终总金额计算非法"
    PAYSCORE_RISK             = "INVALID_REQUEST",      400, Fault.CONFLICT,           "总金额超过此服务的服务风险金额", (), _support(271316656)
    PAYSCORE_STATE            = "INVALID_REQUEST",      400, Fault.CONFLICT,           "当前订单状态不合法", (), _support(271302262)
    PAYSCORE_NO_AUTH          = "NO_AUTH",              403, Fault.FORBIDDEN,          "商户暂无权限使用此服务", ("not_permitted",)
    PAYSCORE_UNKNOWN          = "ORDER_NOT_EXIST",      404, Fault.NOT_FOUND,          "查询单据不存在", (), _support(271317510)
    PERMISSION_STATE          = "INVALID_REQUEST",      400, Fault.CONFLICT,           "授权状态不合法"  # text: unverified
    COUPON_OF_OTHERS          = "NO_AUTH",              403, Fault.FORBIDDEN,          "商户无权限"
    PAPAY_UNKNOWN             = "RESOURCE_NOT_EXISTS",  404, Fault.NOT_FOUND,          "签约协议不存在"  # text: unverified
    PAPAY_STATE               = "INVALID_REQUEST",      400, Fault.CONFLICT,           "签约协议状态不合法"  # text: unverified
    COMPLAINT_UNKNOWN         = "RESOURCE_NOT_EXISTS",  404, Fault.NOT_FOUND,          "投诉单不存在"  # text: unverified
    COMPLAINT_DONE            = "INVALID_REQUEST",      400, Fault.CONFLICT,           "投诉单已处理完成"  # text: unverified
    COUPON_UNKNOWN            = "RESOURCE_NOT_EXISTS",  404, Fault.NOT_FOUND,          "资源不存在"
    COUPON_STATE              = "INVALID_REQUEST",      400, Fault.CONFLICT,           "批次状态不合法"  # text: unverified
    COUPON_USER_LIMIT         = "RULE_LIMIT",           403, Fault.DECLINED,           "用户已达到最大领取次数"  # text: unverified
    COUPON_NONE_LEFT          = "NOT_ENOUGH",           403, Fault.DECLINED,           "批次余额不足"  # text: unverified

    # Bills.
    NO_STATEMENT_EXIST        = "NO_STATEMENT_EXIST",   400, Fault.NOT_FOUND,          "请求的账单文件不存在"
    STATEMENT_CREATING        = "STATEMENT_CREATING",   400, Fault.BUSY,               "请求的账单正在生成中，请稍后再试"
    BILL_TOO_OLD              = "INVALID_REQUEST",      400, Fault.NOT_FOUND,          "仅支持查询三个月内的账单"  # text: unverified
    BILL_LINK_OVER            = "INVALID_REQUEST",      400, Fault.CONFLICT,           "下载链接已失效，请重新申请账单"  # text: unverified
    BILL_NO_AUTH              = "NO_AUTH",              403, Fault.FORBIDDEN,          "无权限下载该账单"  # text: unverified

    # Certificates.
    CERTIFICATES_NONE         = "RESOURCE_NOT_EXISTS",  404, Fault.NOT_FOUND,          "无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥。"

    # Whatever was asked.
    FREQUENCY_LIMITED         = "FREQUENCY_LIMITED",    429, Fault.RATE_LIMITED,       "请求频率超过限制", (), _support(268447840)
    RATELIMIT_EXCEED          = "RATELIMIT_EXCEED",     429, Fault.RATE_LIMITED,       "请求频率超过限制", (), _support(268447840)
    RATELIMIT_EXCEEDED        = "RATELIMIT_EXCEEDED",   429, Fault.RATE_LIMITED,       "请求频率超过限制", (), _support(268447840)
    SYSTEM_ERROR              = "SYSTEM_ERROR",         500, Fault.INTERNAL,           "系统异常，请稍后重试"
    BANK_ERROR                = "BANK_ERROR",           500, Fault.DECLINED,           "银行系统异常", ("processing_error",)
    SERVICE_UNAVAILABLE       = "SERVICE_UNAVAILABLE",  503, Fault.UNAVAILABLE,        "服务不可用，请稍后重试"  # text: unverified
# fmt: on

COMMON = (
    Errors.PARAM_ERROR, Errors.FIELD_UNKNOWN, Errors.MCHID_DIFFERS, Errors.WECHATPAY_SERIAL_UNKNOWN,
    Errors.SIGN_ERROR, Errors.AUTHORIZATION_MALFORMED,
    Errors.FREQUENCY_LIMITED, Errors.SYSTEM_ERROR, Errors.SERVICE_UNAVAILABLE,
)
"""What any operation may answer; each lists its own rows before these."""


def refusal(outcome: Outcome, rows: Sequence[ErrorTable], otherwise: ErrorTable) -> ProviderError:
    """The row that a scenario's outcome stands for: by native code, by reason, or the one named last."""
    by_code = (row for row in rows if outcome.native_code in (row.code, row.name))
    by_reason = (row for row in rows if outcome.reason in row.reasons)
    row = next(by_code, None) or next(by_reason, None) or otherwise
    details = {"code": outcome.native_code} if outcome.native_code not in ("", row.name) else {}
    return row(outcome.message or None, **details)
