"""One call as a handler sees it: whose it is, what was asked, and what it may touch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from paydouble.core.clock import Clock
from paydouble.core.ids import Ids
from paydouble.core.record import Record
from paydouble.core.statement import HONEST_STATEMENT, StatementEffect
from paydouble.core.values import value

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

    from paydouble.core.effect import Outcome
    from paydouble.core.errors import ProviderError
    from paydouble.core.http import Envelope, HttpRequest
    from paydouble.core.work import Work

P = TypeVar("P", bound=Mapping[str, object])


class PlatformKeys(Protocol):
    """The RSA keys of one sandbox, by name, each parsed once.

    Names: merchant, platform, platform-next, wechatpay-public-key, foreign, issuer. issuer.
    """

    def private(self, name: str) -> RSAPrivateKey: ...

    def public(self, name: str) -> RSAPublicKey: ...

    def private_pem(self, name: str) -> str: ...

    def public_pem(self, name: str) -> str: ...

    def certificate_pem(self, name: str) -> str: ...

    def serial(self, name: str) -> str:
        """Forty upper-case hex digits, or the id of a key that has no certificate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merchant:
    """Whose credentials sign. It belongs to one sandbox, so that credentials choose the sandbox."""

    provider: str
    id: str
    """mchid, acct_…, app id, client id."""
    sandbox: str
    handles: tuple[str, ...]
    """Everything by which a request may name it: mchid, secret key, publishable key."""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The strings of its credentials, by the names of the control API: secret_key, apiv3_key, appid…"""
    keys: PlatformKeys = field(repr=False, compare=False)
    handle: str = ""
    """By which of the handles this call named it: tells a publishable key from a secret one."""


@dataclass(slots=True, kw_only=True)
class Call(Generic[P]):
    """P is the TypedDict of the operation's params, as its request contract describes them."""

    request: HttpRequest
    envelope: Envelope
    merchant: Merchant
    account: str
    """For whom: the merchant's own id, or that of a connected account or sub-merchant."""
    params: P
    outcome: Outcome | None
    """What a scenario or test value decides; None: the healthy provider."""
    work: Work
    clock: Clock
    ids: Ids
    magic: bool = True
    """Documented test values decide outcomes; with `--no-magic` only scenarios do."""
    statement: StatementEffect = HONEST_STATEMENT
    """How the statement that is asked for differs from the books."""

    @property
    def keys(self) -> PlatformKeys:
        return self.merchant.keys


@value(frozen=True, slots=True)
class Reply:
    """What a handler returns; the wire makes bytes of it."""

    body: Mapping[str, object] | bytes
    """Bytes: a file, or nothing at all, as it is."""
    status: int = 200
    subject: Record | None = None
    """The record that the call was about."""
    error: ProviderError | None = None
    """Refused, and what was saved is written all the same."""
    headers: tuple[tuple[str, str], ...] = ()

    @classmethod
    def refused(cls, error: ProviderError, subject: Record | None = None) -> Reply:
        """An error on the wire and a fact in the books: a declined card leaves a failed charge."""
        return cls({}, error.row.http, subject, error)
