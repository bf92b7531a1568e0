"""Stripe's documented test cards (https://docs.stripe.com/testing): each number, its ids, and what becomes of it."""

# ruff: noqa: E501  the tables are as wide as their rows
from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from paydouble.core.effect import Outcome, Result


class Authenticates(Enum):
    """When the cardholder is asked to authenticate."""

    NEVER = "never"
    ALWAYS = "always"
    UNLESS_SET_UP = "unless_set_up"
    """Off session, not once the card was set up."""
    ON_SESSION = "on_session"
    """Off session, it was set up elsewhere."""


class RefundFate(Enum):
    """What becomes of a refund to the card."""

    SUCCEEDS = "succeeds"
    PENDING = "pending"
    """Succeeds after a while."""
    FAILS = "fails"
    """Succeeds at first."""


@dataclass(frozen=True, slots=True)
class Card:
    """One of the test cards."""

    number: str
    names: tuple[str, ...]
    """What follows `pm_card_` or `tok_`; the first is the usual one, none: only the number is known."""
    brand: str
    funding: str = "credit"
    country: str = "US"
    decline: str = ""
    """The decline code, or the code where that is all there is."""
    attaches: bool = True
    authenticates: Authenticates = Authenticates.NEVER
    refund: RefundFate = RefundFate.SUCCEEDS
    cvc_check: str = "pass"
    postal_code_check: str = "pass"
    line1_check: str = "pass"
    risk_level: str = "normal"
    blocked: bool = False
    """By Radar: it never reaches the network."""
    available_at_once: bool = False
    """Its money skips the pending balance."""
    dispute: str = ""
    """The reason with which its holder disputes every charge of it."""
    inquiry: bool = False
    """The dispute is an inquiry first: no money moves."""
    fraud_record: bool = False
    """Its issuer reports every charge of it as fraud: an early fraud warning."""

    def outcome(self, *, off_session: bool, set_up: bool) -> Outcome | None:
        """What happens when it is charged; None: it is approved."""
        if self.must_authenticate(off_session=off_session, set_up=set_up):
            return Outcome(Result.REQUIRES_ACTION, action="3ds")
        return self.after_authentication()

    def must_authenticate(self, *, off_session: bool, set_up: bool) -> bool:
        match self.authenticates:
            case Authenticates.ALWAYS:
                return True
            case Authenticates.UNLESS_SET_UP:
                return not (off_session and set_up)
            case Authenticates.ON_SESSION:
                return not off_session
            case Authenticates.NEVER:
                return False

    def after_authentication(self) -> Outcome | None:
        return Outcome(Result.DECLINED, native_code=self.decline) if self.decline else None


_ALWAYS, _UNLESS_SET_UP, _ON_SESSION = Authenticates.ALWAYS, Authenticates.UNLESS_SET_UP, Authenticates.ON_SESSION

# fmt: off
_CARDS: tuple[Card, ...] = (
    Card("4242424242424242",    ("visa", "us"),                           "visa"),
    Card("4000056655665556",    ("visa_debit", "visa_debit_us_transferSuccess"),                          "visa", "debit"),
    Card("5555555555554444",    ("mastercard",),                          "mastercard"),
    Card("2223003122003222",    (),                                       "mastercard"),
    Card("5200828282828210",    ("mastercard_debit",),                    "mastercard", "debit"),
    Card("5105105105105100",    ("mastercard_prepaid",),                  "mastercard", "prepaid"),
    Card("378282246310005",     ("amex", "amex_threeDSecureNotSupported"), "amex"),
    Card("371449635398431",     (),                                       "amex"),
    Card("6011111111111117",    ("discover",),                            "discover"),
    Card("6011000990139424",    (),                                       "discover"),
    Card("6011981111111113",    ("discover_debit",),                      "discover", "debit"),
    Card("3056930009020004",    ("diners",),                              "diners"),
    Card("36227206271667",      (),                                       "diners"),
    Card("3566002020360505",    ("jcb",),                                 "jcb", "credit", "JP"),
    Card("3530111333300000",    (),                                       "jcb", "credit", "JP"),
    Card("6200000000000005",    ("unionpay",),                            "unionpay", "credit", "CN"),
    Card("6200000000000047",    (),                                       "unionpay", "debit", "CN"),
    Card("6205500000000000004", (),                                       "unionpay", "credit", "CN"),
    Card("6555900000604105",    (),                                       "discover"),
    Card("4000002500001001",    ("visa_cartesBancaires",),                "visa", "credit", "FR"),
    Card("5555552500001001",    ("mastercard_cartesBancaires",),          "mastercard", "credit", "FR"),
    Card("4000050360000001",    ("visa_debit_eftposAuCoBranded",),        "visa", "debit", "AU"),
    Card("5555050360000080",    ("mastercard_debit_eftposAuCoBranded",),  "mastercard", "debit", "AU"),
    Card("4000051230000072",    ("debit_visaFsaProductCode", "debit_visaHsaProductCode"), "visa", "debit"),
    Card("5200828282828897",    ("mastercard_debit_mastercardFsaProductCode",), "mastercard", "debit"),

    Card("4000000000000002",    ("visa_chargeDeclined", "chargeDeclined"), "visa", decline="generic_decline", attaches=False),
    Card("4000000000009995",    ("visa_chargeDeclinedInsufficientFunds", "chargeDeclinedInsufficientFunds"), "visa", decline="insufficient_funds", attaches=False),
    Card("4000000000009987",    ("visa_chargeDeclinedLostCard", "chargeDeclinedLostCard"), "visa", decline="lost_card", attaches=False),
    Card("4000000000009979",    ("visa_chargeDeclinedStolenCard", "chargeDeclinedStolenCard"), "visa", decline="stolen_card", attaches=False),
    Card("4000000000000069",    ("chargeDeclinedExpiredCard", "visa_chargeDeclinedExpiredCard"), "visa", decline="expired_card", attaches=False),
    Card("4000000000000127",    ("chargeDeclinedIncorrectCvc", "visa_chargeDeclinedIncorrectCvc"), "visa", decline="incorrect_cvc", attaches=False, cvc_check="fail"),
    Card("4000000000000119",    ("chargeDeclinedProcessingError", "visa_chargeDeclinedProcessingError"), "visa", decline="processing_error", attaches=False),
    Card("4000000000006975",    ("chargeDeclinedVelocityLimitExceeded", "visa_chargeDeclinedVelocityLimitExceeded"), "visa", decline="card_velocity_exceeded", attaches=False),
    Card("4100000000000019",    ("radarBlock", "chargeDeclinedFraudulent", "visa_chargeDeclinedFraudulent"), "visa", decline="fraudulent", attaches=False, risk_level="highest", blocked=True),
    Card("4000000000000341",    ("chargeCustomerFail", "visa_chargeCustomerFail"), "visa", decline="generic_decline"),

    # Stripe knows these two by their tokens only; the numbers are ours.
    Card("4000000000009359",    ("visa_chargeCustomerFailLostCard",),     "visa", decline="lost_card"),
    Card("4000000000009367",    ("visa_chargeCustomerFailStolenCard",),   "visa", decline="stolen_card"),

    Card("4000000000000101",    ("cvcCheckFail",),                        "visa", cvc_check="fail"),
    Card("4000000000000036",    ("avsZipFail",),                          "visa", postal_code_check="fail"),
    Card("4000000000000028",    ("avsLine1Fail",),                        "visa", line1_check="fail"),
    Card("4000000000000010",    ("avsFail",),                             "visa", line1_check="fail", postal_code_check="fail"),
    Card("4000000000000044",    ("avsUnchecked",),                        "visa", line1_check="unchecked", postal_code_check="unchecked"),
    Card("4000000000004954",    ("riskLevelHighest",),                    "visa", risk_level="highest"),
    Card("4000000000009235",    ("riskLevelElevated",),                   "visa", risk_level="elevated"),

    Card("4000002500003155",    ("authenticationRequiredOnSetup",),       "visa", country="FR", authenticates=_UNLESS_SET_UP),
    Card("4000002760003184",    ("authenticationRequired",),              "visa", country="DE", authenticates=_ALWAYS),
    Card("4000003800000446",    ("authenticationRequiredSetupForOffSession",), "visa", country="IT", authenticates=_ON_SESSION),
    Card("4000008260003178",    ("authenticationRequiredChargeDeclinedInsufficientFunds",), "visa", country="GB", decline="insufficient_funds", authenticates=_ALWAYS),
    Card("4000000000003220",    ("threeDSecure2Required",),               "visa", country="IE", authenticates=_ALWAYS),
    Card("4000008400000027",    (),                                       "visa", authenticates=_ALWAYS),
    Card("4000008400001629",    ("threeDSecureRequiredChargeDeclined",),  "visa", decline="generic_decline", authenticates=_ALWAYS),
    Card("4000008400001280",    ("threeDSecureRequiredProcessingError",), "visa", decline="generic_decline"),
    Card("4000000000003055",    ("threeDSecureOptional",),                "visa"),
    Card("4000000000003097",    ("threeDSecureOptionalProcessingError",), "visa"),
    Card("4000000032200000",    (),                                       "visa"),
    Card("4000582600000094",    (),                                       "visa", authenticates=_ALWAYS),
    Card("4000582600000045",    (),                                       "visa", authenticates=_ALWAYS),
    Card("4000582600000102",    (),                                       "visa", authenticates=_ALWAYS),
    Card("4000582600000110",    (),                                       "visa", authenticates=_ALWAYS),
    Card("4000000000003063",    ("threeDSecureRequired",),                "visa", authenticates=_ALWAYS),

    Card("4000000000007726",    ("pendingRefund",),                       "visa", refund=RefundFate.PENDING),
    Card("4000000000005126",    ("refundFail",),                          "visa", refund=RefundFate.FAILS),
    Card("4000000000000077",    ("bypassPending",),                       "visa", available_at_once=True),
    Card("4000003720000278",    ("bypassPendingInternational",),          "visa", country="IE", available_at_once=True),
    Card("4000000000000093",    ("domesticPricing",),                     "visa"),
    Card("4000056655665572",    ("visa_debit_us_transferFail",),          "visa", "debit"),
    Card("4000056755665555",    ("visa_debit_us_instantPayoutUnsupported",), "visa", "debit"),

    Card("4000000000000259",    ("createDispute",),                       "visa", dispute="fraudulent"),
    Card("4000000000002685",    ("createDisputeProductNotReceived",),     "visa", dispute="product_not_received"),
    Card("4000000000001976",    ("createDisputeInquiry",),                "visa", dispute="fraudulent", inquiry=True),
    Card("4000000000005423",    ("createIssuerFraudRecord",),             "visa", fraud_record=True),
    Card("4000000404000079",    ("createMultipleDisputes",),              "visa", dispute="fraudulent"),
    Card("4000000404000038",    ("createCe3EligibleDispute",),            "visa", dispute="fraudulent"),
    Card("4000008400000779",    ("createComplianceDispute",),             "visa", dispute="noncompliant"),
    Card("5105008400000002",    ("createMastercardComplianceDispute",),   "mastercard", dispute="noncompliant"),
    Card("4000000001000043",    ("createAutoRepresentmentEligibleDispute",), "visa", dispute="fraudulent"),

    Card("4000008400000407",    ("highFraudDisputeScore",),               "visa", risk_level="elevated"),
    Card("4000008400000159",    ("highEfwScore",),                        "visa", risk_level="elevated"),
    Card("4000008400001017",    ("radarDynamicRiskThreshold",),           "visa", risk_level="elevated"),
    Card("4001858821843804",    ("freeTrialAbuseBlock",),                 "visa"),
    Card("4000008405600003",    ("adaptive3dsChallenge",),                "visa", authenticates=_ALWAYS),
    Card("4000058400307872",    ("cvcCheckFailElevatedRisk",),            "visa", cvc_check="fail", risk_level="elevated"),
    Card("4000058400306072",    ("avsZipFailElevatedRisk",),              "visa", postal_code_check="fail", risk_level="elevated"),
    Card("4000000000001208",    (),                                       "visa"),
    Card("4000000000003725",    (),                                       "visa"),
)

_BY_COUNTRY = (
    "ar 4000000320000021, br 4000000760000002, ca 4000001240000000, cl 4000001520000001, co 4000001700000003,"
    " cr 4000001880000005, ec 4000002180000000, mx 4000004840008001, pa 4000005910000000, py 4000006000000066,"
    " pe 4000006040000068, uy 4000008580000003, ae 4000007840000001, at 4000000400000008, be 4000000560000004,"
    " bg 4000001000000000, by 4000001120000005, hr 4000001910000009, cy 4000001960000008, cz 4000002030000002,"
    " dk 4000002080000001, ee 4000002330000009, fi 4000002460000001, fr 4000002500000003, de 4000002760000016,"
    " gi 4000002920000005, gr 4000003000000030, hu 4000003480000005, ie 4000003720000005, it 4000003800000008,"
    " lv 4000004280000005, li 4000004380000004, lt 4000004400000000, lu 4000004420000006, mt 4000004700000007,"
    " nl 4000005280000002, no 4000005780000007, pl 4000006160000005, pt 4000006200000007, ro 4000006420000001,"
    " sa 4000006820000007, si 4000007050000006, sk 4000007030000001, es 4000007240000007, se 4000007520000008,"
    " ch 4000007560000009, gb 4000008260000000, gb_debit 4000058260000005, gb_mastercard 5555558265554449,"
    " au 4000000360000006, cn 4000001560000002, hk 4000003440000004, in 4000003560000008, jp 4000003920000003,"
    " my 4000004580000002, nz 4000005540000008, sg 4000007020000003, tw 4000001580000008,"
    " th_credit 4000007640000003, th_debit 4000057640000008"
)
# fmt: on


def _foreign() -> tuple[Card, ...]:
    cards = []
    for each in _BY_COUNTRY.split(","):
        name, number = each.split()
        cards.append(Card(
            number, (name,), "mastercard" if number.startswith("5") else "visa",
            "debit" if name.endswith("_debit") else "credit", name[:2].upper(),
        ))
    return tuple(cards)


CARDS: tuple[Card, ...] = (*_CARDS, *_foreign())
BY_NUMBER = MappingProxyType({card.number: card for card in CARDS})
_BY_NAME = MappingProxyType({name: card for card in CARDS for name in card.names})

PAYMENT_METHOD_PREFIX = "pm_card_"
TOKEN_PREFIX = "tok_"


def card_of_id(id: str) -> Card | None:
    """The card behind `pm_card_visa` or `tok_visa`."""
    for prefix in (PAYMENT_METHOD_PREFIX, TOKEN_PREFIX):
        if id.startswith(prefix):
            return _BY_NAME.get(id.removeprefix(prefix))
    return None


def passes_luhn(number: str) -> bool:
    """Whether the check digit is right."""
    if not (number.isascii() and number.isdigit()):
        return False
    digits = [int(digit) for digit in reversed(number)]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0
