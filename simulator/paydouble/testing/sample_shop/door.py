"""The shop's own HTTP: orders, refunds, reconciliation, and the place where providers call."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from paydouble.testing.sample_shop.flaws import Flaw
from paydouble.testing.sample_shop.sales import Subscription, renew, split
from paydouble.testing.sample_shop.shop import Shop, Unknown
from paydouble.testing.sample_shop.tills import TILLS
from paydouble.testing.sample_shop.values import Done, Forged, Order, Refused, Terms, Unheard

TIMEOUT_S = 1.5
POLL_S = 0.02
"""How soon closing is noticed."""
Reply = tuple[int, str, bytes]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request to the shop."""

    method: str
    path: tuple[str, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        """Amounts stay exact."""
        found: dict[str, Any] = json.loads(self.body, parse_float=Decimal) if self.body else {}
        return found


class OpenShop:
    """The shop on a free port of this machine, on threads of its own, until `close`."""

    def __init__(
        self, credentials: Mapping[str, Any], provider: str, flaws: frozenset[Flaw] = frozenset(), *,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        """`credentials` by provider; `provider` takes the orders that name none."""
        self._server = _Server(self._reply)
        names = [provider, *(name for name in TILLS if name != provider and name in credentials)]
        tills = {
            name: TILLS[name](Terms(credentials[name], self.callback(name), flaws, timeout_s))
            for name in names
        }
        self.shop = Shop(tills, flaws)
        self._provider = provider
        self._plans: dict[str, Subscription] = {}
        self._reconciled: dict[str, dict[str, int]] = {}
        self._thread = Thread(
            target=self._server.serve_forever, args=(POLL_S,), name="sample-shop", daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def callback(self, provider: str) -> str:
        return f"{self.url}/callbacks/{provider}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> OpenShop:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _reply(self, asked: Asked) -> Reply:
        try:
            return self._routed(asked)
        except Unknown as unknown:
            return _json(404, {"error": f"no order {unknown}"})
        except Refused as refused:
            return _json(402, {"error": str(refused)})
        except (Unheard, Done) as unheard:
            return _json(504, {"error": str(unheard)})
        except (ValueError, KeyError, TypeError, InvalidOperation) as error:
            return _json(422, {"error": f"that cannot be read: {error!r}"})

    def _routed(self, asked: Asked) -> Reply:
        match asked.method, asked.path:
            case "POST", ("orders" | "checkout",):
                return _json(201, self.shop.take(self._order(asked.json)).shown())
            case "GET", ("orders", id):
                return _json(200, self.shop.shown(id))
            case "POST", ("orders", id, "refund"):
                amount = asked.json.get("amount")
                given = None if amount is None else Decimal(str(amount)).quantize(Decimal("0.01"))
                return _json(201, self.shop.refund(id, given).shown())
            case "POST", ("orders", id, "check"):
                return _json(200, self.shop.check(id).shown())
            case "POST", ("orders", id, "cancel"):
                return _json(200, self.shop.cancel(id).shown())
            case "GET", ("return",):
                return _json(200, self.shop.came_back(asked.query["order"]).shown())
            case "POST", ("split",):
                data = asked.json
                parts = [self._order({**part, "id": data["id"]}) for part in data["parts"]]
                return _json(201, split(self.shop, str(data["id"]), parts))
            case "POST", ("subscriptions",):
                plan = Subscription(str(asked.json["id"]), self._order(asked.json))
                self._plans[plan.id] = plan
                return _json(201, plan.shown())
            case "GET", ("subscriptions", id):
                return _json(200, self._plans[id].shown())
            case "POST", ("subscriptions", id, "renew"):
                return _json(200, renew(self.shop, self._plans[id], str(asked.json["period"])).shown())
            case "GET", ("ledger", id):
                order = self.shop.order(id)
                return _json(200, {"fee": str(self.shop.tills[order.provider].fee(order))})
            case "POST", ("reconcile",):
                return _json(200, self._reconcile(str(asked.json["date"])))
            case "GET", ("reconcile", day):
                return _json(200, self._reconciled[day])
            case "POST", ("callbacks", provider) if provider in self.shop.tills:
                return self._called_back(provider, asked)
        return _json(404, {"error": "no such page"})

    def _order(self, asked: Mapping[str, Any]) -> Order:
        provider = str(asked.get("provider", self._provider))
        currency = str(asked.get("currency", self.shop.tills[provider].currency))
        exponent = Decimal(1) if currency == "JPY" else Decimal("0.01")
        return Order(
            str(asked["id"]), provider, Decimal(str(asked["amount"])).quantize(exponent), currency,
            method=str(asked.get("method", "page")), backup=str(asked.get("backup", "")),
            metadata={str(name): str(value) for name, value in asked.get("metadata", {}).items()},
        )

    def _called_back(self, provider: str, asked: Asked) -> Reply:
        """Verified first, worked on second, acknowledged last."""
        till = self.shop.tills[provider]
        try:
            told = till.read(asked.headers, asked.body)
        except Forged as forged:
            return _json(401, {"code": "FAIL", "message": str(forged)})
        try:
            self.shop.told(provider, told)
        except (Unheard, Refused, Done) as error:
            if not self.shop.has(Flaw.ACKS_FIRST):
                return _json(500, {"code": "FAIL", "message": str(error)})
        return till.acknowledgement()

    def _reconcile(self, day: str) -> dict[str, int]:
        """Their lines against our orders: how many of each kind differ."""
        found = Counter[str]()
        lines = [line for line in self.shop.tills[self._provider].statement(day) if not line.refund]
        theirs = {line.order: line for line in lines}
        sold = {order.number or order.id: order for order in self.shop.orders.values()
                if order.provider == self._provider and order.shipments}
        if not self.shop.has(Flaw.TRUSTS_STATEMENT):
            found["missing"] = len(sold.keys() - theirs.keys())
            found["unknown"] = len(theirs.keys() - sold.keys())
            found["duplicate"] = len(lines) - len(theirs)
            for number in sold.keys() & theirs.keys():
                found["amount_mismatch"] += theirs[number].amount != sold[number].amount
                found["fee_mismatch"] += _unusual(theirs[number].fee, sold[number].amount)
        kinds = ("missing", "unknown", "duplicate", "amount_mismatch", "fee_mismatch")
        self._reconciled[day] = {kind: found[kind] for kind in kinds}
        return self._reconciled[day]


RATE = Decimal("0.006")
"""What the contract with the provider says."""


def _unusual(fee: Decimal, amount: Decimal) -> bool:
    return abs(fee - (amount * RATE).quantize(Decimal("0.01"))) > Decimal("0.01")


def _json(status: int, body: object) -> Reply:
    return status, "application/json", json.dumps(body).encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, reply: Callable[[Asked], Reply]) -> None:
        self.reply = reply
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Callers hang up on purpose here."""




class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Any

    def _any(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if len(body) < length:
            return
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        path = tuple(part for part in parts.path.split("/") if part)
        status, kind, content = self.server.reply(Asked(self.command, path, query, headers, body))
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = _any

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: what happens here is in the simulator's log."""
