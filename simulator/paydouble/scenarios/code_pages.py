"""A page for each error code: what it means, why it matters, and a bad and a good example."""

# ruff: noqa: E501 — a table of texts

from __future__ import annotations

from dataclasses import dataclass
from textwrap import fill, indent

from paydouble.scenarios.messages import CODES

LINE = 100
HEAD = "schema: 1\nname: example\n"


@dataclass(frozen=True, slots=True)
class Page:
    """`bad` and `good` are what follows HEAD in a file; `why` is a sentence or two."""

    why: str
    bad: str
    good: str


def _rule(when: str, then: str, name: str = "") -> str:
    named = f"name: {name}, " if name else ""
    return f"rules:\n  - {{{named}when: {{{when}}}, then: {{{then}}}}}\n"


_DECLINED = "outcome: declined"

# fmt: off
PAGES: dict[str, Page] = {
    "SC001": Page(
        "The text is not YAML 1.2, or is larger than any scenario needs to be: 1 MiB, 32 levels, 1000 rules, 200 states.",
        _rule("operation: '*'", _DECLINED).replace("}\n", "\n"), _rule("operation: '*'", _DECLINED),
    ),
    "SC002": Page(
        "Most YAML parsers keep the last of two equal keys silently; then half of a rule is gone.",
        "rules:\n  - when: {operation: '*'}\n    then: {outcome: declined}\n    then: {outcome: failed}\n",
        _rule("operation: '*'", "outcome: failed"),
    ),
    "SC010": Page(
        "A misspelt condition that was ignored would make its rule hold for everything.",
        _rule("operation: payment.charge, ammount: 13.01", _DECLINED),
        _rule("operation: payment.charge, amount: 13.01", _DECLINED),
    ),
    "SC011": Page(
        "The neutral words are a fixed list, so that one file means the same for every provider.",
        _rule("operation: payment.charged", _DECLINED), _rule("operation: payment.charge", _DECLINED),
    ),
    "SC012": Page(
        "Every rule says when it acts and what it does; some effects need a detail that has no default.",
        "rules:\n  - {when: {operation: payment.charge}}\n", _rule("operation: payment.charge", _DECLINED),
    ),
    "SC013": Page(
        "Steps, expectations, latencies and timelines have one verb each; the verb says what the rest means.",
        _rule("operation: '*'", "respond: {latency: {uniformly: [1s, 2s]}}"),
        _rule("operation: '*'", "respond: {latency: {uniform: [1s, 2s]}}"),
    ),
    "SC020": Page(
        "Amounts are in major units without a currency sign, durations carry their unit, call numbers are 1, [1, 3], "
        '"2-4", ">=3" or "every 5".',
        _rule("operation: payment.charge, nth: first", _DECLINED), _rule("operation: payment.charge, nth: 1", _DECLINED),
    ),
    "SC021": Page(
        "An answer that hides the result has two halves: what the caller sees, and whether the provider did the work. "
        "The second half is the whole point of the test, so there is no default.",
        _rule("operation: payment.charge", "respond: {fault: timeout}"),
        _rule("operation: payment.charge", "respond: {fault: timeout, committed: true}"),
    ),
    "SC030": Page(
        "Names are how rules are found in reports, seeds, 'fired' and 'extends'.",
        "rules:\n  - {name: a, when: {operation: '*', nth: 1}, then: {outcome: failed}}\n"
        "  - {name: a, when: {operation: '*', nth: 2}, then: {outcome: failed}}\n",
        "rules:\n  - {name: a, when: {operation: '*', nth: 1}, then: {outcome: failed}}\n"
        "  - {name: b, when: {operation: '*', nth: 2}, then: {outcome: failed}}\n",
    ),
    "SC031": Page(
        "A rule or a way out leads to a state that is not there.",
        "initial: open\nstates:\n  open:\n    leave: [{signal: go, to: closd}]\n  closed: {}\n",
        "initial: open\nstates:\n  open:\n    leave: [{signal: go, to: closed}]\n  closed: {}\n",
    ),
    "SC032": Page(
        "Two things that cannot both be: no provider books a payment that it answers with 429.",
        _rule("operation: payment.charge", "respond: {error: rate_limited, committed: true}"),
        _rule("operation: payment.charge", "respond: {error: rate_limited}"),
    ),
    "SC033": Page(
        "A warning: none of the file's providers sends this notification, or has this operation. A rule that can never "
        "fire tests nothing.",
        "providers: [stripe]\n" + _rule("operation: payment.charge, provider: paypal", _DECLINED),
        "providers: [stripe, paypal]\n" + _rule("operation: payment.charge, provider: paypal", _DECLINED),
    ),
    "SC034": Page(
        "'fired' counts rules by name; a misspelt one would always be zero.",
        _rule("operation: payment.charge", _DECLINED, "no money") + "expect: [{fired: {no mony: 1}}]\n",
        _rule("operation: payment.charge", _DECLINED, "no money") + "expect: [{fired: {no money: 1}}]\n",
    ),
    "SC035": Page(
        "Variables are declared in 'vars' with their default, so that a file can be read by itself.",
        "vars: {magic: 13.01}\n" + _rule('operation: payment.charge, amount: "${{ vars.majic }}"', _DECLINED),
        "vars: {magic: 13.01}\n" + _rule('operation: payment.charge, amount: "${{ vars.magic }}"', _DECLINED),
    ),
    "SC036": Page(
        "The rule's name is part of the seed. Without one, adding a rule above would change every throw of the dice.",
        _rule("operation: payment.charge, chance: 0.1", _DECLINED),
        _rule("operation: payment.charge, chance: 0.1", _DECLINED, "one in ten"),
    ),
    "SC037": Page(
        "Before its first byte, nothing tells whose a connection is. Rules on connections need a port that belongs to "
        "one sandbox; its address is in the answer of the activation.",
        _rule("connection: any", "connect: {fault: refuse}"),
        "settings: {listener: dedicated}\n" + _rule("connection: any", "connect: {fault: refuse}"),
    ),
    "SC040": Page(
        "'extends' names a file that is not there, goes round in a circle, or 'remove' and overriding name a rule that "
        "no parent has.",
        "extends: [lost-respnse]\n", "extends: [lost-response]\n",
    ),
    "SC041": Page(
        "Hooks are code. They are run only from files beside a scenario that was named when the server was started, and "
        "only with --allow-python; never for a text that came through the control API.",
        _rule("operation: payment.charge", 'python: "hooks.py:decide"'),
        _rule("operation: payment.charge", _DECLINED),
    ),
    "SC090": Page(
        "The language has it, this version has not.",
        "settings: {clock: {mode: frozen, sign_with: virtual}}\n", "settings: {clock: {mode: frozen}}\n",
    ),
}
# fmt: on


def page_of(code: str) -> str:
    """As `paydouble scenario explain SC021` prints it. Raises KeyError for an unknown code."""
    page = PAGES[code]
    meaning = CODES.get(code, "").capitalize()
    bad, good = (indent(HEAD + text, "    ") for text in (page.bad, page.good))
    return f"{code}: {meaning}\n\n{fill(page.why, LINE)}\n\nBad:\n\n{bad}\nGood:\n\n{good}"
