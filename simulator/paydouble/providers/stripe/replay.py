"""How often a POST is executed (https://docs.stripe.com/api/idempotent_requests)."""

from __future__ import annotations

from paydouble.core.clock import DAY, Duration
from paydouble.core.operation import Keeps, ReplayKey, Scope, Shows
from paydouble.providers.stripe.errors import Errors

KEY_HEADER = "Idempotency-Key"

ONCE = ReplayKey(
    header=KEY_HEADER, scope=Scope.ACCOUNT, lifetime=DAY, keeps=Keeps.EXECUTED, shows=Shows.FIRST,
    in_progress=Errors.IDEMPOTENCY_KEY_IN_USE, mismatch=Errors.IDEMPOTENCY_MISMATCH,
    marks=(("Idempotent-Replayed", "true"),),
)

ONCE_V2 = ReplayKey(
    header=KEY_HEADER, scope=Scope.ACCOUNT, lifetime=Duration(30 * DAY), keeps=Keeps.DONE, shows=Shows.FIRST,
    in_progress=Errors.IDEMPOTENCY_KEY_IN_USE, mismatch=Errors.IDEMPOTENCY_MISMATCH,
    marks=(("Idempotent-Replayed", "true"),),
)
"""Of API v2: for a month, DELETE too, and work that failed is done anew."""
