"""The fields that PayPal knows in what it echoes: unknown ones are taken, and forgotten.

https://developer.paypal.com/docs/api/orders/v2/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Spec = Mapping[str, Any]
LEAF: Final = None
"""A field that is kept as it is."""


def _fields(names: str, **inner: Spec) -> Spec:
    return dict.fromkeys(names.split(), LEAF) | inner


MONEY: Spec = _fields("currency_code value")
NAME: Spec = _fields("given_name surname full_name prefix middle_name suffix")
PHONE: Spec = _fields("phone_type", phone_number=_fields("national_number"))
ADDRESS: Spec = _fields(
    "address_line_1 address_line_2 admin_area_1 admin_area_2 postal_code country_code"
)
PAYEE: Spec = _fields("email_address merchant_id")
PARTS: Spec = dict.fromkeys(
    "item_total shipping handling tax_total insurance shipping_discount discount".split(), MONEY
)
AMOUNT: Spec = _fields("currency_code value", breakdown=PARTS)
ITEM: Spec = _fields(
    "name quantity description sku category url image_url", unit_amount=MONEY, tax=MONEY,
    upc=_fields("type code"),
)
TRACKER: Spec = _fields("id status create_time update_time items links")
SHIPPING: Spec = _fields(
    "type email_address", name=_fields("full_name"), address=ADDRESS, trackers=TRACKER,
    options=_fields("id label type selected", amount=MONEY),
    phone_number=_fields("country_code national_number"),
)
INSTRUCTION: Spec = _fields(
    "disbursement_mode payee_pricing_tier_id payee_receivable_fx_rate_id",
    platform_fees={"amount": MONEY, "payee": PAYEE},
)
UNIT: Spec = _fields(
    "reference_id description custom_id invoice_id soft_descriptor supplementary_data",
    amount=AMOUNT, payee=PAYEE, payment_instruction=INSTRUCTION, items=ITEM, shipping=SHIPPING,
)
PAYER: Spec = _fields(
    "email_address payer_id birth_date", name=NAME, phone=PHONE, address=ADDRESS,
    tax_info=_fields("tax_id tax_id_type"),
)


def kept(value: Any, spec: Spec | None) -> Any:
    """The value without unknown fields and nulls; a spec for a list is that of its elements."""
    if isinstance(value, list):
        return [kept(inner, spec) for inner in value]
    if spec is None or not isinstance(value, dict):
        return value
    return {
        name: kept(inner, spec[name]) for name, inner in value.items() if name in spec and inner is not None
    }
