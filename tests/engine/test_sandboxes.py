"""Worlds side by side: what one costs, and that none sees another."""

from __future__ import annotations

import asyncio
from pathlib import Path
from unittest.mock import patch

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from paydouble.engine.sandboxes import UnknownSandbox
from tests.merchants import CARDS, World, world


def made_anew(*_: object, **__: object) -> None:
    raise AssertionError("a key was made")


async def test_creating_a_sandbox_makes_no_key_and_issues_no_certificate() -> None:
    async with world() as here:
        with (
            patch.object(rsa, "generate_private_key", made_anew),
            patch.object(ec, "generate_private_key", made_anew),
            patch("paydouble.crypto.certificates.issue_merchant", made_anew),
            patch("paydouble.crypto.rsa.load_private", made_anew),
        ):
            made = [await here.simulator.sandboxes.create() for _ in range(200)]
        keys = {
            here.simulator.directory.merchant(sandbox.id, "stripe").secrets["secret_key"]  # type: ignore[union-attr]
            for sandbox in made
        }
        assert len(keys) == 200


async def test_credentials_choose_the_world() -> None:
    async with world() as here:
        there = World(here.simulator, await here.simulator.sandboxes.create(), here.receiver)
        made = await here.stripe("POST", "/v1/customers", email="a@example.com")
        assert (await here.stripe("GET", f"/v1/customers/{made.json['id']}")).status == 200
        assert (await there.stripe("GET", f"/v1/customers/{made.json['id']}")).status == 404
        await here.wechat_order("order-1")
        mchid = there.merchant("wechatpay").id
        assert (await there.wechatpay("GET", f"/v3/pay/transactions/out-trade-no/order-1?mchid={mchid}")).status == 404


async def test_the_same_seed_makes_the_same_world_again() -> None:
    async def story() -> list[str]:
        async with world(id="shop", seed=7) as here:
            paid = await here.stripe(
                "POST", "/v1/payment_intents", amount=500, currency="eur", confirm=True,
                payment_method="pm_card_visa", automatic_payment_methods=CARDS,
            )
            ordered = await here.wechat_order("order-1")
            return [paid.json["id"], paid.json["latest_charge"], ordered.json["code_url"]]

    assert await story() == await story()


async def test_a_reset_forgets_everything_but_the_credentials() -> None:
    async with world(webhooks={"stripe": "http://127.0.0.1:9/hook"}) as here:
        before = here.merchant("stripe").secrets["secret_key"]
        await here.stripe("POST", "/v1/customers", email="a@example.com")
        again = World(here.simulator, await here.simulator.sandboxes.reset(here.sandbox.id), here.receiver)
        assert again.merchant("stripe").secrets["secret_key"] == before
        assert (await again.stripe("GET", "/v1/customers")).json["data"] == []
        assert len((await again.stripe("GET", "/v1/webhook_endpoints")).json["data"]) == 1


@pytest.mark.parametrize("store", ["memory", "sqlite"])
async def test_a_snapshot_brings_back_what_was(store: str, tmp_path: Path) -> None:
    async with world(store="memory" if store == "memory" else f"sqlite:{tmp_path}/w.db") as here:
        await here.wechat_order("order-1")
        await here.simulator.sandboxes.snapshot(here.sandbox.id, "ordered")
        await here.pay("wechatpay", "order-1")
        restored = await here.simulator.sandboxes.restore(here.sandbox.id, "ordered")
        back = World(here.simulator, restored, here.receiver)
        mchid = back.merchant("wechatpay").id
        query = f"/v3/pay/transactions/out-trade-no/order-1?mchid={mchid}"
        assert (await back.wechatpay("GET", query)).json["trade_state"] == "NOTPAY"
        await back.pay("wechatpay", "order-1")
        assert (await back.wechatpay("GET", query)).json["trade_state"] == "SUCCESS"


async def test_a_snapshot_that_was_never_taken_is_told() -> None:
    async with world() as here:
        with pytest.raises(UnknownSandbox):
            await here.simulator.sandboxes.restore(here.sandbox.id, "never")


async def test_a_held_call_ends_with_its_epoch() -> None:
    async with world() as here:
        here.rules("- {when: {operation: payment.create}, then: {gate: {at: before_answer, timeout: 1h}}}")
        held = asyncio.create_task(here.wechat_order("order-1"))
        while not here.sandbox.gates.held:
            await asyncio.sleep(0)
        await here.simulator.sandboxes.reset(here.sandbox.id)
        assert (await held).status == 200


async def test_the_default_sandbox_stays() -> None:
    async with world() as here:
        with pytest.raises(ValueError, match="reset"):
            await here.simulator.sandboxes.drop("default")


async def test_what_is_dropped_has_no_credentials_any_more() -> None:
    async with world() as here:
        await here.simulator.sandboxes.drop(here.sandbox.id)
        assert here.simulator.directory.of(here.sandbox.id) == ()
