"""The demonstration, as a user runs it: its story holds, and its output can be read."""

from __future__ import annotations

import re

import pytest

from paydouble.cli.demo import command
from tests.unit.cli.conftest import Invoke, Start, ended

pytest.importorskip("stripe")
pytest.importorskip("wechatpayv3")


def test_a_callback_is_verified_and_a_fault_is_caught(start: Start) -> None:
    code, output, errors = ended(start("demo"))
    assert code == 0, output + errors
    assert errors == ""
    assert "\x1b" not in output
    assert output.count("callback verified, order paid") == 2
    assert re.search(r"stripe +1 paid, 13\.01 USD +2 paid, 26\.02 USD", output)
    assert re.search(r"wechatpay +1 paid, 13\.01 CNY +2 paid, 26\.02 CNY", output)
    assert "careful shop: no_double_charge: holds" in output
    assert "careless shop: no_double_charge: card-0001 was paid 2 times at stripe" in output
    assert max(map(len, output.splitlines())) <= 110


def test_without_the_sdks_it_says_how_to_get_them(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "find_spec", lambda name: None)
    result = invoke("demo")
    assert result.exit_code == 3
    assert "pip install 'paydouble[demo]'" in result.stderr


def test_a_surprise_fails_it(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    async def play(say: object) -> list[str]:
        return ["the careful shop was paid twice"]

    monkeypatch.setattr("paydouble.cli.demo.story.play", play)
    result = invoke("demo")
    assert result.exit_code == 1
    assert "not as it should be: the careful shop was paid twice" in result.stderr
