"""The neutral words of the language, and which errors say that nothing was done."""

from __future__ import annotations

from paydouble.core.effect import Corruption, Damage, KeyChoice, Malformation, NetworkFault, Result
from paydouble.core.errors import Fault
from paydouble.core.machine import Phase

PROVIDERS = ("stripe", "paypal", "alipay", "wechatpay")

OPERATIONS = (
    "payment.charge", "payment.create", "payment.confirm", "payment.capture", "payment.query",
    "payment.cancel", "refund.create", "refund.query", "payout.create", "payout.query",
    "dispute.query", "dispute.respond",
    "statement.download", "token.create", "certificate.list", "customer.create", "webhook.register",
)  # fmt: skip
OPERATION_PATTERNS = (*OPERATIONS, "payment.*", "refund.*", "*")
OPERATIONS_READING = frozenset(
    {
        "payment.query",
        "refund.query",
        "payout.query",
        "dispute.query",
        "statement.download",
        "certificate.list",
    }
)

EVENTS = (
    "payment.succeeded", "payment.failed", "payment.pending", "payment.held", "payment.canceled",
    "refund.succeeded", "refund.failed", "dispute.opened", "dispute.won", "dispute.lost",
    "payout.paid", "payout.failed", "statement.ready",
)  # fmt: skip
EVENT_PATTERNS = (*EVENTS, "payment.*", "refund.*", "dispute.*", "*")

PHASES = tuple(phase.value for phase in Phase)
RESULTS = tuple(result.value for result in Result)
REASONS = (
    "insufficient_funds", "card_expired", "wrong_cvc", "lost_or_stolen", "do_not_honor", "limit_exceeded",
    "fraud_suspected", "payer_closed", "account_frozen", "not_permitted", "processing_error", "duplicate_ref",
    "already_paid", "expired", "risk_review", "seller_balance_low", "refund_window_over",
)  # fmt: skip

ERRORS = tuple(fault.value for fault in Fault if fault is not Fault.DECLINED)
ERRORS_HIDING = frozenset({Fault.INTERNAL, Fault.UNAVAILABLE, Fault.BUSY})
"""After these the caller cannot know whether the work was done; all others say that it was not."""
MALFORMATIONS = tuple(kind.value for kind in Malformation)
FAULTS = tuple(fault.value for fault in NetworkFault)
CORRUPTIONS = tuple(kind.value for kind in Corruption)

# fmt: off
SIGNATURES: dict[str, tuple[KeyChoice, Damage]] = {
    "valid":           (KeyChoice.CURRENT,        Damage.NONE),
    "missing":         (KeyChoice.CURRENT,        Damage.MISSING),
    "corrupt":         (KeyChoice.CURRENT,        Damage.CORRUPT),
    "wrong_key":       (KeyChoice.FOREIGN,        Damage.NONE),
    "unknown_key":     (KeyChoice.UNKNOWN,        Damage.NONE),
    "rotated_key":     (KeyChoice.NEXT,           Damage.NONE),
    "probe":           (KeyChoice.CURRENT,        Damage.PROBE),
    "wrong_algorithm": (KeyChoice.CURRENT,        Damage.WRONG_ALGORITHM),
    "tampered_body":   (KeyChoice.CURRENT,        Damage.TAMPERED_BODY),
    "other_merchant":  (KeyChoice.OTHER_MERCHANT, Damage.NONE),
}

# What the full language has and this version has not, by the key under which it would stand.
NOT_AVAILABLE: dict[str, frozenset[str]] = {
    "clock":        frozenset({"sign_with"}),
}
# fmt: on
VALUES_NOT_AVAILABLE: frozenset[tuple[str, str]] = frozenset()


def covers(pattern: str, name: str) -> bool:
    """Whether `payment.*` or `*` stands for this name, too."""
    return pattern in ("*", name) or (pattern.endswith(".*") and name.startswith(pattern[:-1]))
