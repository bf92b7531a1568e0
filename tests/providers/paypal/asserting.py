"""How a platform says for whom it calls: the unsigned token of PayPal-Auth-Assertion."""

from __future__ import annotations

import base64
import json

from tests.providers.paypal.checked import Shop


def assertion(here: Shop, account: str, *, claim: str = "payer_id", issuer: str = "") -> dict[str, str]:
    """As a header for `Shop.call`."""
    claims = json.dumps({"iss": issuer or here.merchant.id, claim: account}).encode()
    parts = (base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (b'{"alg":"none"}', claims))
    return {"PayPal_Auth_Assertion": ".".join(parts) + "."}
