"""Access tokens. https://developer.paypal.com/api/rest/authentication/"""

from __future__ import annotations

from typing import NotRequired, TypedDict

from paydouble.core.call import Call, Reply
from paydouble.core.clock import later, rfc3339_utc
from paydouble.core.operation import Operation, Route, operation
from paydouble.providers.paypal import tokens
from paydouble.providers.paypal.errors import OAUTH_API, Errors
from paydouble.providers.paypal.identifiers import payer_id
from paydouble.providers.paypal.settings import terms_of

APP = "APP-80W284485P519543T"
CREDENTIALS, REFRESH, CODE = "client_credentials", "refresh_token", "authorization_code"

_SERVICES = "https://uri.paypal.com/services"
SCOPE = " ".join((
    f"{_SERVICES}/payments/realtimepayment", f"{_SERVICES}/payments/refund",
    f"{_SERVICES}/payments/payment/authcapture", f"{_SERVICES}/applications/webhooks",
    f"{_SERVICES}/disputes/read-seller", f"{_SERVICES}/disputes/update-seller", f"{_SERVICES}/invoicing",
    f"{_SERVICES}/subscriptions", f"{_SERVICES}/vault/payment-tokens/readwrite",
    f"{_SERVICES}/reporting/search/read", f"{_SERVICES}/shipping/trackers/readwrite",
    "https://uri.paypal.com/payments/payouts", "https://api.paypal.com/v1/payments/.*",
    "https://api.paypal.com/v1/vault/credit-card", "openid",
))


class TokenRequest(TypedDict):
    grant_type: str
    refresh_token: NotRequired[str]
    code: NotRequired[str]
    response_type: NotRequired[str]
    target_customer_id: NotRequired[str]


@operation(
    "token.create", Route(OAUTH_API, "POST", "/v1/oauth2/token"), means=("token.create",),
    errors=(
        Errors.INVALID_CLIENT, Errors.UNSUPPORTED_GRANT_TYPE, Errors.GRANT_TYPE_NULL, Errors.INVALID_GRANT,
        Errors.RATE_LIMIT_REACHED, Errors.INTERNAL_SERVER_ERROR, Errors.SERVICE_UNAVAILABLE,
    ),
    docs="https://developer.paypal.com/api/rest/authentication/", reads=True,
)
async def create(call: Call[TokenRequest]) -> Reply:
    """Get an access token."""
    params, client, secret = call.params, call.merchant.id, call.merchant.secrets["client_secret"]
    grant = params["grant_type"]
    if grant not in (CREDENTIALS, REFRESH, CODE):
        raise Errors.UNSUPPORTED_GRANT_TYPE()
    if grant == REFRESH and not _is_ours(params.get("refresh_token", ""), secret):
        raise Errors.INVALID_GRANT()
    if grant == CODE and not params.get("code"):
        raise Errors.INVALID_OAUTH_REQUEST()
    now, lifetime = call.clock.wire_now(), terms_of(call.merchant).token_lifetime
    nonce = payer_id(call.ids)
    body: dict[str, object] = {
        "scope": SCOPE,
        "access_token": tokens.issue(client, secret, nonce, later(now, lifetime)),
        "token_type": "Bearer",
        "app_id": APP,
        "expires_in": lifetime // 1_000,
        "nonce": f"{rfc3339_utc(now)}{nonce}",
    }
    if grant == CODE:
        body["refresh_token"] = tokens.issue(client, secret, nonce, kind=tokens.REFRESH)
    if "id_token" in params.get("response_type", ""):
        customer = params.get("target_customer_id", "")
        body["id_token"] = tokens.id_token(client, secret, customer, now, later(now, lifetime))
    return Reply(body)


def _is_ours(refresh: str, secret: str) -> bool:
    token = tokens.read(refresh)
    return token is not None and token.kind == tokens.REFRESH and token.is_genuine(secret)


OPERATIONS: tuple[Operation, ...] = (create,)
