"""What a story starts from: payments made before, by a careful merchant's own calls, and a balance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from paydouble.client.control import ControlError
from paydouble.client.sandbox import NotMet, Sandbox
from paydouble.core.clock import parse_duration, parse_rfc3339
from paydouble.harness.stories import CannotPlay
from paydouble.testing.sample_shop.door import TIMEOUT_S
from paydouble.testing.sample_shop.flaws import CAREFUL
from paydouble.testing.sample_shop.tills import TILLS
from paydouble.testing.sample_shop.values import Order, Refused, Terms, Till, Unheard

SNAPSHOT: Final = "given"
CALLBACK_WITHIN: Final = "5s"
NOBODY: Final = "http://127.0.0.1:9/"
"""Where callbacks go that nobody waits for."""


@dataclass(frozen=True, slots=True)
class Given:
    """The `given` of a file, for one provider."""

    data: Mapping[str, Any]
    provider: str

    @property
    def payments(self) -> list[Mapping[str, Any]]:
        """Those of this provider, the oldest first."""
        mine = [each for each in self.data.get("payments") or () if each.get("provider", self.provider)
                == self.provider]
        return sorted(mine, key=_age, reverse=True)

    def start(self, text: str | None) -> str | None:
        """When the sandbox's time has to begin, so that the story begins at `text`, or now."""
        oldest = max((_age(each) for each in self.payments), default=0)
        if not oldest:
            return text
        begins = parse_rfc3339(text) if text else int(datetime.now(UTC).timestamp() * 1_000)
        return datetime.fromtimestamp((begins - oldest) / 1_000, UTC).isoformat().replace("+00:00", "Z")

    def arrange(self, sandbox: Sandbox, callback: str) -> None:
        """Raises CannotPlay. Calls and rules of before are forgotten, records stay."""
        try:
            if self.data.get("snapshot"):
                sandbox.restore(str(self.data["snapshot"]))
            for currency, amount in (self.data.get("balance") or {}).items():
                body = {"provider": self.provider, "currency": currency, "amount": str(amount)}
                sandbox.control.post(f"{sandbox.path}/balance", body)
            if self.payments:
                self._pay(sandbox, callback or NOBODY)
                sandbox.snapshot(SNAPSHOT)
                sandbox.restore(SNAPSHOT)
        except (ControlError, Unheard, Refused, NotMet) as error:
            raise CannotPlay(f"given: {error}") from error

    def _pay(self, sandbox: Sandbox, callback: str) -> None:
        till = TILLS[self.provider](
            Terms(sandbox.credentials[self.provider], callback, CAREFUL, TIMEOUT_S)
        )
        made = self.payments
        for each, younger in zip(made, [*made[1:], None], strict=True):
            try:
                self._one(sandbox, till, each, heard=callback != NOBODY)
            except Refused as refused:
                raise CannotPlay(f"given: {self.provider} refuses '{each['ref']}': {refused}") from refused
            passes = _age(each) - (_age(younger) if younger else 0)
            if passes:
                sandbox.clock.advance(f"{passes}ms")

    def _one(self, sandbox: Sandbox, till: Till, wanted: Mapping[str, Any], *, heard: bool) -> None:
        phase, ref = wanted.get("phase", "paid"), str(wanted["ref"])
        currency = str(wanted.get("currency") or till.currency)
        order = Order(ref, self.provider, Decimal(str(wanted["amount"])).quantize(Decimal("0.01")), currency,
                      number=ref)
        found = till.create(order, f"given-{ref}")
        order.native, order.pay_url = found.native, found.pay_url
        match phase:
            case "paid":
                self._paid(sandbox, till, order, heard=heard)
            case "closed":
                till.cancel(order)
            case "failed":
                sandbox.act(ref, "fail")
            case "open":
                pass
            case _:
                raise CannotPlay(f"given: a payment cannot be made that is {phase}")

    def _paid(self, sandbox: Sandbox, till: Till, order: Order, *, heard: bool) -> None:
        if sandbox.payment(ref=order.id, provider=self.provider).phase == "open":
            sandbox.pay(ref=order.id)
            till.capture(order, f"given-take-{order.id}")
        told = {"ref": order.id, "event": "payment.succeeded", "provider": self.provider}
        if heard:
            sandbox.wait_for(notifications={**told, "acknowledged": 1}, within=CALLBACK_WITHIN)


def _age(payment: Mapping[str, Any]) -> int:
    return parse_duration(str(payment["age"])) if payment.get("age") else 0


