"""Stories as pytest collects and judges them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from paydouble.testing.in_process import PaydoubleServer

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[3]
STORY = """
schema: 1
name: mine
title: a story
providers: [stripe, alipay]
vars: {app: http://localhost:9000, wanted: 1}
steps:
  - request: {post: "${{ vars.app }}/orders", json: {id: order-1, amount: 5.00, method: direct}}
expect:
  - payment: {ref: order-1, count: "${{ vars.wanted }}", phase: paid}
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, server: PaydoubleServer, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("PAYDOUBLE_URL", server.url)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.path.joinpath("mine.yaml").write_text(STORY)
    pytester.path.joinpath("other.yaml").write_text("a: 1\n")
    return pytester


def run(suite: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return suite.runpytest_subprocess("-p", "paydouble.testing.plugin", *arguments)


def test_a_file_that_is_named_is_a_test_of_each_provider(suite: pytest.Pytester) -> None:
    result = run(suite, "mine.yaml", "-v")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*mine[[]stripe,careful[]] PASSED*"])


def test_files_that_nobody_names_are_left_alone(suite: pytest.Pytester) -> None:
    assert run(suite).ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_a_setting_names_them_for_good(suite: pytest.Pytester) -> None:
    suite.makeini("[pytest]\npaydouble_stories = mi*.yaml\n")
    run(suite).assert_outcomes(passed=2)


def test_a_finding_fails_with_the_calls(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "PAYDOUBLE_VAR_wanted", "2")
    result = run(suite, "mine.yaml")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*mine.yaml:10: payment: 1 payments*", "*POST /v1/payment_intents -> 200*"])


def test_a_file_that_cannot_be_loaded_is_told(suite: pytest.Pytester) -> None:
    suite.path.joinpath("bad.yaml").write_text(STORY.replace("phase", "fase"))
    result = run(suite, "bad.yaml")
    result.stdout.fnmatch_lines(["*unknown key 'fase'*", "*did you mean 'phase'*"])


def test_a_class_holds_the_stories_of_a_folder(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        from paydouble.testing.stories import paydouble_stories

        class TestStories:
            test_all = paydouble_stories("m*.yaml", wanted=1)

        test_alone = paydouble_stories("mine.yaml")
    """)
    run(suite).assert_outcomes(passed=4)


def test_a_suite_brings_its_own_application(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import pytest
        from paydouble.testing.sample_shop.door import OpenShop
        from paydouble.testing.stories import paydouble_stories

        @pytest.fixture
        def paydouble_app():
            opened = []
            def open_one(sandbox):
                opened.append(OpenShop(sandbox.credentials, "stripe"))
                return opened[-1].url
            yield open_one
            assert opened
            for shop in opened:
                assert shop.shop.orders
                shop.close()

        test_it = paydouble_stories("mine.yaml")
    """)
    result = run(suite, "-k", "stripe")
    result.assert_outcomes(passed=1, deselected=1)


def test_a_test_plays_a_story_on_its_own_sandbox(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import pytest
        from paydouble.testing.sample_shop.door import OpenShop

        @pytest.fixture
        def shop(paydouble):
            with OpenShop(paydouble.credentials, "stripe") as shop:
                yield shop

        def test_it(paydouble, shop):
            paydouble.play("mine.yaml", app=shop.url)

        def test_it_fails(paydouble, shop):
            paydouble.play("mine.yaml", app=shop.url, wanted=3)
    """)
    result = run(suite)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*payment: 1 payments with ref order-1*"])


def test_what_a_marked_scenario_expects_is_checked_at_the_end(suite: pytest.Pytester) -> None:
    suite.makepyfile("""
        import pytest

        @pytest.mark.scenario("rules.yaml", wanted=0)
        def test_nothing_was_to_happen(paydouble): ...

        @pytest.mark.scenario("rules.yaml", providers=["stripe"])
        def test_something_was(paydouble): ...

        @pytest.mark.scenario("mine.yaml")
        def test_what_a_story_expects_is_about_its_steps(paydouble): ...
    """)
    before, _, after = STORY.partition("steps:")
    suite.path.joinpath("rules.yaml").write_text(before + after[after.index("expect:"):])
    result = run(suite)
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*rules.yaml:8: payment: 0 payments*"])
