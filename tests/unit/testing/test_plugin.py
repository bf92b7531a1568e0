"""The pytest plugin, as somebody else's test suite uses it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from paydouble.core.ledger import PAYER, EntryKind, transfer
from paydouble.testing.in_process import InProcessServer, PaydoubleServer
from tests import toy

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[3]
SCENARIO = """
schema: 1
name: big-ones-fail
vars: {limit: 50}
rules:
  - name: too big
    when: {operation: payment.charge, amount: "${{ vars.limit }}"}
    then: {outcome: {result: declined}}
"""
SHOP = """
from tests.toy_shop import Shop
import pytest

@pytest.fixture
def shop(paydouble):
    with Shop(paydouble) as shop:
        yield shop
"""


@dataclass(frozen=True, slots=True)
class Suite:
    """Somebody's tests, run by a pytest of its own, with no plugin but ours and those that are named."""

    pytester: pytest.Pytester

    def run(self, tests: str, *arguments: str) -> pytest.RunResult:
        self.pytester.makeconftest(SHOP)
        self.pytester.makepyfile(tests)
        return self.pytester.runpytest_subprocess("-p", "paydouble.testing.plugin", *arguments)

    def write(self, name: str, text: str) -> None:
        self.pytester.path.joinpath(name).write_text(text)


@pytest.fixture
def suite(
    pytester: pytest.Pytester, toy_server: PaydoubleServer, monkeypatch: pytest.MonkeyPatch
) -> Suite:
    monkeypatch.setenv("PAYDOUBLE_URL", toy_server.url)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    return Suite(pytester)


def test_importing_the_plugin_imports_nothing_of_ours() -> None:
    code = (
        "import sys, paydouble.testing.plugin\n"
        "ours = sorted(name for name in sys.modules if name.split('.')[0] == 'paydouble')\n"
        "assert ours == ['paydouble', 'paydouble.testing', 'paydouble.testing.plugin'], ours\n"
        "heavy = {'aiohttp', 'pydantic', 'cryptography', 'orjson', 'yaml'} & sys.modules.keys()\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_each_test_has_a_world_of_its_own(suite: Suite) -> None:
    suite.run("""
        import pytest

        @pytest.mark.parametrize("turn", [1, 2])
        def test_paid(paydouble, shop, turn):
            shop.order("o1")
            paydouble.pay(ref="o1")
            assert len(paydouble.payments()) == 1
            assert paydouble.payment(ref="o1").phase == "paid"
            assert paydouble.provider == ""
    """).assert_outcomes(passed=2)


def test_sandboxes_are_gone_after_their_tests(suite: Suite, toy_server: PaydoubleServer) -> None:
    result = suite.run("""
        def test_one(paydouble):
            print("MADE", paydouble.id)
            assert paydouble.control.get(paydouble.path)["clock"] == "auto"
    """, "-s")
    made = next(line.split()[-1] for line in result.outlines if "MADE" in line)
    assert made not in [each["id"] for each in toy_server.control.get("sandboxes")["data"]]


def test_markers_put_scenarios_in_force_the_innermost_first(suite: Suite) -> None:
    suite.write("big.yaml", SCENARIO)
    suite.run("""
        import pytest

        pytestmark = pytest.mark.scenario("lost-response")

        @pytest.mark.scenario("big.yaml", limit=20)
        def test_declined(paydouble, shop):
            names = [each["name"] for each in paydouble.control.get(f"{paydouble.path}/scenarios")["data"]]
            assert names == ["big-ones-fail", "lost-response"]
            assert paydouble.vars.limit == 20
            card = {"number": "4242424242424242"}
            assert shop.ask("POST", "/toy/orders", {"ref": "o1", "amount": 2_000, "card": card}).status == 402
    """).assert_outcomes(passed=1)


def test_providers_of_a_marker_make_one_test_each(suite: Suite) -> None:
    result = suite.run("""
        import pytest

        @pytest.mark.scenario("lost-response", providers=["stripe", "wechatpay"])
        def test_each(paydouble, paydouble_provider):
            assert paydouble.provider == paydouble_provider
    """, "-v")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*test_each?stripe? PASSED*", "*test_each?wechatpay? PASSED*"])


def test_a_scenario_that_does_not_load_is_an_error_with_its_place(suite: Suite) -> None:
    suite.write("bad.yaml", "schema: 1\nname: bad\nrulez: []\n")
    result = suite.run("""
        import pytest

        @pytest.mark.scenario("bad.yaml")
        def test_never(paydouble): ...
    """)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*bad.yaml:3: unknown key*"])


def test_a_failed_test_shows_its_calls(suite: Suite) -> None:
    result = suite.run("""
        def test_wrong(paydouble, shop):
            paydouble.scenario([{"name": "idle", "when": {"operation": "refund.create"}, "then": {"outcome": "failed"}}])
            shop.order("o1", notify_url="http://127.0.0.1:9/none")
            paydouble.pay(ref="o1")
            assert paydouble.payment(ref="o1").phase == "closed"
    """)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([
        "*PayDouble: calls*", "POST /toy/orders -> 201   orders.create call_*",
        "notification order.paid of o1 to http://127.0.0.1:9/none: *", "never fired: inline, rule 'idle'",
    ])
    assert "toy_secret" not in result.stdout.str()


def test_broken_books_fail_a_test_that_passed(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = toy.build({})
    monkeypatch.setattr(toy, "captured", lambda order: transfer(
        EntryKind.FEE, source=PAYER, target="nobody", amount=order.total, reference=order.id, memo=order.id,
    ))
    monkeypatch.setattr(toy.ORDER, "_by_key", {
        key: replace(row, entry=toy.captured if row.entry else None) for key, row in toy.ORDER._by_key.items()
    })
    tests = """
        def test_paid(paydouble, shop):
            shop.order("o1")
            paydouble.pay(ref="o1")

        def test_unpaid(paydouble, shop):
            shop.order("o1")
    """
    with InProcessServer(providers=[broken], contracts=toy.CONTRACTS) as running:
        result = suite.run(tests, "--paydouble-url", running.url)
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines([
        "PayDouble's audit of this test's sandbox:", "*a paid payment was captured once: * was captured 0 times",
    ])


def test_a_rule_of_a_strict_scenario_that_never_fired_fails_its_test(suite: Suite) -> None:
    suite.write("strict.yaml", SCENARIO.replace("rules:", "settings: {strict: true}\nrules:"))
    result = suite.run("""
        import pytest

        @pytest.mark.scenario("strict.yaml", limit=60)
        @pytest.mark.parametrize("amount", [6000, 5000])
        def test_it(shop, amount):
            shop.ask("POST", "/toy/orders", {"ref": "o1", "amount": amount, "card": {"number": "4242424242424242"}})
    """)
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["  never fired, in a strict scenario: big-ones-fail, rule 'too big'"])


def test_an_error_inside_the_simulator_fails_the_test(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: toy.Order) -> dict[str, object]:
        raise ZeroDivisionError("of our own")

    monkeypatch.setattr(toy.Order, "shown", broken)
    result = suite.run("""
        def test_asked(shop):
            assert shop.ask("POST", "/toy/orders", {"ref": "o1", "amount": 1}).status == 500
    """)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*nothing failed inside the simulator: *ZeroDivisionError: of our own"])


def test_workers_of_xdist_share_a_server_by_its_address(suite: Suite) -> None:
    suite.run("""
        import pytest

        @pytest.mark.parametrize("number", range(6))
        def test_paid(paydouble, shop, number):
            shop.order("o1")
            paydouble.pay(ref="o1")
            assert len(paydouble.calls()) == 1
    """, "-p", "xdist", "-n", "2").assert_outcomes(passed=6)


def test_the_inbox_of_a_test_knows_its_credentials(suite: Suite) -> None:
    suite.run("""
        def test_forged(paydouble, shop, paydouble_inbox):
            shop.order("o1", notify_url=paydouble_inbox.url)
            paydouble.pay(ref="o1")
            paydouble.wait_for(notifications={"rejected": 1})
            assert paydouble_inbox.forged[0].problem
    """).assert_outcomes(passed=1)
