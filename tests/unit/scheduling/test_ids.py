from __future__ import annotations

from paydouble.core.ids import DIGITS
from paydouble.scheduling.ids import SeededIds


def test_equal_seeds_give_equal_tokens_in_the_same_order() -> None:
    one, other = SeededIds(7, "sb"), SeededIds(7, "sb")
    assert [one.token(24) for _ in range(20)] == [other.token(24) for _ in range(20)]


def test_seed_sandbox_and_incarnation_each_make_another_source() -> None:
    firsts = {
        SeededIds(seed, sandbox, life).token(24)
        for seed in (1, 2) for sandbox in ("a", "b") for life in (1, 2)
    }
    assert len(firsts) == 8


def test_tokens_do_not_repeat_and_keep_to_their_alphabet() -> None:
    ids = SeededIds(1, "sb")
    tokens = [ids.token(28, DIGITS) for _ in range(5_000)]
    assert len(set(tokens)) == 5_000
    assert all(token.isdigit() and len(token) == 28 for token in tokens)
