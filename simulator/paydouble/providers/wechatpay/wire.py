"""The wire of API v3: signed JSON both ways, and notifications encrypted under the merchant's APIv3 key.

https://pay.weixin.qq.com/doc/v3/merchant/4012081606, https://pay.weixin.qq.com/doc/v3/merchant/4012791861
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, unquote

from paydouble.core import json_bytes
from paydouble.core.call import Merchant, Reply
from paydouble.core.clock import SECOND, Instant, from_unix, rfc3339_china
from paydouble.core.effect import Damage, Seal
from paydouble.core.errors import ErrorTable, ProviderError
from paydouble.core.http import Envelope, Headers, HttpRequest, HttpResponse
from paydouble.core.notification import Endpoint, Event, Notification
from paydouble.core.provider import FindMerchant
from paydouble.crypto import rsa
from paydouble.providers.wechatpay import sensitive, signatures, uploads
from paydouble.providers.wechatpay.errors import Errors
from paydouble.providers.wechatpay.keys import (
    NONCE_LENGTH,
    SERIAL_HEADER,
    gcm_box,
    in_public_key_mode,
    is_known_serial,
    same_serial,
    signer,
)
from paydouble.providers.wechatpay.notices import SUMMARIES, UNKNOWN
from paydouble.providers.wechatpay.settings import (
    AssociatedData,
    PaidCode,
    PlatformKeys,
    RateLimitCode,
    ReorderCode,
    TransferStatus,
    WechatpaySettings,
)

CLOCK_SKEW_MAX_MS = 300 * SECOND
PUBLIC_KEY = "public-key"
"""The version of endpoints whose notifications the public key signs."""

_JSON_HEADERS = (
    ("Content-Type", "application/json; charset=utf-8"),
    ("Cache-Control", "no-cache, must-revalidate"),
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Language", "zh-CN"),
    ("Keep-Alive", "timeout=8"),
)
_EMPTY_HEADERS = _JSON_HEADERS[1:]
_FILES = ("/v3/billdownload/", "/v3/transferdownload/", "/v3/merchant-service/images/")
_SUPPORT_SUCCESS = "0"
_CALLER = ("mchid", "sp_mchid", "combine_mchid")
_PAYMENTS = "/v3/pay/transactions/"
_TRANSFERS = "/v3/fund-app/mch-transfer/"
_RATE_LIMITED: tuple[tuple[str, ErrorTable], ...] = (
    ("/v3/pay/", Errors.FREQUENCY_LIMITED),
    ("/v3/combine-transactions/", Errors.FREQUENCY_LIMITED),
    ("/v3/refund/", Errors.FREQUENCY_LIMITED),
    ("/v3/marketing/favor/", Errors.FREQUENCY_LIMITED),
    ("/v3/transfer/", Errors.FREQUENCY_LIMITED),
    ("/v3/profitsharing/", Errors.RATELIMIT_EXCEED),
)
_BEYOND_THREE_BYTES = "\uffff"
_ASTRAL_LEAD = 0xF0

class WireV3:
    """Keeps nothing but the settings."""

    def __init__(self, settings: WechatpaySettings) -> None:
        self._settings = settings
        self._spelled = _spelled(settings)

    def open(self, request: HttpRequest) -> Envelope:
        """Reads the Authorization header; where it is not as it must be, that is the envelope's problem."""
        scheme, fields = signatures.read_authorization(request.headers.get("Authorization"))
        problem = None
        if not fields or scheme != signatures.SCHEME:
            problem = _unauthenticated(request, scheme)
        if _lacks_a_header(request):
            problem = Errors.HEADER_MISSING()
        return Envelope(request=request, path=_decoded(request.path), fields=fields, problem=problem)

    def identify(self, envelope: Envelope, find: FindMerchant) -> Merchant:
        if envelope.problem is not None:
            raise envelope.problem
        mchid = envelope.fields["mchid"]
        merchant = find(mchid)
        if merchant is None:
            # Live, an unknown merchant has no certificate either; the issue is told in our own words.
            issue = {"field": "mchid", "location": "authorization", "value": mchid, "issue": "unknown mchid"}
            raise Errors.SERIAL_NO_UNKNOWN(detail=issue)
        return merchant

    def verify(self, envelope: Envelope, merchant: Merchant, now: Instant) -> None:
        """Freshness, serial number, signature, in this order."""
        fields, request = envelope.fields, envelope.request
        if abs(now - from_unix(int(fields["timestamp"]))) > CLOCK_SKEW_MAX_MS:
            raise Errors.TIMESTAMP_OUTSIDE()
        if not same_serial(fields["serial_no"], merchant.secrets["serial_no"]):
            raise Errors.SERIAL_NO_UNKNOWN()
        upload = uploads.read(request)
        signed = request.body if upload is None else upload.meta
        messages = signatures.candidates(request, fields, signed, lenient=self._settings.lenient_target)
        public, signature = merchant.keys.public("merchant"), fields["signature"]
        if any(rsa.verifies_sha256(public, message, signature) for message in messages):
            return
        raise Errors.SIGN_ERROR(detail={
            "detail": {"issue": "sign not match"},
            "field": "signature",
            "location": "authorization",
            "sign_information": signatures.sign_information(request, messages[0], signed),
        })

    def decode(self, envelope: Envelope, merchant: Merchant, path: Mapping[str, str]) -> dict[str, Any]:
        """Path, query and body as one; what stands in the path stands nowhere else."""
        request = envelope.request
        query = _query(request.query)
        body = _uploaded(request) if uploads.is_upload(request) else _body(request.body)
        for name in body.keys() & path.keys():
            raise Errors.FIELD_UNKNOWN(detail={"field": f"/{name}", "location": "body"})
        params = {**query, **body, **path}
        if any(params.get(name, merchant.id) != merchant.id for name in _CALLER):
            raise Errors.MCHID_DIFFERS()
        serial = request.headers.get(SERIAL_HEADER)
        if not serial and body and sensitive.holds_secrets(envelope.path, body):
            raise Errors.WECHATPAY_SERIAL_MISSING()
        if serial and not is_known_serial(serial, merchant.keys, self._settings):
            raise Errors.WECHATPAY_SERIAL_UNKNOWN()
        return params

    def encode(self, envelope: Envelope, reply: Reply) -> HttpResponse:
        if isinstance(reply.body, bytes):
            return self._file(envelope, reply, reply.body)
        # Live answers have their keys in alphabetical order.
        body = json_bytes.dumps_sorted(reply.body)
        return self._response(envelope, reply.status, body, reply.headers, _SUPPORT_SUCCESS)

    def encode_error(self, envelope: Envelope, error: ProviderError) -> HttpResponse:
        row = self._spelled.get(error.row, error.row)
        if row.columns.get("body") == "empty":
            return HttpResponse(row.http)
        message = row.message if error.message == error.row.message else error.message
        if row is Errors.FREQUENCY_LIMITED and self._settings.rate_limit_code is RateLimitCode.BY_PRODUCT:
            row = _rate_limited(envelope.path)
        if row is Errors.FIELD_UNDECIPHERABLE:
            message = self._settings.undecipherable_message or message
        body = {"code": error.details.get("code", row.code), "message": message}
        if "detail" in error.details:
            body["detail"] = error.details["detail"]
        # Where the service's number is not known, the status stands in for it.
        support = "" if "request_id" in row.columns else row.columns.get("support", str(row.http))
        status = self._status(envelope.path, row.http)
        return self._response(envelope, status, json_bytes.dumps_sorted(body), (), support)

    def seal(
        self, envelope: Envelope, response: HttpResponse, merchant: Merchant | None, with_: Seal
    ) -> HttpResponse:
        """With the key of the caller's mode; what comes before authentication, or from it, is not signed."""
        if merchant is None or not self._is_signed(response.status) or _is_file(envelope, response):
            return response
        public_key_mode = in_public_key_mode(envelope, self._settings)
        who = signer(merchant, self._settings, with_.key, public_key_mode=public_key_mode)
        if with_.damage is Damage.TAMPERED_BODY and not response.body:
            with_ = replace(with_, damage=Damage.CORRUPT)
        headers = signatures.signed_headers(response.body, who, with_, self._settings.probe)
        body = signatures.tampered(response.body, with_.damage)
        return HttpResponse(response.status, response.headers + headers, body, response.fault)

    def announcement(self, event: Event, endpoint: Endpoint) -> bytes:
        """The plain text that each attempt encrypts afresh."""
        return json_bytes.dumps(event.body)

    def notification(
        self, owed: Notification, event: Event, merchant: Merchant, with_: Seal
    ) -> HttpRequest:
        original_type, summary = SUMMARIES.get(event.type, UNKNOWN)
        body = json_bytes.dumps({
            "id": event.id,
            "create_time": rfc3339_china(event.created),
            "resource_type": "encrypt-resource",
            "event_type": event.type,
            "summary": summary,
            "resource": self._resource(owed.payload, original_type, merchant, with_),
        })
        alone = self._settings.platform_keys is PlatformKeys.PUBLIC_KEY
        public_key_mode = alone or owed.endpoint.version == PUBLIC_KEY
        who = signer(merchant, self._settings, with_.key, public_key_mode=public_key_mode)
        headers = (
            ("Content-Type", "application/json"),
            ("Accept", "*/*"),
            ("User-Agent", "Mozilla/4.0"),
            ("Request-ID", f"{with_.nonce.upper()}-0"),
            *signatures.signed_headers(body, who, with_, self._settings.probe),
        )
        return HttpRequest(
            method="POST", target=owed.endpoint.url, headers=Headers(headers),
            body=signatures.tampered(body, with_.damage), id=with_.nonce,
        )

    def acknowledged(self, answer: HttpResponse) -> bool:
        """The status alone counts: 200 with a FAIL in its body is a success."""
        return answer.status in (200, 204)

    def _resource(
        self, plaintext: bytes, original_type: str, merchant: Merchant, with_: Seal
    ) -> dict[str, str]:
        nonce = with_.nonce[:NONCE_LENGTH]
        kind = self._settings.associated_data
        associated = original_type if kind is AssociatedData.ORIGINAL_TYPE else ""
        ciphertext = gcm_box(merchant.secrets["apiv3_key"]).encrypt(plaintext, nonce, associated)
        if with_.damage is Damage.BAD_CIPHERTEXT:
            ciphertext = _spoiled(ciphertext)
        resource = {"original_type": original_type, "algorithm": "AEAD_AES_256_GCM", "ciphertext": ciphertext}
        if kind is not AssociatedData.ABSENT:
            resource["associated_data"] = associated
        return resource | {"nonce": nonce}

    def _status(self, path: str, http: int) -> int:
        if self._settings.transfer_status is TransferStatus.BY_CODE or not path.startswith(_TRANSFERS):
            return http
        return 400 if http in (403, 404) else http

    def _is_signed(self, status: int) -> bool:
        if status == Errors.SIGN_ERROR.http:
            return False
        return status < 400 or self._settings.sign_errors

    def _file(self, envelope: Envelope, reply: Reply, content: bytes) -> HttpResponse:
        """Of the type that the handler says; nothing at all has none."""
        answer = self._response(envelope, reply.status, b"", reply.headers, _SUPPORT_SUCCESS)
        return replace(answer, body=content)

    def _response(
        self, envelope: Envelope, status: int, body: bytes, more: tuple[tuple[str, str], ...], support: str
    ) -> HttpResponse:
        headers = _JSON_HEADERS if body else _EMPTY_HEADERS
        if support:
            headers = (*headers, ("Request-ID", f"{envelope.request.id.upper()}-{support}"))
        return HttpResponse(status, (*headers, *more), body)


def _decoded(path: str) -> str:
    return unquote(path) if "%" in path else path


def _query(text: str) -> dict[str, str]:
    """Nearly all are a number or two, with nothing to decode."""
    if "%" in text or "+" in text:
        return dict(parse_qsl(text, keep_blank_values=True))
    return {name: value for name, _, value in (part.partition("=") for part in text.split("&")) if name}


def _lacks_a_header(request: HttpRequest) -> bool:
    """Orders alone may come without them."""
    if request.path.startswith(_PAYMENTS):
        return False
    return not (request.headers.get("Accept") and request.headers.get("User-Agent"))


def _unauthenticated(request: HttpRequest, scheme: str) -> ProviderError:
    if request.path.startswith(_PAYMENTS):
        return Errors.AUTHORIZATION_UNREADABLE()
    if scheme in ("", signatures.SCHEME):
        return Errors.AUTHORIZATION_MALFORMED()
    return Errors.AUTHORIZATION_TYPE()


def _is_file(envelope: Envelope, response: HttpResponse) -> bool:
    """Downloads are not signed; their digests were told before, in answers that are."""
    return response.status == 200 and envelope.request.method == "GET" and envelope.path.startswith(_FILES)


def _rate_limited(path: str) -> ErrorTable:
    """How the page of each product spells it."""
    for prefix, row in _RATE_LIMITED:
        if path.startswith(prefix):
            return row
    return Errors.RATELIMIT_EXCEEDED


def _spelled(settings: WechatpaySettings) -> dict[ErrorTable, ErrorTable]:
    """Rows that the settings replace by others."""
    spelled: dict[ErrorTable, ErrorTable] = {}
    if settings.paid_code is PaidCode.ORDER_PAID:
        spelled[Errors.ORDERPAID] = Errors.ORDER_PAID
    if settings.reorder_code is ReorderCode.OUT_TRADE_NO_USED:
        spelled[Errors.PARAMETERS_DIFFER] = Errors.OUT_TRADE_NO_USED
    if settings.rate_limit_code is RateLimitCode.RATELIMIT_EXCEEDED:
        spelled[Errors.FREQUENCY_LIMITED] = Errors.RATELIMIT_EXCEEDED
    return spelled


def _uploaded(request: HttpRequest) -> dict[str, Any]:
    """`meta` as it was sent, and of the file what there is to check."""
    upload = uploads.read(request)
    if upload is None:
        raise Errors.UPLOAD_UNREADABLE()
    return {"meta": _body(upload.meta), "file": {"sha256": upload.sha256, "size": len(upload.file)}}


def _body(body: bytes) -> dict[str, Any]:
    """The JSON object; nothing at all is an empty one."""
    if not body:
        return {}
    try:
        document = json_bytes.loads(body)
    except ValueError:
        raise _unreadable("请求体不是合法的 JSON") from None
    if not isinstance(document, dict):
        raise _unreadable("请求体不是 JSON 对象")
    # Characters of four bytes are refused; plain ASCII without escapes, the usual case, cannot hold one.
    if (b"\\u" in body or max(body) >= _ASTRAL_LEAD) and _has_astral(document):
        raise _unreadable("请求体含有四字节的 UTF-8 字符")
    return document


def _unreadable(issue: str) -> ProviderError:
    """The texts of these issues are ours: unverified."""
    return Errors.PARAM_ERROR(detail={"location": "body", "issue": issue})


def _has_astral(value: object) -> bool:
    match value:
        case str():
            return bool(value) and max(value) > _BEYOND_THREE_BYTES
        case dict():
            return any(_has_astral(key) or _has_astral(inner) for key, inner in value.items())
        case list():
            return any(map(_has_astral, value))
        case _:
            return False


def _spoiled(ciphertext_b64: str) -> str:
    """With one bit of its tag flipped."""
    sealed = bytearray(base64.b64decode(ciphertext_b64))
    sealed[-1] ^= 1
    return base64.b64encode(sealed).decode("ascii")
