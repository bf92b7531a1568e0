"""What is said of fields that break their contract, through the shipped contracts."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from paydouble.contracts.catalog import Catalog
from paydouble.contracts.contract import Broken
from paydouble.contracts.shipped import root
from paydouble.providers.wechatpay.settings import RateLimitCode, WechatpaySettings


def complaint(world: Any, operation: str, params: dict[str, Any]) -> Any:
    declared = next(each for each in world.provider.operations if each.id == operation)
    contract = Catalog(root("contracts")).request("wechatpay", "v3", operation)
    assert contract is not None
    with pytest.raises(Broken) as caught:
        contract.admit(params)
    return world.provider.roles.broken_contract(declared, caught.value.violations)


# fmt: off
@pytest.mark.parametrize(("change", "message", "detail"), [
    ({"description": ...},
     "输入源“/body/description”映射到字段“商品描述”必填性规则校验失败，此字段为必填项",
     {"field": "/description", "location": "body"}),
    ({"out_trade_no": "12345"},
     "输入源“/body/out_trade_no”映射到值字段“商户订单号”字符串规则校验失败，字符数 5，小于最小值 6",
     {"field": "/out_trade_no", "location": "body", "value": 5}),
    ({"description": "x" * 128},
     "输入源“/body/description”映射到值字段“商品描述”字符串规则校验失败，字符数 128，大于最大值 127",
     {"field": "/description", "location": "body", "value": 128}),
    ({"amount": {"total": 0}},
     "输入源“/body/amount/total”映射到数值字段“总金额”规则校验失败，值低于最小值 1",
     {"field": "/amount/total", "location": "body", "value": 0}),
    ({"amount": {"total": 1.5}},
     "无法将输入源“/body/amount/total”映射到目标字段“总金额”中，此字段需要一个合法的 64 位有符号整数",
     {"field": "/amount/total", "location": "body", "value": 1.5}),
    ({"attach": 1},
     "无法将 JSON 输入源“/body/attach”映射到目标字段“附加数据”中，此字段需要一个 string 类型的 Json 值",
     {"field": "/attach", "location": "body", "value": 1}),
    ({"attach": None},
     "无法将 JSON 输入源“/body/attach”映射到目标字段“附加数据”中，此字段需要一个 string 类型的 Json 值",
     {"field": "/attach", "location": "body"}),
    ({"total_fee": 1}, "参数中含有非法的额外参数", None),
])
# fmt: on
def test_orders(world: Any, change: dict[str, Any], message: str, detail: dict[str, Any] | None) -> None:
    params = {name: value for name, value in world.order(**change).items() if value is not ...}
    error = complaint(world, "transactions.native", params)
    assert (error.row.code, error.row.http, error.message) == ("PARAM_ERROR", 400, message)
    if detail is not None:
        assert error.details["detail"] == detail


def test_a_wrong_order_number_shows_the_pattern(world: Any) -> None:
    error = complaint(world, "transactions.native", world.order(out_trade_no="ORDER/00001"))
    assert error.message.startswith("输入源“/body/out_trade_no”映射到值字段“商户订单号”字符串规则校验失败，字符串必须匹配正则表达式“")


@pytest.mark.parametrize("payer", [..., {}])
def test_jsapi_without_openid(world: Any, payer: Any) -> None:
    params = world.order() if payer is ... else world.order(payer=payer)
    error = complaint(world, "transactions.jsapi", params)
    assert (error.row.code, error.message) == ("INVALID_REQUEST", "JSAPI支付必须传openid")


def test_queries_name_their_place(world: Any) -> None:
    error = complaint(world, "transactions.query_by_out_trade_no", {"out_trade_no": "ORDER-000001"})
    assert error.details["detail"] == {"field": "mchid", "location": "query"}
    error = complaint(world, "transactions.query_by_out_trade_no", {"out_trade_no": "1", "mchid": "1"})
    assert error.details["detail"]["location"] == "url"


def test_every_setting_is_read_from_a_string() -> None:
    read = WechatpaySettings.parse({
        "platform_keys": "certificate", "rotation": "after", "lenient_target": "off", "sign_errors": "off",
        "associated_data": "absent", "rate_limit_code": "RATELIMIT_EXCEEDED", "paid_code": "ORDER_PAID",
        "sub_mchids": "1,2", "client_certificates": "off", "bill_ready_after": "0s", "bill_link_lasts": "30s", "share_after": "1m", "share_delay": "1m", "share_rate_max": "0.5", "probe": "decodable", "reverse_after": "15s", "reorder_code": "OUT_TRADE_NO_USED", "close_unknown": "404", "time_expire_days": "30",
        "time_expire_days_native": "30", "refund_delay": "5s", "refund_spacing": "1m", "fee_rate": "0.01", "h5_domains": "shop.example",
        "transfer_status": "400", "undecipherable_message": "解密失败", "nonce_once": "on", "codepay": "off", "share_bill_columns": "a,b,c,d,e,f,g,h",
    })
    defaults = WechatpaySettings()
    same = [name for name in WechatpaySettings.__slots__ if getattr(read, name) == getattr(defaults, name)]
    assert same == []


@pytest.mark.parametrize("wrong", [
    {"unknown": "x"}, {"rotation": "x"}, {"lenient_target": "yes"}, {"fee_rate": "x"}, {"fee_rate": "1"},
    {"refund_delay": "5"}, {"time_expire_days": "0"}, {"time_expire_days": "x"},
])
def test_a_wrong_setting_is_named(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        WechatpaySettings.parse(wrong)


@pytest.mark.parametrize(("path", "code"), [
    ("/v3/pay/partner/transactions/jsapi", "FREQUENCY_LIMITED"), ("/v3/refund/domestic/refunds", "FREQUENCY_LIMITED"),
    ("/v3/combine-transactions/app", "FREQUENCY_LIMITED"), ("/v3/transfer/batches", "FREQUENCY_LIMITED"),
    ("/v3/marketing/favor/stocks", "FREQUENCY_LIMITED"), ("/v3/profitsharing/receivers/add", "RATELIMIT_EXCEED"),
    ("/v3/fund-app/mch-transfer/transfer-bills", "RATELIMIT_EXCEEDED"), ("/v3/certificates", "RATELIMIT_EXCEEDED"),
])
@pytest.mark.parametrize("setting", ["by_product", "FREQUENCY_LIMITED", "RATELIMIT_EXCEEDED"])
def test_too_many_requests_are_spelled_by_product(
    make_world: Callable[..., Any], signing: Any, setting: str, path: str, code: str
) -> None:
    world = make_world(rate_limit_code=setting)
    wire, errors = world.provider.apis[0].wire, world.provider.errors[0]
    answer = wire.encode_error(wire.open(signing.request("GET", path)), errors["FREQUENCY_LIMITED"]())
    told = json.loads(answer.body)["code"]
    assert (answer.status, told) == (429, code if setting == "by_product" else setting)


@pytest.mark.parametrize(("setting", "path", "row", "status"), [
    ("by_code", "/v3/fund-app/mch-transfer/transfer-bills", "TRANSFER_NOT_ENOUGH", 403),
    ("400", "/v3/fund-app/mch-transfer/transfer-bills", "TRANSFER_NOT_ENOUGH", 400),
    ("400", "/v3/fund-app/mch-transfer/transfer-bills/out-bill-no/1", "TRANSFER_UNKNOWN", 400),
    ("400", "/v3/fund-app/mch-transfer/transfer-bills", "SIGN_ERROR", 401),
    ("400", "/v3/transfer/batches", "TRANSFER_NOT_ENOUGH", 403),
])
def test_the_status_of_a_transfer_that_is_refused(
    make_world: Callable[..., Any], signing: Any, setting: str, path: str, row: str, status: int
) -> None:
    world = make_world(transfer_status=setting)
    wire, errors = world.provider.apis[0].wire, world.provider.errors[0]
    assert wire.encode_error(wire.open(signing.request("GET", path)), errors[row]()).status == status


@pytest.mark.parametrize("text", ["", "解密失败"])
def test_the_text_where_nothing_can_be_decrypted(make_world: Callable[..., Any], signing: Any, text: str) -> None:
    world = make_world(undecipherable_message=text)
    wire, errors = world.provider.apis[0].wire, world.provider.errors[0]
    answer = wire.encode_error(wire.open(signing.request("GET", "/v3/certificates")), errors["FIELD_UNDECIPHERABLE"]())
    assert json.loads(answer.body)["message"] == (text or errors["FIELD_UNDECIPHERABLE"].message)


@pytest.mark.parametrize(("setting", "row", "status", "code"), [
    ({}, "ORDERPAID", 400, "ORDERPAID"), ({"paid_code": "ORDER_PAID"}, "ORDERPAID", 400, "ORDER_PAID"),
    ({}, "PARAMETERS_DIFFER", 400, "INVALID_REQUEST"),
    ({"reorder_code": "OUT_TRADE_NO_USED"}, "PARAMETERS_DIFFER", 403, "OUT_TRADE_NO_USED"),
    ({"rate_limit_code": RateLimitCode.RATELIMIT_EXCEEDED.value}, "FREQUENCY_LIMITED", 429, "RATELIMIT_EXCEEDED"),
])
def test_settings_spell_errors(
    make_world: Callable[..., Any], signing: Any, setting: dict[str, str], row: str, status: int, code: str
) -> None:
    world = make_world(**setting)
    wire, errors = world.provider.apis[0].wire, world.provider.errors[0]
    answer = wire.encode_error(wire.open(signing.request("GET", "/v3/certificates")), errors[row]())
    assert answer.status == status
    assert f'"code":"{code}"'.encode() in answer.body
