"""Certificates tested by those who consume them: the TLS stack, Java's keytool, and Alipay's rule for SNs."""

from __future__ import annotations

import hashlib
import shutil
import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from paydouble.crypto import certificates
from paydouble.engine.keyring import issuer, well_known


@pytest.fixture(scope="module")
def authority() -> certificates.Authority:
    return certificates.make_tls_authority()


def _server(issued: tuple[str, str], folder: Path) -> ssl.SSLContext:
    (folder / "server.crt").write_text(issued[0])
    (folder / "server.pem").write_text(issued[1])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.crt", folder / "server.pem")
    return context


def _handshake(server_context: ssl.SSLContext, trusted_pem: str, name: str) -> None:
    """Strict as Python 3.13's default context is. Raises what the client would raise."""
    client_context = ssl.create_default_context(cadata=trusted_pem)
    client_context.verify_flags |= ssl.VERIFY_X509_STRICT
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_context.wrap_bio(to_client, to_server, server_hostname=name)
    server = server_context.wrap_bio(to_server, to_client, server_side=True)
    unfinished = [client, server]
    while unfinished:
        for side in list(unfinished):
            try:
                side.do_handshake()
                unfinished.remove(side)
            except ssl.SSLWantReadError:
                continue


def _parent() -> x509.Certificate:
    return x509.load_pem_x509_certificate(issuer().certificate_pem.encode())


@pytest.mark.parametrize("name", ["api.stripe.com", "shop.paydouble.test", "127.0.0.1", "::1"])
def test_a_strict_client_that_trusts_the_authority_connects(
    authority: certificates.Authority, tmp_path: Path, name: str
) -> None:
    issued = certificates.issue_tls(authority, ["api.stripe.com", "*.paydouble.test", "127.0.0.1", "::1"])
    _handshake(_server(issued, tmp_path), authority.certificate_pem, name)


def test_a_client_refuses_another_name_and_another_authority(
    authority: certificates.Authority, tmp_path: Path
) -> None:
    server = _server(certificates.issue_tls(authority, ["api.stripe.com"]), tmp_path)
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        _handshake(server, authority.certificate_pem, "api.paypal.com")
    with pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer"):
        _handshake(server, certificates.make_tls_authority().certificate_pem, "api.stripe.com")


@pytest.mark.parametrize("name", ["api.stripe.com", "127.0.0.1", "::1"])
def test_the_public_issuer_cannot_vouch_for_any_host(tmp_path: Path, name: str) -> None:
    server = _server(certificates.issue_tls(issuer(), [name]), tmp_path)
    with pytest.raises(ssl.SSLCertVerificationError, match="subtree violation"):
        _handshake(server, issuer().certificate_pem, name)


def test_a_server_certificate_is_one_that_browsers_accept(authority: certificates.Authority) -> None:
    certificate = x509.load_pem_x509_certificate(certificates.issue_tls(authority, ["localhost"])[0].encode())
    lifetime = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    assert lifetime <= timedelta(days=398)
    assert certificate.not_valid_before_utc <= datetime.now(UTC) - timedelta(hours=23)
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert isinstance(certificate.public_key(), ec.EllipticCurvePublicKey)


@pytest.mark.parametrize("names", [[], ["支付.example"]])
def test_a_name_that_cannot_be_certified_is_a_value_error(
    authority: certificates.Authority, names: list[str]
) -> None:
    with pytest.raises(ValueError, match=r"(?i)name|ascii|A-label"):
        certificates.issue_tls(authority, names)


def test_a_long_name_fits(authority: certificates.Authority) -> None:
    name = ".".join(["a" * 40] * 3)
    certificate = x509.load_pem_x509_certificate(certificates.issue_tls(authority, [name])[0].encode())
    alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert alternatives.get_values_for_type(x509.DNSName) == [name]


def test_an_authority_is_read_back_only_with_its_own_key(authority: certificates.Authority) -> None:
    again = certificates.load_authority(authority.certificate_pem, authority.private_pem)
    assert again.certificate_pem == authority.certificate_pem
    with pytest.raises(ValueError, match="not the one of"):
        certificates.load_authority(authority.certificate_pem, certificates.make_tls_authority().private_pem)
    with pytest.raises(ValueError, match="elliptic"):
        certificates.load_authority(authority.certificate_pem, well_known().private_pem("merchant"))


def test_signing_certificates_repeat_to_the_byte_and_verify() -> None:
    serial, public = "0" + "A1" * 19 + "B", well_known().public("platform")
    pems = {certificates.issue_platform(issuer(), public, serial=serial) for _ in range(2)}
    assert len(pems) == 1
    pem = pems.pop()
    certificate = x509.load_pem_x509_certificate(pem.encode())
    certificate.verify_directly_issued_by(_parent())
    assert certificate.public_key() == public
    subject = "CN=Tenpay.com sign,OU=Tenpay.com CA Center,O=Tenpay.com,C=CN"
    assert certificate.subject.rfc4514_string() == subject
    assert certificates.serial_hex(pem) == serial


def test_a_platform_may_have_another_name() -> None:
    subject = certificates.Subject("PayPal", "Webhooks", "messageverificationcerts.paypal.com", country="US")
    pem = certificates.issue_platform(issuer(), well_known().public("platform"), serial="1F", subject=subject)
    name = x509.load_pem_x509_certificate(pem.encode()).subject
    assert name.rfc4514_string() == "CN=messageverificationcerts.paypal.com,OU=Webhooks,O=PayPal,C=US"


def test_an_impostor_has_the_name_but_not_the_issuer() -> None:
    pem = certificates.issue_impostor(well_known().private("foreign"), serial="2A")
    certificate = x509.load_pem_x509_certificate(pem.encode())
    assert certificate.subject == certificate.issuer
    with pytest.raises(ValueError, match=r"(?i)issuer"):
        certificate.verify_directly_issued_by(_parent())


def test_alipays_sn_hashes_issuer_and_serial() -> None:
    pem = certificates.issue_platform(issuer(), well_known().public("platform"), serial="FF")
    text = "CN=PayDouble Well-Known Issuer,OU=Public test keys,O=PayDouble,C=CN255"
    assert certificates.alipay_sn(pem) == hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def test_elliptic_roots_do_not_count_for_alipay(authority: certificates.Authority) -> None:
    both = authority.certificate_pem + "\n" + issuer().certificate_pem
    assert certificates.alipay_root_sn(both) == certificates.alipay_sn(issuer().certificate_pem)
    assert certificates.alipay_root_sn(authority.certificate_pem) == ""


@pytest.mark.skipif(shutil.which("keytool") is None, reason="needs Java's keytool")
def test_java_takes_the_store_for_a_trusted_root(authority: certificates.Authority, tmp_path: Path) -> None:
    store = tmp_path / "trust.p12"
    store.write_bytes(certificates.java_truststore(authority.certificate_pem, "changeit"))
    listing = subprocess.run(
        ["keytool", "-list", "-keystore", str(store), "-storepass", "changeit"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "trustedCertEntry" in listing.stdout
