"""What a wrapped command finds in its environment, so that unchanged code with real host names comes here."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from paydouble.cli.preloads import preload_variables
from paydouble.engine.sandbox import DEFAULT
from paydouble.server.settings import ProxyOthers

if TYPE_CHECKING:
    from paydouble.core.provider import Credentials
    from paydouble.server.assembly import Opened

OURS_ALONE: Final = 0o600
LOOPBACK: Final = "localhost,127.0.0.1,::1"
CA_FILE: Final = "ca.pem"
AUTHORITY_FILE: Final = "authority.pem"
JAVA_TRUST_STORE: Final = "truststore.p12"
JAVA_PASSWORD: Final = "changeit"
"""Java's own default; the store holds nothing secret."""

NOT_LED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "stripe": (
        ("stripe-ruby trusts its own list of authorities", "Stripe.ca_bundle_path = ENV['SSL_CERT_FILE']"),
        ("stripe-php trusts its own list of authorities", "Stripe::setCABundlePath(getenv('SSL_CERT_FILE'))"),
    ),
}
"""By provider: clients of other languages than Python and Node that HTTPS_PROXY alone does not bring here."""


def variables(opened: Opened, folder: Path, *, sandbox: str = DEFAULT, proxy: bool = True) -> dict[str, str]:
    """Our own environment with all that leads a command here; files are written below the folder."""
    simulator, server = opened.simulator, opened.server
    handed_out = [
        simulator.providers[merchant.provider].credentials(merchant, server.url_of(merchant.provider))
        for merchant in simulator.directory.of(sandbox)
    ]
    found = {**os.environ, "PAYDOUBLE_URL": server.url, **credential_variables(handed_out, folder)}
    if opened.settings.control_token:
        found["PAYDOUBLE_CONTROL_TOKEN"] = opened.settings.control_token
    if proxy:
        others_pass = opened.settings.proxy_others is ProxyOthers.PASS
        authority = server.ca_certificate_pem()
        found |= proxy_variables(server.url, authority, folder, os.environ, others_pass=others_pass)
        ours = folder / AUTHORITY_FILE
        write_private(ours, authority.encode("ascii"))
        found |= preload_variables(server.url, server.doors.which.hosts, ours, folder, os.environ)
    return found


def credential_variables(all_credentials: Iterable[Credentials], folder: Path) -> dict[str, str]:
    """Variables of every provider; what SDKs read from files is written below the folder."""
    variables: dict[str, str] = {}
    for credentials in all_credentials:
        for name, field in credentials.environment.items():
            variables[name] = credentials.fields[field]
        for name, path in written(credentials, folder).items():
            variables[name] = str(path)
    return variables


def written(credentials: Credentials, folder: Path) -> dict[str, Path]:
    """Each PEM in a file of its own, readable by its owner alone: variable → path. Raises OSError."""
    paths = {}
    for name, field in credentials.files.items():
        prefix = name.partition("_")[0].lower()
        path = folder / f"{prefix}-{field.removesuffix('_pem').replace('_', '-')}.pem"
        write_private(path, credentials.fields[field].encode("utf-8"))
        paths[name] = path
    return paths


def write_private(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OURS_ALONE), "wb") as file:
        file.write(content)


def proxy_variables(
    proxy: str, ca_pem: str, folder: Path, inherited: Mapping[str, str], *, others_pass: bool
) -> dict[str, str]:
    """The proxy and the trust in our authority, in the words of each platform."""
    from paydouble.crypto.certificates import java_truststore

    ca_file, trust_store = folder / CA_FILE, folder / JAVA_TRUST_STORE
    write_private(ca_file, (ca_pem + (system_authorities() if others_pass else "")).encode("utf-8"))
    write_private(trust_store, java_truststore(ca_pem, JAVA_PASSWORD))
    not_proxied = ",".join([LOOPBACK, *_inherited_exceptions(inherited)])
    return {
        "HTTPS_PROXY": proxy, "https_proxy": proxy, "NO_PROXY": not_proxied, "no_proxy": not_proxied,
        "SSL_CERT_FILE": str(ca_file), "REQUESTS_CA_BUNDLE": str(ca_file), "CURL_CA_BUNDLE": str(ca_file),
        "NODE_EXTRA_CA_CERTS": str(ca_file), "NODE_USE_ENV_PROXY": "1",
        "JAVA_TOOL_OPTIONS": " ".join(_java_options(proxy, trust_store, inherited)),
    }


def system_authorities() -> str:
    """What this machine trusts, as PEM; empty where that is kept elsewhere than in one file."""
    file = ssl.get_default_verify_paths().cafile
    if file is not None and Path(file).is_file():
        return Path(file).read_text("ascii", errors="ignore")
    ders = ssl.create_default_context().get_ca_certs(binary_form=True)
    return "".join(ssl.DER_cert_to_PEM_cert(der) for der in ders)


def _inherited_exceptions(inherited: Mapping[str, str]) -> list[str]:
    """The user's own NO_PROXY, without "*", which would switch our proxy off."""
    stated = inherited.get("NO_PROXY") or inherited.get("no_proxy") or ""
    known = {*LOOPBACK.split(","), "*", ""}
    return [name for each in stated.split(",") if (name := each.strip()) not in known]


def _java_options(proxy: str, trust_store: Path, inherited: Mapping[str, str]) -> Iterator[str]:
    if stated := inherited.get("JAVA_TOOL_OPTIONS", "").strip():
        yield stated
    address = urlsplit(proxy)
    yield f"-Dhttps.proxyHost={address.hostname}"
    yield f"-Dhttps.proxyPort={address.port}"
    yield f"-Djavax.net.ssl.trustStore={trust_store}"
    yield "-Djavax.net.ssl.trustStoreType=PKCS12"
    yield f"-Djavax.net.ssl.trustStorePassword={JAVA_PASSWORD}"
