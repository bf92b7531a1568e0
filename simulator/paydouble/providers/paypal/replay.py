"""`PayPal-Request-Id`: a second call with the same key shows what the first one made, as it is now.

https://developer.paypal.com/api/rest/reference/idempotency/
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from paydouble.core.call import Call, Reply
from paydouble.core.clock import DAY, HOUR, Duration
from paydouble.core.errors import ErrorTable
from paydouble.core.operation import Keeps, Operation, ReplayKey, Scope, Shows
from paydouble.providers.paypal.billing_errors import BillingErrors
from paydouble.providers.paypal.classic_errors import ClassicErrors
from paydouble.providers.paypal.errors import ORDERS, PAYMENTS, Errors, PayoutErrors, VaultErrors
from paydouble.providers.paypal.order_errors import OrderErrors
from paydouble.providers.paypal.payment_errors import PaymentErrors
from paydouble.providers.paypal.scene import REQUEST_ID

ORDERS_LIFETIME = Duration(6 * HOUR)
PAYMENTS_LIFETIME = Duration(45 * DAY)
VAULT_LIFETIME = Duration(3 * HOUR)
PAYOUTS_LIFETIME = Duration(30 * DAY)
BILLING_LIFETIME = Duration(72 * HOUR)
_ORDERS_LENGTH, _PAYMENTS_LENGTH, _PAYOUTS_LENGTH = 108, 38_000, 1_000

OPEN_KEYS = (ORDERS, PAYMENTS)
"""APIs of whose keys nobody says what another body does to them (unverified)."""

Current = Callable[[Call[Any], Any], Awaitable[Reply]]


def of_orders(current: Current) -> ReplayKey:
    return _key(current, ORDERS_LIFETIME, OrderErrors.PREVIOUS_REQUEST_IN_PROGRESS, _ORDERS_LENGTH)


def of_payments(current: Current) -> ReplayKey:
    return _key(current, PAYMENTS_LIFETIME, PaymentErrors.PREVIOUS_REQUEST_IN_PROGRESS, _PAYMENTS_LENGTH)


def of_vault(current: Current) -> ReplayKey:
    """Another body under a used key is refused here."""
    return ReplayKey(
        header=REQUEST_ID, scope=Scope.TARGET, lifetime=VAULT_LIFETIME, keeps=Keeps.DONE, shows=Shows.CURRENT,
        in_progress=VaultErrors.PREVIOUS_REQUEST_IN_PROGRESS, status=200, current=current,
        mismatch=VaultErrors.PAYPAL_REQUEST_ID_PREVIOUSLY_USED,
    )


def of_payouts(current: Current) -> ReplayKey:
    return _key(current, PAYOUTS_LIFETIME, PayoutErrors.PREVIOUS_REQUEST_IN_PROGRESS, _PAYOUTS_LENGTH)


def of_billing(current: Current) -> ReplayKey:
    return _key(current, BILLING_LIFETIME, BillingErrors.PREVIOUS_REQUEST_IN_PROGRESS, _ORDERS_LENGTH)


def of_classic(current: Current) -> ReplayKey:
    """The classic API refuses another body under a used key; for how long is not published (unverified)."""
    return ReplayKey(
        header=REQUEST_ID, scope=Scope.TARGET, lifetime=PAYMENTS_LIFETIME, keeps=Keeps.DONE,
        shows=Shows.CURRENT, in_progress=ClassicErrors.IN_PROGRESS, status=200, current=current,
        mismatch=Errors.DUPLICATE_REQUEST_ID,
    )


def refusing_other_bodies(operation: Operation) -> Operation:
    """Where the same key with another body is an error, as in the vault."""
    key, row = operation.idempotency, VaultErrors.PAYPAL_REQUEST_ID_PREVIOUSLY_USED
    if not isinstance(key, ReplayKey) or key.header != REQUEST_ID or operation.routes[0].api not in OPEN_KEYS:
        return operation
    return replace(operation, idempotency=replace(key, mismatch=row), errors=(*operation.errors, row))


def _key(current: Current, lifetime: Duration, busy: ErrorTable, length: int) -> ReplayKey:
    return ReplayKey(
        header=REQUEST_ID, scope=Scope.TARGET, lifetime=lifetime, keeps=Keeps.DONE, shows=Shows.CURRENT,
        in_progress=busy, status=200, current=current, length_max=length,
    )
