"""Stripe's documented test bank accounts (https://docs.stripe.com/testing#non-card-payments)."""

# ruff: noqa: E501  the tables are as wide as their rows
from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

US = "us_bank_account"
SEPA = "sepa_debit"
ROUTING_NUMBER = "110000000"


class Clears(Enum):
    """What becomes of a debit once it is submitted."""

    SUCCEEDS = "succeeds"
    SUCCEEDS_LATE = "succeeds_late"
    FAILS = "fails"
    FAILS_LATE = "fails_late"
    DISPUTED = "disputed"
    """Succeeds at first."""
    STAYS = "stays"
    """In processing, until somebody acts."""


@dataclass(frozen=True, slots=True)
class BankAccount:
    """One of the test accounts, by account number or IBAN."""

    number: str
    name: str
    """What follows `pm_usBankAccount_` or `pm_sepaDebit_`."""
    type: str
    clears: Clears = Clears.SUCCEEDS
    failure: str = ""
    """The failure code, where it fails."""
    country: str = "US"
    blocked: bool = False

    @property
    def late(self) -> bool:
        return self.clears in (Clears.SUCCEEDS_LATE, Clears.FAILS_LATE)

    @property
    def fails(self) -> bool:
        return self.clears in (Clears.FAILS, Clears.FAILS_LATE)


# fmt: off
_US: tuple[BankAccount, ...] = (
    BankAccount("000123456789", "success",             US),
    BankAccount("000111111113", "accountClosed",       US, Clears.FAILS,    "account_closed"),
    BankAccount("000000004954", "riskLevelHighest",    US, Clears.FAILS,    "blocked", blocked=True),
    BankAccount("000111111116", "noAccount",           US, Clears.FAILS,    "no_account"),
    BankAccount("000222222227", "insufficientFunds",   US, Clears.FAILS,    "insufficient_funds"),
    BankAccount("000333333335", "debitNotAuthorized",  US, Clears.FAILS,    "debit_not_authorized"),
    BankAccount("000444444440", "invalidCurrency",     US, Clears.FAILS,    "invalid_currency"),
    BankAccount("000666666661", "failMicrodeposits",   US, Clears.FAILS,    "bank_account_unverified"),
    BankAccount("000555555559", "dispute",             US, Clears.DISPUTED),
    BankAccount("000000000009", "processing",          US, Clears.STAYS),
    BankAccount("000777777771", "weeklyLimitExceeded", US, Clears.FAILS,    "charge_exceeds_weekly_limit"),
)
_IBANS = {
    "AT": ("AT611904300234573201", "AT321904300235473204", "AT861904300235473202", "AT051904300235473205",
           "AT591904300235473203", "AT981904300000343434", "AT601904300000121212", "AT981904300002222227"),
    "DE": ("DE89370400440532013000", "DE08370400440532013003", "DE62370400440532013001", "DE78370400440532013004",
           "DE35370400440532013002"),
    "FR": ("FR1420041010050500013M02606", "", "FR8420041010050500013M02607"),
    "IE": ("IE29AIBK93115212345678", "", "IE02AIBK93115212345679"),
}
_OF_IBANS: tuple[tuple[str, Clears, str], ...] = (
    ("success",                       Clears.SUCCEEDS,      ""),
    ("successDelayed",                Clears.SUCCEEDS_LATE, ""),
    ("failed",                        Clears.FAILS,         "insufficient_funds"),
    ("failedDelayed",                 Clears.FAILS_LATE,    "insufficient_funds"),
    ("disputed",                      Clears.DISPUTED,      ""),
    ("exceedsWeeklyVolumeLimit",      Clears.FAILS,         "charge_exceeds_source_limit"),
    ("exceedsWeeklyTransactionLimit", Clears.FAILS,         "charge_exceeds_weekly_limit"),
    ("insufficientFunds",             Clears.FAILS,         "insufficient_funds"),
)
# fmt: on


def _sepa() -> tuple[BankAccount, ...]:
    return tuple(
        BankAccount(iban, f"{name}_{country.lower()}", SEPA, clears, failure, country)
        for country, ibans in _IBANS.items()
        for iban, (name, clears, failure) in zip(ibans, _OF_IBANS, strict=False)
        if iban
    )


BANK_ACCOUNTS: tuple[BankAccount, ...] = (*_US, *_sepa())
BY_ACCOUNT = MappingProxyType({account.number: account for account in BANK_ACCOUNTS})
PREFIXES = MappingProxyType({US: "pm_usBankAccount_", SEPA: "pm_sepaDebit_"})
_BY_ID = MappingProxyType({f"{PREFIXES[account.type]}{account.name}": account for account in BANK_ACCOUNTS})


def account_of_id(id: str) -> BankAccount | None:
    """The account behind `pm_usBankAccount_success` or `pm_sepaDebit_success_de`."""
    return _BY_ID.get(id)
