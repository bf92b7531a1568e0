"""A file goes to the server with what it extends, and with no more of the environment than it asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from paydouble.client.sandbox import activation
from paydouble.client.scenario_files import sent_along, visible
from paydouble.testing.in_process import PaydoubleServer

CHILD = "schema: 1\nname: child\nextends: [./base.yaml, common/lost-response]\n"
BASE = 'schema: 1\nname: base\nextends: {use: sub/top.yaml}\nvars: {who: "x"}\n'
TOP = (
    'schema: 1\nname: top\nvars: {rate: 0.5}\nrules:\n'
    '  - {name: top rule, when: {operation: payment.query, ref: "${{ env.ORDER }}"}, then: {outcome: approved}}\n'
)


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "sub").mkdir()
    (tmp_path / "child.yaml").write_text(CHILD)
    (tmp_path / "base.yaml").write_text(BASE)
    (tmp_path / "sub" / "top.yaml").write_text(TOP)
    monkeypatch.setenv("ORDER", "order-7")
    monkeypatch.setenv("SECRET", "s3cret")
    monkeypatch.setenv("PAYDOUBLE_VAR_rate", "0.9")
    return tmp_path / "child.yaml"


def test_it_brings_its_parents(child: Path) -> None:
    sent = sent_along(child)
    assert {Path(name).name: text for name, text in sent["files"].items()} == {"base.yaml": BASE, "top.yaml": TOP}
    assert sent["environment"] == {"ORDER": "order-7", "PAYDOUBLE_VAR_rate": "0.9"}


def test_nothing_else_of_the_environment_is_seen(child: Path) -> None:
    assert "SECRET" not in visible("${{ vars.SECRET }}")


def test_the_server_puts_it_together(child: Path, server: PaydoubleServer) -> None:
    sandbox = server.sandbox()
    try:
        made = sandbox.control.post(f"{sandbox.path}/scenarios", activation(child, {"who": "me"}))
        assert made["vars"]["rate"] == 0.9
        assert made["vars"]["who"] == "me"
        assert {"rule 'top rule'", "rule 'first answer is lost'"} <= set(made["rules"])
    finally:
        sandbox.delete()
