"""The wire of the gateway, "v2": signed forms in, out a JSON envelope signed over its value's exact bytes.

https://opendocs.alipay.com/common/02kf5q
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from paydouble.core.call import Merchant, Reply
from paydouble.core.clock import Instant
from paydouble.core.effect import Damage, Seal
from paydouble.core.errors import ProviderError
from paydouble.core.http import Envelope, HttpRequest, HttpResponse
from paydouble.core.notification import Endpoint, Event, Notification
from paydouble.core.provider import FindMerchant
from paydouble.crypto import aes
from paydouble.providers.alipay import documents, fields, keys, notices, signatures
from paydouble.providers.alipay.errors import MESSAGES, Gateway

GATEWAY = "/gateway.do"
VERSION = "1.0"
TRACE = "trace_id"

PAGES = frozenset({
    "alipay.trade.page.pay", "alipay.trade.wap.pay", "alipay.user.agreement.page.sign",
    "alipay.trade.page.refund", "alipay.fund.trans.page.pay", "alipay.user.info.auth",
    "alipay.trade.page.merge.pay", "alipay.trade.wap.merge.pay",
})
"""Called by browsers: their errors are HTML pages."""
OAUTH = "alipay.system.oauth.token"
"""Answers without `code` and `msg`."""
TOKENS = frozenset({OAUTH, "alipay.open.auth.token.app"})
"""Their errors come as `error_response`."""
COMMON = frozenset({
    "app_id", "method", "format", "charset", "sign_type", "sign", "timestamp", "version", "app_auth_token",
    "auth_token", "biz_content", "encrypt_type", "app_cert_sn", "alipay_root_cert_sn", "alipay_sdk",
    "terminal_type", "terminal_info", "prod_code", "target_app_id", "ws_service_url",
})
"""No business of any product; `notify_url` and `return_url` are, as v3 has them in its bodies."""

_TIMESTAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
_ENCRYPTED = tuple(b'{"code":"%b"' % code for code in (b"10000", b"10003", b"40004"))
"""How a value begins that is encrypted where the request was; errors of the gateway itself stay readable."""


class Wire:
    """Knows the methods there are, since unknown ones are answered in another envelope."""

    def __init__(self, methods: frozenset[str]) -> None:
        self._methods = methods

    def open(self, request: HttpRequest) -> Envelope:
        values, readable = fields.parse(request)
        path = GATEWAY if request.path.endswith(GATEWAY) else request.path
        problem = None if readable else Gateway.INVALID_CHARSET()
        return Envelope(
            request=request, path=path, fields=values, selector=values.get("method", ""), version="v2",
            problem=problem,
        )

    def identify(self, envelope: Envelope, find: FindMerchant) -> Merchant:
        """The app is looked up before its signature."""
        if not envelope.selector:
            raise Gateway.MISSING_METHOD()
        app_id = envelope.fields.get("app_id", "")
        if not app_id:
            raise Gateway.MISSING_APP_ID()
        merchant = find(app_id)
        if merchant is None:
            raise Gateway.INVALID_APP_ID()
        return merchant

    def verify(self, envelope: Envelope, merchant: Merchant, now: Instant) -> None:
        """Form of the common parameters, then the signature; a timestamp's age is nobody's concern."""
        values = envelope.fields
        if envelope.problem is not None:
            raise envelope.problem
        _check_common(values)
        texts = signatures.requested(values)
        codec = fields.codec_of(values.get("charset", ""))
        public, sign_type = merchant.keys.public(keys.APP), values["sign_type"]
        for text in texts:
            if signatures.verifies(public, text.encode(codec, "replace"), values["sign"], sign_type):
                return
        raise Gateway.INVALID_SIGNATURE(
            "验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配，网关生成的验签字符串为："
            + html.escape(texts[0])
        )

    def decode(self, envelope: Envelope, merchant: Merchant, path: Mapping[str, str]) -> dict[str, Any]:
        """`biz_content` and what else is no common parameter, as one."""
        values = envelope.fields
        _check_certificates(values, merchant)
        plain = {name: value for name, value in values.items() if name not in COMMON and value}
        for each in fields.uploads(envelope.request):
            plain[each.name] = each.filename
        content = values.get("biz_content", "")
        if values.get("encrypt_type") and content:
            content = _decrypted(values, content, merchant)
        if not content.strip():
            return plain
        try:
            return {**plain, **documents.read(content)}
        except ValueError:
            raise Gateway.ILLEGAL_JSON() from None

    def encode(self, envelope: Envelope, reply: Reply) -> HttpResponse:
        if isinstance(reply.body, bytes):
            return HttpResponse(reply.status, reply.headers, reply.body)
        body = dict(reply.body)
        if envelope.selector != OAUTH:
            body.setdefault("code", "10000")
            body.setdefault("msg", MESSAGES["10000"])
        return self._response(envelope, documents.written(body))

    def encode_error(self, envelope: Envelope, error: ProviderError) -> HttpResponse:
        code = error.row.columns["code"]
        if envelope.selector in PAGES:
            return _error_page(error)
        body = {
            "code": code, "msg": MESSAGES[code], "sub_code": error.row.code, "sub_msg": error.message,
            **{name: value for name, value in error.details.items() if name != "retry_after"},
        }
        return self._response(envelope, documents.written(body))

    def seal(
        self, envelope: Envelope, response: HttpResponse, merchant: Merchant | None, with_: Seal
    ) -> HttpResponse:
        """Wraps the value and signs it as it stands; what is no value of ours is left alone."""
        node = response.body
        if not (response.header(TRACE) and node.startswith(b"{") and node.endswith(b"}")):
            return response
        codec = fields.codec_of(envelope.fields.get("charset", ""))
        node = node.decode("utf-8", "replace").encode(codec, "replace")
        name = self._name(envelope, node)
        if merchant is None:
            return replace(response, body=b'{"%b":%b}' % (name, node))
        if envelope.fields.get("encrypt_type") and node.startswith(_ENCRYPTED):
            node = b'"%b"' % _encrypted(node, merchant, with_.damage)
        return replace(response, body=_signed(envelope, name, node, merchant, with_))

    def announcement(self, event: Event, endpoint: Endpoint) -> bytes:
        return notices.announcement(event)

    def notification(self, owed: Notification, event: Event, merchant: Merchant, with_: Seal) -> HttpRequest:
        return notices.notification(owed, event, merchant, with_)

    def acknowledged(self, answer: HttpResponse) -> bool:
        return notices.acknowledged(answer)

    def return_to(self, url: str, told: Mapping[str, str], merchant: Merchant, with_: Seal) -> str:
        """The merchant's URL with its own query kept, and what Alipay adds, signed."""
        values = {name: value for name, value in told.items() if value} | {"sign_type": signatures.RSA2}
        signer = keys.signer(merchant.keys, with_.key)
        codec = fields.codec_of(values.get("charset", ""))
        message = signatures.told(values).encode(codec, "replace")
        if with_.damage is not Damage.MISSING:
            values["sign"] = signatures.sign(signer.private, message, signatures.RSA2, with_.damage)
        if with_.damage is Damage.TAMPERED_BODY:
            values["total_amount"] = "0.01"
        address, hash_, fragment = url.partition("#")
        query = urlencode(values, encoding=codec)
        return f"{address}{'&' if '?' in address else '?'}{query}{hash_}{fragment}"

    def _name(self, envelope: Envelope, node: bytes) -> bytes:
        method = envelope.selector
        failed_token = method in TOKENS and b'"sub_code":' in node
        if method not in self._methods or failed_token:
            return b"error_response"
        return f"{method.replace('.', '_')}_response".encode()

    def _response(self, envelope: Envelope, node: bytes) -> HttpResponse:
        charset = envelope.fields.get("charset", "") or fields.DEFAULT_CHARSET
        if envelope.problem is not None or not charset.isascii():
            charset = fields.DEFAULT_CHARSET
        headers = (("Content-Type", f"text/html;charset={charset}"), (TRACE, envelope.request.id or "0" * 32))
        return HttpResponse(200, headers, node)


def _signed(envelope: Envelope, name: bytes, node: bytes, merchant: Merchant, with_: Seal) -> bytes:
    """The value, the SN where certificates are used, and at once the signature: all SDKs can cut that."""
    who = keys.signer(merchant.keys, with_.key)
    sent = node
    if with_.damage is Damage.TAMPERED_BODY:
        sent = node[:-1] + b" " + node[-1:]
    sn = b""
    if envelope.fields.get("app_cert_sn"):
        sn = b',"alipay_cert_sn":"%b"' % keys.alipay_cert_sn(merchant.keys, who.certificate).encode()
    if with_.damage is Damage.MISSING:
        return b'{"%b":%b%b}' % (name, sent, sn)
    sign_type = signatures.RSA1 if envelope.fields.get("sign_type") == signatures.RSA1 else signatures.RSA2
    signature = signatures.sign(who.private, node, sign_type, with_.damage).encode()
    return b'{"%b":%b%b,"sign":"%b"}' % (name, sent, sn, signature)


def _check_common(values: Mapping[str, str]) -> None:
    sign_type = values.get("sign_type", "")
    if not sign_type:
        raise Gateway.MISSING_SIGNATURE_TYPE()
    if sign_type not in (signatures.RSA2, signatures.RSA1):
        raise Gateway.INVALID_SIGNATURE_TYPE()
    if not values.get("sign"):
        raise Gateway.MISSING_SIGNATURE()
    if not values.get("timestamp"):
        raise Gateway.MISSING_TIMESTAMP()
    if not _TIMESTAMP.fullmatch(values["timestamp"]):
        raise Gateway.INVALID_TIMESTAMP()
    if not values.get("version"):
        raise Gateway.MISSING_VERSION()
    if values["version"] != VERSION:
        raise Gateway.INVALID_VERSION()
    if values.get("format", "json").lower() not in ("json", ""):
        raise Gateway.INVALID_FORMAT()


def _check_certificates(values: Mapping[str, str], merchant: Merchant) -> None:
    app_sn, root_sn = values.get("app_cert_sn"), values.get("alipay_root_cert_sn")
    if not (app_sn or root_sn):
        return
    if not app_sn:
        raise Gateway.MISSING_APP_CERT_SN()
    if not root_sn:
        raise Gateway.MISSING_ROOT_CERT_SN()
    if app_sn != keys.app_cert_sn(merchant):
        raise Gateway.APP_CERT_NOT_EXIST()
    if root_sn != keys.root_cert_sn(merchant.keys):
        raise Gateway.INVALID_ROOT_CERT_SN()


def _decrypted(values: Mapping[str, str], content: str, merchant: Merchant) -> str:
    if values["encrypt_type"].upper() != "AES":
        raise Gateway.NOT_VALID_ENCRYPT_TYPE()
    try:
        key = keys.aes_key(merchant)
    except ValueError:
        raise Gateway.NOT_VALID_ENCRYPT_KEY() from None
    try:
        return aes.cbc_decrypt(key, content).decode(fields.codec_of(values.get("charset", "")))
    except ValueError:
        raise Gateway.DECRYPTION_UNKNOWN() from None


def _encrypted(node: bytes, merchant: Merchant, damage: Damage) -> bytes:
    key = keys.aes_key(merchant)
    if damage is Damage.BAD_CIPHERTEXT:
        key = bytes(len(key))
    return aes.cbc_encrypt(key, node).encode()


def _error_page(error: ProviderError) -> HttpResponse:
    """In GBK, as at the real service; the code without its prefix."""
    code = error.row.code.removeprefix("isv.").removeprefix("aop.").removeprefix("isp.")
    text = f"调试错误，请回到请求来源地，重新发起请求。错误代码 {code} 错误原因: {html.escape(error.message)}"
    head = '<head><meta charset="GBK"><title>支付宝</title></head>'
    page = f"<!DOCTYPE html><html>{head}<body>{text}</body></html>"
    return HttpResponse(200, (("Content-Type", "text/html;charset=GBK"),), page.encode("gbk", "replace"))
