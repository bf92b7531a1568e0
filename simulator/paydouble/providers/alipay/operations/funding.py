"""Where the money of `trade.pay` comes from: a code that a buyer shows, an agreement, a pre-authorisation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from paydouble.core.call import Call
from paydouble.core.ids import Ids
from paydouble.providers.alipay import buyers, freezing, identifiers
from paydouble.providers.alipay.errors import Acq
from paydouble.providers.alipay.models import Trade
from paydouble.providers.alipay.operations import agreements
from paydouble.providers.alipay.operations.codes import is_auth_code
from paydouble.providers.alipay.refusing import ZERO_AMOUNTS

COMPLETE = "COMPLETE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Who pays, out of what."""

    buyer_id: str = buyers.DEFAULT
    auth_no: str = ""
    agreement_no: str = ""
    shown: Mapping[str, object] = field(default_factory=dict)


async def source(call: Call[Any], order: Trade) -> Source:
    """Raises where the source is none, or has not enough."""
    params = call.params
    if params.get("auth_no"):
        auth = await _authorised(call, order)
        return Source(buyer_id=auth.payer_id, auth_no=auth.id, shown={"auth_trade_pay_mode": "PRE_AUTH"})
    agreement = params.get("agreement_params")
    if isinstance(agreement, Mapping) and agreement:
        number = str(agreement.get("agreement_no", ""))
        found = await agreements.check(
            call.work, order.seller_id, number, order.total_minor, call.clock.now()
        )
        return Source(buyer_id=found.user_id, agreement_no=found.id)
    if not is_auth_code(params.get("auth_code", "")):
        raise Acq.PAYMENT_AUTH_CODE_INVALID(out_trade_no=order.out_trade_no, **ZERO_AMOUNTS)
    return Source()


async def taken(call: Call[Any], source: Source, paid: Trade) -> None:
    """Books what the payment took out of its source."""
    now = call.clock.now()
    if source.agreement_no:
        await agreements.take(call.work, source.agreement_no, paid.total_minor, now)
    if source.auth_no:
        auth = await call.work.get(freezing.Authorisation, source.auth_no)
        assert auth is not None, "it was checked"
        complete = call.params.get("auth_confirm_mode") == COMPLETE
        freezing.take(call.work, call.ids, auth, paid.total_minor, paid.id, now, complete=complete)


async def _authorised(call: Call[Any], order: Trade) -> freezing.Authorisation:
    auth = await call.work.get(freezing.Authorisation, call.params["auth_no"])
    if auth is None or auth.seller_id != order.seller_id:
        raise Acq.AUTH_NO_ERROR(out_trade_no=order.out_trade_no)
    if auth.status != "AUTHORIZED":
        rows = {"INIT": Acq.AUTH_ORDER_NOT_PAID, "FINISH": Acq.AUTH_ORDER_HAS_FINISHED}
        raise rows.get(auth.status, Acq.AUTH_ORDER_HAS_CLOSED)(out_trade_no=order.out_trade_no)
    if order.total_minor > auth.rest_minor:
        raise Acq.AUTH_AMOUNT_NOT_ENOUGH(out_trade_no=order.out_trade_no)
    return auth


def new_code(ids: Ids) -> str:
    return identifiers.qr_code(ids)
