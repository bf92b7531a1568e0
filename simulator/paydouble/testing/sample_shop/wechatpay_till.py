"""WeChat Pay as the shop uses it: codes that the payer scans or shows, API v3, signed both ways.

https://pay.weixin.qq.com/doc/v3/merchant/4012365336, https://pay.weixin.qq.com/doc/v3/merchant/4012791861
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from paydouble.testing.sample_shop.calling import Answer, call
from paydouble.testing.sample_shop.flaws import Flaw
from paydouble.testing.sample_shop.signing import certified_key, public_key, sign, verifies
from paydouble.testing.sample_shop.statements import wechat_lines
from paydouble.testing.sample_shop.values import (
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

FRESH_S = 300
ORDERS = "/v3/pay/transactions"
REFUNDS = "/v3/refund/domestic/refunds"
STATES = {
    "SUCCESS": State.PAID, "REFUND": State.PAID, "NOTPAY": State.OPEN, "USERPAYING": State.PENDING,
    "PAYERROR": State.FAILED, "CLOSED": State.CLOSED, "REVOKED": State.CLOSED, "ACCEPT": State.PENDING,
}  # fmt: skip
REFUND_STATES = {"SUCCESS": "done", "PROCESSING": "pending", "ABNORMAL": "failed", "CLOSED": "failed"}
PAID_BEFORE = frozenset({"ORDERPAID", "ORDER_PAID"})
ABSENT = frozenset({"ORDER_NOT_EXIST", "RESOURCE_NOT_EXISTS"})


@dataclass(slots=True)
class WechatpayTill:
    terms: Terms
    currency: str = "CNY"
    _keys: dict[str, RSAPublicKey] = field(default_factory=dict)

    def create(self, order: Order, key: str) -> Found:
        known = self.terms.credentials
        body: dict[str, Any] = {
            "appid": known["appid"], "mchid": known["mchid"], "description": "Sample order",
            "out_trade_no": order.number, "attach": json.dumps({**order.metadata, "order_id": order.id}),
            "amount": {"total": _fen(order.amount), "currency": order.currency},
        }
        if order.method == "direct":
            body |= {
                "payer": {"auth_code": order.payer_code("13")}, "scene_info": {"store_info": {"id": "1"}},
            }
            return _found(self._ask("POST", f"{ORDERS}/codepay", body))
        answer = self._ask("POST", f"{ORDERS}/native", {**body, "notify_url": self.terms.callback})
        if "code_url" not in answer:
            raise Unheard("an answer without its code")
        return Found(State.OPEN, amount=order.amount, pay_url=answer["code_url"])

    def capture(self, order: Order, key: str) -> Found:
        return self.query(order)

    def query(self, order: Order) -> Found:
        if not order.number:
            return Found(State.ABSENT)
        path = f"{ORDERS}/out-trade-no/{order.number}?mchid={self.terms.credentials['mchid']}"
        try:
            return _found(self._ask("GET", path))
        except Refused as refused:
            if str(refused) in ABSENT:
                return Found(State.ABSENT)
            raise

    def cancel(self, order: Order) -> None:
        body = {"mchid": self.terms.credentials["mchid"]}
        self._ask("POST", f"{ORDERS}/out-trade-no/{order.number}/close", body)

    def refund(self, order: Order, refund: Refund) -> str:
        made = self._ask("POST", REFUNDS, {
            "out_trade_no": order.number, "out_refund_no": refund.number, "notify_url": self.terms.callback,
            "amount": {"refund": _fen(refund.amount), "total": _fen(order.amount),
                       "currency": order.currency},
        })
        return self._refund_status(made)

    def refund_state(self, order: Order, refund: Refund) -> str:
        try:
            return self._refund_status(self._ask("GET", f"{REFUNDS}/{refund.number}"))
        except Refused as refused:
            if str(refused) in ABSENT:
                return "absent"
            raise

    def _refund_status(self, made: Mapping[str, Any]) -> str:
        if made.get("status") not in REFUND_STATES:
            raise Unheard("an answer without a status")
        return REFUND_STATES[made["status"]]

    def fee(self, order: Order) -> Decimal:
        lines = self.statement(time.strftime("%Y-%m-%d"))
        return next((line.fee for line in lines if line.order == order.number), Decimal(0))

    def statement(self, day: str) -> list[Line]:
        bill = self._ask("GET", f"/v3/bill/tradebill?bill_date={day}&bill_type=ALL")
        parts = urlsplit(bill["download_url"])
        content = self._send("GET", f"{parts.path}?{parts.query}", b"").body
        return wechat_lines(content)

    def read(self, headers: Mapping[str, str], body: bytes) -> Told:
        if Flaw.NO_VERIFICATION not in self.terms.flaws:
            self._verify(headers, body)
        try:
            event = json.loads(body)
            return self._told(event, self._opened(event["resource"]))
        except (ValueError, KeyError, TypeError, InvalidTag) as error:
            raise Forged(f"no event: {error!r}") from None

    def acknowledgement(self) -> tuple[int, str, bytes]:
        return 200, "application/json", json.dumps({"code": "SUCCESS", "message": "成功"}).encode()

    def _told(self, event: Mapping[str, Any], about: Mapping[str, Any]) -> Told:
        if about["mchid"] != self.terms.credentials["mchid"] and (
            Flaw.IGNORES_RECIPIENT not in self.terms.flaws
        ):
            raise Forged(f"meant for {about['mchid']}")
        kind, number = event["event_type"], about.get("out_trade_no", "")
        if kind.startswith("TRANSACTION."):
            amount, metadata = about["amount"], _metadata(about.get("attach", ""))
            return Told(event["id"], "payment", metadata.get("order_id", number),
                        STATES.get(about["trade_state"], State.OPEN), _yuan(amount["total"]),
                        amount["currency"], about["transaction_id"])
        if kind.startswith("REFUND."):
            return Told(event["id"], "refund", number, amount=_yuan(about["amount"]["refund"]),
                        refund=about["out_refund_no"], status=REFUND_STATES[about["refund_status"]])
        return Told(event["id"], "", number)

    def _opened(self, resource: Mapping[str, Any]) -> dict[str, Any]:
        box = AESGCM(self.terms.credentials["apiv3_key"].encode())
        sealed, extra = base64.b64decode(resource["ciphertext"]), resource.get("associated_data") or ""
        opened: dict[str, Any] = json.loads(box.decrypt(resource["nonce"].encode(), sealed, extra.encode()))
        return opened

    def _verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Of answers and notifications alike. Raises Forged."""
        stamp, serial = headers.get("wechatpay-timestamp", ""), headers.get("wechatpay-serial", "")
        text = f"{stamp}\n{headers.get('wechatpay-nonce', '')}\n".encode() + body + b"\n"
        if not verifies(self._key(serial), text, headers.get("wechatpay-signature", "")):
            raise Forged("the signature does not fit")
        age = time.time() - int(stamp) if stamp.isdecimal() else FRESH_S * 2.0
        if abs(age) > FRESH_S and Flaw.NO_FRESHNESS not in self.terms.flaws:
            raise Forged(f"signed {age:.0f} seconds ago")

    def _key(self, serial: str) -> RSAPublicKey:
        """One that is not known yet is asked for: certificates change while a shop is open."""
        known = self.terms.credentials
        if not self._keys:
            self._keys[known["public_key_id"]] = public_key(known["public_key_pem"])
        if serial not in self._keys and serial and Flaw.OLD_CERTIFICATES not in self.terms.flaws:
            try:
                self._learn()
            except (Unheard, Refused) as error:
                raise Forged(f"its certificate cannot be had: {error}") from None
        if serial not in self._keys:
            raise Forged(f"signed by an unknown key, {serial}")
        return self._keys[serial]

    def _learn(self) -> None:
        answer = self._send("GET", "/v3/certificates", b"")
        for each in answer.json.get("data", ()):
            pem = base64.b64decode(each["encrypt_certificate"]["ciphertext"])
            box, sealed = AESGCM(self.terms.credentials["apiv3_key"].encode()), each["encrypt_certificate"]
            opened = box.decrypt(sealed["nonce"].encode(), pem, sealed["associated_data"].encode())
            self._keys.setdefault(each["serial_no"], certified_key(opened.decode()))

    def _ask(self, method: str, target: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        answer = self._send(method, target, b"" if body is None else json.dumps(body).encode())
        if Flaw.BELIEVES_ANSWERS not in self.terms.flaws:
            try:
                self._verify(answer.headers, answer.body)
            except Forged as forged:
                raise Unheard(f"an answer that is not WeChat Pay's: {forged}") from None
        document: dict[str, Any] = answer.json
        if answer.ok:
            return document
        code = str(document.get("code", f"HTTP {answer.status}"))
        if code in PAID_BEFORE:
            raise Done(code)
        if code == "USERPAYING":
            return {"trade_state": "USERPAYING", "amount": {"total": 0}}
        raise Refused(code)

    def _send(self, method: str, target: str, body: bytes) -> Answer:
        known = self.terms.credentials
        stamp, nonce = str(int(time.time())), secrets.token_hex(16)
        text = f"{method}\n{target}\n{stamp}\n{nonce}\n".encode() + body + b"\n"
        token = (
            f'mchid="{known["mchid"]}",nonce_str="{nonce}",timestamp="{stamp}",'
            f'serial_no="{known["serial_no"]}",signature="{sign(known["private_key_pem"], text)}"'
        )
        headers = {
            "Authorization": f"WECHATPAY2-SHA256-RSA2048 {token}", "Accept": "application/json",
            "Content-Type": "application/json", "User-Agent": "sample-shop",
            "Wechatpay-Serial": known["public_key_id"],
        }
        return call(known["api_base"] + target, method, body, headers, timeout_s=self.terms.timeout_s)


def _found(order: Mapping[str, Any]) -> Found:
    try:
        state, total = STATES[order["trade_state"]], order["amount"]["total"]
        return Found(state, str(order.get("transaction_id", "")), _yuan(total) if total else None)
    except (KeyError, TypeError) as error:
        raise Unheard(f"not a transaction: {error!r}") from None


def _metadata(attach: str) -> dict[str, str]:
    try:
        found = json.loads(attach)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _fen(amount: Decimal) -> int:
    return int(amount * 100)


def _yuan(fen: int) -> Decimal:
    return Decimal(fen) / 100
