"""`paydouble run`: the command's environment, its exit code, the verdict."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Invoke, Start, ended

REFUND_NOTHING = """
import json, os, urllib.request
request = urllib.request.Request(
    os.environ["PAYDOUBLE_URL"] + "/v1/payment_intents",
    data=b"amount=2000&currency=usd&confirm=true&payment_method=pm_card_visa&metadata[order_id]=order-1"
         b"&automatic_payment_methods[enabled]=true&automatic_payment_methods[allow_redirects]=never",
    headers={"Authorization": "Bearer " + os.environ["STRIPE_SECRET_KEY"]},
)
with urllib.request.urlopen(request) as answer:
    assert json.load(answer)["status"] == "succeeded"
"""
THROUGH_THE_PROXY = """
import urllib.request
request = urllib.request.Request("https://api.stripe.com/v1/customers",
                                 headers={"Authorization": "Bearer sk_test_paydouble_default"})
with urllib.request.urlopen(request) as answer:
    print(answer.read().decode())
"""
IN_A_SANDBOX = """
import os, urllib.request
from paydouble.client.control import ControlClient
with ControlClient(os.environ["PAYDOUBLE_URL"]) as control:
    made = control.post("sandboxes", {})
    key = made["credentials"]["stripe"]["secret_key"]
    request = urllib.request.Request(control.url + "/v1/customers", headers={"Authorization": "Bearer " + key})
    urllib.request.urlopen(request).close()
    control.delete("sandboxes/" + made["id"])
"""
SHOW = "import json, os; print(json.dumps(dict(os.environ)))"


def python(code: str) -> tuple[str, ...]:
    return ("--", sys.executable, "-c", code)


def test_unchanged_code_comes_here_by_the_providers_own_name(start: Start) -> None:
    code, output, errors = ended(start("run", *python(THROUGH_THE_PROXY)))
    assert code == 0, errors
    assert json.loads(output)["object"] == "list"
    assert "1  stripe customers.list" in errors
    assert errors.endswith("verdict        passed\n")


def test_the_environment_has_what_the_sdks_documents_name(start: Start) -> None:
    code, output, errors = ended(start("run", *python(SHOW)))
    assert code == 0, errors
    found = json.loads(output)
    assert found["STRIPE_SECRET_KEY"] == "sk_test_paydouble_default"
    assert found["WECHATPAY_MCHID"] == "1900004800"
    assert found["HTTPS_PROXY"] == found["PAYDOUBLE_URL"]
    assert {"WECHATPAY_PRIVATE_KEY_PATH", "WECHATPAY_PUBLIC_KEY_PATH", "SSL_CERT_FILE"} <= found.keys()
    assert not Path(found["SSL_CERT_FILE"]).parent.exists()
    first = Path(found["PYTHONPATH"].partition(os.pathsep)[0])
    assert first.parent == Path(found["SSL_CERT_FILE"]).parent
    assert f'--require "{first.parent / "preload.cjs"}"' in found["NODE_OPTIONS"]


def test_calls_of_a_deleted_sandbox_are_still_counted(start: Start) -> None:
    code, _, errors = ended(start("run", *python(IN_A_SANDBOX)))
    assert code == 0, errors
    assert "calls          0, 0 refused" in errors
    assert "elsewhere      1 calls" in errors
    assert "nothing was called" not in errors


def test_a_command_that_called_nobody_is_warned_about_and_not_failed(invoke: Invoke) -> None:
    result = invoke("run", "--format", "json", *python("pass"))
    document = json.loads(result.stderr)
    assert (result.exit_code, document["ok"]) == (0, True)
    assert "nothing was called" in document["warnings"][0]
    text = invoke("run", *python("raise SystemExit(5)"))
    assert text.exit_code == 5
    assert "  WARNING        nothing was called" in text.stderr
    assert "stripe-ruby" in text.stderr


def test_a_rule_of_a_strict_file_that_never_fired_fails_the_run(invoke: Invoke, tmp_path: Path) -> None:
    rule = "  - {name: idle, when: {operation: payment.charge}, then: {outcome: declined}}\n"
    (tmp_path / "own.yaml").write_text("schema: 1\nname: own\nsettings: {strict: true}\nrules:\n" + rule)
    result = invoke("run", "--scenario", "own.yaml", *python("pass"))
    assert result.exit_code == 1
    assert "NEVER FIRED    own, rule 'idle'" in result.stderr


def test_without_the_proxy_only_credentials_are_set(start: Start, environment: dict[str, str]) -> None:
    code, output, errors = ended(start("run", "--no-proxy", *python(SHOW)))
    assert code == 0, errors
    found = json.loads(output)
    assert found["STRIPE_API_BASE"] == found["PAYDOUBLE_URL"]
    assert found.get("HTTPS_PROXY") == os.environ.get("HTTPS_PROXY")
    for name in ("PYTHONPATH", "NODE_OPTIONS"):
        assert found.get(name) == environment.get(name)
    assert not {"NODE_USE_ENV_PROXY", "PAYDOUBLE_LED_HOSTS", "PAYDOUBLE_LED_TO"} & found.keys()


def test_the_report_tells_of_calls_and_books(start: Start, tmp_path: Path) -> None:
    code, _, errors = ended(start(
        "run", "--seed", "7", "--format", "json", "--report", "report.json", *python(REFUND_NOTHING * 2)
    ))
    assert code == 0, errors
    document = json.loads(errors)
    assert json.loads((tmp_path / "report.json").read_text()) == document
    report = document["sandboxes"][0]
    assert (report["sandbox"], report["seed"], report["ok"]) == ("default", 7, True)
    assert report["calls"]["by_operation"] == {"stripe payment_intents.create": 2}
    assert report["findings"] == {
        "no_double_charge": ["order-1 was paid 2 times at stripe: 20.00 + 20.00 USD"]
    }


@pytest.mark.parametrize(("code", "expected"), [
    ("raise SystemExit(5)", 5),
    ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", 128 + signal.SIGKILL),
])
def test_the_commands_own_exit_code_wins(invoke: Invoke, code: str, expected: int) -> None:
    result = invoke("run", "--scenario", "lost-response", "--strict", *python(code))
    assert result.exit_code == expected
    assert "verdict        FAILED" in result.stderr


def test_a_rule_that_never_fired_fails_a_strict_run_only(invoke: Invoke) -> None:
    strict = invoke("run", "--scenario", "lost-response", "--strict", *python("pass"))
    assert strict.exit_code == 1
    assert "NEVER FIRED    lost-response, rule 'first answer is lost'" in strict.stderr
    assert invoke("run", "--scenario", "lost-response", *python("pass")).exit_code == 0


def test_the_commands_own_options_are_left_to_it(invoke: Invoke) -> None:
    """Without a double dash too: options after the command are its own."""
    result = invoke("run", sys.executable, "-c", "import sys; sys.exit(len(sys.argv))", "--seed", "x")
    assert result.exit_code == 3


@pytest.mark.parametrize("arguments", [[], ["--"], ["--", "no-such-command-anywhere"]])
def test_what_is_no_command_is_wrong_usage(invoke: Invoke, arguments: list[str]) -> None:
    assert invoke("run", *arguments).exit_code == 2


def test_a_report_that_cannot_be_written_is_the_environments_fault(invoke: Invoke) -> None:
    result = invoke("run", "--report", "nowhere/report.json", *python("pass"))
    assert result.exit_code == 3
    assert "--report" in result.stderr


def test_what_ends_us_ends_the_command(start: Start) -> None:
    process = start("run", *python("import signal; print('up', flush=True); signal.pause()"))
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    process.send_signal(signal.SIGTERM)
    code, _, errors = ended(process)
    assert code == 130
    assert "verdict" in errors
