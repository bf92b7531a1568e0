"""Transaction search and balances. https://developer.paypal.com/docs/api/transaction-search/v1/"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NotRequired, TypedDict
from urllib.parse import urlencode

from paydouble.core.call import Call, Reply
from paydouble.core.clock import DAY, Instant, later, parse_rfc3339
from paydouble.core.errors import ProviderError
from paydouble.core.operation import Operation, Route, operation
from paydouble.providers.paypal.altering import altered
from paydouble.providers.paypal.amounts import CURRENCIES, Json, shown_minor
from paydouble.providers.paypal.errors import COMMON, REPORTING, ReportErrors
from paydouble.providers.paypal.models import Order
from paydouble.providers.paypal.reporting import (
    NOT_BALANCE,
    PRIMARY,
    Row,
    balances,
    entries,
    info_shown,
    payer_shown,
    rows,
    told,
)
from paydouble.providers.paypal.scene import of_call
from paydouble.providers.paypal.showing import link, present

DOCS = "https://developer.paypal.com/docs/api/transaction-search/v1/"
SEARCH_PATH, BALANCES_PATH = "/v1/reporting/transactions", "/v1/reporting/balances"
DAYS_MAX, HISTORY_DAYS, ROWS_MAX, PAGE_SIZE = 31, 3 * 366, 10_000, 100
FIELDS = ("transaction_info", "payer_info", "shipping_info", "cart_info", "store_info", "auction_info",
          "incentive_info")
ALL = "all"
EVERY_CURRENCY = "ALL"


class Search(TypedDict):
    start_date: str
    end_date: str
    transaction_id: NotRequired[str]
    transaction_type: NotRequired[str]
    transaction_status: NotRequired[str]
    transaction_amount: NotRequired[str]
    transaction_currency: NotRequired[str]
    payment_instrument_type: NotRequired[str]
    store_id: NotRequired[str]
    terminal_id: NotRequired[str]
    fields: NotRequired[str]
    balance_affecting_records_only: NotRequired[str]
    page_size: NotRequired[str]
    page: NotRequired[str]


class AsOf(TypedDict):
    as_of_time: NotRequired[str]
    currency_code: NotRequired[str]


def _wrong(message: str, field: str, value: object) -> ProviderError:
    detail = {"field": field, "value": str(value)[:100], "location": "query", "issue": message}
    return ReportErrors.INVALID_REQUEST(message, details=[detail])


def _time(params: Mapping[str, Any], name: str) -> Instant:
    """A plus sign that was not escaped has become a space."""
    text = str(params[name])
    try:
        return parse_rfc3339(text.replace(" ", "+"))
    except ValueError:
        raise _wrong("Invalid date format", name, text) from None


@operation(
    "search.get", Route(REPORTING, "GET", SEARCH_PATH), means=("statement.download",),
    docs=f"{DOCS}#transactions_get",
    errors=(ReportErrors.INVALID_REQUEST, ReportErrors.RESULTSET_TOO_LARGE, *COMMON),
)
async def search(call: Call[Search]) -> Reply:
    """List a seller's transactions in at most 31 days, the oldest first."""
    params, scene = call.params, of_call(call)
    start, end = _window(params, scene.now)
    ledger = await entries(call.work, end)
    keep = _filters(params)
    every = await rows(call.work, ledger, scene.account, scene.merchant.id)
    found = altered([row for row in every if row.at >= start and keep(row)], start, call.statement)
    if len(found) > ROWS_MAX:
        raise ReportErrors.RESULTSET_TOO_LARGE()
    size, page = int(params.get("page_size", PAGE_SIZE)), int(params.get("page", 1))
    pages = max(1, -(-len(found) // size))
    asked = _fields(params)
    shown = [await _detail(call, row, asked, scene.account) for row in found[(page - 1) * size : page * size]]
    return Reply({
        "transaction_details": shown, "account_number": scene.account, "start_date": told(start),
        "end_date": told(end), "last_refreshed_datetime": told(scene.now), "page": page,
        "total_items": len(found), "total_pages": pages, "links": _links(call, page, pages),
    })


def _window(params: Search, now: Instant) -> tuple[Instant, Instant]:
    start, end = _time(params, "start_date"), _time(params, "end_date")
    if start > end:
        raise _wrong("Start date is after the end date", "start_date", params["start_date"])
    if end - start > DAYS_MAX * DAY:
        raise _wrong("Date range is greater than 31 days", "end_date", params["end_date"])
    if start < later(now, -HISTORY_DAYS * DAY):
        raise _wrong("Data for the given start date is not available", "start_date", params["start_date"])
    return start, end


def _filters(params: Search) -> Callable[[Row], bool]:
    """All of what is asked for has to hold."""
    low, high = _amounts(params)
    only_balance = params.get("balance_affecting_records_only", "Y") == "Y"
    instrument = params.get("payment_instrument_type", "")
    elsewhere = bool(params.get("store_id") or params.get("terminal_id"))

    def keep(row: Row) -> bool:
        return not elsewhere and (
            params.get("transaction_id", row.id) == row.id
            and params.get("transaction_type", row.code) == row.code
            and params.get("transaction_status", row.status) == row.status
            and params.get("transaction_currency", row.currency) == row.currency
            and (not only_balance or row.code not in NOT_BALANCE)
            and (low is None or high is None or low <= row.minor <= high)
            and (not instrument or (instrument == "CREDITCARD" and row.card))
        )

    return keep


def _amounts(params: Search) -> tuple[int | None, int | None]:
    """From "500 TO 1005", in hundredths."""
    text = params.get("transaction_amount", "")
    if not text:
        return None, None
    low, to, high = text.partition(" TO ")
    if not to or not low.lstrip("-").isdecimal() or not high.lstrip("-").isdecimal():
        raise _wrong("Invalid transaction amount range", "transaction_amount", text)
    if "transaction_currency" not in params:
        raise _wrong("A transaction amount needs its currency", "transaction_currency", "")
    return int(low), int(high)


def _fields(params: Search) -> tuple[str, ...]:
    asked = tuple(one.strip() for one in params.get("fields", FIELDS[0]).split(","))
    unknown = [one for one in asked if one not in (*FIELDS, ALL)]
    if unknown:
        raise _wrong("Invalid value for fields", "fields", unknown[0])
    return FIELDS if ALL in asked else asked


async def _detail(call: Call[Any], row: Row, asked: tuple[str, ...], seller: str) -> Json:
    parts: Json = {}
    order = await call.work.get(Order, row.order) if row.order else None
    unit: Mapping[str, Any] = order.units[0] if order else {}
    if "transaction_info" in asked:
        parts["transaction_info"] = info_shown(row, seller)
    if "payer_info" in asked:
        parts["payer_info"] = payer_shown(row.payer)
    if "shipping_info" in asked:
        parts["shipping_info"] = _shipping(unit.get("shipping") or {})
    if "cart_info" in asked:
        parts["cart_info"] = _cart(unit)
    empty = ("store_info", "auction_info", "incentive_info")
    return parts | {name: {} for name in empty if name in asked}


def _shipping(shipping: Mapping[str, Any]) -> Json:
    address = shipping.get("address") or {}
    told_address = present(
        line1=address.get("address_line_1"), line2=address.get("address_line_2"),
        city=address.get("admin_area_2"), state=address.get("admin_area_1"),
        country_code=address.get("country_code"), postal_code=address.get("postal_code"),
    )
    return present(name=(shipping.get("name") or {}).get("full_name"), address=told_address)


def _cart(unit: Mapping[str, Any]) -> Json:
    items = [
        present(
            item_name=item["name"], item_code=item.get("sku"), item_description=item.get("description"),
            item_quantity=str(item["quantity"]), item_unit_price=dict(item["unit_amount"]),
        )
        for item in unit.get("items") or ()
    ]
    return {"item_details": items} if items else {}


def _links(call: Call[Any], page: int, pages: int) -> list[Json]:
    rest = {name: str(value) for name, value in call.params.items() if name != "page"}

    def to(number: int, rel: str) -> Json:
        query = urlencode({**rest, "page": number})
        return link(f"{call.request.base_url}{SEARCH_PATH}?{query}", rel)

    links = [to(page, "self"), to(1, "first"), to(pages, "last")]
    if page > 1:
        links.append(to(page - 1, "prev"))
    if page < pages:
        links.append(to(page + 1, "next"))
    return links


@operation(
    "balances.get", Route(REPORTING, "GET", BALANCES_PATH), docs=f"{DOCS}#balances_get",
    errors=(ReportErrors.INVALID_REQUEST, *COMMON),
)
async def show_balances(call: Call[AsOf]) -> Reply:
    """Show what a seller has, free and held, in each currency."""
    params, scene = call.params, of_call(call)
    at = _time(params, "as_of_time") if params.get("as_of_time") else scene.now
    if at > scene.now:
        raise _wrong("As of time is in the future", "as_of_time", params.get("as_of_time"))
    currency = params.get("currency_code", EVERY_CURRENCY).upper()
    if currency != EVERY_CURRENCY and currency not in CURRENCIES:
        raise _wrong("Invalid currency code", "currency_code", currency)
    kept = balances(await entries(call.work, at), scene.account)
    shown = [
        {
            "currency": one, **({"primary": True} if one == PRIMARY else {}),
            "total_balance": shown_minor(free + held, one), "available_balance": shown_minor(free, one),
            "withheld_balance": shown_minor(held, one),
        }
        for one, (free, held) in kept.items() if currency in (EVERY_CURRENCY, one)
    ]
    return Reply({
        "balances": shown, "account_id": scene.account, "as_of_time": told(at),
        "last_refresh_time": told(scene.now),
    })


OPERATIONS: tuple[Operation, ...] = (search, show_balances)
