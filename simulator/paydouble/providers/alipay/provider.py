"""Alipay, both protocols, as one value."""

from __future__ import annotations

from collections.abc import Mapping

from paydouble.core.clock import HOUR, MINUTE, SECOND, Duration
from paydouble.core.http import HttpRequest
from paydouble.core.notification import RetrySchedule
from paydouble.core.provider import Api, ErrorRoles, Provider
from paydouble.providers.alipay import freezing, identifiers, merchants
from paydouble.providers.alipay.acts import acts
from paydouble.providers.alipay.errors import TABLES, Gateway
from paydouble.providers.alipay.machines import PROVIDER, TRADE, V2, V3
from paydouble.providers.alipay.models import AppGateway, Refund, Trade, UsedCode
from paydouble.providers.alipay.operations import (
    agreements,
    bills,
    cashier,
    complaints,
    downloads,
    preauth,
    refunds,
    royalty,
    tokens,
    trades,
    transfers,
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
        *agreements.operations(), *tokens.operations(chosen), *bills.operations(chosen),
        *downloads.OPERATIONS,
        *complaints.operations(),
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
        acts=(*acts(chosen), *freezing.ACTS, *agreements.ACTS, *transfers.ACTS, *complaints.ACTS),
        pages=(*pages(wire), *tokens.pages(), *bills.PAGES),
        machines=(TRADE, freezing.AUTHORISATION, agreements.CONTRACT, transfers.TRANSFER),
        records=(
            Trade, Refund, UsedCode, AppGateway, royalty.Receiver, royalty.Settlement, transfers.Transfer,
            transfers.Wallet, freezing.Authorisation, freezing.Step, agreements.Contract, tokens.Grant,
            bills.BillFile, bills.Receipt, complaints.TradeComplaint,
        ),
        errors=TABLES,
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
        words=WORDS,
        test_values=test_values,
    )
