"""Stripe's API v1 on the wire: keys, forms, versions, headers, errors, webhooks.

https://docs.stripe.com/api/authentication, …/api/errors, …/api/versioning, …/webhooks
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from paydouble.core import json_bytes
from paydouble.core.call import Merchant, Reply
from paydouble.core.clock import Instant
from paydouble.core.effect import Seal
from paydouble.core.errors import ErrorTable, ProviderError
from paydouble.core.http import Envelope, Headers, HttpRequest, HttpResponse
from paydouble.core.notification import Endpoint, Event, Notification
from paydouble.core.provider import FindMerchant
from paydouble.providers.stripe import brackets, signatures, uploads
from paydouble.providers.stripe.accounts import FIRST_KEY, masked
from paydouble.providers.stripe.errors import Errors, shown
from paydouble.providers.stripe.events import event_shown, request_id
from paydouble.providers.stripe.replay import KEY_HEADER
from paydouble.providers.stripe.thin_events import THIN, thin_shown
from paydouble.providers.stripe.versions import NEWEST, nearest, rendered, unknown_parameters

_JSON = ("Content-Type", "application/json")
_ALWAYS = (
    ("Access-Control-Allow-Credentials", "true"),
    ("Access-Control-Allow-Methods", "GET, HEAD, PUT, PATCH, POST, DELETE"),
    ("Access-Control-Allow-Origin", "*"),
    (
        "Access-Control-Expose-Headers",
        "Request-Id, Stripe-Manage-Version, Stripe-Should-Retry, "
        "X-Stripe-External-Auth-Required, X-Stripe-Privileged-Session-Required",
    ),
    ("Access-Control-Max-Age", "300"),
    ("Cache-Control", "no-cache, no-store"),
    ("Strict-Transport-Security", "max-age=63072000; includeSubDomains; preload"),
    ("Vary", "Origin"),
)
_SECRET_KEYS = ("sk_", "rk_")
_PUBLISHABLE = "pk_"
_FOR_CLIENTS = re.compile(
    r"POST /v1/(payment_methods|tokens|sources)"
    r"|GET /v1/(payment_intents|setup_intents|confirmation_tokens)/[^/]+"
    r"|POST /v1/(payment_intents|setup_intents)/[^/]+/confirm"
)
"""What a publishable key may do."""
_FROM_CLIENTS = (
    "key",
    "payment_user_agent",
    "referrer",
    "guid",
    "muid",
    "sid",
    "time_on_page",
    "pasted_fields",
)
_SHOULD_RETRY: Mapping[ErrorTable, str] = {Errors.LOCK_TIMEOUT: "true", Errors.IDEMPOTENCY_MISMATCH: "false"}


class V1Wire:
    """The wire of api.stripe.com/v1."""

    def __init__(self, default_version: str = NEWEST, *, stateless: bool = False) -> None:
        self._default_version = default_version
        self._stateless = stateless
        """Any secret test key is taken for that of the first account, as stripe-mock does."""

    def open(self, request: HttpRequest) -> Envelope:
        headers, problem = request.headers, None
        asked = headers.get("Stripe-Version")
        version = nearest(asked) if asked else self._default_version
        if version is None:
            problem = Errors.API_VERSION_INVALID(f"Invalid Stripe API version: {asked[:80]}")
            version = self._default_version
        account, context = headers.get("Stripe-Account"), headers.get("Stripe-Context").rpartition("/")[2]
        if account and context and account != context:
            problem = Errors.PARAMETER_INVALID("Stripe-Account and Stripe-Context name different accounts.")
        try:
            path = unquote(request.path, errors="strict") if "%" in request.path else request.path
        except UnicodeDecodeError:
            path, problem = request.path, Errors.MALFORMED_REQUEST()
        return Envelope(
            request=request,
            path=path,
            account=account or context,
            version=version,
            problem=problem,
        )

    def identify(self, envelope: Envelope, find: FindMerchant) -> Merchant:
        key = _key(envelope.request.headers)
        merchant = find(key) if key.startswith((*_SECRET_KEYS, _PUBLISHABLE)) else None
        if merchant is None and self._stateless and key.startswith(_SECRET_KEYS):
            merchant = find(FIRST_KEY)
        if merchant is None:
            raise Errors.API_KEY_INVALID(f"Invalid API Key provided: {masked(key)}")
        if key.startswith(_PUBLISHABLE):
            if not _FOR_CLIENTS.fullmatch(f"{envelope.request.method} {envelope.path}"):
                raise Errors.SECRET_KEY_REQUIRED()
            merchant = replace(merchant, handle=key)
        return merchant

    def verify(self, envelope: Envelope, merchant: Merchant, now: Instant) -> None:
        """The key is all there is to check."""

    def decode(self, envelope: Envelope, merchant: Merchant, path: Mapping[str, str]) -> dict[str, Any]:
        if envelope.problem is not None:
            raise envelope.problem
        request = envelope.request
        try:
            params = brackets.decode(request.query)
            if request.body:
                params |= brackets.decode(_form(request))
        except (brackets.Malformed, uploads.Malformed, UnicodeDecodeError):
            raise Errors.MALFORMED_REQUEST() from None
        if merchant.handle:
            for name in _FROM_CLIENTS:
                params.pop(name, None)
        error = unknown_parameters(envelope.path, params, envelope.version)
        if error is not None:
            raise error
        params.update(path)
        return params

    def encode(self, envelope: Envelope, reply: Reply) -> HttpResponse:
        if isinstance(reply.body, bytes):
            return HttpResponse(reply.status, reply.headers, reply.body)
        body = json_bytes.dumps_pretty(rendered(reply.body, envelope.version))
        return HttpResponse(reply.status, (_JSON, *_origin(envelope, "false"), *reply.headers), body)

    def encode_error(self, envelope: Envelope, error: ProviderError) -> HttpResponse:
        row = error.row
        members = shown(error)
        members["message"] = error.message.replace("{key}", envelope.request.headers.get(KEY_HEADER))
        headers = [_JSON]
        if row.http == 401:
            headers.append(("WWW-Authenticate", 'Basic realm="Stripe"'))
        else:
            id = request_id(envelope.request.id)
            members["request_log_url"] = f"https://dashboard.stripe.com/test/logs/{id}"
            headers += _origin(envelope, _SHOULD_RETRY.get(row, ""))
        if row.http == 429 and row is Errors.RATE_LIMIT:
            headers.append(("Stripe-Rate-Limited-Reason", "global-rate"))
        body = {"error": dict(sorted(members.items()))}
        return HttpResponse(
            row.http, tuple(headers), json_bytes.dumps_pretty(rendered(body, envelope.version))
        )

    def seal(
        self, envelope: Envelope, response: HttpResponse, merchant: Merchant | None, with_: Seal
    ) -> HttpResponse:
        """Nothing is signed; every answer, also a replayed one, has its own request id."""
        headers = [*response.headers, ("Request-Id", request_id(envelope.request.id)), *_ALWAYS]
        if merchant is not None:
            headers.append(("Stripe-Version", envelope.version))
        key = envelope.request.headers.get(KEY_HEADER)
        if key and envelope.request.method == "POST":
            headers.append((KEY_HEADER, key))
        if self._stateless:
            headers.append(("Stripe-Mock-Version", "master"))
        if envelope.account and merchant is not None:
            headers.append(("Stripe-Account", envelope.account))
        return replace(response, headers=tuple(headers))

    def announcement(self, event: Event, endpoint: Endpoint) -> bytes:
        if endpoint.version == THIN:
            return json_bytes.dumps_pretty(thin_shown(event))
        version = nearest(endpoint.version) if endpoint.version else None
        return json_bytes.dumps_pretty(
            event_shown(event, version or self._default_version, pending_webhooks=1)
        )

    def notification(self, owed: Notification, event: Event, merchant: Merchant, with_: Seal) -> HttpRequest:
        body, signature = signatures.signed(owed.payload, owed.endpoint.secret, with_)
        headers = (
            ("Content-Type", "application/json; charset=utf-8"),
            ("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)"),
            ("Accept", "*/*; q=0.5, application/xml"),
            ("Cache-Control", "no-cache"),
            ("Accept-Encoding", "gzip"),
            *((("Stripe-Signature", signature),) if signature else ()),
        )
        return HttpRequest(method="POST", target=owed.endpoint.url, headers=Headers(headers), body=body)

    def acknowledged(self, answer: HttpResponse) -> bool:
        return 200 <= answer.status < 300


def _origin(envelope: Envelope, should_retry: str) -> list[tuple[str, str]]:
    """What is stored with the answer to a keyed POST: which request was executed."""
    request = envelope.request
    if request.method != "POST" or not request.headers.get(KEY_HEADER):
        return [("Stripe-Should-Retry", should_retry)] if should_retry == "true" else []
    headers = [("Original-Request", request_id(request.id))]
    return [*headers, ("Stripe-Should-Retry", should_retry)] if should_retry else headers


def _form(request: HttpRequest) -> str:
    """The body as text. Raises Malformed for JSON and files, UnicodeDecodeError for what is not UTF-8."""
    kind = request.headers.get("Content-Type").partition(";")[0].strip().lower()
    if kind == uploads.MULTIPART and request.path == uploads.PATH:
        return uploads.as_form(request)
    if kind not in ("", "application/x-www-form-urlencoded"):
        raise brackets.Malformed(f"a body of type {kind}")
    return request.body.decode()


def _key(headers: Headers) -> str:
    """From a Bearer token, or from the user name of Basic authentication. Raises ProviderError."""
    given = headers.all("Authorization")
    if not given:
        raise Errors.API_KEY_MISSING()
    scheme, _, credentials = given[0].strip().partition(" ")
    credentials = credentials.strip()
    if len(given) > 1:
        raise Errors.API_KEY_INVALID("You did not provide a single API key: send one Authorization header.")
    match scheme.lower():
        case "bearer":
            key = credentials
        case "basic":
            key = _basic(credentials)
        case _:
            raise Errors.API_KEY_MISSING()
    if not key:
        raise Errors.API_KEY_MISSING()
    return key


def _basic(credentials: str) -> str:
    try:
        user, _, password = b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise Errors.API_KEY_INVALID(
            "Invalid API Key provided: the Basic credentials cannot be read."
        ) from None
    if password:
        raise Errors.API_KEY_INVALID(
            "You provided a password. Send the API key as the user name, and leave the password empty."
        )
    return user
