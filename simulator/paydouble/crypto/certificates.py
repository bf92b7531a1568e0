"""X.509: the authority for TLS certificates, the issuer of signing certificates, and their serial numbers.

`cryptography.x509` costs some 50 ms to import, so every function here imports it at its first use.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

if TYPE_CHECKING:
    from cryptography import x509

AUTHORITY_YEARS = 20
# Apple and Chromium refuse server certificates of more than 398 days.
TLS_DAYS = 396
# Signing certificates never expire under a test that moves the clock by years.
SIGNING_FROM = datetime(2020, 1, 1, tzinfo=UTC)
SIGNING_UNTIL = datetime(2045, 1, 1, tzinfo=UTC)
NOWHERE = "paydouble.invalid"
"""The only domain for which the issuer of signing certificates may speak."""

_DAY = timedelta(days=1)
_RSA_SIGNATURES = "1.2.840.113549.1.1."
_COMMON_NAME_LIMIT = 64     # RFC 5280, ub-common-name
_SERIAL_DIGITS = 40         # 20 octets, the most that RFC 5280 allows

SigningKey = EllipticCurvePrivateKey | RSAPrivateKey


@dataclass(frozen=True, slots=True)
class Subject:
    """A distinguished name in the order C, O, OU, CN: Alipay's clients format exactly these four."""

    organization: str
    unit: str
    common_name: str
    country: str = "CN"


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate that may sign others, with its private key."""

    certificate_pem: str
    private: SigningKey

    @property
    def private_pem(self) -> str:
        return _private_pem(self.private)


TENPAY = Subject("Tenpay.com", "Tenpay.com CA Center", "Tenpay.com sign")
_ISSUER = Subject("PayDouble", "Public test keys", "PayDouble Well-Known Issuer")
_TLS_AUTHORITY = Subject("PayDouble", "Local testing only", "PayDouble Local CA")


def make_tls_authority() -> Authority:
    """A new root for this machine: ECDSA P-256, 20 years. Whoever trusts it trusts the holder of its key."""
    from cryptography import x509

    private = ec.generate_private_key(ec.SECP256R1())
    # Two machines' roots differ in name, so that a store that keys by subject can hold both.
    name = _name(_TLS_AUTHORITY, suffix=_digest(private.public_key())[:8])
    start = datetime.now(UTC) - _DAY
    builder = _builder(name, name, private.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(start).not_valid_after(start + timedelta(days=365 * AUTHORITY_YEARS))
    return Authority(_pem(_as_authority(builder, private).sign(private, hashes.SHA256())), private)


def load_authority(certificate_pem: str, private_pem: str) -> Authority:
    """Reads back what `make_tls_authority` made. ValueError if the two do not belong together."""
    private = serialization.load_pem_private_key(private_pem.encode("ascii"), None)
    if not isinstance(private, EllipticCurvePrivateKey):
        raise ValueError("the private key of the authority is not an elliptic curve's")
    if _load(certificate_pem).public_key() != private.public_key():
        raise ValueError("the private key is not the one of the authority's certificate")
    return Authority(certificate_pem, private)


def make_issuer(private: RSAPrivateKey, serial: str) -> Authority:
    """The issuer of signing certificates, which no trust store should hold.

    Its key may be public, so the certificate itself forbids every host name and address: a client that
    trusts it by mistake still refuses a server certificate made with it.
    """
    from cryptography import x509

    name = _name(_ISSUER)
    builder = _builder(name, name, private.public_key(), int(serial, 16))
    builder = builder.not_valid_before(SIGNING_FROM).not_valid_after(SIGNING_UNTIL)
    nobody = x509.NameConstraints(
        permitted_subtrees=[x509.DNSName(NOWHERE)],
        excluded_subtrees=[
            x509.IPAddress(ipaddress.ip_network("0.0.0.0/0")),
            x509.IPAddress(ipaddress.ip_network("::/0")),
        ],
    )
    builder = builder.add_extension(nobody, critical=True)
    return Authority(_pem(_as_authority(builder, private).sign(private, hashes.SHA256())), private)


def issue_tls(
    authority: Authority | None, names: Sequence[str], *, expired: bool = False
) -> tuple[str, str]:
    """(certificate PEM, private key PEM) of a server for these host names and IP addresses.

    The key is a new ECDSA P-256 one; without an authority, it signs for itself. Expired: a day ago.
    ValueError without a name or for one that is not ASCII.
    """
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    if not names:
        raise ValueError("a server certificate needs at least one name")
    private = ec.generate_private_key(ec.SECP256R1())
    subject = _name(Subject("PayDouble", "Local testing only", names[0][:_COMMON_NAME_LIMIT]))
    parent = subject if authority is None else _load(authority.certificate_pem).subject
    start = datetime.now(UTC) - _DAY - (timedelta(days=TLS_DAYS) if expired else timedelta())
    builder = (
        _builder(subject, parent, private.public_key(), x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=TLS_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage("digital_signature"), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
    )
    if authority is None:
        return _pem(builder.sign(private, hashes.SHA256())), _private_pem(private)
    certificate = _with_parent(builder, authority).sign(authority.private, hashes.SHA256())
    return _pem(certificate), _private_pem(private)


def issue_merchant(issuer: Authority, public: RSAPublicKey, *, serial: str, merchant_id: str) -> str:
    """The API certificate of a merchant (WeChat Pay's `apiclient_cert.pem`, Alipay's `appCertPublicKey`).

    The same arguments give the same bytes, if the issuer's key is RSA.
    """
    return _issue_signing(issuer, public, serial, Subject("PayDouble merchants", "Merchant", merchant_id))


def issue_platform(
    issuer: Authority, public: RSAPublicKey, *, serial: str, subject: Subject = TENPAY, named: bool = False
) -> str:
    """The certificate under which a provider signs, as repeatable as `issue_merchant`; `serial` is hex.

    `named`: its common name is a host's. OpenSSL holds that against the issuer's name constraints, unless
    there is an alternative name, so it gets one that they permit.
    """
    return _issue_signing(issuer, public, serial, subject, f"signing.{NOWHERE}" if named else "")


def issue_impostor(private: RSAPrivateKey, *, serial: str, subject: Subject = TENPAY) -> str:
    """What an attacker can make: the platform's name over the attacker's own key, signed by nobody else."""
    builder = _builder(_name(subject), _name(subject), private.public_key(), int(serial, 16))
    builder = builder.not_valid_before(SIGNING_FROM).not_valid_after(SIGNING_UNTIL)
    return _pem(_for_signing(builder).sign(private, hashes.SHA256()))


def serial_hex(pem: str) -> str:
    """40 upper-case digits: WeChat Pay's serial numbers keep the leading zero that a plain number loses."""
    return serial_text(_load(pem).serial_number)


def serial_text(serial: int) -> str:
    return f"{serial:0{_SERIAL_DIGITS}X}"


def alipay_sn(pem: str) -> str:
    """Alipay's SN of the text's first certificate: MD5 of its issuer (`CN=…,OU=…,O=…,C=…`) and serial."""
    return _sn(_load(pem))


def alipay_root_sn(pem: str) -> str:
    """`alipay_root_cert_sn`: SNs of the certificates with RSA signatures, in file order, joined with `_`."""
    from cryptography import x509

    roots = x509.load_pem_x509_certificates(pem.encode("ascii"))
    return "_".join(
        _sn(root) for root in roots if root.signature_algorithm_oid.dotted_string.startswith(_RSA_SIGNATURES)
    )


def java_truststore(authority_pem: str, password: str) -> bytes:
    """A PKCS#12 file whose entry Java takes for a trusted root; a plain PKCS#12 it reads as holding none."""
    from cryptography.hazmat.primitives.serialization import pkcs12

    entry = pkcs12.PKCS12Certificate(_load(authority_pem), b"paydouble")
    encryption = serialization.BestAvailableEncryption(password.encode("utf-8"))
    return pkcs12.serialize_java_truststore([entry], encryption)


def _issue_signing(
    issuer: Authority, public: RSAPublicKey, serial: str, subject: Subject, alternative: str = ""
) -> str:
    from cryptography import x509

    parent = _load(issuer.certificate_pem)
    builder = _builder(_name(subject), parent.subject, public, int(serial, 16))
    builder = builder.not_valid_before(SIGNING_FROM).not_valid_after(SIGNING_UNTIL)
    if alternative:
        names = x509.SubjectAlternativeName([x509.DNSName(alternative)])
        builder = builder.add_extension(names, critical=False)
    return _pem(_with_parent(_for_signing(builder), issuer).sign(issuer.private, hashes.SHA256()))


def _for_signing(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
    from cryptography import x509

    usage = _usage("digital_signature", "content_commitment", "key_encipherment", "data_encipherment")
    leaf = x509.BasicConstraints(ca=False, path_length=None)
    return builder.add_extension(leaf, critical=True).add_extension(usage, critical=True)


def _as_authority(builder: x509.CertificateBuilder, private: SigningKey) -> x509.CertificateBuilder:
    from cryptography import x509

    itself = x509.AuthorityKeyIdentifier.from_issuer_public_key(private.public_key())
    return (
        builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
        .add_extension(itself, critical=False)
    )


def _with_parent(builder: x509.CertificateBuilder, authority: Authority) -> x509.CertificateBuilder:
    from cryptography import x509

    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.private.public_key())
    return builder.add_extension(identifier, critical=False)


def _builder(
    subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey | RSAPublicKey, serial: int
) -> x509.CertificateBuilder:
    from cryptography import x509

    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(serial)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _usage(*granted: str) -> x509.KeyUsage:
    from cryptography import x509

    # fmt: off
    every = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
             "key_agreement",     "key_cert_sign",      "crl_sign",
             "encipher_only",     "decipher_only")
    # fmt: on
    return x509.KeyUsage(**{use: use in granted for use in every})


def _name(subject: Subject, suffix: str = "") -> x509.Name:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    common_name = f"{subject.common_name} {suffix}" if suffix else subject.common_name
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, subject.country),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, subject.organization),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, subject.unit),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _general_name(name: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _sn(certificate: x509.Certificate) -> str:
    # RFC 4514 lists the most specific part first: the order that Alipay hashes.
    text = certificate.issuer.rfc4514_string() + str(certificate.serial_number)
    return hashlib.md5(text.encode("utf-8"), usedforsecurity=False).hexdigest()


def _load(pem: str) -> x509.Certificate:
    from cryptography import x509

    return x509.load_pem_x509_certificate(pem.encode("ascii"))


def _digest(public: ec.EllipticCurvePublicKey | RSAPublicKey) -> str:
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")


def _private_pem(private: SigningKey) -> str:
    return private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode("ascii")
