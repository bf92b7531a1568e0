"""PayPal's own OpenAPI documents, read as JSON Schema: what an answer must fulfil beside our contracts."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

SPECS = Path(__file__).resolve().parents[4] / "shared" / "specs" / "paypal"
DOCUMENTS = {
    "referrals.v2": "customer_partner_referrals_v2.json",
    "partners.v1": "customer_partner_referrals_v1.json",
    "payments.v1": "payments_payment_v1.json",
    "invoicing.v2": "invoicing_v2.json",
    "orders.v2": "checkout_orders_v2.json",
    "payments.v2": "payments_payment_v2.json",
    "webhooks.v1": "notifications_webhooks_v1.json",
    "vault.v3": "vault_payment_tokens_v3.json",
    "catalogs.v1": "catalogs_products_v1.json",
    "billing.v1": "billing_subscriptions_v1.json",
    "payouts.v1": "payments_payouts_batch_v1.json",
    "disputes.v1": "customer_disputes_v1.json",
    "reporting.v1": "reporting_transactions_v1.json",
}
OPERATION_IDS = {
    "order.get": "orders.get", "order.capture": "orders.capture", "order.authorize": "orders.authorize",
    "order.void": "orders.void",
    "webhooks.create": "webhooks.post", "webhooks.event_types": "event-types.list",
    "event_types.list": "webhooks-event-types.list",
    "webhooks.verify_signature": "verify-webhook-signature.post",
    "webhooks_events.list": "webhooks-events.list", "webhooks_events.get": "webhooks-events.get",
    "webhooks_events.resend": "webhooks-events.resend", "webhooks.simulate_event": "simulate-event.post",
}
"""Ours → the document's, where they differ."""

DEVIATIONS: dict[str, str] = {
    '"REDIRECT" is not one of': "the classic SDKs find the payer's address by this method, which the API answers",
    '[]: "detail" is a required property': "an invoice drawn up without Prefer is told as a link, the manual says",
    '+0000" does not match': "real reports write the offset without a colon",
    "[] has less than 1 item": "real reports and lists of nothing are empty",
}
"""The message of a fault that is none → why."""

BROKEN_PATTERNS = ("^[0-9A-Za-z_-.]+$",)
"""Regular expressions of the documents that are none."""


def faults(api: str, operation: str, status: int, body: Any) -> list[str]:
    """What the document finds wrong with an answer; nothing where there is no document, or no such answer."""
    if api not in DOCUMENTS or not SPECS.is_dir():
        return []
    validator = _validator(api, OPERATION_IDS.get(operation, operation), str(status))
    if validator is None:
        return []
    found = [f"{list(error.instance_path)}: {error.message}" for error in validator.iter_errors(body)]
    return [fault for fault in found if not any(known in fault for known in DEVIATIONS)]


def descriptions(api: str) -> dict[str, set[str]]:
    """Issue → how the document describes it, wherever it does; empty where it has no word for it."""
    found: dict[str, set[str]] = {}
    waiting: list[Any] = [_document(api)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            properties = node.get("properties")
            if isinstance(properties, dict) and "enum" in properties.get("issue", {}):
                told = properties.get("description", {}).get("enum", ())
                for issue in properties["issue"]["enum"]:
                    found.setdefault(issue, set()).update(told)
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
    return found


@cache
def _document(api: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((SPECS / DOCUMENTS[api]).read_text(encoding="utf-8"))
    return document


@cache
def _validator(api: str, operation: str, status: str) -> Any:
    from jsonschema_rs import Draft202012Validator

    schema = _schema(api, operation, status)
    if schema is None:
        return None
    components = _plain(_document(api)["components"])
    return Draft202012Validator({**_plain(schema), "components": components})


def _schema(api: str, operation: str, status: str) -> Any:
    for methods in _document(api)["paths"].values():
        for one in methods.values():
            if isinstance(one, dict) and one.get("operationId") == operation:
                answers = one["responses"]
                answer = answers.get(status) or (answers.get("201") if status == "200" else None)
                return ((answer or {}).get("content", {}).get("application/json") or {}).get("schema")
    return None


def _plain(schema: Any) -> Any:
    """OpenAPI 3.0 as JSON Schema: without what only documents, and with `nullable` as a type."""
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    copy = {
        key: _plain(value) for key, value in schema.items()
        if key not in ("example", "discriminator") and value not in BROKEN_PATTERNS
    }
    if copy.pop("nullable", None) is True:
        return {"anyOf": [{"type": "null"}, copy]}
    return copy
