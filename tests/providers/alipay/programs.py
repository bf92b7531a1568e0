"""Programs of shops that use unchanged SDKs: what they are given, and what they say they saw."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization

from paydouble.client.sandbox import Sandbox
from paydouble.crypto import rsa
from paydouble.providers.alipay.merchants import ENVIRONMENT, FILES
from paydouble.testing.in_process import PaydoubleServer
from tests import sdks

SDK = Path(__file__).parent / "sdk"
OFFICIAL, COMMUNITY = "alipay-sdk-python==3.7.1411", "python-alipay-sdk==3.4.0"
"""They install into the same module: one environment each."""
PATIENCE_S = 60


def environment(server: PaydoubleServer, sandbox: Sandbox, folder: Path) -> dict[str, str]:
    """What `paydouble run` exports, for this sandbox."""
    fields: Mapping[str, str] = sandbox.credentials["alipay"]
    given = {name: fields[field] for name, field in ENVIRONMENT.items()}
    for name, field in FILES.items():
        path = folder / f"{field}.txt"
        path.write_text(fields[field])
        given[name] = str(path)
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, **given, "PAYDOUBLE_URL": server.url, "SANDBOX": sandbox.id}


def node(program: str, *arguments: str) -> list[str]:
    """The command that runs a Node program beside npm's alipay-sdk."""
    modules = sdks.node_modules(SDK)
    found = shutil.which("node")
    assert found is not None
    return [found, str(sdks.beside(modules, SDK / program)), *arguments]


def python(package: str, program: str, *arguments: str) -> list[str]:
    return [str(sdks.python_with(package)), str(SDK / program), *arguments]


def played(command: list[str], env: Mapping[str, str]) -> dict[str, Any]:
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == 0, done.stderr[-3_000:]
    saw: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return saw


def bare_keys(env: Mapping[str, str]) -> dict[str, str]:
    """Both keys as Alipay's own Python SDK wants them: base64 without the lines around it."""
    private = rsa.load_private(Path(env["ALIPAY_APP_PRIVATE_KEY_PATH"]).read_bytes(), ours=True)
    pkcs1 = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption()
    ).decode()
    public = Path(env["ALIPAY_PUBLIC_KEY_PATH"]).read_text()
    return {"ALIPAY_APP_PRIVATE_KEY_PKCS1": _bare(pkcs1), "ALIPAY_PUBLIC_KEY": _bare(public)}


def _bare(pem: str) -> str:
    return "".join(line for line in pem.splitlines() if not line.startswith("-----"))
