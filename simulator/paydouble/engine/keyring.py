"""The RSA keys of the platforms and merchants, parsed once each, and this machine's authority for TLS.

The keys ship with the package and are public; the authority, which users put into trust stores, is made on
each machine and never leaves it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import rsa as rsa_keys
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from paydouble.core.effect import ConnectFault
from paydouble.crypto import certificates, rsa

DEFAULT_MERCHANT = "1900004800"
PUBLIC_KEY_ID = "PUB_KEY_ID_0119000048002025010100000000004800"

_SHIPPED = Path(__file__).parent / "wellknown"
_NAMES: Final = frozenset({"merchant", "platform", "platform-next", "wechatpay-public-key", "foreign"})

# Of the certificates beside the keys, so that reading one needs no X.509.
_SHIPPED_SERIALS: Final = {
    "platform": "48004A11CE0000000000000000000000000000A1",
    "platform-next": "48004A11CE0000000000000000000000000000A2",
}
_SERIAL_DIGITS = 40
_RSA_BITS = 2048
WRONG_HOST = "wrong-host.paydouble.invalid"
_CERTIFICATES_KEPT = 256    # names are the caller's to choose: a proxy that sees every host must not grow
_OURS_ALONE = 0o700
_FILE_OURS_ALONE = 0o600


class Keyring:
    """Key pairs and certificates by name; a name that is none of ours is a KeyError.

    `merchant`, `platform` (today's signing key), `platform-next` (after a rotation), `wechatpay-public-key`
    (WeChat Pay's public-key mode) and `foreign` (the wrong key).
    """

    __slots__ = ("_certificates", "_obtain", "_privates", "_publics", "_serials", "_shipped")

    def __init__(self, obtain: Callable[[str], RSAPrivateKey], serials: dict[str, str]) -> None:
        """`obtain` loads or makes a key and is asked once a name; `serials` names certificates that ship."""
        self._obtain = obtain
        fixed = {"merchant": merchant_serial(DEFAULT_MERCHANT), "wechatpay-public-key": PUBLIC_KEY_ID}
        self._serials = fixed | serials
        self._shipped = frozenset(serials)
        self._certificates: dict[str, str] = {}
        self._privates: dict[str, RSAPrivateKey] = {}
        self._publics: dict[str, RSAPublicKey] = {}

    def private(self, name: str) -> RSAPrivateKey:
        if name not in self._privates:
            if name not in _NAMES and name != "issuer":
                raise KeyError(name)
            self._privates[name] = _load_shipped(name) if name == "issuer" else self._obtain(name)
        return self._privates[name]

    def public(self, name: str) -> RSAPublicKey:
        if name not in self._publics:
            self._publics[name] = self.private(name).public_key()
        return self._publics[name]

    def private_pem(self, name: str) -> str:
        """PKCS#8."""
        return rsa.private_pem(self.private(name))

    def public_pem(self, name: str) -> str:
        """SPKI."""
        return rsa.public_pem(self.public(name))

    def serial(self, name: str) -> str:
        """40 upper-case hex digits of the certificate, or the id of WeChat Pay's public key."""
        if name not in self._serials:
            self._serials[name] = _serial_from(self.public_pem(name))
        return self._serials[name]

    def certificate_pem(self, name: str) -> str:
        """`foreign` is self-signed under the platform's name: all that an attacker could make."""
        if name not in self._certificates:
            self._certificates[name] = self._issue(name)
        return self._certificates[name]

    def _issue(self, name: str) -> str:
        if name in self._shipped:
            return _read_shipped(f"{name}.crt")
        if name == "wechatpay-public-key":
            raise KeyError("WeChat Pay's public key has an id and no certificate")
        if name == "issuer":
            return issuer().certificate_pem
        if name == "merchant":
            return merchant_certificate(DEFAULT_MERCHANT, self)
        if name == "foreign":
            return certificates.issue_impostor(self.private(name), serial=self.serial(name))
        return certificates.issue_platform(issuer(), self.public(name), serial=self.serial(name))


@cache
def well_known() -> Keyring:
    """The keys that ship with the package: the same in every process, known to everybody."""
    return Keyring(_load_shipped, _SHIPPED_SERIALS)


def fresh() -> Keyring:
    """New keys, each made when it is first asked for (40 ms and up)."""
    return Keyring(lambda _name: rsa_keys.generate_private_key(65537, _RSA_BITS), {})


def merchant_serial(sandbox_merchant_id: str) -> str:
    """The serial number of a merchant's certificate, always the same for the same merchant."""
    return _serial_from(sandbox_merchant_id)


@lru_cache(maxsize=_CERTIFICATES_KEPT)
def merchant_certificate(merchant_id: str, keyring: Keyring) -> str:
    """A certificate over the ring's merchant key, for a WeChat Pay `mchid` or an Alipay `app_id`."""
    public, serial = keyring.public("merchant"), merchant_serial(merchant_id)
    return certificates.issue_merchant(issuer(), public, serial=serial, merchant_id=merchant_id)


@cache
def issuer() -> certificates.Authority:
    """Signs platform and merchant certificates, and is Alipay's root. It must never enter a trust store."""
    return certificates.Authority(_read_shipped("issuer.crt"), _load_shipped("issuer"))


class CertificateAuthority:
    """Server certificates by host name, each made once; the oldest unused are forgotten."""

    __slots__ = ("_authority", "_issued")

    def __init__(self, authority: certificates.Authority) -> None:
        self._authority = authority
        self._issued: OrderedDict[tuple[str, ...], tuple[str, str]] = OrderedDict()

    @property
    def certificate_pem(self) -> str:
        return self._authority.certificate_pem

    def issue(self, names: Sequence[str]) -> tuple[str, str]:
        """(certificate PEM, private key PEM) for host names and addresses. ValueError as in `issue_tls`."""
        key = tuple(names)
        issued = self._issued.pop(key, None) or certificates.issue_tls(self._authority, key)
        self._issued[key] = issued
        if len(self._issued) > _CERTIFICATES_KEPT:
            self._issued.popitem(last=False)
        return issued

    def issue_spoiled(self, fault: ConnectFault, names: Sequence[str]) -> tuple[str, str]:
        """As `issue`, but with what a TLS fault says is wrong with it; made anew each time."""
        match fault:
            case ConnectFault.TLS_EXPIRED:
                return certificates.issue_tls(self._authority, names, expired=True)
            case ConnectFault.TLS_SELF_SIGNED:
                return certificates.issue_tls(None, names)
            case ConnectFault.TLS_WRONG_HOST:
                return certificates.issue_tls(self._authority, (WRONG_HOST,))
            case ConnectFault.TLS_UNTRUSTED:
                return certificates.issue_tls(certificates.make_tls_authority(), names)
        return self.issue(names)


def tls_ca(home: Path | None = None) -> CertificateAuthority:
    """This machine's authority, made at first need in `ca/` below `home`, `PAYDOUBLE_HOME` or `~/.paydouble`.

    Processes that start at once agree on one. OSError where the folder can be neither read nor made,
    ValueError where its two files do not belong together.
    """
    certificate_file = authority_file(home)
    folder = certificate_file.parent
    if not certificate_file.exists():
        _settle(certificates.make_tls_authority(), folder)
    certificate, private = certificate_file.read_text("ascii"), (folder / "ca.pem").read_text("ascii")
    return CertificateAuthority(certificates.load_authority(certificate, private))


def authority_file(home: Path | None = None) -> Path:
    """The certificate that clients must trust; there is none before `tls_ca` was first called."""
    root = home or Path(os.environ.get("PAYDOUBLE_HOME") or Path.home() / ".paydouble")
    return root / "ca" / "ca.crt"


def _settle(authority: certificates.Authority, folder: Path) -> None:
    """Key and certificate appear together or not at all: a folder is renamed, and only the first can be."""
    folder.parent.mkdir(mode=_OURS_ALONE, parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".ca-", dir=folder.parent))
    try:
        _write_private(draft / "ca.pem", authority.private_pem)
        _write_private(draft / "ca.crt", authority.certificate_pem)
        draft.rename(folder)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        if not (folder / "ca.crt").exists():
            raise


def _load_shipped(name: str) -> RSAPrivateKey:
    return rsa.load_private((_SHIPPED / f"{name}.pem").read_bytes(), ours=True)


def _read_shipped(file: str) -> str:
    return (_SHIPPED / file).read_text("ascii")


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_OURS_ALONE), "w") as file:
        file.write(text)


def _serial_from(text: str) -> str:
    """Positive as ASN.1 reads it, and without a leading zero, which some SDKs drop: it begins with 1 to 7."""
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest().upper()
    return str(int(digest[0], 16) % 7 + 1) + digest[1:_SERIAL_DIGITS]
