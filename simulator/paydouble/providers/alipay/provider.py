"""Alipay, both protocols, as one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from paydouble.core.clock import HOUR, MINUTE, SECOND, Duration
from paydouble.core.http import HttpRequest
from paydouble.core.notification import RetrySchedule
from paydouble.core.provider import Api, ErrorRoles, Provider
from paydouble.providers.alipay import (
    depositing,
    freezing,
    identifiers,
    later,
    merchants,
    permits,
    splitting,
)
from paydouble.providers.alipay.acts import acts
from paydouble.providers.alipay.errors import TABLES, Gateway
from paydouble.providers.alipay.errors_around import Around
from paydouble.providers.alipay.errors_reports import Bill, Complaint
from paydouble.providers.alipay.errors_v3 import GatewayV3
from paydouble.providers.alipay.machines import PROVIDER, TRADE, V2, V3
from paydouble.providers.alipay.models import AppGateway, Refund, Trade, UsedCode
from paydouble.providers.alipay.operations import (
    advance,
    agreements,
    batches,
    bills,
    cashier,
    complaints,
    downloads,
    household,
    merging,
    paidin,
    preauth,
    quotas,
    refunds,
    returns,
    risk,
    royalty,
    signing,
    submerchants,
    syncing,
    tokens,
    trades,
    transfers,
    uploads,
)
from paydouble.providers.alipay.pages import pages
from paydouble.providers.alipay.refusing import broken_contract, unknown_method
from paydouble.providers.alipay.settings import AlipaySettings
from paydouble.providers.alipay.test_values import test_values
from paydouble.providers.alipay.wire import Wire
from paydouble.providers.alipay.wire_v3 import WireV3
from paydouble.providers.alipay.words import WORDS

HOSTS = (
    "openapi.alipay.com", "openapi-sandbox.dl.alipaydev.com", "openapi.alipaydev.com", "qr.alipay.com",
    "excashier.alipay.com", "excashier-sandbox.dl.alipaydev.com", "mclient.alipay.com",
    "openauth.alipay.com", "openauth-sandbox.dl.alipaydev.com", "dwbillcenter.alipay.com",
)

# Eight attempts, the last 24 hours and 24 minutes after the first.
# fmt: off
RETRIES = RetrySchedule(
    delays=tuple(Duration(count * unit) for count, unit in (
        (4, MINUTE), (10, MINUTE), (10, MINUTE), (1, HOUR), (2, HOUR), (6, HOUR), (15, HOUR),
    )),
    timeout=Duration(5 * SECOND),
)
# Messages begin after two minutes.
MESSAGE_RETRIES = RetrySchedule(
    delays=(Duration(2 * MINUTE), *RETRIES.delays[1:]), timeout=RETRIES.timeout,
)
MESSAGES = (
    f"{transfers.CHANGED}.SUCCESS", f"{transfers.CHANGED}.FAIL", complaints.CHANGED, splitting.TOLD,
    depositing.COMPLETED, f"{submerchants.ZFT}.passed", f"{submerchants.ZFT}.rejected",
)
# fmt: on


def _is_v3(request: HttpRequest) -> bool:
    return request.path.startswith("/v3/")


def _is_gateway(request: HttpRequest) -> bool:
    return not _is_v3(request)


def build(settings: Mapping[str, str] | None = None) -> Provider:
    """Under these settings, explained in `AlipaySettings`. Raises ValueError for unknown ones."""
    chosen = AlipaySettings.parse(settings or {})
    operations = (
        *trades.operations(chosen), *cashier.operations(chosen), *refunds.operations(chosen),
        *royalty.operations(chosen), *transfers.operations(chosen), *preauth.operations(),
        *quotas.operations(chosen), *paidin.operations(), *returns.operations(), *advance.operations(chosen),
        *agreements.operations(chosen), *signing.operations(), *tokens.operations(chosen),
        *bills.operations(chosen),
        *downloads.OPERATIONS,
        *complaints.operations(), *uploads.operations(),
        *syncing.operations(chosen), *merging.operations(chosen), *risk.operations(),
        *submerchants.operations(), *household.operations(), *batches.operations(chosen),
    )
    methods = frozenset(route.selector for each in operations for route in each.routes if route.selector)
    wire = Wire(methods)
    return Provider(
        name=PROVIDER,
        hosts=HOSTS,
        apis=(
            Api(name=V2, wire=wire, claims=_is_gateway),
            Api(name=V3, wire=WireV3(chosen), claims=_is_v3),
        ),
        operations=operations,
        acts=(*acts(chosen), *later.ACTS, *freezing.ACTS, *agreements.ACTS, *transfers.ACTS, *paidin.ACTS,
              *complaints.ACTS, *submerchants.ACTS, *splitting.ACTS, *depositing.ACTS,
              *batches.acts(chosen), *merging.acts(chosen)),
        pages=(*pages(wire), *tokens.pages(), *bills.PAGES, *paidin.PAGES, *merging.PAGES),
        machines=(TRADE, freezing.AUTHORISATION, agreements.CONTRACT, transfers.TRANSFER,
                  submerchants.APPLICATION, household.CONTRACT, household.DEDUCTION, splitting.SPLIT,
                  batches.BATCH),
        records=(
            Trade, Refund, UsedCode, AppGateway, royalty.Receiver, splitting.Settlement, transfers.Transfer,
            returns.Return,
            quotas.Wallet, freezing.Authorisation, freezing.Step, agreements.Contract, tokens.Grant,
            bills.BillFile, bills.Receipt, complaints.TradeComplaint, permits.Nonces,
            uploads.StoredFile, syncing.SyncedOrder, syncing.Declaration, merging.MergedOrder,
            submerchants.IndirectMerchant, submerchants.Application, household.UtilityBill,
            household.DeductContract, household.Deduction, batches.Batch,
        ),
        errors=(*TABLES, Bill, Complaint, GatewayV3, Around),
        roles=ErrorRoles(
            unknown_route=unknown_method, wrong_method=unknown_method, broken_contract=broken_contract,
            internal=Gateway.UNKNOW_ERROR, too_large=Gateway.INVALID_FILE_SIZE, routes_first=False,
        ),
        merchant=merchants.merchant,
        credentials=merchants.credentials,
        subscribe=merchants.subscribe,
        endpoints=merchants.endpoints,
        event_id=identifiers.event_id,
        retries=RETRIES,
        own_retries=dict.fromkeys(MESSAGES, MESSAGE_RETRIES),
        permit=permits.permit(chosen, operations),
        words=replace(WORDS, emits=later.emits(chosen)),
        test_values=test_values,
    )
