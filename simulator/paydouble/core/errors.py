"""Error tables: the rows of a provider's manual as members of an Enum, each of which makes its exception."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, unique
from types import MappingProxyType

NO_DETAILS: Mapping[str, object] = MappingProxyType({})


@unique
class Fault(Enum):
    """Whose fault an error is, in the words of a scenario's `respond.error`."""

    VALIDATION = "validation"
    UNAUTHENTICATED = "unauthenticated"
    TOKEN_EXPIRED = "token_expired"
    SIGNATURE_REJECTED = "signature_rejected"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    IDEMPOTENCY_MISMATCH = "idempotency_mismatch"
    RATE_LIMITED = "rate_limited"
    BUSY = "busy"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"
    DECLINED = "declined"


class ErrorTable(Enum):
    """One row a member: code, HTTP status, fault, message, neutral reasons, the provider's own columns."""

    def __init__(
        self,
        code: str,
        http: int,
        fault: Fault,
        message: str,
        reasons: tuple[str, ...] = (),
        columns: Mapping[str, str] | None = None,
    ) -> None:
        self.code = code
        self.http = http
        self.fault = fault
        self.message = message
        self.reasons = reasons
        """The neutral reasons of `outcome.reason` that this row stands for."""
        self.columns: Mapping[str, str] = columns or {}

    def __call__(self, message: str | None = None, /, **details: object) -> ProviderError:
        """The exception; `details` are what the provider's envelope shows beside code and message."""
        return ProviderError(self, self.message if message is None else message, details)


class ProviderError(Exception):
    """The only exception that crosses from a provider to the engine: a row of its table, filled in."""

    def __init__(self, row: ErrorTable, message: str, details: Mapping[str, object] = NO_DETAILS) -> None:
        super().__init__(f"{row.name}: {message}")
        self.row = row
        self.message = message
        self.details = details
