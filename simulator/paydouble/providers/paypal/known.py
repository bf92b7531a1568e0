"""The fields that PayPal knows in what it echoes: unknown ones are taken, and forgotten.

https://developer.paypal.com/docs/api/orders/v2/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Spec = dict[str, Any]
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

INVOICE_DETAIL: Spec = _fields(
    "reference currency_code note terms_and_conditions memo invoice_number invoice_date",
    payment_term=_fields("term_type due_date"),
    attachments=_fields("id reference_url content_type create_time size"),
)
DISCOUNT: Spec = _fields("percent", amount=MONEY)
INVOICE_ITEM: Spec = _fields(
    "name description quantity item_date unit_of_measure", unit_amount=MONEY, tax=_fields("name percent"),
    discount=DISCOUNT,
)
_CONTACT: Spec = _fields("business_name", name=NAME, address=ADDRESS)
_PHONES: Spec = _fields("country_code national_number extension_number phone_type")
PARTIES: Mapping[str, Spec] = {
    "invoicer": _fields(
        "email_address website tax_id additional_notes logo_url", phones=_PHONES
    ) | _CONTACT,
    "primary_recipients": {
        "billing_info": _fields("email_address additional_info language", phones=_PHONES) | _CONTACT,
        "shipping_info": _CONTACT,
    },
}

_CLASSIC_ADDRESS: Spec = _fields("recipient_name line1 line2 city country_code postal_code state phone type")
TRANSACTION: Spec = _fields(
    "reference_id description note_to_payee custom invoice_number purchase_order soft_descriptor notify_url"
    " order_url",
    amount=_fields("currency total", details=_fields(
        "subtotal tax shipping handling_fee shipping_discount insurance gift_wrap"
    )),
    payee=_fields("email merchant_id"),
    payment_options=_fields("allowed_payment_method recurring_flag skip_fmf"),
    item_list=_fields(
        "shipping_method shipping_phone_number", shipping_address=_CLASSIC_ADDRESS,
        items=_fields("sku name description quantity price currency tax url"),
    ),
)  # fmt: skip
CLASSIC_PAYMENT: Spec = _fields(
    "intent note_to_payer experience_profile_id", payer=_fields("payment_method"), transactions=TRANSACTION,
    redirect_urls=_fields("return_url cancel_url"),
)
"""Nobody keeps the numbers of cards."""


def kept(value: Any, spec: Spec | None) -> Any:
    """The value without unknown fields and nulls; a spec for a list is that of its elements."""
    if isinstance(value, list):
        return [kept(inner, spec) for inner in value]
    if spec is None or not isinstance(value, dict):
        return value
    return {
        name: kept(inner, spec[name]) for name, inner in value.items() if name in spec and inner is not None
    }
