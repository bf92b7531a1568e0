"""What a wrapped command finds: credentials, proxy, trust."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from paydouble.cli.environment import (
    credential_variables,
    proxy_variables,
    system_authorities,
    write_private,
)
from paydouble.core.provider import Credentials
from paydouble.crypto.certificates import make_tls_authority

CREDENTIALS = Credentials(
    fields={"id": "m1", "private_key_pem": "KEY", "public_key_pem": "PUBLIC"},
    environment={"ACME_ID": "id"},
    files={"ACME_PRIVATE_KEY_PATH": "private_key_pem", "ACME_PUBLIC_KEY_PATH": "public_key_pem"},
)


@pytest.fixture(scope="module")
def authority() -> str:
    return make_tls_authority().certificate_pem


def proxied(authority: str, folder: Path, *, others_pass: bool = False, **inherited: str) -> dict[str, str]:
    return proxy_variables("http://127.0.0.1:4801", authority, folder, inherited, others_pass=others_pass)


def test_fields_are_variables_and_pems_are_files(tmp_path: Path) -> None:
    variables = credential_variables([CREDENTIALS], tmp_path)
    assert variables == {
        "ACME_ID": "m1",
        "ACME_PRIVATE_KEY_PATH": str(tmp_path / "acme-private-key.pem"),
        "ACME_PUBLIC_KEY_PATH": str(tmp_path / "acme-public-key.pem"),
    }
    assert (tmp_path / "acme-private-key.pem").read_text() == "KEY"
    assert stat.S_IMODE((tmp_path / "acme-private-key.pem").stat().st_mode) == 0o600


def test_a_private_file_replaces_what_was_readable_by_others(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.touch(mode=0o644)
    write_private(path, b"KEY")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_every_platform_is_led_here(authority: str, tmp_path: Path) -> None:
    variables = proxied(authority, tmp_path)
    assert variables["HTTPS_PROXY"] == variables["https_proxy"] == "http://127.0.0.1:4801"
    assert variables["NODE_USE_ENV_PROXY"] == "1"
    trusted = {variables[name] for name in (
        "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS",
    )}
    assert trusted == {str(tmp_path / "ca.pem")}
    assert (tmp_path / "ca.pem").read_text() == authority
    java = variables["JAVA_TOOL_OPTIONS"].split()
    assert "-Dhttps.proxyHost=127.0.0.1" in java
    assert "-Dhttps.proxyPort=4801" in java
    assert f"-Djavax.net.ssl.trustStore={tmp_path / 'truststore.p12'}" in java
    assert (tmp_path / "truststore.p12").stat().st_size > 0


def test_what_was_set_before_is_kept(authority: str, tmp_path: Path) -> None:
    variables = proxied(authority, tmp_path, NO_PROXY="db.internal, *,localhost", JAVA_TOOL_OPTIONS="-Xmx1g")
    assert variables["NO_PROXY"] == variables["no_proxy"] == "localhost,127.0.0.1,::1,db.internal"
    assert variables["JAVA_TOOL_OPTIONS"].startswith("-Xmx1g -Dhttps.proxyHost")


def test_the_systems_authorities_are_trusted_where_others_pass(
    authority: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = tmp_path / "system.pem"
    system.write_text(make_tls_authority().certificate_pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(system))
    proxied(authority, tmp_path, others_pass=True)
    assert (tmp_path / "ca.pem").read_text() == authority + system.read_text()
    assert system_authorities() == system.read_text()
