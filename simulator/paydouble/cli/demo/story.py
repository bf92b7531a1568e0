"""What the demonstration shows, and what must have happened for it to be true."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from paydouble.engine.invariants import NO_DOUBLE_CHARGE
from paydouble.server.settings import Settings

if TYPE_CHECKING:
    from paydouble.cli.demo.stand import Stand

PRICE: Final = "20.00"
UNLUCKY: Final = "13.01"
"""The amount that the shipped scenario waits for."""
TEA, CUP, CARD, SCAN = "tea-0001", "cup-0001", "card-0001", "scan-0001"
CURRENCY: Final = {"stripe": "USD", "wechatpay": "CNY"}
SCENARIO: Final = "lost-response"
FIRST_ORDER_LOST: Final = {
    "name": "first order answer is lost",
    "when": {"operation": "payment.create", "provider": "wechatpay", "nth": 1},
    "then": {"respond": {"fault": "timeout", "committed": True, "hold": "60s"}},
}
"""Once only: a careless shop orders anew under another number, which the shipped rule would meet again."""
WITHIN: Final = "10s"
SEED: Final = 1
Say = Callable[[str], None]


async def play(say: Say) -> list[str]:
    """What did not happen as it should; nothing, then, is a success."""
    async with _shops(say) as (careful, careless):
        surprises = await _honest(careful, say)
        return surprises + await _lost(careful, careless, say)


@asynccontextmanager
async def _shops(say: Say) -> AsyncIterator[tuple[Stand, Stand]]:
    import aiohttp

    from paydouble.cli.demo.stand import open_stand
    from paydouble.client.control import AsyncControlClient
    from paydouble.server.assembly import open_server

    async with AsyncExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="paydouble-")))
        opened = await open_server(Settings(port=0, tls_port=None, seed=SEED))
        closing.push_async_callback(opened.close)
        say(f"A simulator on {opened.server.url}, and one sample shop in two variants.\n")
        control = await closing.enter_async_context(AsyncControlClient(opened.server.url))
        session = await closing.enter_async_context(aiohttp.ClientSession())
        careful, careless = await asyncio.gather(
            *(open_stand(name, opened, folder, control, session) for name in ("careful", "careless"))
        )
        closing.push_async_callback(careful.close)
        closing.push_async_callback(careless.close)
        yield careful, careless


async def _honest(shop: Stand, say: Say) -> list[str]:
    say("1  A healthy day: the shop believes only callbacks that its SDK verifies")
    scanned = await shop.order(TEA, "wechatpay", PRICE)
    say(f"   wechatpay  order {TEA}  {PRICE} CNY  the payer scans {scanned.get('pay_at', ['nothing'])[0]}")
    await shop.tell(f"payments/ref:{TEA}/act", {"trigger": "pay"})
    await shop.order(CUP, "stripe", PRICE)
    surprises = []
    for provider, id in (("wechatpay", TEA), ("stripe", CUP)):
        await shop.tell("clock/wait", {
            "for": {"notifications": {"ref": id, "event": "payment.succeeded", "acknowledged": 1}},
            "within": WITHIN,
        })
        order = await shop.shown(id)
        verified = order.get("status") == "paid" and order.get("told") == 1
        heard = "callback verified, order paid" if verified else f"callback NOT verified: {order}"
        say(f"   {provider:<9}  order {id}  {PRICE} {CURRENCY[provider]}  {heard}")
        if not verified:
            surprises.append(f"{provider}: no verified callback for order {id}")
    return surprises


async def _lost(careful: Stand, careless: Stand, say: Say) -> list[str]:
    say(f"\n2  The answer is lost after the work was done: scenario {SCENARIO}, orders of {UNLUCKY}")
    say(f"   {'':<9}  {'careful shop':<24}  careless shop")
    await asyncio.gather(*(_unlucky(shop) for shop in (careful, careless)))
    surprises = []
    for provider, prefix in (("stripe", CARD), ("wechatpay", SCAN)):
        held = [await _paid(shop, provider, prefix) for shop in (careful, careless)]
        told = [f"{len(each)} paid, {sum(each, Decimal())} {CURRENCY[provider]}" for each in held]
        say(f"   {provider:<9}  {told[0]:<24}  {told[1]}")
        for shop, paid, wanted in ((careful, held[0], 1), (careless, held[1], 2)):
            if len(paid) != wanted:
                surprises.append(f"{provider}: the {shop.name} shop was paid {len(paid)} times, not {wanted}")
    say("")
    for shop, guilty in ((careful, False), (careless, True)):
        report = await shop.ask("report")
        found = report["findings"][NO_DOUBLE_CHARGE]
        say(f"   report on the {shop.name} shop: {NO_DOUBLE_CHARGE}: {'; '.join(found) or 'holds'}")
        if bool(found) is not guilty:
            surprises.append(f"{NO_DOUBLE_CHARGE} of the {shop.name} shop: {found}")
        if not report["audit"]["ok"]:
            surprises.append(f"the books of {shop.name}: {report['audit']}")
    say("\n   The same in your own repository: paydouble run --scenario lost-response -- pytest")
    return surprises


async def _unlucky(shop: Stand) -> None:
    """One order at each provider; at WeChat Pay the payer then pays whatever is open."""
    await shop.tell("scenarios", {"name": SCENARIO, "vars": {"magic": float(UNLUCKY)}})
    await shop.tell("scenarios", {"rules": [FIRST_ORDER_LOST]})
    await asyncio.gather(shop.order(CARD, "stripe", UNLUCKY), shop.order(SCAN, "wechatpay", UNLUCKY))
    for payment in await _payments(shop, "wechatpay", SCAN):
        if payment["phase"] == "open":
            await shop.tell(f"payments/{payment['id']}/act", {"trigger": "pay"})


async def _payments(shop: Stand, provider: str, prefix: str) -> list[dict[str, Any]]:
    answer = await shop.control.get(f"sandboxes/{shop.name}/payments", provider=provider)
    return [payment for payment in answer["data"] if payment["ref"].startswith(prefix)]


async def _paid(shop: Stand, provider: str, prefix: str) -> list[Decimal]:
    found = await _payments(shop, provider, prefix)
    return [Decimal(payment["captured"]) for payment in found if Decimal(payment["captured"])]
