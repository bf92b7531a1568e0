"""Entries that do not balance cannot be made."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paydouble.core import ledger
from paydouble.core.ledger import Entry, EntryKind, Posting, Unbalanced, reverse, transfer
from paydouble.core.money import Money

POSTINGS = st.lists(st.builds(
    Posting, st.sampled_from(["a", "b"]),
    st.builds(Money, st.integers(-3, 3), st.sampled_from(["CNY", "USD"])),
), max_size=4).map(tuple)


@given(POSTINGS)
def test_an_entry_exists_only_if_each_currency_sums_to_zero(postings: tuple[Posting, ...]) -> None:
    balanced = all(
        sum(posting.money.minor for posting in postings if posting.money.currency == currency) == 0
        for currency in ("CNY", "USD")
    )
    if balanced:
        assert Entry(id="", what=EntryKind.FEE, reference="", memo="", postings=postings).postings == postings
    else:
        with pytest.raises(Unbalanced):
            Entry(id="", what=EntryKind.FEE, reference="", memo="", postings=postings)


def test_a_transfer_takes_from_the_source_and_gives_to_the_target() -> None:
    entry = transfer(
        EntryKind.CAPTURE, source=ledger.PAYER, target=ledger.pending("m1"), amount=Money(500, "CNY"),
        reference="pay_1", memo="cap_1",
    )
    assert entry.postings == (
        Posting("payer:external", Money(-500, "CNY")), Posting("merchant:m1:pending", Money(500, "CNY"))
    )
    assert (entry.what, entry.reference, entry.memo) == (EntryKind.CAPTURE, "pay_1", "cap_1")


def test_a_transfer_of_less_than_nothing_is_our_mistake() -> None:
    with pytest.raises(AssertionError):
        transfer(EntryKind.FEE, source="a", target="b", amount=Money(-1, "CNY"), reference="", memo="")


def test_the_reverse_undoes_every_posting_and_is_an_entry_of_its_own() -> None:
    entry = Entry(
        id="ent_1", what=EntryKind.AUTHORIZE, reference="pay_1", memo="auth_1",
        postings=(Posting("a", Money(-5, "CNY")), Posting("b", Money(5, "CNY"))),
    )
    undone = reverse(entry, EntryKind.VOID, "void_1")
    assert (undone.id, undone.what, undone.reference, undone.memo) == ("", EntryKind.VOID, "pay_1", "void_1")
    assert undone.postings == (Posting("a", Money(5, "CNY")), Posting("b", Money(-5, "CNY")))


def test_accounts_of_one_merchant_are_three() -> None:
    accounts = {ledger.pending("m"), ledger.available("m"), ledger.reserved("m"), ledger.fees("m")}
    assert len(accounts) == 4
