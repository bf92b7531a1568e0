"""All that `paydouble serve` can be told, with its defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

HOST_DEFAULT = "127.0.0.1"
PORT_DEFAULT = 4800
TLS_PORT_DEFAULT = 4843
PORT_MAX = 65_535


class BadSetting(Exception):
    """A setting that cannot be obeyed, told in words for its author."""


class ProxyOthers(Enum):
    """What the proxy does with hosts that are no provider's."""

    REFUSE = "refuse"
    PASS = "pass"


@dataclass(frozen=True, slots=True)
class ListenAt:
    """A listener that belongs to one provider; port 0 takes a free one."""

    provider: str
    port: int
    host: str = HOST_DEFAULT

    @classmethod
    def parse(cls, text: str) -> ListenAt:
        """Reads "stripe=4801", "stripe=0.0.0.0:4801", "stripe=[::1]:4801". Raises ValueError otherwise."""
        provider, equals, address = text.partition("=")
        host, _, port = address.rpartition(":")
        if not (provider and equals and port.isascii() and port.isdigit() and int(port) <= PORT_MAX):
            raise ValueError(f"'{text}' is not PROVIDER=[HOST:]PORT, as in stripe=4801")
        return cls(provider, int(port), host.removeprefix("[").removesuffix("]") or HOST_DEFAULT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Immutable: what can change at run time belongs to a sandbox, not here."""

    host: str = HOST_DEFAULT
    port: int = PORT_DEFAULT
    """0 takes a free one."""
    tls_port: int | None = TLS_PORT_DEFAULT
    """None: no listener of its own; the front door speaks TLS all the same."""
    listen: tuple[ListenAt, ...] = ()
    scenarios: tuple[str, ...] = ()
    """Names or files, in force in every sandbox after its own."""
    seed: int | None = None
    clock: str = "real"
    """real, frozen, auto, scaled:N."""
    store: str = "memory"
    """memory, sqlite:PATH, postgresql://…"""
    workers: int = 1
    webhooks: tuple[tuple[str, str], ...] = ()
    """(provider, URL) pairs, for the default sandbox."""
    proxy_others: ProxyOthers = ProxyOthers.REFUSE
    strict: bool = False
    control_token: str = ""
    """Empty: no token is asked for."""
    allow_hosts: tuple[str, ...] = ()
    """Host patterns that callbacks may go to beside loopback and private networks: "*.example.com"."""
    provider_settings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By provider, then setting: what nobody outside can know is a setting."""
    allow_python: bool = False
    """Hooks of scenarios that were named at start may be run."""
    no_marks: bool = False
    no_magic: bool = False
    home: Path | None = None
    """Where the certificate authority lives; None: PAYDOUBLE_HOME, else ~/.paydouble."""
    ready_file: Path | None = None
