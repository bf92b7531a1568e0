"""The names of PayPal's events, each with the type and version of its resource.

https://developer.paypal.com/api/rest/webhooks/event-names/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class EventType(NamedTuple):
    """`version` is empty where deliveries do not tell one."""

    resource: str
    version: str


# fmt: off
EVENT_TYPES: Mapping[str, EventType] = {
    "BILLING.PLAN.ACTIVATED":                                     EventType("plan", "2.0"),
    "BILLING.PLAN.CREATED":                                       EventType("plan", "2.0"),
    "BILLING.PLAN.DEACTIVATED":                                   EventType("plan", "2.0"),
    "BILLING.PLAN.PRICING-CHANGE.ACTIVATED":                      EventType("plan", "2.0"),
    "BILLING.PLAN.UPDATED":                                       EventType("plan", "2.0"),
    "BILLING.SUBSCRIPTION.ACTIVATED":                             EventType("subscription", "2.0"),
    "BILLING.SUBSCRIPTION.CANCELLED":                             EventType("subscription", "2.0"),
    "BILLING.SUBSCRIPTION.CREATED":                               EventType("subscription", "2.0"),
    "BILLING.SUBSCRIPTION.EXPIRED":                               EventType("subscription", "2.0"),
    "BILLING.SUBSCRIPTION.PAYMENT.FAILED":                        EventType("subscription", "2.0"),
    "BILLING.SUBSCRIPTION.RE-ACTIVATED":                          EventType("subscription", "2.0"),
    "BILLING.SUBSCRIPTION.SUSPENDED":                             EventType("subscription", "2.0"),
    "BILLING.SUBSCRIPTION.UPDATED":                               EventType("subscription", "2.0"),
    "CATALOG.PRODUCT.CREATED":                                    EventType("product", "2.0"),
    "CATALOG.PRODUCT.UPDATED":                                    EventType("product", "2.0"),
    "CHECKOUT.CHECKOUT.BUYER-APPROVED":                           EventType("checkout", ""),
    "CHECKOUT.ORDER.APPROVED":                                    EventType("checkout-order", "2.0"),
    "CHECKOUT.ORDER.COMPLETED":                                   EventType("checkout-order", "2.0"),
    "CHECKOUT.ORDER.DECLINED":                                    EventType("checkout-order", "2.0"),
    "CHECKOUT.ORDER.PROCESSED":                                   EventType("checkout-order", "2.0"),
    "CHECKOUT.ORDER.SAVED":                                       EventType("checkout-order", "2.0"),
    "CHECKOUT.ORDER.VOIDED":                                      EventType("checkout-order", "2.0"),
    "CHECKOUT.PAYMENT-APPROVAL.REVERSED":                         EventType("payment-approval", ""),
    "CUSTOMER.ACCOUNT-LIMITATION.ADDED":                          EventType("account-limitation", ""),
    "CUSTOMER.ACCOUNT-LIMITATION.ESCALATED":                      EventType("account-limitation", ""),
    "CUSTOMER.ACCOUNT-LIMITATION.LIFTED":                         EventType("account-limitation", ""),
    "CUSTOMER.ACCOUNT-LIMITATION.UPDATED":                        EventType("account-limitation", ""),
    "CUSTOMER.DISPUTE.CREATED":                                   EventType("dispute", ""),
    "CUSTOMER.DISPUTE.RESOLVED":                                  EventType("dispute", ""),
    "CUSTOMER.DISPUTE.UPDATED":                                   EventType("dispute", ""),
    "CUSTOMER.MANAGED-ACCOUNT.ACCOUNT-CREATED":                   EventType("managed-account", ""),
    "CUSTOMER.MANAGED-ACCOUNT.ACCOUNT-STATUS-CHANGED":            EventType("managed-account", ""),
    "CUSTOMER.MANAGED-ACCOUNT.ACCOUNT-UPDATED":                   EventType("managed-account", ""),
    "CUSTOMER.MANAGED-ACCOUNT.CREATION-FAILED":                   EventType("managed-account", ""),
    "CUSTOMER.MANAGED-ACCOUNT.NEGATIVE-BALANCE-DEBIT-INITIATED":  EventType("managed-account", ""),
    "CUSTOMER.MANAGED-ACCOUNT.NEGATIVE-BALANCE-NOTIFIED":         EventType("managed-account", ""),
    "CUSTOMER.MANAGED-ACCOUNT.RISK-ASSESSED":                     EventType("managed-account", ""),
    "CUSTOMER.MERCHANT-INTEGRATION.CAPABILITY-UPDATED":           EventType("merchant-integration", ""),
    "CUSTOMER.MERCHANT-INTEGRATION.PRODUCT-SUBSCRIPTION-UPDATED": EventType("merchant-integration", ""),
    "CUSTOMER.MERCHANT-INTEGRATION.SELLER-ALREADY-INTEGRATED":    EventType("merchant-integration", ""),
    "CUSTOMER.MERCHANT-INTEGRATION.SELLER-CONSENT-GRANTED":       EventType("merchant-integration", ""),
    "CUSTOMER.MERCHANT-INTEGRATION.SELLER-EMAIL-CONFIRMED":       EventType("merchant-integration", ""),
    "CUSTOMER.MERCHANT-INTEGRATION.SELLER-ONBOARDING-INITIATED":  EventType("merchant-integration", ""),
    "IDENTITY.AUTHORIZATION-CONSENT.REVOKED":                     EventType("identity", ""),
    "INVOICING.INVOICE.CANCELLED":                                EventType("invoices", ""),
    "INVOICING.INVOICE.CREATED":                                  EventType("invoices", ""),
    "INVOICING.INVOICE.PAID":                                     EventType("invoices", ""),
    "INVOICING.INVOICE.REFUNDED":                                 EventType("invoices", ""),
    "INVOICING.INVOICE.SCHEDULED":                                EventType("invoices", ""),
    "INVOICING.INVOICE.UPDATED":                                  EventType("invoices", ""),
    "MERCHANT.ONBOARDING.COMPLETED":                              EventType("merchant-onboarding", ""),
    "MERCHANT.PARTNER-CONSENT.REVOKED":                           EventType("partner-consent", ""),
    "PAYMENT.AUTHORIZATION.CREATED":                              EventType("authorization", "2.0"),
    "PAYMENT.AUTHORIZATION.VOIDED":                               EventType("authorization", "2.0"),
    "PAYMENT.CAPTURE.COMPLETED":                                  EventType("capture", "2.0"),
    "PAYMENT.CAPTURE.DECLINED":                                   EventType("capture", "2.0"),
    "PAYMENT.CAPTURE.DENIED":                                     EventType("capture", "2.0"),
    "PAYMENT.CAPTURE.PENDING":                                    EventType("capture", "2.0"),
    "PAYMENT.CAPTURE.REFUNDED":                                   EventType("refund", "2.0"),
    "PAYMENT.CAPTURE.REVERSED":                                   EventType("refund", "2.0"),
    "PAYMENT.ORDER.CANCELLED":                                    EventType("order", ""),
    "PAYMENT.ORDER.CREATED":                                      EventType("order", ""),
    "PAYMENT.PAYOUTS-ITEM.BLOCKED":                               EventType("payouts_item", ""),
    "PAYMENT.PAYOUTS-ITEM.CANCELED":                              EventType("payouts_item", ""),
    "PAYMENT.PAYOUTS-ITEM.DENIED":                                EventType("payouts_item", ""),
    "PAYMENT.PAYOUTS-ITEM.FAILED":                                EventType("payouts_item", ""),
    "PAYMENT.PAYOUTS-ITEM.HELD":                                  EventType("payouts_item", ""),
    "PAYMENT.PAYOUTS-ITEM.REFUNDED":                              EventType("payouts_item", ""),
    "PAYMENT.PAYOUTS-ITEM.RETURNED":                              EventType("payouts_item", ""),
    "PAYMENT.PAYOUTS-ITEM.SUCCEEDED":                             EventType("payouts_item", ""),
    "PAYMENT.PAYOUTS-ITEM.UNCLAIMED":                             EventType("payouts_item", ""),
    "PAYMENT.PAYOUTSBATCH.DENIED":                                EventType("payouts", ""),
    "PAYMENT.PAYOUTSBATCH.PROCESSING":                            EventType("payouts", ""),
    "PAYMENT.PAYOUTSBATCH.SUCCESS":                               EventType("payouts", ""),
    "PAYMENT.REFERENCED-PAYOUT-ITEM.COMPLETED":                   EventType("referenced-payout-item", ""),
    "PAYMENT.REFERENCED-PAYOUT-ITEM.FAILED":                      EventType("referenced-payout-item", ""),
    "PAYMENT.REFUND.FAILED":                                      EventType("refund", "2.0"),
    "PAYMENT.REFUND.PENDING":                                     EventType("refund", "2.0"),
    "PAYMENT.SALE.COMPLETED":                                     EventType("sale", ""),
    "PAYMENT.SALE.DENIED":                                        EventType("sale", ""),
    "PAYMENT.SALE.PENDING":                                       EventType("sale", ""),
    "PAYMENT.SALE.REFUNDED":                                      EventType("refund", ""),
    "PAYMENT.SALE.REVERSED":                                      EventType("sale", ""),
    "PAYMENTS.PAYMENT.CREATED":                                   EventType("payment", ""),
    "RISK.DISPUTE.CREATED":                                       EventType("dispute", ""),
    "VAULT.CREDIT-CARD.CREATED":                                  EventType("credit_card", ""),
    "VAULT.CREDIT-CARD.DELETED":                                  EventType("credit_card", ""),
    "VAULT.CREDIT-CARD.UPDATED":                                  EventType("credit_card", ""),
    "VAULT.PAYMENT-TOKEN.CREATED":                                EventType("payment_token", "3.0"),
    "VAULT.PAYMENT-TOKEN.DELETED":                                EventType("payment_token", "3.0"),
    "VAULT.PAYMENT-TOKEN.DELETION-INITIATED":                     EventType("payment_token", "3.0"),
}
# fmt: on
