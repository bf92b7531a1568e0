"""Credentials ready to paste: as assignments, as JSON, as files."""

from __future__ import annotations

import json
import shlex
import stat
from pathlib import Path

from tests.unit.cli.conftest import Invoke


def assignments(text: str) -> dict[str, str]:
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {name: shlex.split(value)[0] for name, _, value in (line.partition("=") for line in lines)}


def test_assignments_are_labelled_as_public_test_keys(invoke: Invoke) -> None:
    shown = invoke("keys").stdout
    assert "public test keys" in shown.splitlines()[0]
    variables = assignments(shown)
    assert variables["STRIPE_SECRET_KEY"] == "sk_test_paydouble_default"
    assert variables["WECHATPAY_MCHID"] == "1900004800"
    assert variables["PAYDOUBLE_URL"] == "http://127.0.0.1:4800"


def test_json_has_the_shape_of_the_control_api(invoke: Invoke) -> None:
    document = json.loads(invoke("keys", "--format", "json", "--url", "http://pay:1/").stdout)
    assert document["stripe"]["api_base"] == "http://pay:1"
    assert document["wechatpay"]["private_key_pem"].startswith("-----BEGIN PRIVATE KEY-----")
    assert document["ca_certificate_pem"].startswith("-----BEGIN CERTIFICATE-----")


def test_other_sandboxes_have_their_own(invoke: Invoke) -> None:
    ours, theirs = invoke("keys").stdout, invoke("keys", "--sandbox", "mine").stdout
    assert assignments(ours)["STRIPE_SECRET_KEY"] != assignments(theirs)["STRIPE_SECRET_KEY"]
    assert theirs == invoke("keys", "--sandbox", "mine").stdout


def test_files_are_for_their_owner_alone(invoke: Invoke, tmp_path: Path) -> None:
    listed = [Path(line) for line in invoke("keys", "--format", "files").stdout.splitlines()]
    folder = tmp_path / ".paydouble" / "keys"
    assert {path.resolve() for path in listed} == set(folder.iterdir())
    assert {stat.S_IMODE(path.stat().st_mode) for path in listed} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    variables = assignments((folder / "paydouble.env").read_text())
    assert Path(variables["WECHATPAY_PRIVATE_KEY_PATH"]).read_text().startswith("-----BEGIN PRIVATE KEY-----")


def test_files_are_written_anew(invoke: Invoke, tmp_path: Path) -> None:
    for url in ("http://a:1", "http://b:1"):
        assert invoke("keys", "--format", "files", "--output", "out", "--url", url).exit_code == 0
    assert "PAYDOUBLE_URL=http://b:1" in (tmp_path / "out" / "paydouble.env").read_text()


def test_a_folder_is_for_files_only(invoke: Invoke) -> None:
    assert invoke("keys", "--output", "out").exit_code == 2


def test_a_folder_that_cannot_be_made_is_the_environments_fault(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = invoke("keys", "--format", "files", "--output", "file/below")
    assert result.exit_code == 3
