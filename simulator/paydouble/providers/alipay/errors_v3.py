"""Codes of the gateway that only v3 lists; their texts are ours, and no call meets them but by a scenario.

https://opendocs.alipay.com/open-v3/053sd1
"""

# ruff: noqa: E501 — tables, aligned

from __future__ import annotations

from paydouble.core.errors import ErrorTable, Fault
from paydouble.providers.alipay.errors import (
    CONDITIONS,
    INVALID,
    LIMITED,
    MISSING,
    PERMISSION,
    TOKEN,
    UNKNOWN,
)


class GatewayV3(ErrorTable):
    """Of the gateway, beyond those that both protocols have."""

    # fmt: off
    FILE_CHECK_FAIL                       = "isv.file-check-fail",                       400, Fault.VALIDATION,      "文件校验失败", (), INVALID
    ILLEGAL_CLIENT_IP                     = "isv.illegal-client-ip",                     401, Fault.FORBIDDEN,       "客户端IP不在白名单内", (), PERMISSION
    APP_AUTH_INVOKE_LIMIT                 = "isv.app-auth-invoke-limit",                 429, Fault.RATE_LIMITED,    "应用授权调用次数超限", (), LIMITED
    APP_API_PUNISHED                      = "isv.app-api-punished",                      403, Fault.FORBIDDEN,       "应用的接口调用权限已被处罚", (), PERMISSION
    MISSING_PLATFORM                      = "isv.missing-platform",                      400, Fault.VALIDATION,      "缺少平台参数", (), MISSING
    INVALID_PLATFORM                      = "isv.invalid-platform",                      400, Fault.VALIDATION,      "无效的平台参数", (), INVALID
    MISSING_APP_ACCESS_TOKEN              = "isv.missing-app-access-token",              401, Fault.UNAUTHENTICATED, "缺少应用访问令牌", (), TOKEN
    MISSING_DEFAULT_SIGNATURE_TYPE        = "isv.missing-default-signature-type",        400, Fault.UNAUTHENTICATED, "缺少默认签名类型配置", (), MISSING
    INVALID_SIGNATURE_TYPE_SAID_INTERFACE = "isv.invalid-signature-type-said-interface", 400, Fault.UNAUTHENTICATED, "接口不支持该签名类型", (), INVALID
    UNSUPPORTED_EXPIRED_APP_KEY_SIGN      = "isv.unsupported-expired-app-key-sign",      400, Fault.UNAUTHENTICATED, "不支持使用已过期的应用密钥签名", (), INVALID
    APP_KEY_SECURITY_RISK                 = "isv.app-key-security-risk",                 400, Fault.UNAUTHENTICATED, "应用密钥存在安全风险", (), INVALID
    MISSING_ALIPAY_CERT_SN                = "isv.missing-alipay-cert-sn",                400, Fault.UNAUTHENTICATED, "缺少支付宝公钥证书SN", (), MISSING
    INVALID_REQUEST_DATA                  = "isv.invalid-request-data",                  400, Fault.VALIDATION,      "无效的请求数据", (), INVALID
    INVALID_RESPONSE_DATA                 = "isv.invalid-response-data",                 500, Fault.INTERNAL,        "无效的响应数据", (), UNKNOWN
    MISSING_ENCRYPT_TYPE                  = "isv.missing-encrypt-type",                  400, Fault.VALIDATION,      "缺少加密类型", (), MISSING
    MISSING_ENCRYPT_KEY                   = "isv.missing-encrypt-key",                   400, Fault.VALIDATION,      "缺少加密密钥", (), MISSING
    MISSING_SESSION                       = "isv.missing-session",                       401, Fault.UNAUTHENTICATED, "缺少会话", (), TOKEN
    ILLEGAL_TIMESTAMP                     = "isv.illegal-timestamp",                     400, Fault.VALIDATION,      "时间戳超出有效范围", (), INVALID
    UNSUPPORTED_VERSION                   = "isv.unsupported-version",                   400, Fault.VALIDATION,      "不支持的版本", (), INVALID
    INVALID_ENCODING                      = "isv.invalid-encoding",                      400, Fault.VALIDATION,      "无效的编码", (), INVALID
    INVALID_DIGEST_TYPE                   = "isv.invalid-digest-type",                   400, Fault.VALIDATION,      "无效的摘要类型", (), INVALID
    INVALID_APP_STATE                     = "isv.invalid-app-state",                     403, Fault.FORBIDDEN,       "应用状态无效", (), CONDITIONS
    INVALID_SUBSCRIBE_RELATIONS           = "isv.invalid-subscribe-relations",           403, Fault.FORBIDDEN,       "订购关系无效", (), CONDITIONS
    ACCESS_DATA_TIME_OUT                  = "isv.access-data-time-out",                  500, Fault.UNAVAILABLE,     "访问数据超时", (), UNKNOWN
    UNSUPPORT_OPERATION                   = "isv.unsupport-operation",                   400, Fault.VALIDATION,      "不支持的操作", (), INVALID
    OPENID_ERROR                          = "isv.openid-error",                          400, Fault.VALIDATION,      "openid转换异常", (), INVALID
    APP_OPENID_NOT_MATCH                  = "isv.app-openid-not-match",                  400, Fault.VALIDATION,      "appid和openid不匹配", (), INVALID
    INVALID_APP_METHOD                    = "isv.invalid-app-method",                    400, Fault.VALIDATION,      "应用不支持该接口", (), INVALID
    MISSING_APP_UID                       = "isv.missing-app-uid",                       400, Fault.VALIDATION,      "缺少应用所属用户", (), MISSING
    ILLEGAL_CARD_NO                       = "isv.illegal-card-no",                       400, Fault.VALIDATION,      "非法的卡号", (), INVALID
    INVALID_PARTNERID                     = "isv.invalid-partnerid",                     400, Fault.VALIDATION,      "无效的合作伙伴ID", (), INVALID
    DECRYPTION_ERROR                      = "isv.decryption-error",                      400, Fault.VALIDATION,      "解密出错", (), INVALID
    SEVICE_NOT_BEEN_SUBSCRIBED_TO         = "isv.sevice-not-been-subscribed-to",         403, Fault.FORBIDDEN,       "服务未订购", (), CONDITIONS
    UNKNOWN_SUB_CODE                      = "isv.unknown-sub-code",                      500, Fault.INTERNAL,        "未知的错误码", (), UNKNOWN
    INVALID_PRODUCT                       = "isv.invalid-product",                       403, Fault.FORBIDDEN,       "产品未签约或已失效", (), CONDITIONS
    METHOD_FORBIDDEN_BATCH_INVOKE         = "isv.method-forbidden-batch-invoke",         400, Fault.VALIDATION,      "接口不支持批量调用", (), INVALID
    EXIST_BLANK_SUB_REQUEST_ID            = "isv.exist-blank-sub-request-id",            400, Fault.VALIDATION,      "批量调用中存在空的子请求ID", (), INVALID
    EXIST_REPEATED_SUB_REQUEST_ID         = "isv.exist-repeated-sub-request-id",         400, Fault.VALIDATION,      "批量调用中存在重复的子请求ID", (), INVALID
    INVALID_APP_AUTH_RELATIONS            = "isv.invalid-app-auth-relations",            403, Fault.FORBIDDEN,       "应用授权关系无效", (), CONDITIONS
    APP_UNBIND_PARTNER                    = "isv.app-unbind-partner",                    403, Fault.FORBIDDEN,       "应用未绑定商户", (), CONDITIONS
    APP_INVALID_OID                       = "isv.app-invalid-oid",                       400, Fault.VALIDATION,      "应用的组织ID无效", (), INVALID
    EXCEED_API_BALANCE                    = "isv.exceed-api-balance",                    429, Fault.RATE_LIMITED,    "接口调用额度不足", (), LIMITED
    INNER_APP_NO_ACCESS                   = "isv.inner-app-no-access",                   403, Fault.FORBIDDEN,       "内部应用无访问权限", (), PERMISSION
    INVALID_INNER_INVOKE_SCENE            = "isv.invalid-inner-invoke-scene",            400, Fault.VALIDATION,      "无效的内部调用场景", (), INVALID
    INVALID_APP_API_FIELD_CONFIG          = "isv.invalid-app-api-field-config",          400, Fault.VALIDATION,      "应用的接口字段配置无效", (), INVALID
    # fmt: on
