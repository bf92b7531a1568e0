"""Transfers to wallets and red packets by API v2."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from paydouble.core.clock import HOUR, later
from paydouble.engine.audit import audit
from paydouble.providers.wechatpay import xml
from tests.merchants import world
from tests.providers.wechatpay.shop_v2 import ShopV2, as_xml, sign

OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
TRANSFERS, PACKETS = "/mmpaymkttransfers/promotion/transfers", "/mmpaymkttransfers"


class Wallets(ShopV2):
    """These messages call merchant and app by other names."""

    async def sent(self, path: str, operation: str, **params: Any) -> dict[str, str]:
        """The fields of any answer; of a success as its contract says."""
        names = {"mch_appid": self.appid, "mchid": self.mchid} if path == TRANSFERS else {
            "wxappid": self.appid, "mch_id": self.mchid,
        }
        fields = {**names, "nonce_str": "5K8264ILTKCH16CQ2502SI8ZNMTM67VS"}
        fields |= {name: str(value) for name, value in params.items()}
        raw = as_xml({**fields, "sign": sign(fields, self.key)})
        answered = await self.here.serve("wechatpay", self.raw(path, raw))
        told = xml.read(answered.response.body)
        if told.get("result_code") == "SUCCESS":
            self.check(f"wallets.{operation}/response", told)
        return told


@contextlib.asynccontextmanager
async def wallets() -> AsyncIterator[Wallets]:
    """Its ledger is audited at the end."""
    async with world() as here:
        yield Wallets(here)
        for verdict in await audit(here.sandbox, here.simulator.providers):
            assert verdict.ok, f"{verdict.law}: {verdict.detail}"


def transfer(number: str = "W1", **more: Any) -> dict[str, Any]:
    return {"partner_trade_no": number, "openid": OPENID, "check_name": "NO_CHECK", "amount": 100, "desc": "理赔", **more}


def packet(number: str = "H1", **more: Any) -> dict[str, Any]:
    return {
        "mch_billno": number, "send_name": "商户", "re_openid": OPENID, "total_amount": 300, "total_num": 1,
        "wishing": "x", "client_ip": "127.0.0.1", "act_name": "x", "remark": "x", **more,
    }


async def test_a_transfer_arrives_once() -> None:
    async with wallets() as shop:
        first, again = [await shop.sent(TRANSFERS, "transfer", **transfer()) for _ in range(2)]
        assert first["payment_no"] == again["payment_no"]
        other = await shop.sent(TRANSFERS, "transfer", **transfer(amount=101))
        assert (other["err_code"], other["err_code_des"]) == ("PARAM_ERROR", "参数与首次请求不一致")
        shown = await shop.call(f"{PACKETS}/gettransferinfo", "wallets.query_transfer", partner_trade_no="W1")
        assert (shown["status"], shown["payment_amount"], shown["detail_id"]) == ("SUCCESS", "100", first["payment_no"])
        assert (await shop.refused(f"{PACKETS}/gettransferinfo", partner_trade_no="W2"))[0] == "NOT_FOUND"
        unnamed = await shop.sent(TRANSFERS, "transfer", **transfer("W3", check_name="FORCE_CHECK"))
        assert unnamed["err_code"] == "NAME_MISMATCH"
        foreign = await shop.sent(TRANSFERS, "transfer", **transfer("W4", mch_appid="wx0"))
        assert foreign == {"return_code": "FAIL", "return_msg": "商户号mch_id与appid不匹配"}


@pytest.mark.parametrize(("name", "more"), [
    ("sendredpack", {}), ("sendminiprogramhb", {"notify_way": "MINI_PROGRAM_JSAPI"}),
    ("sendgroupredpack", {"amt_type": "ALL_RAND", "total_num": 3}),
])
@pytest.mark.parametrize(("opened", "state"), [(True, "RECEIVED"), (False, "REFUND")])
async def test_a_red_packet_is_opened_or_comes_back(name: str, more: dict[str, Any], opened: bool, state: str) -> None:
    async with wallets() as shop:
        asked = packet(**more)
        if name == "sendgroupredpack":
            del asked["client_ip"]
        made, again = [await shop.sent(f"{PACKETS}/{name}", name, **asked) for _ in range(2)]
        assert made["send_listid"] == again["send_listid"]
        query = {"mch_billno": "H1", "bill_type": "MCHT"}
        assert (await shop.call(f"{PACKETS}/gethbinfo", "wallets.gethbinfo", **query))["status"] == "SENT"
        simulator, sandbox = shop.here.simulator, shop.here.sandbox
        if opened:
            await simulator.acts.act(sandbox, "wechatpay.red_packet", made["send_listid"], "open", {})
        await sandbox.timers.run_until(later(sandbox.clock.now(), 25 * HOUR))
        shown = await shop.call(f"{PACKETS}/gethbinfo", "wallets.gethbinfo", **query)
        assert (shown["status"], "refund_time" in shown) == (state, not opened)
        assert shown["hb_type"] == ("GROUP" if name == "sendgroupredpack" else "NORMAL")


@pytest.mark.parametrize("more", [{"total_num": 2}, {"total_num": 0}])
async def test_a_red_packet_is_for_one(more: dict[str, Any]) -> None:
    async with wallets() as shop:
        refused = await shop.sent(f"{PACKETS}/sendredpack", "sendredpack", **packet(**more))
        assert refused["err_code"] == "PARAM_ERROR"


async def test_a_scenario_leaves_no_money_for_it() -> None:
    async with wallets() as shop:
        outcome = "{result: declined, reason: seller_balance_low}"
        shop.here.rules(f"  - {{when: {{operation: payout.create}}, then: {{outcome: {outcome}}}}}")
        assert (await shop.sent(TRANSFERS, "transfer", **transfer()))["err_code"] == "NOTENOUGH"
        assert (await shop.sent(f"{PACKETS}/sendredpack", "sendredpack", **packet()))["err_code"] == "NOTENOUGH"
