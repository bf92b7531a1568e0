"""The error tables of Alipay: `sub_code` and text of every row, the gateway's own and those of each product.

https://opendocs.alipay.com/common and the page of each method; rows without a published text have ours.
`columns["code"]` is the `code` of the old protocol; the status is that of v3.
"""

# ruff: noqa: E501 — tables, aligned

from __future__ import annotations

from paydouble.core.errors import ErrorTable, Fault

UNKNOWN, TOKEN, MISSING, INVALID = {"code": "20000"}, {"code": "20001"}, {"code": "40001"}, {"code": "40002"}
CONDITIONS, BUSINESS, LIMITED, PERMISSION = {"code": "40003"}, {"code": "40004"}, {"code": "40005"}, {"code": "40006"}

# fmt: off
MESSAGES = {
    "10000": "Success",                          "10003": " order success pay inprocess",
    "20000": "Service Currently Unavailable",    "20001": "Insufficient Token Permissions",
    "40001": "Missing Required Arguments",       "40002": "Invalid Arguments",
    "40003": "Insufficient Conditions",          "40004": "Business Failed",
    "40005": "Call Limited",                     "40006": "Insufficient Permissions",
}
"""`code` → `msg`; the blank at the start of one is Alipay's own."""


class Gateway(ErrorTable):
    """Told before a product sees the call."""

    UNKNOW_ERROR             = "isp.unknow-error",                            500, Fault.INTERNAL,           "服务暂不可用（业务系统不可用）", (), UNKNOWN
    AOP_UNKNOW_ERROR         = "aop.unknow-error",                            500, Fault.UNAVAILABLE,        "服务暂不可用（网关自身的未知错误）", (), UNKNOWN
    AOP_SYSTEM_ERROR         = "aop.ACQ.SYSTEM_ERROR",                        500, Fault.BUSY,               "系统异常", (), UNKNOWN
    INVALID_AUTH_TOKEN       = "aop.invalid-auth-token",                      401, Fault.UNAUTHENTICATED,    "无效的访问令牌", (), TOKEN
    AUTH_TOKEN_TIME_OUT      = "aop.auth-token-time-out",                     401, Fault.TOKEN_EXPIRED,      "访问令牌已过期", (), TOKEN
    INVALID_APP_AUTH_TOKEN   = "aop.invalid-app-auth-token",                  401, Fault.UNAUTHENTICATED,    "无效的应用授权令牌", (), TOKEN
    APP_AUTH_TOKEN_NO_API    = "aop.invalid-app-auth-token-no-api",           401, Fault.FORBIDDEN,          "商户未授权当前接口", (), TOKEN
    APP_AUTH_TOKEN_TIME_OUT  = "aop.app-auth-token-time-out",                 401, Fault.TOKEN_EXPIRED,      "应用授权令牌已过期", (), TOKEN
    NO_PRODUCT_REG           = "aop.no-product-reg-by-partner",               401, Fault.FORBIDDEN,          "商户未签约任何产品", (), TOKEN
    MISSING_METHOD           = "isv.missing-method",                          400, Fault.VALIDATION,         "缺少方法名参数", (), MISSING
    MISSING_SIGNATURE        = "isv.missing-signature",                       400, Fault.UNAUTHENTICATED,    "缺少签名参数", (), MISSING
    MISSING_SIGNATURE_TYPE   = "isv.missing-signature-type",                  400, Fault.UNAUTHENTICATED,    "缺少签名类型参数", (), MISSING
    MISSING_SIGNATURE_KEY    = "isv.missing-signature-key",                   400, Fault.UNAUTHENTICATED,    "缺少签名配置", (), MISSING
    MISSING_APP_ID           = "isv.missing-app-id",                          400, Fault.UNAUTHENTICATED,    "缺少appId参数", (), MISSING
    MISSING_TIMESTAMP        = "isv.missing-timestamp",                       400, Fault.VALIDATION,         "缺少时间戳参数", (), MISSING
    MISSING_VERSION          = "isv.missing-version",                         400, Fault.VALIDATION,         "缺少版本参数", (), MISSING
    MISSING_ENCRYPT_TYPE     = "isv.decryption-error-missing-encrypt-type",   400, Fault.VALIDATION,         "解密出错, 未指定加密算法", (), MISSING
    MISSING_APP_CERT_SN      = "isv.missing-app-cert-sn",                     400, Fault.UNAUTHENTICATED,    "缺少应用公钥证书SN", (), MISSING
    MISSING_ROOT_CERT_SN     = "isv.missing-alipay-root-cert-sn",             400, Fault.UNAUTHENTICATED,    "缺少支付宝根证书SN", (), MISSING
    INVALID_PARAMETER        = "isv.invalid-parameter",                       400, Fault.VALIDATION,         "参数无效", (), INVALID
    MISSING_PARAMETER        = "isv.missing-parameter",                       400, Fault.VALIDATION,         "缺少参数", (), MISSING
    INVALID_METHOD           = "isv.invalid-method",                          400, Fault.VALIDATION,         "不存在的方法名", (), INVALID
    INVALID_FORMAT           = "isv.invalid-format",                          400, Fault.VALIDATION,         "无效的数据格式", (), INVALID
    INVALID_SIGNATURE_TYPE   = "isv.invalid-signature-type",                  400, Fault.UNAUTHENTICATED,    "无效的签名类型", (), INVALID
    INVALID_SIGNATURE        = "isv.invalid-signature",                       400, Fault.SIGNATURE_REJECTED, "无效签名", (), INVALID
    INVALID_APP_ID           = "isv.invalid-app-id",                          400, Fault.UNAUTHENTICATED,    "无效的AppID参数", (), INVALID
    INVALID_TIMESTAMP        = "isv.invalid-timestamp",                       400, Fault.VALIDATION,         "非法的时间戳参数", (), INVALID
    INVALID_VERSION          = "isv.invalid-version",                         400, Fault.VALIDATION,         "版本参数无效", (), INVALID
    INVALID_CHARSET          = "isv.invalid-charset",                         400, Fault.VALIDATION,         "字符集错误", (), INVALID
    INVALID_DIGEST           = "isv.invalid-digest",                          400, Fault.VALIDATION,         "摘要错误", (), INVALID
    INVALID_ENCRYPT_TYPE     = "isv.invalid-encrypt-type",                    400, Fault.VALIDATION,         "无效的加密类型", (), INVALID
    INVALID_ENCRYPT          = "isv.invalid-encrypt",                         400, Fault.VALIDATION,         "解密异常", (), INVALID
    NOT_VALID_ENCRYPT_TYPE   = "isv.decryption-error-not-valid-encrypt-type", 400, Fault.VALIDATION,         "解密出错，不支持的加密算法", (), INVALID
    NOT_VALID_ENCRYPT_KEY    = "isv.decryption-error-not-valid-encrypt-key",  400, Fault.VALIDATION,         "解密出错, 未配置加密密钥或加密密钥格式错误", (), INVALID
    DECRYPTION_UNKNOWN       = "isv.decryption-error-unknown",                400, Fault.VALIDATION,         "解密出错, 未知错误", (), CONDITIONS
    MISSING_SIGNATURE_CONFIG = "isv.missing-signature-config",                400, Fault.UNAUTHENTICATED,    "验签出错, 未配置对应签名算法的公钥或者证书", (), INVALID
    UPLOAD_FAIL              = "isv.upload-fail",                             400, Fault.VALIDATION,         "文件上传失败", (), INVALID
    INVALID_FILE_EXTENSION   = "isv.invalid-file-extension",                  400, Fault.VALIDATION,         "文件扩展名无效", (), INVALID
    INVALID_FILE_SIZE        = "isv.invalid-file-size",                       400, Fault.VALIDATION,         "文件大小无效", (), INVALID
    NOT_SUPPORT_APP_AUTH     = "isv.not-support-app-auth",                    400, Fault.FORBIDDEN,          "本接口不支持第三方代理调用", (), INVALID
    SUSPECTED_ATTACK         = "isv.suspected-attack",                        400, Fault.VALIDATION,         "请求参数疑似攻击", (), INVALID
    ILLEGAL_JSON             = "isv.illegal-json",                            400, Fault.VALIDATION,         "非法的JSON格式", (), INVALID
    FORBIDDEN_API            = "isv.forbidden-api",                           400, Fault.FORBIDDEN,          "接口已下线", (), INVALID
    APP_CERT_EXPIRED         = "isv.app-cert-expired",                        400, Fault.UNAUTHENTICATED,    "应用公钥证书已过期", (), INVALID
    APP_CERT_NOT_EXIST       = "isv.app-cert-not-exist",                      400, Fault.UNAUTHENTICATED,    "应用公钥证书不存在", (), INVALID
    INVALID_ROOT_CERT_SN     = "isv.invalid-alipay-root-cert-sn",             400, Fault.UNAUTHENTICATED,    "支付宝根证书SN无效", (), INVALID
    ALIPAY_CERT_NOT_EXIST    = "isv.alipay-cert-not-exist",                   400, Fault.NOT_FOUND,          "支付宝公钥证书不存在", (), INVALID
    CODE_INVALID             = "isv.code-invalid",                            400, Fault.VALIDATION,         "授权码code无效", (), INVALID
    GRANT_TYPE_INVALID       = "isv.grant-type-invalid",                      400, Fault.VALIDATION,         "grant_type参数不正确", (), INVALID
    REFRESH_TOKEN_INVALID    = "isv.refresh-token-invalid",                   400, Fault.VALIDATION,         "refresh_token无效", (), INVALID
    REFRESH_TOKEN_TIME_OUT   = "isv.refresh-token-time-out",                  400, Fault.TOKEN_EXPIRED,      "refresh_token已过期", (), INVALID
    REFRESHED_TOKEN_INVALID  = "isv.refreshed-token-invalid",                 400, Fault.VALIDATION,         "refresh_token已被使用", (), INVALID
    UNMATCHED_APP_ID         = "isv.unmatched-app-id",                        400, Fault.VALIDATION,         "授权方与应用不匹配", (), INVALID
    INVALID_AUTH_RELATIONS   = "isv.invalid-auth-relations",                  400, Fault.FORBIDDEN,          "授权关系无效", (), CONDITIONS
    APP_CALL_LIMITED         = "isv.app-call-limited",                        429, Fault.RATE_LIMITED,       "应用调用次数超限", (), LIMITED
    METHOD_CALL_LIMITED      = "isv.method-call-limited",                     429, Fault.RATE_LIMITED,       "接口调用次数超限", (), LIMITED
    ISV_PERMISSIONS          = "isv.insufficient-isv-permissions",            401, Fault.FORBIDDEN,          "ISV权限不足，建议在开发者中心检查对应功能是否已经添加", ("not_permitted",), PERMISSION
    USER_PERMISSIONS         = "isv.insufficient-user-permissions",           401, Fault.FORBIDDEN,          "用户权限不足", (), PERMISSION
    SELF_INVOKE_FORBIDDEN    = "isv.self-invoke-forbidden",                   401, Fault.FORBIDDEN,          "不允许自己调用", (), PERMISSION
    NOT_FOUND                = "isv.not-found",                               404, Fault.VALIDATION,         "请求的接口不存在", (), INVALID


class Acq(ErrorTable):
    """Payments, refunds and what follows them: the codes that begin with ACQ."""

    SYSTEM_ERROR                                    = "ACQ.SYSTEM_ERROR",                                    500, Fault.BUSY,                 "系统错误", ("processing_error",), BUSINESS
    SYSTEM_ERROR_OF_PAY                             = "ACQ.SYSTEM_ERROR",                                    500, Fault.BUSY,                 "接口返回错误", ("processing_error",), BUSINESS
    SYSTEM_ERROR_OF_CLOSE                           = "ACQ.SYSTEM_ERROR",                                    500, Fault.BUSY,                 "系统异常", ("processing_error",), BUSINESS
    AQC_SYSTEM_ERROR                                = "AQC.SYSTEM_ERROR",                                    500, Fault.BUSY,                 "系统错误", (), BUSINESS
    INVALID_PARAMETER                               = "ACQ.INVALID_PARAMETER",                               400, Fault.VALIDATION,           "参数无效", (), BUSINESS
    ACCESS_FORBIDDEN                                = "ACQ.ACCESS_FORBIDDEN",                                400, Fault.FORBIDDEN,            "无权限使用接口", ("not_permitted",), BUSINESS
    EXIST_FORBIDDEN_WORD                            = "ACQ.EXIST_FORBIDDEN_WORD",                            400, Fault.VALIDATION,           "订单信息中包含违禁词", (), BUSINESS
    PARTNER_ERROR                                   = "ACQ.PARTNER_ERROR",                                   400, Fault.FORBIDDEN,            "应用APP_ID填写错误", (), BUSINESS
    TOTAL_FEE_EXCEED                                = "ACQ.TOTAL_FEE_EXCEED",                                400, Fault.VALIDATION,           "订单总金额超过限额", (), BUSINESS
    PAYMENT_AUTH_CODE_INVALID                       = "ACQ.PAYMENT_AUTH_CODE_INVALID",                       400, Fault.VALIDATION,           "支付授权码无效", (), BUSINESS
    CONTEXT_INCONSISTENT                            = "ACQ.CONTEXT_INCONSISTENT",                            400, Fault.IDEMPOTENCY_MISMATCH, "交易信息被篡改", ("duplicate_ref",), BUSINESS
    TRADE_HAS_SUCCESS                               = "ACQ.TRADE_HAS_SUCCESS",                               400, Fault.CONFLICT,             "交易已被支付", ("already_paid",), BUSINESS
    TRADE_HAS_CLOSE                                 = "ACQ.TRADE_HAS_CLOSE",                                 400, Fault.CONFLICT,             "交易已经关闭", ("expired",), BUSINESS
    BUYER_BALANCE_NOT_ENOUGH                        = "ACQ.BUYER_BALANCE_NOT_ENOUGH",                        400, Fault.DECLINED,             "买家余额不足", ("insufficient_funds",), BUSINESS
    BUYER_BANKCARD_BALANCE_NOT_ENOUGH               = "ACQ.BUYER_BANKCARD_BALANCE_NOT_ENOUGH",               400, Fault.DECLINED,             "用户银行卡余额不足", (), BUSINESS
    ERROR_BALANCE_PAYMENT_DISABLE                   = "ACQ.ERROR_BALANCE_PAYMENT_DISABLE",                   400, Fault.DECLINED,             "余额支付功能关闭", (), BUSINESS
    BUYER_SELLER_EQUAL                              = "ACQ.BUYER_SELLER_EQUAL",                              400, Fault.VALIDATION,           "买卖家不能相同", (), BUSINESS
    TRADE_BUYER_NOT_MATCH                           = "ACQ.TRADE_BUYER_NOT_MATCH",                           400, Fault.CONFLICT,             "交易买家不匹配", (), BUSINESS
    BUYER_ENABLE_STATUS_FORBID                      = "ACQ.BUYER_ENABLE_STATUS_FORBID",                      400, Fault.DECLINED,             "买家状态非法", ("account_frozen",), BUSINESS
    PULL_MOBILE_CASHIER_FAIL                        = "ACQ.PULL_MOBILE_CASHIER_FAIL",                        400, Fault.DECLINED,             "唤起移动收银台失败", (), BUSINESS
    MOBILE_PAYMENT_SWITCH_OFF                       = "ACQ.MOBILE_PAYMENT_SWITCH_OFF",                       400, Fault.DECLINED,             "用户的无线支付开关关闭", (), BUSINESS
    PAYMENT_FAIL                                    = "ACQ.PAYMENT_FAIL",                                    400, Fault.DECLINED,             "支付失败", ("do_not_honor", "payer_closed"), BUSINESS
    BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR            = "ACQ.BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR",            400, Fault.DECLINED,             "买家付款日限额超限", ("limit_exceeded",), BUSINESS
    BUYER_PAYMENT_AMOUNT_MONTH_LIMIT_ERROR          = "ACQ.BUYER_PAYMENT_AMOUNT_MONTH_LIMIT_ERROR",          400, Fault.DECLINED,             "买家付款月额度超限", (), BUSINESS
    BEYOND_PAY_RESTRICTION                          = "ACQ.BEYOND_PAY_RESTRICTION",                          400, Fault.DECLINED,             "商户收款额度超限", (), BUSINESS
    BEYOND_PER_RECEIPT_RESTRICTION                  = "ACQ.BEYOND_PER_RECEIPT_RESTRICTION",                  400, Fault.DECLINED,             "商户收款金额超过月限额", (), BUSINESS
    BEYOND_PER_RECEIPT_DAY_RESTRICTION              = "ACQ.BEYOND_PER_RECEIPT_DAY_RESTRICTION",              400, Fault.DECLINED,             "订单金额超过当日累计限额", (), BUSINESS
    BEYOND_PER_RECEIPT_SINGLE_RESTRICTION           = "ACQ.BEYOND_PER_RECEIPT_SINGLE_RESTRICTION",           400, Fault.DECLINED,             "订单金额超过单笔限额", (), BUSINESS
    SELLER_BEEN_BLOCKED                             = "ACQ.SELLER_BEEN_BLOCKED",                             400, Fault.DECLINED,             "商家账号被冻结", (), BUSINESS
    ERROR_BUYER_CERTIFY_LEVEL_LIMIT                 = "ACQ.ERROR_BUYER_CERTIFY_LEVEL_LIMIT",                 400, Fault.DECLINED,             "买家未通过人行认证", (), BUSINESS
    PAYMENT_REQUEST_HAS_RISK                        = "ACQ.PAYMENT_REQUEST_HAS_RISK",                        400, Fault.DECLINED,             "支付有风险", ("fraud_suspected", "risk_review"), BUSINESS
    NO_PAYMENT_INSTRUMENTS_AVAILABLE                = "ACQ.NO_PAYMENT_INSTRUMENTS_AVAILABLE",                400, Fault.DECLINED,             "没用可用的支付工具", ("lost_or_stolen", "wrong_cvc"), BUSINESS
    USER_FACE_PAYMENT_SWITCH_OFF                    = "ACQ.USER_FACE_PAYMENT_SWITCH_OFF",                    400, Fault.DECLINED,             "用户当面付付款开关关闭", (), BUSINESS
    INVALID_STORE_ID                                = "ACQ.INVALID_STORE_ID",                                400, Fault.VALIDATION,           "商户门店编号无效", (), BUSINESS
    SUB_MERCHANT_CREATE_FAIL                        = "ACQ.SUB_MERCHANT_CREATE_FAIL",                        400, Fault.VALIDATION,           "二级商户创建失败", (), BUSINESS
    SUB_MERCHANT_TYPE_INVALID                       = "ACQ.SUB_MERCHANT_TYPE_INVALID",                       400, Fault.VALIDATION,           "二级商户类型非法", (), BUSINESS
    SECONDARY_MERCHANT_STATUS_ERROR                 = "ACQ.SECONDARY_MERCHANT_STATUS_ERROR",                 400, Fault.FORBIDDEN,            "商户状态异常", (), BUSINESS
    SECONDARY_MERCHANT_ID_INVALID                   = "ACQ.SECONDARY_MERCHANT_ID_INVALID",                   400, Fault.VALIDATION,           "二级商户不存在", (), BUSINESS
    TRADE_SETTLE_ERROR                              = "ACQ.TRADE_SETTLE_ERROR",                              400, Fault.CONFLICT,             "交易结算异常", (), BUSINESS
    AGREEMENT_NOT_EXIST                             = "ACQ.AGREEMENT_NOT_EXIST",                             400, Fault.NOT_FOUND,            "用户协议不存在", (), BUSINESS
    AGREEMENT_INVALID                               = "ACQ.AGREEMENT_INVALID",                               400, Fault.CONFLICT,             "用户协议失效", (), BUSINESS
    AGREEMENT_STATUS_NOT_NORMAL                     = "ACQ.AGREEMENT_STATUS_NOT_NORMAL",                     400, Fault.CONFLICT,             "用户协议状态非NORMAL", (), BUSINESS
    MERCHANT_AGREEMENT_NOT_EXIST                    = "ACQ.MERCHANT_AGREEMENT_NOT_EXIST",                    400, Fault.NOT_FOUND,            "商户协议不存在", (), BUSINESS
    MERCHANT_AGREEMENT_INVALID                      = "ACQ.MERCHANT_AGREEMENT_INVALID",                      400, Fault.CONFLICT,             "商户协议已失效", (), BUSINESS
    MERCHANT_STATUS_NOT_NORMAL                      = "ACQ.MERCHANT_STATUS_NOT_NORMAL",                      400, Fault.CONFLICT,             "商户协议状态非正常状态", (), BUSINESS
    CYCLE_PAY_DATE_NOT_MATCH                        = "ACQ.CYCLE_PAY_DATE_NOT_MATCH",                        400, Fault.CONFLICT,             "扣款日期不在签约时的允许范围之内", (), BUSINESS
    CYCLE_PAY_SINGLE_FEE_EXCEED                     = "ACQ.CYCLE_PAY_SINGLE_FEE_EXCEED",                     400, Fault.CONFLICT,             "周期扣款的单笔金额超过签约时限制", (), BUSINESS
    CYCLE_PAY_TOTAL_FEE_EXCEED                      = "ACQ.CYCLE_PAY_TOTAL_FEE_EXCEED",                      400, Fault.CONFLICT,             "周期扣款的累计金额超过签约时限制", (), BUSINESS
    CYCLE_PAY_TOTAL_TIMES_EXCEED                    = "ACQ.CYCLE_PAY_TOTAL_TIMES_EXCEED",                    400, Fault.CONFLICT,             "周期扣款的总次数超过签约时限制", (), BUSINESS
    MERCHANT_UNSUPPORT_ADVANCE                      = "ACQ.MERCHANT_UNSUPPORT_ADVANCE",                      400, Fault.CONFLICT,             "先享后付2.0准入失败,商户不支持垫资支付产品", (), BUSINESS
    BUYER_UNSUPPORT_ADVANCE                         = "ACQ.BUYER_UNSUPPORT_ADVANCE",                         400, Fault.CONFLICT,             "先享后付2.0准入失败,买家不满足垫资条件", (), BUSINESS
    ORDER_UNSUPPORT_ADVANCE                         = "ACQ.ORDER_UNSUPPORT_ADVANCE",                         400, Fault.CONFLICT,             "订单不支持先享后付垫资", (), BUSINESS
    CARD_USER_NOT_MATCH                             = "ACQ.CARD_USER_NOT_MATCH",                             400, Fault.DECLINED,             "脱机记录用户信息不匹配", (), BUSINESS
    CARD_TYPE_ERROR                                 = "ACQ.CARD_TYPE_ERROR",                                 400, Fault.DECLINED,             "卡类型错误", (), BUSINESS
    CERT_EXPIRED                                    = "ACQ.CERT_EXPIRED",                                    400, Fault.DECLINED,             "凭证过期", ("card_expired",), BUSINESS
    AMOUNT_OR_CURRENCY_ERROR                        = "ACQ.AMOUNT_OR_CURRENCY_ERROR",                        400, Fault.VALIDATION,           "订单金额或币种信息错误", (), BUSINESS
    CURRENCY_NOT_SUPPORT                            = "ACQ.CURRENCY_NOT_SUPPORT",                            400, Fault.VALIDATION,           "订单币种不支持", (), BUSINESS
    APPLY_PC_MERCHANT_CODE_ERROR                    = "ACQ.APPLY_PC_MERCHANT_CODE_ERROR",                    400, Fault.CONFLICT,             "申请二维码失败", (), BUSINESS
    NOW_TIME_AFTER_EXPIRE_TIME_ERROR                = "ACQ.NOW_TIME_AFTER_EXPIRE_TIME_ERROR",                400, Fault.VALIDATION,           "当前时间已超过允许支付的时间", (), BUSINESS
    BUYER_NOT_EXIST                                 = "ACQ.BUYER_NOT_EXIST",                                 400, Fault.NOT_FOUND,            "买家不存在", (), BUSINESS
    PRODUCT_AMOUNT_LIMIT_ERROR                      = "ACQ.PRODUCT_AMOUNT_LIMIT_ERROR",                      400, Fault.DECLINED,             "产品额度超限", (), BUSINESS
    AUTH_NO_ERROR                                   = "ACQ.AUTH_NO_ERROR",                                   400, Fault.NOT_FOUND,            "预授权号错误", (), BUSINESS
    AUTH_AMOUNT_NOT_ENOUGH                          = "ACQ.AUTH_AMOUNT_NOT_ENOUGH",                          400, Fault.DECLINED,             "预授权金额不足", (), BUSINESS
    AUTH_ORDER_NOT_PAID                             = "ACQ.AUTH_ORDER_NOT_PAID",                             400, Fault.CONFLICT,             "预授权订单未支付", (), BUSINESS
    AUTH_ORDER_HAS_FINISHED                         = "ACQ.AUTH_ORDER_HAS_FINISHED",                         400, Fault.CONFLICT,             "预授权订单已完结", (), BUSINESS
    AUTH_ORDER_HAS_CLOSED                           = "ACQ.AUTH_ORDER_HAS_CLOSED",                           400, Fault.CONFLICT,             "预授权订单已关闭", (), BUSINESS
    TRADE_NOT_EXIST                                 = "ACQ.TRADE_NOT_EXIST",                                 400, Fault.NOT_FOUND,            "交易不存在", (), BUSINESS
    ENTERPRISE_PAY_BIZ_ERROR                        = "ACQ.ENTERPRISE_PAY_BIZ_ERROR",                        400, Fault.CONFLICT,             "因公付业务异常", (), BUSINESS
    CANCEL_NOT_ALLOWED                              = "ACQ.CANCEL_NOT_ALLOWED",                              400, Fault.CONFLICT,             "交易不允许撤销", (), BUSINESS
    REASON_TRADE_BEEN_FREEZEN                       = "ACQ.REASON_TRADE_BEEN_FREEZEN",                       400, Fault.CONFLICT,             "当前交易被冻结，不允许进行撤销", (), BUSINESS
    REASON_TRADE_REFUND_FEE_ERR                     = "ACQ.REASON_TRADE_REFUND_FEE_ERR",                     400, Fault.CONFLICT,             "退款金额无效", (), BUSINESS
    SELLER_BALANCE_NOT_ENOUGH                       = "ACQ.SELLER_BALANCE_NOT_ENOUGH",                       400, Fault.DECLINED,             "卖家余额不足", ("seller_balance_low",), BUSINESS
    TRADE_CANCEL_TIME_OUT                           = "ACQ.TRADE_CANCEL_TIME_OUT",                           400, Fault.CONFLICT,             "超过撤销时间范围", (), BUSINESS
    TRADE_HAS_FINISHED                              = "ACQ.TRADE_HAS_FINISHED",                              400, Fault.CONFLICT,             "交易已完结", ("refund_window_over",), BUSINESS
    REASON_TRADE_STATUS_INVALID                     = "ACQ.REASON_TRADE_STATUS_INVALID",                     400, Fault.CONFLICT,             "交易状态异常", (), BUSINESS
    REASON_ILLEGAL_STATUS                           = "ACQ.REASON_ILLEGAL_STATUS",                           400, Fault.CONFLICT,             "交易状态异常", (), BUSINESS
    TRADE_STATUS_ERROR                              = "ACQ.TRADE_STATUS_ERROR",                              400, Fault.CONFLICT,             "交易状态不合法", (), BUSINESS
    REFUND_AMT_NOT_EQUAL_TOTAL                      = "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL",                      400, Fault.CONFLICT,             "撤销或退款金额与订单金额不一致", (), BUSINESS
    DISCORDANT_REPEAT_REQUEST                       = "ACQ.DISCORDANT_REPEAT_REQUEST",                       400, Fault.IDEMPOTENCY_MISMATCH, "不一致的请求", (), BUSINESS
    TRADE_NOT_ALLOW_REFUND                          = "ACQ.TRADE_NOT_ALLOW_REFUND",                          400, Fault.CONFLICT,             "当前交易不允许退款", (), BUSINESS
    REFUND_FEE_ERROR                                = "ACQ.REFUND_FEE_ERROR",                                400, Fault.CONFLICT,             "交易退款金额有误", (), BUSINESS
    NOT_ALLOW_PARTIAL_REFUND                        = "ACQ.NOT_ALLOW_PARTIAL_REFUND",                        400, Fault.CONFLICT,             "不支持部分退款", (), BUSINESS
    ONLINE_TRADE_VOUCHER_NOT_ALLOW_REFUND           = "ACQ.ONLINE_TRADE_VOUCHER_NOT_ALLOW_REFUND",           400, Fault.CONFLICT,             "交易不允许退款", (), BUSINESS
    BUYER_ERROR                                     = "ACQ.BUYER_ERROR",                                     400, Fault.CONFLICT,             "买家状态异常", (), BUSINESS
    ALLOC_AMOUNT_VALIDATE_ERROR                     = "ACQ.ALLOC_AMOUNT_VALIDATE_ERROR",                     400, Fault.CONFLICT,             "分账金额校验失败", (), BUSINESS
    USER_NOT_MATCH_ERR                              = "ACQ.USER_NOT_MATCH_ERR",                              400, Fault.CONFLICT,             "用户不匹配", (), BUSINESS
    REFUND_CHARGE_ERROR                             = "ACQ.REFUND_CHARGE_ERROR",                             400, Fault.CONFLICT,             "退收费异常", (), BUSINESS
    USER_LOGONID_DUP                                = "ACQ.USER_LOGONID_DUP",                                400, Fault.CONFLICT,             "账号对应多个支付宝用户", (), BUSINESS
    ROYALTY_RECEIVER_INVALID                        = "ACQ.ROYALTY_RECEIVER_INVALID",                        400, Fault.VALIDATION,           "分账收入方不合法", (), BUSINESS
    FREQUENCY_LIMITED                               = "ACQ.FREQUENCY_LIMITED",                               400, Fault.RATE_LIMITED,         "操作过于频繁", (), BUSINESS
    CUSTOMER_VALIDATE_ERROR                         = "ACQ.CUSTOMER_VALIDATE_ERROR",                         400, Fault.CONFLICT,             "账户校验异常", (), BUSINESS
    USER_ACCOUNT_HAD_FREEZEN                        = "ACQ.USER_ACCOUNT_HAD_FREEZEN",                        400, Fault.CONFLICT,             "账户已冻结", (), BUSINESS
    ILLEGAL_SETTLE_STATE                            = "ACQ.ILLEGAL_SETTLE_STATE",                            400, Fault.CONFLICT,             "非法的结算状态", (), BUSINESS
    TXN_RESULT_ACCOUNT_BALANCE_NOT_ENOUGH           = "ACQ.TXN_RESULT_ACCOUNT_BALANCE_NOT_ENOUGH",           400, Fault.DECLINED,             "分账余额不足", ("seller_balance_low",), BUSINESS
    NOT_SUPPORT_ROYALTY                             = "ACQ.NOT_SUPPORT_ROYALTY",                             400, Fault.CONFLICT,             "交易不支持分账", (), BUSINESS
    ROYALTY_ACCOUNT_NOT_EXIST                       = "ACQ.ROYALTY_ACCOUNT_NOT_EXIST",                       400, Fault.NOT_FOUND,            "分账账户不存在", (), BUSINESS
    ROYALTY_ACCOUNT_INVALID                         = "ACQ.ROYALTY_ACCOUNT_INVALID",                         400, Fault.CONFLICT,             "分账账户无效", (), BUSINESS
    SETTLE_ENTITY_ID_INVALID                        = "ACQ.SETTLE_ENTITY_ID_INVALID",                        400, Fault.CONFLICT,             "结算主体无效", (), BUSINESS
    ROYALTY_ACCOUNTS_EQUAL                          = "ACQ.ROYALTY_ACCOUNTS_EQUAL",                          400, Fault.VALIDATION,           "分账收支方相同", (), BUSINESS
    DUP_OUT_REQUEST_NO                              = "ACQ.DUP_OUT_REQUEST_NO",                              400, Fault.CONFLICT,             "请求号重复", (), BUSINESS
    MERCHANT_RISK_LIMIT                             = "ACQ.MERCHANT_RISK_LIMIT",                             400, Fault.DECLINED,             "商户风险限制", (), BUSINESS
    ROYALTY_PAYER_ACCOUNT_NOT_EXIST                 = "ACQ.ROYALTY_PAYER_ACCOUNT_NOT_EXIST",                 400, Fault.CONFLICT,             "分账支出方账户不存在", (), BUSINESS
    ROYALTY_RECEIVER_ACCOUNT_NOT_EXIST              = "ACQ.ROYALTY_RECEIVER_ACCOUNT_NOT_EXIST",              400, Fault.CONFLICT,             "分账收入方账户不存在", (), BUSINESS
    ROYALTY_ACCOUNT_NAME_NOT_MATCH                  = "ACQ.ROYALTY_ACCOUNT_NAME_NOT_MATCH",                  400, Fault.CONFLICT,             "分账账户姓名不匹配", (), BUSINESS
    INVALID_REPLENISH_AMOUNT                        = "ACQ.INVALID_REPLENISH_AMOUNT",                        400, Fault.CONFLICT,             "补差金额无效", (), BUSINESS
    UN_SUPPORT_BIZ_TYPE                             = "ACQ.UN_SUPPORT_BIZ_TYPE",                             400, Fault.CONFLICT,             "不支持的业务类型", (), BUSINESS
    ILLEGAL_REQUEST                                 = "ACQ.ILLEGAL_REQUEST",                                 400, Fault.CONFLICT,             "非法请求", (), BUSINESS
    SETTLE_SCENE_NOT_SUPPORT                        = "ACQ.SETTLE_SCENE_NOT_SUPPORT",                        400, Fault.CONFLICT,             "不支持的结算场景", (), BUSINESS
    ALLOC_REFUSE_BEFORE_SETTLE                      = "ACQ.ALLOC_REFUSE_BEFORE_SETTLE",                      400, Fault.CONFLICT,             "结算前不允许分账", (), BUSINESS
    ALLOC_REFUSE_AFTER_REFUND                       = "ACQ.ALLOC_REFUSE_AFTER_REFUND",                       400, Fault.CONFLICT,             "退款后不允许分账", (), BUSINESS
    ALREADY_FINISH_ALLOC                            = "ACQ.ALREADY_FINISH_ALLOC",                            400, Fault.CONFLICT,             "交易已完结分账", (), BUSINESS
    AGREEMENT_ERROR                                 = "ACQ.AGREEMENT_ERROR",                                 400, Fault.CONFLICT,             "协议信息异常", (), BUSINESS
    AUTH_TOKEN_IS_NOT_EXIST                         = "ACQ.AUTH_TOKEN_IS_NOT_EXIST",                         400, Fault.NOT_FOUND,            "授权令牌不存在", (), BUSINESS
    BUYER_NOT_MAINLAND_CERT                         = "ACQ.BUYER_NOT_MAINLAND_CERT",                         400, Fault.DECLINED,             "买家非大陆实名用户", (), BUSINESS
    INVALID_RECEIVE_ACCOUNT                         = "ACQ.INVALID_RECEIVE_ACCOUNT",                         400, Fault.VALIDATION,           "收款账户无效", (), BUSINESS
    NOT_CERTIFIED_USER                              = "ACQ.NOT_CERTIFIED_USER",                              400, Fault.DECLINED,             "用户未实名认证", (), BUSINESS
    NOT_SUPPORT_PAYMENT_INST                        = "ACQ.NOT_SUPPORT_PAYMENT_INST",                        400, Fault.DECLINED,             "不支持的支付工具", (), BUSINESS
    OVER_DEDUCT_PERIOD                              = "ACQ.OVER_DEDUCT_PERIOD",                              400, Fault.CONFLICT,             "超出代扣周期", (), BUSINESS
    OVER_MAX_DEDUCT_COUNT                           = "ACQ.OVER_MAX_DEDUCT_COUNT",                           400, Fault.CONFLICT,             "超出最大代扣次数", (), BUSINESS
    OVER_MAX_UNDER_WAY_DEDUCT_COUNT                 = "ACQ.OVER_MAX_UNDER_WAY_DEDUCT_COUNT",                 400, Fault.CONFLICT,             "超出最大在途代扣次数", (), BUSINESS
    OVER_MERCHANT_DAILY_DEDUCT_AMOUNT               = "ACQ.OVER_MERCHANT_DAILY_DEDUCT_AMOUNT",               400, Fault.DECLINED,             "超出商户日代扣额度", (), BUSINESS
    PAYER_UNMATCHED                                 = "ACQ.PAYER_UNMATCHED",                                 400, Fault.VALIDATION,           "付款用户不匹配", (), BUSINESS
    PLATFORM_BUSINESS_ACQUIRE_MODE_MUST_MERCHANT_ID = "ACQ.PLATFORM_BUSINESS_ACQUIRE_MODE_MUST_MERCHANT_ID", 400, Fault.VALIDATION,           "平台收单必须传入二级商户", (), BUSINESS
    PRE_AUTH_PROD_CODE_INCONSISTENT                 = "ACQ.PRE_AUTH_PROD_CODE_INCONSISTENT",                 400, Fault.VALIDATION,           "预授权产品码不一致", (), BUSINESS
    REQUEST_AMOUNT_EXCEED                           = "ACQ.REQUEST_AMOUNT_EXCEED",                           400, Fault.DECLINED,             "请求金额超限", (), BUSINESS
    RESTRICTED_MERCHANT_INDUSTRY                    = "ACQ.RESTRICTED_MERCHANT_INDUSTRY",                    400, Fault.FORBIDDEN,            "行业资金受限", (), BUSINESS
    RISK_MERCHANT_IP_NOT_EXIST                      = "ACQ.RISK_MERCHANT_IP_NOT_EXIST",                      400, Fault.VALIDATION,           "商户终端IP缺失", (), BUSINESS
    SECONDARY_MERCHANT_ALIPAY_ACCOUNT_INVALID       = "ACQ.SECONDARY_MERCHANT_ALIPAY_ACCOUNT_INVALID",       400, Fault.DECLINED,             "二级商户账户异常", (), BUSINESS
    SECONDARY_MERCHANT_ID_BLANK                     = "ACQ.SECONDARY_MERCHANT_ID_BLANK",                     400, Fault.VALIDATION,           "二级商户编号为空", (), BUSINESS
    SECONDARY_MERCHANT_ISV_PUNISH_INDIRECT          = "ACQ.SECONDARY_MERCHANT_ISV_PUNISH_INDIRECT",          400, Fault.FORBIDDEN,            "商户状态异常", (), BUSINESS
    SECONDARY_MERCHANT_NOT_MATCH                    = "ACQ.SECONDARY_MERCHANT_NOT_MATCH",                    400, Fault.VALIDATION,           "二级商户信息不匹配", (), BUSINESS
    SELLER_NOT_EXIST                                = "ACQ.SELLER_NOT_EXIST",                                400, Fault.NOT_FOUND,            "卖家不存在", (), BUSINESS
    SMILE_PAY_MERCHANT_NOT_MATCH                    = "ACQ.SMILE_PAY_MERCHANT_NOT_MATCH",                    400, Fault.VALIDATION,           "刷脸支付商户不匹配", (), BUSINESS
    SUB_GOODS_SIZE_MAX_COUNT                        = "ACQ.SUB_GOODS_SIZE_MAX_COUNT",                        400, Fault.VALIDATION,           "子商品明细超长", (), BUSINESS
    UN_SUPPORT_TRADE_SCENE                          = "ACQ.UN_SUPPORT_TRADE_SCENE",                          400, Fault.FORBIDDEN,            "商户不支持该交易场景", (), BUSINESS
    ZM_AUTH_AMOUNT_EXCEED                           = "ACQ.ZM_AUTH_AMOUNT_EXCEED",                           400, Fault.DECLINED,             "芝麻授权金额超限", (), BUSINESS
    ZM_AUTH_RULE_LIMIT                              = "ACQ.ZM_AUTH_RULE_LIMIT",                              400, Fault.DECLINED,             "芝麻授权规则限制", (), BUSINESS
    ZM_CREDIT_AUTH_FAIL                             = "ACQ.ZM_CREDIT_AUTH_FAIL",                             400, Fault.DECLINED,             "芝麻信用授权失败", (), BUSINESS
    BIZ_PRODUCT_NOT_ALLOWED                         = "ACQ.BIZ_PRODUCT_NOT_ALLOWED",                         400, Fault.FORBIDDEN,            "当前订单不支持该业务产品", (), BUSINESS
    DEFAULT_SETTLE_RULE_NOT_EXIST                   = "ACQ.DEFAULT_SETTLE_RULE_NOT_EXIST",                   400, Fault.NOT_FOUND,            "默认结算规则不存在", (), BUSINESS
    ILLEGAL_ARGUMENT                                = "ACQ.ILLEGAL_ARGUMENT",                                400, Fault.VALIDATION,           "参数异常", (), BUSINESS
    OPEN_ID_NOT_TINY_APP                            = "ACQ.OPEN_ID_NOT_TINY_APP",                            400, Fault.VALIDATION,           "所传用户不是小程序用户", (), BUSINESS
    PRODUCT_NOT_SUPPORT_IN_TINY_APP                 = "ACQ.PRODUCT_NOT_SUPPORT_IN_TINY_APP",                 400, Fault.FORBIDDEN,            "产品不支持在小程序使用", (), BUSINESS
    STORE_INFO_INVALID                              = "ACQ.STORE_INFO_INVALID",                              400, Fault.VALIDATION,           "门店信息无效", (), BUSINESS
    UNBOUND_APPLICATION                             = "ACQ.UNBOUND_APPLICATION",                             400, Fault.FORBIDDEN,            "小程序与收单应用未关联", (), BUSINESS
    OVERDRAFT_AGREEMENT_NOT_MATCH                   = "ACQ.OVERDRAFT_AGREEMENT_NOT_MATCH",                   400, Fault.CONFLICT,             "垫资协议不匹配", (), BUSINESS
    OVERDRAFT_ASSIGN_ACCOUNT_INVALID                = "ACQ.OVERDRAFT_ASSIGN_ACCOUNT_INVALID",                400, Fault.CONFLICT,             "垫资账户无效", (), BUSINESS
    REFUNDALLOC_UNAUTH_LIMIT                        = "ACQ.REFUNDALLOC_UNAUTH_LIMIT",                        400, Fault.FORBIDDEN,            "退分账未授权", (), BUSINESS
    REFUND_ACCOUNT_NOT_EXIST                        = "ACQ.REFUND_ACCOUNT_NOT_EXIST",                        400, Fault.NOT_FOUND,            "退款出资账户不存在", (), BUSINESS
    REFUND_ROYALTY_PAYEE_ACCOUNT_NOT_EXIST          = "ACQ.REFUND_ROYALTY_PAYEE_ACCOUNT_NOT_EXIST",          400, Fault.NOT_FOUND,            "退分账收入方账户不存在", (), BUSINESS
    ASYNC_ALLOC_NOT_SUPPORT_IN_PERIOD               = "ACQ.ASYNC_ALLOC_NOT_SUPPORT_IN_PERIOD",               400, Fault.CONFLICT,             "当前时段不支持异步分账", (), BUSINESS
    MUST_ALLOC_FROM_ROOT_ACCOUNT                    = "ACQ.MUST_ALLOC_FROM_ROOT_ACCOUNT",                    400, Fault.CONFLICT,             "必须从主账户分账", (), BUSINESS
    REPLENISH_ACCOUNT_INVALID                       = "ACQ.REPLENISH_ACCOUNT_INVALID",                       400, Fault.CONFLICT,             "补差账户无效", (), BUSINESS
    SETTLE_TO_CARD_NOT_SUPPORT                      = "ACQ.SETTLE_TO_CARD_NOT_SUPPORT",                      400, Fault.CONFLICT,             "不支持结算到卡", (), BUSINESS
    ROYALTY_PAYER_ACCOUNT_NOT_CERTIFY               = "ACQ.ROYALTY_PAYER_ACCOUNT_NOT_CERTIFY",               400, Fault.CONFLICT,             "分账支出方账户未认证", (), BUSINESS
    ROYALTY_PAYER_ACCOUNT_NO_BALANCE                = "ACQ.ROYALTY_PAYER_ACCOUNT_NO_BALANCE",                400, Fault.CONFLICT,             "分账支出方未开通余额账户", (), BUSINESS
    ROYALTY_RECEIVER_ACCOUNT_NOT_CERTIFY            = "ACQ.ROYALTY_RECEIVER_ACCOUNT_NOT_CERTIFY",            400, Fault.CONFLICT,             "分账收入方账户未认证", (), BUSINESS
    ROYALTY_RECEIVER_ACCOUNT_NO_BALANCE             = "ACQ.ROYALTY_RECEIVER_ACCOUNT_NO_BALANCE",             400, Fault.CONFLICT,             "分账收入方未开通余额账户", (), BUSINESS
    MERCHANT_PERM_RECEIPT_SUSPEND_LIMIT             = "ACQ.MERCHANT_PERM_RECEIPT_SUSPEND_LIMIT",             400, Fault.DECLINED,             "商户收款权限暂停", (), BUSINESS
    MERCHANT_PERM_RECEIPT_SINGLE_LIMIT              = "ACQ.MERCHANT_PERM_RECEIPT_SINGLE_LIMIT",              400, Fault.DECLINED,             "超过商户单笔收款限额", (), BUSINESS
    MERCHANT_PERM_RECEIPT_DAY_LIMIT                 = "ACQ.MERCHANT_PERM_RECEIPT_DAY_LIMIT",                 400, Fault.DECLINED,             "超过商户日收款限额", (), BUSINESS
    NOTIFY_STATUS_INVALID                           = "ACQ.NOTIFY_STATUS_INVALID",                           400, Fault.CONFLICT,             "通知状态非法", (), BUSINESS


class Fund(ErrorTable):
    """Transfers: codes without a prefix."""

    INVALID_PARAMETER               = "INVALID_PARAMETER",               400, Fault.VALIDATION,           "参数有误", (), BUSINESS
    SYSTEM_ERROR                    = "SYSTEM_ERROR",                    400, Fault.BUSY,                 "系统繁忙", ("processing_error",), BUSINESS
    EXCEED_LIMIT_SM_AMOUNT          = "EXCEED_LIMIT_SM_AMOUNT",          400, Fault.DECLINED,             "单笔额度超限", ("limit_exceeded",), BUSINESS
    EXCEED_LIMIT_DM_AMOUNT          = "EXCEED_LIMIT_DM_AMOUNT",          400, Fault.DECLINED,             "日累计额度超限", (), BUSINESS
    EXCEED_LIMIT_MM_AMOUNT          = "EXCEED_LIMIT_MM_AMOUNT",          400, Fault.DECLINED,             "月累计金额超限", (), BUSINESS
    EXCEED_LIMIT_SM_MIN_AMOUNT      = "EXCEED_LIMIT_SM_MIN_AMOUNT",      400, Fault.VALIDATION,           "单笔最低转账金额0.1元", (), BUSINESS
    EXCEED_LIMIT_PERSONAL_SM_AMOUNT = "EXCEED_LIMIT_PERSONAL_SM_AMOUNT", 400, Fault.DECLINED,             "超出转账给个人支付宝账户的单笔限额", (), BUSINESS
    PAYCARD_UNABLE_PAYMENT          = "PAYCARD_UNABLE_PAYMENT",          400, Fault.DECLINED,             "付款账户余额支付功能不可用", (), BUSINESS
    PAYER_STATUS_ERROR              = "PAYER_STATUS_ERROR",              400, Fault.DECLINED,             "付款方用户状态不正常", (), BUSINESS
    PAYER_BALANCE_NOT_ENOUGH        = "PAYER_BALANCE_NOT_ENOUGH",        400, Fault.DECLINED,             "付款方余额不足", ("insufficient_funds", "seller_balance_low"), BUSINESS
    PAYER_USER_INFO_ERROR           = "PAYER_USER_INFO_ERROR",           400, Fault.VALIDATION,           "付款用户姓名或其它信息不一致", (), BUSINESS
    PAYEE_USER_INFO_ERROR           = "PAYEE_USER_INFO_ERROR",           400, Fault.VALIDATION,           "支付宝账号和姓名不匹配，请确认姓名是否正确", (), BUSINESS
    PAYMENT_INFO_INCONSISTENCY      = "PAYMENT_INFO_INCONSISTENCY",      400, Fault.IDEMPOTENCY_MISMATCH, "两次请求商户单号一样，但是参数不一致", ("duplicate_ref",), BUSINESS
    MEMO_REQUIRED_IN_TRANSFER_ERROR = "MEMO_REQUIRED_IN_TRANSFER_ERROR", 400, Fault.VALIDATION,           "根据监管部门的要求，单笔转账金额达到50000元时，需要填写付款理由", (), BUSINESS
    REMARK_HAS_SENSITIVE_WORD       = "REMARK_HAS_SENSITIVE_WORD",       400, Fault.VALIDATION,           "转账备注包含敏感词，请修改备注文案后重试", (), BUSINESS
    PRODUCT_NOT_SIGN                = "PRODUCT_NOT_SIGN",                400, Fault.FORBIDDEN,            "产品未签约", ("not_permitted",), BUSINESS
    PAYEE_NOT_EXIST                 = "PAYEE_NOT_EXIST",                 400, Fault.NOT_FOUND,            "收款用户不存在", (), BUSINESS
    PAYEE_ACCOUNT_STATUS_ERROR      = "PAYEE_ACCOUNT_STATUS_ERROR",      400, Fault.DECLINED,             "收款方账号异常", ("account_frozen",), BUSINESS
    PERMIT_NON_BANK_LIMIT_PAYEE     = "PERMIT_NON_BANK_LIMIT_PAYEE",     400, Fault.DECLINED,             "收款方未完善身份信息或未开立余额账户，无法收款", (), BUSINESS
    PERM_AML_NOT_REALNAME_REV       = "PERM_AML_NOT_REALNAME_REV",       400, Fault.DECLINED,             "根据监管部门的要求，需要收款用户补充身份信息才能继续操作", (), BUSINESS
    SECURITY_CHECK_FAILED           = "SECURITY_CHECK_FAILED",           400, Fault.DECLINED,             "本次请求有风险", ("fraud_suspected", "risk_review"), BUSINESS
    PAYEE_ACC_OCUPIED               = "PAYEE_ACC_OCUPIED",               400, Fault.DECLINED,             "收款方登录号有多个支付宝账号，无法确认唯一收款账号", (), BUSINESS
    PAYER_PAYEE_CANNOT_SAME         = "PAYER_PAYEE_CANNOT_SAME",         400, Fault.VALIDATION,           "收付款方不能相同", (), BUSINESS
    RESOURCE_LIMIT_EXCEED           = "RESOURCE_LIMIT_EXCEED",           400, Fault.RATE_LIMITED,         "请求超过资源限制", (), BUSINESS
    ORDER_NOT_EXIST                 = "ORDER_NOT_EXIST",                 400, Fault.NOT_FOUND,            "转账订单不存在", (), BUSINESS
    REQUEST_PROCESSING              = "REQUEST_PROCESSING",              400, Fault.BUSY,                 "请求处理中", (), BUSINESS
    TRANSFER_SCENE_NAME_BLANK       = "TRANSFER_SCENE_NAME_BLANK",       400, Fault.VALIDATION,           "转账场景为空", (), BUSINESS
    NO_ORDER_PERMISSION             = "NO_ORDER_PERMISSION",             400, Fault.FORBIDDEN,            "无权限查询该订单", (), BUSINESS
    ALIPAY_ACCOUNT_NOT_EXIST        = "ALIPAY_ACCOUNT_NOT_EXIST",        400, Fault.NOT_FOUND,            "支付宝账户不存在", (), BUSINESS
    NO_PERMISSION_ACCOUNT           = "NO_PERMISSION_ACCOUNT",           400, Fault.FORBIDDEN,            "无权限查询该账户", (), BUSINESS
    BALANCE_IS_NOT_ENOUGH           = "BALANCE_IS_NOT_ENOUGH",           400, Fault.DECLINED,             "余额不足", (), BUSINESS
    EXCEED_LIMIT_ENT_SM_AMOUNT      = "EXCEED_LIMIT_ENT_SM_AMOUNT",      400, Fault.DECLINED,             "超出转账给企业支付宝账户的单笔限额", (), BUSINESS
    ISV_AUTH_ERROR                  = "ISV_AUTH_ERROR",                  400, Fault.FORBIDDEN,            "应用授权异常", (), BUSINESS
    JUDICIAL_FREEZE                 = "JUDICIAL_FREEZE",                 400, Fault.DECLINED,             "账户被司法冻结", (), BUSINESS
    NO_ACCOUNT_RECEIVE_PERMISSION   = "NO_ACCOUNT_RECEIVE_PERMISSION",   400, Fault.DECLINED,             "收款方无收款权限", (), BUSINESS
    USER_AGREEMENT_VERIFY_FAIL      = "USER_AGREEMENT_VERIFY_FAIL",      400, Fault.FORBIDDEN,            "用户协议校验失败", (), BUSINESS
    AUTHOREE_IS_NOT_MATCH           = "AUTHOREE_IS_NOT_MATCH",           400, Fault.FORBIDDEN,            "被授权方不匹配", (), BUSINESS
    TRANSFER_SCENE_NAME_ILLEGAL     = "TRANSFER_SCENE_NAME_ILLEGAL",     400, Fault.VALIDATION,           "转账场景非法", (), BUSINESS
    REFUND_AMOUNT_EXCEED            = "REFUND_AMOUNT_EXCEED",            400, Fault.CONFLICT,             "退款金额超过可退金额", (), BUSINESS


class Auth(ErrorTable):
    """Pre-authorisation: codes without a prefix."""

    ILLEGAL_ARGUMENT                 = "ILLEGAL_ARGUMENT",                 400, Fault.VALIDATION,           "参数异常", (), BUSINESS
    SYSTEM_ERROR                     = "SYSTEM_ERROR",                     400, Fault.BUSY,                 "系统错误", ("processing_error",), BUSINESS
    ACCESS_FORBIDDEN                 = "ACCESS_FORBIDDEN",                 400, Fault.FORBIDDEN,            "无权限使用接口", ("not_permitted",), BUSINESS
    UNIQUE_VIOLATION                 = "UNIQUE_VIOLATION",                 400, Fault.IDEMPOTENCY_MISMATCH, "授权失败，商户订单号重复，请使用新的订单号重新发起授权", ("duplicate_ref",), BUSINESS
    PAYER_USER_STATUS_LIMIT          = "PAYER_USER_STATUS_LIMIT",          400, Fault.DECLINED,             "授权失败，顾客账户状态异常", ("account_frozen",), BUSINESS
    PAYER_NOT_EXIST                  = "PAYER_NOT_EXIST",                  400, Fault.NOT_FOUND,            "授权失败，顾客账户不存在", (), BUSINESS
    PAYMENT_AUTH_CODE_INVALID        = "PAYMENT_AUTH_CODE_INVALID",        400, Fault.VALIDATION,           "授权失败，付款码无效", (), BUSINESS
    MONEY_NOT_ENOUGH                 = "MONEY_NOT_ENOUGH",                 400, Fault.DECLINED,             "授权失败，顾客余额不足，建议顾客充值完成后再进行付款", ("insufficient_funds",), BUSINESS
    ORDER_ALREADY_CLOSED             = "ORDER_ALREADY_CLOSED",             400, Fault.CONFLICT,             "授权失败，本笔授权订单已关闭", ("expired",), BUSINESS
    FREEZE_ALREADY_SUCCESS           = "FREEZE_ALREADY_SUCCESS",           400, Fault.CONFLICT,             "授权失败，授权订单已经冻结成功，请勿重复授权", ("already_paid",), BUSINESS
    ORDER_ALREADY_FINISH             = "ORDER_ALREADY_FINISH",             400, Fault.CONFLICT,             "授权失败，本笔授权订单已经完结，无法再进行资金操作", (), BUSINESS
    PAYER_PAYEE_EQUAL                = "PAYER_PAYEE_EQUAL",                400, Fault.VALIDATION,           "授权失败，收付款方相同", (), BUSINESS
    NO_PAYMENT_INSTRUMENTS_AVAILABLE = "NO_PAYMENT_INSTRUMENTS_AVAILABLE", 400, Fault.DECLINED,             "授权失败，没有可用的支付工具", ("do_not_honor", "limit_exceeded", "fraud_suspected"), BUSINESS
    ILLEGAL_STATUS                   = "ILLEGAL_STATUS",                   400, Fault.CONFLICT,             "订单状态非法", (), BUSINESS
    BIZ_ERROR                        = "BIZ_ERROR",                        400, Fault.CONFLICT,             "业务异常", (), BUSINESS
    REQUEST_AMOUNT_EXCEED            = "REQUEST_AMOUNT_EXCEED",            400, Fault.CONFLICT,             "请求解冻金额超限", (), BUSINESS
    AUTH_ORDER_NOT_EXIST             = "AUTH_ORDER_NOT_EXIST",             400, Fault.NOT_FOUND,            "支付宝资金授权订单不存在", (), BUSINESS
    AUTH_OPERATION_NOT_EXIST         = "AUTH_OPERATION_NOT_EXIST",         400, Fault.NOT_FOUND,            "支付宝资金操作流水不存在", (), BUSINESS
    HAS_NO_PRIVILEGE                 = "HAS_NO_PRIVILEGE",                 400, Fault.FORBIDDEN,            "商户无权限查看该笔订单信息", (), BUSINESS
    EXIST_FORBIDDEN_WORD             = "EXIST_FORBIDDEN_WORD",             400, Fault.VALIDATION,           "订单信息中包含违禁词", (), BUSINESS
    PAYEE_NOT_EXIST                  = "PAYEE_NOT_EXIST",                  400, Fault.NOT_FOUND,            "授权失败，收款方不存在", (), BUSINESS
    CANCEL_OPERATION_TIME_OUT        = "CANCEL_OPERATION_TIME_OUT",        400, Fault.CONFLICT,             "超过撤销时间范围", (), BUSINESS


class Agreement(ErrorTable):
    """Withholding: codes without a prefix."""

    INVALID_PARAMETER                = "INVALID_PARAMETER",                400, Fault.VALIDATION, "参数无效", (), BUSINESS
    SYSTEM_ERROR                     = "SYSTEM_ERROR",                     400, Fault.BUSY,       "系统错误", (), BUSINESS
    USER_AGREEMENT_NOT_EXIST         = "USER_AGREEMENT_NOT_EXIST",         400, Fault.NOT_FOUND,  "用户协议不存在", (), BUSINESS
    AGREEMENT_NOT_EXIST              = "AGREEMENT_NOT_EXIST",              400, Fault.NOT_FOUND,  "协议不存在", (), BUSINESS
    AGREEMENT_HAS_UNSIGNED           = "AGREEMENT_HAS_UNSIGNED",           400, Fault.CONFLICT,   "协议已解约", (), BUSINESS
    USER_AGREEMENT_STATUS_NOT_NORMAL = "USER_AGREEMENT_STATUS_NOT_NORMAL", 400, Fault.CONFLICT,   "用户协议状态非正常", (), BUSINESS
    PRODUCT_CODE_NOT_SUPPORTED_ERROR = "PRODUCT_CODE_NOT_SUPPORTED_ERROR", 400, Fault.VALIDATION, "不支持的产品码", (), BUSINESS
    ILLEGAL_EXECUTION_TIME           = "ILLEGAL_EXECUTION_TIME",           400, Fault.VALIDATION, "扣款时间非法", (), BUSINESS
    ILLEGAL_AGREEMENT                = "ILLEGAL_AGREEMENT",                400, Fault.CONFLICT,   "协议非法", (), BUSINESS
    APPLY_TOKEN_INVALID              = "APPLY_TOKEN_INVALID",              400, Fault.VALIDATION, "申请令牌无效", (), BUSINESS
    ASYNC_UNSIGN_CAN_NOT_REJECT      = "ASYNC_UNSIGN_CAN_NOT_REJECT",      400, Fault.CONFLICT,   "异步解约不能拒绝", (), BUSINESS
    AUTHOREE_IS_NOT_MATCH            = "AUTHOREE_IS_NOT_MATCH",            400, Fault.FORBIDDEN,  "被授权方不匹配", (), BUSINESS
    LOGONID_IS_REPEATED              = "LOGONID_IS_REPEATED",              400, Fault.VALIDATION, "登录号重复", (), BUSINESS
    MERCHANT_STATUS_IS_NOT_NORMAL    = "MERCHANT_STATUS_IS_NOT_NORMAL",    400, Fault.CONFLICT,   "商户状态非正常", (), BUSINESS
    PARENT_MERCHANT_QUERY_FAIL       = "PARENT_MERCHANT_QUERY_FAIL",       400, Fault.CONFLICT,   "查询商户失败", (), BUSINESS
    USER_NOT_EXIST_ERROR             = "USER_NOT_EXIST_ERROR",             400, Fault.NOT_FOUND,  "用户不存在", (), BUSINESS
    USER_NOT_EXSIT_ERROR             = "USER_NOT_EXSIT_ERROR",             400, Fault.NOT_FOUND,  "用户不存在", (), BUSINESS
    CONFIRM_NO_INVALID               = "CONFIRM_NO_INVALID",               400, Fault.VALIDATION, "校验码错误", (), BUSINESS


class Royalty(ErrorTable):
    """Receivers of royalties: codes without a prefix."""

    INVALID_PARAMETER              = "INVALID_PARAMETER",              400, Fault.VALIDATION, "参数有误", (), BUSINESS
    SYSTEM_ERROR                   = "SYSTEM_ERROR",                   400, Fault.BUSY,       "系统异常", (), BUSINESS
    RELATION_QUANTITY_LIMIT        = "RELATION_QUANTITY_LIMIT",        400, Fault.CONFLICT,   "分账关系数量超限", (), BUSINESS
    PRODUCT_UNSIGN                 = "PRODUCT_UNSIGN",                 400, Fault.FORBIDDEN,  "未签约分账产品", (), BUSINESS
    USER_NOT_EXIST                 = "USER_NOT_EXIST",                 400, Fault.NOT_FOUND,  "用户不存在", (), BUSINESS
    RECEIVER_LIST_EMPTY            = "RECEIVER_LIST_EMPTY",            400, Fault.VALIDATION, "分账接收方列表为空", (), BUSINESS
    RECEIVER_LIST_OVERLOAD         = "RECEIVER_LIST_OVERLOAD",         400, Fault.VALIDATION, "分账接收方列表超限", (), BUSINESS
    INVALID_RECEIVER_TYPE          = "INVALID_RECEIVER_TYPE",          400, Fault.VALIDATION, "分账接收方类型无效", (), BUSINESS
    USERNAME_NOT_MATCH             = "USERNAME_NOT_MATCH",             400, Fault.VALIDATION, "用户姓名不匹配", (), BUSINESS
    RECEIVER_ACCOUNT_NOT_CERTIFY   = "RECEIVER_ACCOUNT_NOT_CERTIFY",   400, Fault.CONFLICT,   "分账接收方未认证", (), BUSINESS
    RECEIVER_ACCOUNT_NO_BALANCE    = "RECEIVER_ACCOUNT_NO_BALANCE",    400, Fault.CONFLICT,   "分账接收方未开通余额账户", (), BUSINESS
    RECEIVER_ACCOUNT_STATE_INVALID = "RECEIVER_ACCOUNT_STATE_INVALID", 400, Fault.CONFLICT,   "分账接收方账户状态异常", (), BUSINESS
    OPENID_APPID_NOT_MATCH         = "OPENID_APPID_NOT_MATCH",         400, Fault.VALIDATION, "appid和openid不匹配", (), BUSINESS
    MERCHANT_TRADE_NOT_MATCH       = "MERCHANT_TRADE_NOT_MATCH",       400, Fault.NOT_FOUND,  "商户与交易不匹配", (), BUSINESS
# fmt: on

TABLES = (Gateway, Acq, Fund, Auth, Agreement, Royalty)
COMMON: tuple[ErrorTable, ...] = (
    Gateway.INVALID_SIGNATURE, Gateway.INVALID_APP_ID, Gateway.INVALID_PARAMETER, Gateway.MISSING_PARAMETER,
    Gateway.ILLEGAL_JSON, Gateway.INVALID_AUTH_TOKEN, Gateway.AUTH_TOKEN_TIME_OUT, Gateway.ISV_PERMISSIONS,
    Gateway.APP_CALL_LIMITED, Gateway.UNKNOW_ERROR, Gateway.AOP_UNKNOW_ERROR, Gateway.AOP_SYSTEM_ERROR,
)
"""What any operation may answer; each lists its own rows before these."""
