"""Keys that load without X.509, certificates that match them, and an authority that processes agree on."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509

from paydouble.crypto import certificates, rsa
from paydouble.engine import keyring

CERTIFIED = ("merchant", "platform", "platform-next", "foreign")
NAMES = (*CERTIFIED, "wechatpay-public-key")
SHIPPED = Path(keyring.__file__).parent / "wellknown"


def _python(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True)


def test_keys_and_serials_need_no_x509() -> None:
    code = f"""
import sys
from paydouble.engine import keyring
ring = keyring.well_known()
for name in {NAMES}:
    ring.private(name), ring.public(name), ring.serial(name), ring.public_pem(name), ring.private_pem(name)
ring.certificate_pem("platform"), keyring.merchant_serial("1900000109")
print([name for name in sys.modules if "x509" in name])
"""
    process = _python(code)
    assert process.communicate(timeout=60)[0] == "[]\n"
    assert process.returncode == 0


@pytest.mark.parametrize("make", [keyring.well_known, keyring.fresh], ids=["well known", "fresh"])
def test_every_certificate_is_over_its_key_and_bears_its_serial(make: object) -> None:
    assert callable(make)
    ring = make()
    for name in CERTIFIED:
        certificate = x509.load_pem_x509_certificate(ring.certificate_pem(name).encode())
        assert certificate.public_key() == ring.public(name) == ring.private(name).public_key()
        assert certificates.serial_hex(ring.certificate_pem(name)) == ring.serial(name)
    assert len({ring.serial(name) for name in NAMES}) == len({ring.public_pem(name) for name in NAMES}) == 5


def test_the_issuer_signed_all_but_the_impostor() -> None:
    parent = x509.load_pem_x509_certificate(keyring.issuer().certificate_pem.encode())
    for name in ("merchant", "platform", "platform-next"):
        certificate = x509.load_pem_x509_certificate(keyring.well_known().certificate_pem(name).encode())
        certificate.verify_directly_issued_by(parent)
    impostor = x509.load_pem_x509_certificate(keyring.well_known().certificate_pem("foreign").encode())
    assert impostor.issuer != parent.subject


def test_shipped_keys_pass_the_checks_that_loading_them_skips() -> None:
    for file in SHIPPED.glob("*.pem"):
        text = file.read_bytes()
        assert text.startswith(b"PUBLIC TEST KEY of PayDouble: never use it for real money\n")
        assert rsa.load_private(text).key_size == 2048
    assert {file.stem for file in SHIPPED.glob("*.pem")} == {*NAMES, "issuer"}


def test_what_users_are_given_is_a_plain_pem() -> None:
    for name in NAMES:
        assert keyring.well_known().private_pem(name).startswith("-----BEGIN PRIVATE KEY-----\n")
        assert keyring.well_known().public_pem(name).startswith("-----BEGIN PUBLIC KEY-----\n")


def test_keys_are_parsed_once() -> None:
    ring = keyring.well_known()
    assert ring is keyring.well_known()
    assert ring.private("platform") is ring.private("platform")
    assert ring.public("platform") is ring.public("platform")
    assert ring.certificate_pem("foreign") is ring.certificate_pem("foreign")


def test_fresh_keys_are_new() -> None:
    one, other = keyring.fresh(), keyring.fresh()
    pems = {ring.public_pem("platform") for ring in (one, other, keyring.well_known())}
    assert len(pems) == 3
    assert one.serial("platform") != other.serial("platform")


@pytest.mark.parametrize("name", ["", "nobody", "../wellknown/merchant"])
def test_a_name_that_is_none_of_ours_is_a_key_error(name: str) -> None:
    ring = keyring.well_known()
    keys = (ring.private, ring.public, ring.public_pem, ring.private_pem)
    for ask in (*keys, ring.certificate_pem, ring.serial):
        with pytest.raises(KeyError):
            ask(name)


def test_the_public_key_of_wechat_pay_has_an_id_and_no_certificate() -> None:
    assert keyring.well_known().serial("wechatpay-public-key") == keyring.PUBLIC_KEY_ID
    with pytest.raises(KeyError, match="no certificate"):
        keyring.well_known().certificate_pem("wechatpay-public-key")


def test_a_merchants_serial_is_always_the_same_and_survives_being_a_number() -> None:
    serials = [keyring.merchant_serial(str(number)) for number in range(1_900_000_000, 1_900_000_200)]
    assert serials == [keyring.merchant_serial(str(number)) for number in range(1_900_000_000, 1_900_000_200)]
    assert len(set(serials)) == 200
    for serial in serials:
        assert re.fullmatch(r"[1-7][0-9A-F]{39}", serial)
        assert f"{int(serial, 16):X}" == serial


def test_merchants_share_a_key_and_not_a_certificate() -> None:
    ring = keyring.well_known()
    one, other = (keyring.merchant_certificate(mchid, ring) for mchid in ("1900000109", "1900000110"))
    assert one is keyring.merchant_certificate("1900000109", ring)
    assert certificates.serial_hex(one) == keyring.merchant_serial("1900000109")
    assert certificates.alipay_sn(one) != certificates.alipay_sn(other)
    assert x509.load_pem_x509_certificate(one.encode()).public_key() == ring.public("merchant")


def test_the_authority_is_made_once_and_is_ours_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    made = keyring.tls_ca(home).certificate_pem
    assert keyring.tls_ca(home).certificate_pem == made
    assert sorted(file.name for file in (home / "ca").iterdir()) == ["ca.crt", "ca.pem"]
    assert [file.name for file in home.iterdir()] == ["ca"]
    assert (home / "ca").stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in (home / "ca").iterdir()} == {0o600}


def test_the_home_folder_may_be_named_by_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAYDOUBLE_HOME", str(tmp_path))
    made = keyring.tls_ca().certificate_pem
    assert (tmp_path / "ca" / "ca.crt").read_text() == made


def test_the_loser_of_a_race_takes_the_winners_authority(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, winners = certificates.make_tls_authority, []

    def make_while_another_process_settles() -> certificates.Authority:
        monkeypatch.undo()
        winners.append(keyring.tls_ca(tmp_path).certificate_pem)
        return make()

    monkeypatch.setattr(certificates, "make_tls_authority", make_while_another_process_settles)
    assert [keyring.tls_ca(tmp_path).certificate_pem] == winners
    assert [file.name for file in tmp_path.iterdir()] == ["ca"]


def test_processes_that_start_at_once_agree_on_one_authority(tmp_path: Path) -> None:
    code = "import sys, pathlib; from paydouble.engine.keyring import tls_ca; " \
           "print(tls_ca(pathlib.Path(sys.argv[1])).certificate_pem)"  # fmt: skip
    processes = [_python(code, str(tmp_path)) for _ in range(3)]
    answers = {process.communicate(timeout=60)[0] for process in processes}
    assert len(answers) == 1
    assert answers.pop().startswith("-----BEGIN CERTIFICATE-----")


def test_a_broken_folder_is_an_error_and_not_a_new_authority(tmp_path: Path) -> None:
    keyring.tls_ca(tmp_path)
    (tmp_path / "ca" / "ca.crt").unlink()
    with pytest.raises(OSError, match="ca"):
        keyring.tls_ca(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["ca"]


def test_server_certificates_are_made_once_a_name_and_forgotten_when_too_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring, "_CERTIFICATES_KEPT", 2)
    authority = keyring.tls_ca(tmp_path)
    first = authority.issue(["a.test"])
    authority.issue(["b.test"])
    assert authority.issue(("a.test",)) is first
    authority.issue(["c.test"])
    assert authority.issue(["a.test"]) is first
    authority.issue(["b.test"])
    authority.issue(["c.test"])
    assert authority.issue(["a.test"]) is not first
