"""Alipay as the shop uses it: the gateway, RSA2, codes that the payer scans or shows.

https://opendocs.alipay.com/open/02ekfg, https://opendocs.alipay.com/common/02kf5q
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlencode

from paydouble.testing.sample_shop.calling import call
from paydouble.testing.sample_shop.flaws import Flaw
from paydouble.testing.sample_shop.signing import public_key, sign, verifies
from paydouble.testing.sample_shop.statements import alipay_lines
from paydouble.testing.sample_shop.values import (
    Busy,
    Done,
    Forged,
    Found,
    Line,
    Order,
    Refund,
    Refused,
    State,
    Terms,
    Told,
    Unheard,
)

SHANGHAI = timezone(timedelta(hours=8))
STATES = {
    "WAIT_BUYER_PAY": State.OPEN, "TRADE_SUCCESS": State.PAID, "TRADE_FINISHED": State.PAID,
    "TRADE_CLOSED": State.CLOSED,
}  # fmt: skip
UNDECIDED = frozenset({"20000"})
UNSURE = frozenset({"ACQ.SYSTEM_ERROR", "aop.ACQ.SYSTEM_ERROR", "SYSTEM_ERROR", "isp.unknow-error",
                    "aop.unknow-error"})  # fmt: skip
LIMITED = frozenset({"isp.call-limited", "isv.app-call-limited", "isv.method-call-limited"})
ABSENT = frozenset({"ACQ.TRADE_NOT_EXIST"})
_SIGNED = re.compile(rb'^\{"\w+":\s?(\{.*\}),\s?"sign":\s?"([A-Za-z0-9+/=]+)"\}$', re.DOTALL)


@dataclass(frozen=True, slots=True)
class AlipayTill:
    terms: Terms
    currency: str = "CNY"

    def create(self, order: Order, key: str) -> Found:
        content = {
            "out_trade_no": order.number, "total_amount": str(order.amount), "subject": "Sample order",
            "passback_params": urlencode({**order.metadata, "order_id": order.id}),
        }
        if order.method == "direct":
            content |= {"scene": "bar_code", "auth_code": order.payer_code("28")}
            paid = self._ask("alipay.trade.pay", content, notify_url=self.terms.callback)
            state = State.PENDING if paid["code"] == "10003" else State.PAID
            return Found(state, paid.get("trade_no", ""), order.amount)
        made = self._ask("alipay.trade.precreate", content, notify_url=self.terms.callback)
        return Found(State.OPEN, amount=order.amount, pay_url=_of(made, "qr_code"))

    def capture(self, order: Order, key: str) -> Found:
        return self.query(order)

    def query(self, order: Order) -> Found:
        if not order.number:
            return Found(State.ABSENT)
        try:
            trade = self._ask("alipay.trade.query", {"out_trade_no": order.number})
        except Refused as refused:
            # A code that nobody has scanned is no trade yet.
            if str(refused) in ABSENT:
                return Found(State.OPEN if order.pay_url else State.ABSENT)
            raise
        state = STATES.get(_of(trade, "trade_status"), State.PENDING)
        return Found(state, _of(trade, "trade_no"), Decimal(_of(trade, "total_amount")))

    def cancel(self, order: Order) -> None:
        self._ask("alipay.trade.close", {"out_trade_no": order.number})

    def refund(self, order: Order, refund: Refund) -> str:
        made = self._ask("alipay.trade.refund", {
            "out_trade_no": order.number, "refund_amount": str(refund.amount),
            "out_request_no": refund.number,
        })
        return "done" if made.get("fund_change") == "Y" else self.refund_state(order, refund)

    def refund_state(self, order: Order, refund: Refund) -> str:
        asked = {"out_trade_no": order.number, "out_request_no": refund.number}
        found = self._ask("alipay.trade.fastpay.refund.query", asked)
        return "done" if found.get("refund_status") == "REFUND_SUCCESS" else (
            "pending" if found.get("refund_amount") else "absent")

    def fee(self, order: Order) -> Decimal:
        lines = self.statement(datetime.now(SHANGHAI).strftime("%Y-%m-%d"))
        return next((line.fee for line in lines if line.order == order.number), Decimal(0))

    def statement(self, day: str) -> list[Line]:
        asked = {"bill_type": "trade", "bill_date": day}
        found = self._ask("alipay.data.dataservice.bill.downloadurl.query", asked)
        url = _of(found, "bill_download_url")
        return alipay_lines(call(url, "GET", timeout_s=self.terms.timeout_s).body)

    def read(self, headers: Mapping[str, str], body: bytes) -> Told:
        try:
            fields = dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, strict_parsing=True))
        except ValueError as error:
            raise Forged(f"not a form: {error}") from None
        if Flaw.NO_VERIFICATION not in self.terms.flaws:
            self._verify(fields)
        if fields.get("app_id") != self.terms.credentials["app_id"] and (
            Flaw.IGNORES_RECIPIENT not in self.terms.flaws
        ):
            raise Forged(f"meant for {fields.get('app_id')}")
        try:
            return _told(fields)
        except (KeyError, ArithmeticError) as error:
            raise Forged(f"no notification: {error!r}") from None

    def acknowledgement(self) -> tuple[int, str, bytes]:
        return 200, "text/plain", b"success"

    def _verify(self, fields: Mapping[str, str]) -> None:
        text = _text(fields, "sign", "sign_type")
        key = public_key(self.terms.credentials["alipay_public_key_pem"])
        if fields.get("sign_type") != "RSA2" or not verifies(key, text, fields.get("sign", "")):
            raise Forged("the signature does not fit")

    def _ask(self, method: str, content: Mapping[str, str], **more: str) -> dict[str, str]:
        """`more` stands beside the content, as `notify_url` does."""
        known = self.terms.credentials
        fields = {
            "app_id": known["app_id"], "method": method, "charset": "utf-8", "sign_type": "RSA2",
            "version": "1.0", "timestamp": datetime.now(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S"),
            "biz_content": json.dumps(content), **more,
        }
        fields["sign"] = sign(known["app_private_key_pem"], _text(fields, "sign"))
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = call(known["gateway"], "POST", urlencode(fields).encode(), headers,
                      timeout_s=self.terms.timeout_s)
        return self._read(answer.body, answer.json)

    def _read(self, body: bytes, document: Mapping[str, Any]) -> dict[str, str]:
        signed = _SIGNED.match(body)
        key = public_key(self.terms.credentials["alipay_public_key_pem"])
        genuine = signed is not None and verifies(key, signed[1], signed[2].decode("ascii"))
        if not genuine and Flaw.BELIEVES_ANSWERS not in self.terms.flaws:
            raise Unheard("an answer that is not Alipay's")
        said: dict[str, str] = next((each for name, each in document.items() if name != "sign"), {})
        code, detail = str(said.get("code", "")), str(said.get("sub_code", ""))
        if code in ("10000", "10003"):
            return said
        if detail in LIMITED:
            raise Busy(detail)
        if code in UNDECIDED or detail in UNSURE or not code:
            raise Unheard(detail or code or "an answer without a code")
        if detail == "ACQ.TRADE_HAS_SUCCESS":
            raise Done(detail)
        raise Refused(detail or code)


def _told(fields: Mapping[str, str]) -> Told:
    order = dict(parse_qsl(fields.get("passback_params", ""))).get("order_id", fields["out_trade_no"])
    native = fields["trade_no"]
    if fields.get("refund_fee") and fields.get("out_biz_no", "") != "":
        return Told(fields["notify_id"], "refund", order, amount=Decimal(fields["refund_fee"]),
                    currency="CNY", native=native, refund=fields["out_biz_no"], status="done")
    state = STATES.get(fields["trade_status"], State.PENDING)
    return Told(fields["notify_id"], "payment", order, state, Decimal(fields["total_amount"]), "CNY", native)


def _of(answer: Mapping[str, str], name: str) -> str:
    if name not in answer:
        raise Unheard(f"an answer without {name}")
    return answer[name]


def _text(fields: Mapping[str, str], *but: str) -> bytes:
    """What is signed."""
    named = ((name, fields[name]) for name in sorted(fields))
    return "&".join(f"{name}={value}" for name, value in named if name not in but and value).encode()
