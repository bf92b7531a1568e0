"""TLS contexts by host name, each made at the first connection that asks for it."""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from paydouble.core.effect import ConnectFault

if TYPE_CHECKING:
    from paydouble.engine.keyring import CertificateAuthority

_CONTEXTS_MAX = 256     # *.localhost is the caller's to choose

LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")


class Contexts:
    """A name that is neither a provider's nor local gets the certificate of localhost.

    So a caller can make us issue certificates for no other name.
    """

    __slots__ = ("_authority", "_by_name", "_hosts", "_local", "_made")

    def __init__(
        self, authority: Callable[[], CertificateAuthority], hosts: Iterable[str],
        also_local: Iterable[str] = (),
    ) -> None:
        """`also_local`: further names of this machine, as the address that it was told to listen on."""
        self._authority = authority
        self._made: CertificateAuthority | None = None
        self._hosts = frozenset(hosts)
        self._local = (*LOCAL_NAMES, *(name for name in also_local if name not in LOCAL_NAMES))
        self._by_name: dict[str, ssl.SSLContext] = {}

    def of(self, name: str) -> ssl.SSLContext:
        """Raises OSError or ValueError where this machine's authority cannot be read or made."""
        known = name if name in self._hosts or name.endswith(".localhost") else ""
        context = self._by_name.get(known)
        if context is None:
            names = (known,) if known else self._local
            if len(self._by_name) >= _CONTEXTS_MAX:
                self._by_name.clear()
            context = self._by_name[known] = self._make(names)
        return context

    def spoiled(self, fault: ConnectFault, name: str) -> ssl.SSLContext:
        """Wrong in the one way that the fault says. Raises as `of` does."""
        key = f"{fault.value} {name}"
        context = self._by_name.get(key)
        if context is None:
            known = name in self._hosts or name.endswith(".localhost")
            names = (name,) if known else self._local
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            certificate, private = self._ours().issue_spoiled(fault, names)
            if fault is ConnectFault.TLS_OLD:
                _only_old(context)
            _load(context, certificate + private)
            self._by_name[key] = context
        return context

    def certificate_pem(self) -> str:
        """Of our authority: what clients must trust."""
        return self._ours().certificate_pem

    def _ours(self) -> CertificateAuthority:
        if self._made is None:
            self._made = self._authority()
        return self._made

    def _make(self, names: tuple[str, ...]) -> ssl.SSLContext:
        from paydouble.engine.keyring import issuer

        certificate, private = self._ours().issue(names)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=issuer().certificate_pem)
        # Merchants show certificates to WeChat Pay's v2 refunds; they are asked for in every handshake.
        context.verify_mode = ssl.CERT_OPTIONAL
        context.set_alpn_protocols(["http/1.1"])
        _load(context, certificate + private)
        return context


def _only_old(context: ssl.SSLContext) -> None:
    """TLS 1.0 and 1.1, which no client takes today; Python warns of them, and this is what is wanted."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1


def _load(context: ssl.SSLContext, pem: str) -> None:
    """`ssl` reads certificates from files only; this one exists for a moment, readable by us alone."""
    with tempfile.TemporaryDirectory(prefix="paydouble-") as folder:
        path = Path(folder) / "server.pem"
        path.touch(mode=0o600)
        path.write_text(pem, "ascii")
        context.load_cert_chain(path)
