"""What the loader accepts, and what it says of what it does not."""

from __future__ import annotations

import json
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paydouble.scenarios.loader import load_file, load_named, load_rules, load_shipped, load_text
from paydouble.scenarios.messages import CODES, PROBLEMS_MAX, Format, ScenarioProblems, Severity, render
from paydouble.scenarios.positions import Source
from paydouble.scenarios.rule import Group
from paydouble.scenarios.yaml12 import plain, read, scalar

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.yaml"))

RULE = "rules:\n  - name: one\n    when: {operation: payment.charge}\n    then: {outcome: declined}\n"
HEAD = "schema: 1\nname: x\n"


def told(text: str) -> str:
    """What loading this text reports, warnings included."""
    try:
        return render(load_text(text).warnings)
    except ScenarioProblems as refused:
        return render(refused.problems)


def codes(text: str) -> list[str]:
    with pytest.raises(ScenarioProblems) as refused:
        load_text(text)
    return [problem.code for problem in refused.value.problems]


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_bad_file_is_told_as_its_golden_text_says(path: Path) -> None:
    try:
        problems = load_file(path, name=path.name).warnings
    except ScenarioProblems as refused:
        problems = refused.problems
    assert render(problems) + "\n" == path.with_suffix(".txt").read_text(encoding="utf-8")


def test_every_code_has_a_golden_text() -> None:
    texts = "".join(path.with_suffix(".txt").read_text(encoding="utf-8") for path in GOLDEN)
    assert [code for code in CODES if f"[{code}]" not in texts] == []


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("yes", "yes"), ("no", "no"), ("on", "on"), ("off", "off"), ("12:30", "12:30"), ("010", "010"),
        ("2026-03-01", "2026-03-01"), ("true", True), ("False", False), ("null", None),
        ("", None), ("~", None),
        ("13", 13), ("-7", -7), ("0x1F", 31), ("0o17", 15), ("13.01", Decimal("13.01")),
        ("10.00", Decimal("10.00")), (".51", Decimal("0.51")), ("1e3", Decimal(1000)), (".inf", ".inf"),
        ("1_000", "1_000"), ("1e999999999", "1e999999999"), ("9" * 5000, "9" * 5000),
    ],
)  # fmt: skip
def test_plain_scalars_follow_the_core_schema(written: str, meant: object) -> None:
    value = scalar(written)
    assert value == meant
    assert type(value) is type(meant)


def test_a_decimal_keeps_its_zeros() -> None:
    assert str(scalar("10.00")) == "10.00"


def test_keys_stay_text_and_quotes_make_text() -> None:
    root = read(Source("x", "on: '1'\n1: \"true\"\n"))
    assert plain(root) == {"on": "1", "1": "true"}


def test_variables_keep_their_type_when_they_are_the_whole_scalar() -> None:
    text = (
        HEAD
        + "vars: {magic: 13.01, tag: b}\ntags: ['a-${{ vars.tag | upper }}-${{vars.none|default(c)}}']\n"
        + ('rules: [{when: {operation: "*", amount: "${{ vars.magic }}"}, then: {outcome: declined}}]\n')
    )
    scenario = load_text(text)
    assert scenario.tags == ("a-B-c",)
    assert scenario.rules[0].condition.tests[0].wanted == "13.01"
    assert load_text(text, vars={"magic": 20.5}).vars["magic"] == Decimal("20.5")


def test_an_override_of_a_variable_that_the_file_does_not_have_is_refused() -> None:
    with pytest.raises(ScenarioProblems) as refused:
        load_text(HEAD + "vars: {magic: 1}\n" + RULE, vars={"majic": 2})
    assert [(p.code, p.help) for p in refused.value.problems] == [("SC035", "did you mean 'magic'?")]


def test_a_value_cannot_break_the_structure() -> None:
    text = (
        HEAD
        + 'vars: {ref: "}, x: {y"}\n'
        + 'rules: [{when: {operation: "*", ref: "${{ vars.ref }}"}, then: {outcome: failed}}]'
    )
    assert load_text(text).rules[0].condition.tests[0].wanted == "}, x: {y"


def test_anchors_may_be_kept_under_a_key_of_ones_own() -> None:
    text = (
        HEAD
        + "x-when: &when {operation: payment.charge}\nrules: [{when: *when, then: {outcome: declined}}]\n"
    )
    assert load_text(text).rules[0].trigger.operations == ("payment.charge",)


@pytest.mark.parametrize(
    ("when", "respond"),
    [
        ("operation: payment.query", "fault: timeout"),
        ("operation: [payment.query, refund.query]", "malformed: not_json"),
        ("native: GET /v1/payment_intents/*", "status: 502"),
        ("operation: payment.create", "error: rate_limited"),
        ("operation: payment.create", "fault: dribble"),
        ("operation: payment.create", "status: 404"),
        ("operation: payment.create", "signature: corrupt"),
    ],
)
def test_committed_may_be_left_out_where_nothing_is_hidden(when: str, respond: str) -> None:
    load_text(f"{HEAD}rules: [{{when: {{{when}}}, then: {{respond: {{{respond}}}}}}}]")


@pytest.mark.parametrize(
    "respond", ["fault: reset", "fault: truncate", "malformed: empty_body", "status: 500", "error: busy"]
)
@pytest.mark.parametrize("when", ["operation: payment.create", 'operation: "*"', "native: POST /v1/refunds"])
def test_committed_must_be_said_where_the_result_is_hidden(when: str, respond: str) -> None:
    assert codes(f"{HEAD}rules: [{{when: {{{when}}}, then: {{respond: {{{respond}}}}}}}]") == ["SC021"]


@pytest.mark.parametrize(
    ("hostile", "why"),
    [
        ("a: " + "[" * 400_000, "nested deeper than 32 levels"),
        ("? " * 400_000, "nested deeper than 32 levels"),
        ("- " * 400_000, "nested deeper than 32 levels"),
        ("- a\n" * 200_000, "more than 30000 values"),
        ("x" * (1 << 20) + "x", "larger than 1 MiB"),
        ("a: &a [*a]\n", "nested deeper than 32 levels"),
        ("x: &x0 [1,1]\n" + "".join(f"x{i}: &x{i} [*x{i-1}, *x{i-1}]\n" for i in range(1, 30)), "aliases"),
        (HEAD + "rules:\n" + "- {when: {operation: '*'}}\n" * 1001, "more than 1000 rules"),
        ("a: 1\n---\nb: 1\n", "one document"),
        ("a: \x00", "control characters"),
        ("a: \ud800", "surrogates"),
        ("!!python/name:os.system ''", "tags"),
    ],
    ids=lambda value: value[:20] if len(value) < 60 else "",
)  # fmt: skip
def test_a_hostile_file_is_refused_at_once(hostile: str, why: str) -> None:
    with pytest.raises(ScenarioProblems) as refused:
        load_text(hostile)
    (problem,) = refused.value.problems
    assert problem.code == "SC001"
    assert why in problem.message


def test_bytes_that_are_not_utf8_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes("schema: 1\nname: 中".encode("gbk"))
    with pytest.raises(ScenarioProblems, match=r":2:1: error\[SC001\]: the file is not in UTF-8"):
        load_file(file)


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(HEAD + RULE, encoding="utf-8-sig")
    assert load_file(file).name == "x"


def test_a_name_that_is_not_shipped_tells_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "common").mkdir()
    (tmp_path / "common" / "lost-response.yaml").write_text(HEAD + RULE)
    with pytest.raises(ScenarioProblems) as refused:
        load_shipped("lost-respons", tmp_path)
    (problem,) = refused.value.problems
    assert (problem.code, problem.help) == ("SC040", "did you mean 'lost-response'?")
    assert load_shipped("lost-response", tmp_path).name == "x"
    assert load_named("common/lost-response", tmp_path).file == "scenarios/common/lost-response.yaml"


def test_a_shipped_name_cannot_leave_its_folder(tmp_path: Path) -> None:
    shipped = tmp_path / "shipped"
    (shipped / "common").mkdir(parents=True)
    secret = tmp_path / "secret.yaml"
    secret.write_text(HEAD + RULE)
    for name in ("../secret", "../../secret", str(tmp_path / "secret"), str(secret), "common/../../secret"):
        with pytest.raises(ScenarioProblems, match="SC040"):
            load_shipped(name, shipped)
    assert load_named(str(secret), shipped).name == "x"


def test_a_file_that_is_not_there_is_told_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(ScenarioProblems, match=r"error\[SC040\]: '.*none.yaml': cannot be read"):
        load_named(str(tmp_path / "none.yaml"), tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"k{number}: 1\n" for number in range(24_000)),
        "a: 1\n" * 24_000,
        "rules:\n" + "- {a: 1, b: 2, c: 3, d: 4, e: 5}\n" * 1_000,
        "k" * 900_000 + "é: 1\n",
        "when: {" + ", ".join("payment: 1" for _ in range(20_000)) + "}",
        "x:\n" + "- ${{ vars.a }}\n" * 24_000,
    ],
    ids=[
        "unknown keys",
        "duplicate keys",
        "unknown keys in rules",
        "a long key",
        "one long line",
        "expressions",
    ],
)
def test_a_file_full_of_mistakes_is_refused_with_the_first_of_them(text: str) -> None:
    with pytest.raises(ScenarioProblems) as refused:
        load_text(text)
    assert 0 < len(refused.value.problems) <= 4 * PROBLEMS_MAX
    assert len(str(refused.value)) < 400 * 4 * PROBLEMS_MAX


def test_rules_come_as_data_too() -> None:
    when = {"operation": "payment.charge", "amount": 13.01, "ref": {"prefix": "a"}}
    scenario = load_rules([{"when": when, "then": {"outcome": "declined"}}])
    assert [test.wanted for test in scenario.rules[0].condition.tests] == ["13.01", "prefix a"]
    with pytest.raises(ScenarioProblems) as refused:
        load_rules([{"when": when, "then": {"outcom": "declined"}}])
    (problem,) = refused.value.problems
    assert (problem.code, problem.line, problem.help) == ("SC010", 4, "did you mean 'outcome'?")


def test_other_formats_carry_the_same_facts() -> None:
    with pytest.raises(ScenarioProblems) as refused:
        load_text("schema: 1\nname: x\nrulez: []\n", file="a,b.yaml")
    problems = refused.value.problems
    assert json.loads(render(problems, Format.JSON)) == {
        "code": "SC010", "severity": "error", "file": "a,b.yaml", "line": 3, "column": 1,
        "message": "unknown key 'rulez'", "help": "did you mean 'rules'?",
    }  # fmt: skip
    assert render(problems, Format.GITHUB) == (
        "::error file=a%2Cb.yaml,line=3,col=1,title=SC010::unknown key 'rulez'%0Adid you mean 'rules'?"
    )


def test_a_caret_under_chinese_text_allows_for_its_width() -> None:
    text = HEAD + "rules: [{name: 超时, when: {operation: '*'}, then: {outcome: failed}, wen: 1}]"
    line, caret = told(text).split("\n")[1:3]
    assert caret.index("^") == line.index("wen") + len("超时")


def test_a_warning_does_not_keep_a_file_from_loading() -> None:
    text = (
        HEAD
        + "providers: alipay\nrules: [{when: {operation: '*', provider: stripe}, then: {outcome: failed}}]"
    )
    (warning,) = load_text(text).warnings
    assert (warning.code, warning.severity) == ("SC033", Severity.WARNING)


def test_what_a_file_says_is_what_the_scenario_holds() -> None:
    scenario = load_text(
        "schema: 1\nname: a/b\ntitle: T\ndescription: >\n  one\n  two\nproviders: [stripe]\ntags: [c]\n"
        'settings: {seed: 4, clock: {mode: frozen, start: "2026-03-01T15:50:00Z"}, strict: true}\n'
        "rules:\n  - name: r\n    times: 2\n    optional: true\n"
        "    when: {native: alipay.trade.*, nth: every 2, per: ref}\n"
        "    then: {respond: {patch: {a: 1.5}}, gate: {at: after_commit, signal: go}}\n"
    )
    assert (scenario.title, scenario.description, scenario.providers) == ("T", "one two", ("stripe",))
    assert (scenario.settings.seed, scenario.settings.clock, scenario.settings.strict) == (4, "frozen", True)
    assert scenario.settings.start == "2026-03-01T15:50:00Z"
    (rule,) = scenario.rules
    assert (rule.times, rule.optional, rule.per, 4 in rule.numbers, 3 in rule.numbers) == (
        2,
        True,
        "ref",
        True,
        False,
    )
    assert rule.effects[Group.PATCH] == {"a": 1.5}


_WORDS = st.sampled_from(
    ["schema", "name", "rules", "when", "then", "operation", "respond", "fault", "reset", "committed",
     "true", "{", "}", "[", "]", ":", "- ", "\n", "  ", "&a", "*a", "${{ vars.x }}", "vars", "'", '"', "#", "|",
     ">", "<<", "<plain>", "payment.*", "13.01", "!!str", "---", "notify", "amount", "x-a", "\t", "1",
     "any_of", "latency"]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=200), st.lists(_WORDS, max_size=40).map(" ".join)))
def test_any_text_at_all_loads_or_is_refused_in_our_own_words(text: str) -> None:
    told(HEAD + text)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8)
    | st.decimals(allow_nan=False, places=2),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(
        st.sampled_from(["when", "then", "operation", "notify", "respond", "amount", "ref", "chance", "nth",
                         "provider", "gate", "outcome", "latency", "uniform", "body", "<mapping>", "copies"]),
        below, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.fixed_dictionaries({"when": _JSON, "then": _JSON}), max_size=3))
def test_any_data_at_all_loads_or_is_refused_in_our_own_words(rules: list[dict[str, object]]) -> None:
    with suppress(ScenarioProblems):
        load_rules(rules)
