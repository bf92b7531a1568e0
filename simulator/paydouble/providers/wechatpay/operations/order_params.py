"""The params of orders, as their request contracts describe them; amounts are in fen."""

from __future__ import annotations

from typing import NotRequired, TypedDict


class Amount(TypedDict):
    """In fen."""

    total: int
    currency: NotRequired[str]


class GoodsDetail(TypedDict):
    merchant_goods_id: str
    wechatpay_goods_id: NotRequired[str]
    goods_name: NotRequired[str]
    quantity: int
    unit_price: int


class Detail(TypedDict):
    cost_price: NotRequired[int]
    invoice_id: NotRequired[str]
    goods_detail: NotRequired[list[GoodsDetail]]


class StoreInfo(TypedDict):
    id: str
    name: NotRequired[str]
    area_code: NotRequired[str]
    address: NotRequired[str]


class H5Info(TypedDict):
    """An H5 order alone says from which kind of browser it is paid."""

    type: str
    app_name: NotRequired[str]
    app_url: NotRequired[str]
    bundle_id: NotRequired[str]
    package_name: NotRequired[str]


class SceneInfo(TypedDict):
    payer_client_ip: str
    device_id: NotRequired[str]
    store_info: NotRequired[StoreInfo]
    h5_info: NotRequired[H5Info]


class SettleInfo(TypedDict):
    profit_sharing: NotRequired[bool]
    subsidy_amount: NotRequired[int]


class Payer(TypedDict):
    """Of a partner's order, one of the two last."""

    openid: NotRequired[str]
    sp_openid: NotRequired[str]
    sub_openid: NotRequired[str]


class AnyOrder(TypedDict):
    """What direct orders and those of partners have in common."""

    description: str
    out_trade_no: str
    time_expire: NotRequired[str]
    attach: NotRequired[str]
    notify_url: str
    goods_tag: NotRequired[str]
    limit_pay: NotRequired[list[str]]
    support_fapiao: NotRequired[bool]
    amount: Amount
    payer: NotRequired[Payer]
    detail: NotRequired[Detail]
    scene_info: NotRequired[SceneInfo]
    settle_info: NotRequired[SettleInfo]


class DirectOrder(AnyOrder):
    appid: str
    mchid: str


class PartnerOrder(AnyOrder):
    sp_appid: str
    sp_mchid: str
    sub_appid: NotRequired[str]
    sub_mchid: str


class CodePayer(TypedDict):
    auth_code: str


class CodeStore(TypedDict):
    """One of the two."""

    id: NotRequired[str]
    out_id: NotRequired[str]


class CodeScene(TypedDict):
    device_id: NotRequired[str]
    device_ip: NotRequired[str]
    store_info: CodeStore


class CodeOrder(TypedDict):
    """Direct with `appid` and `mchid`, of a partner with `sp_appid`, `sp_mchid`, `sub_mchid`."""

    appid: NotRequired[str]
    mchid: NotRequired[str]
    sp_appid: NotRequired[str]
    sp_mchid: NotRequired[str]
    sub_appid: NotRequired[str]
    sub_mchid: NotRequired[str]
    description: str
    out_trade_no: str
    attach: NotRequired[str]
    goods_tag: NotRequired[str]
    support_fapiao: NotRequired[bool]
    payer: CodePayer
    amount: Amount
    scene_info: CodeScene
    detail: NotRequired[Detail]
    settle_info: NotRequired[SettleInfo]


class ByOutTradeNo(TypedDict):
    """`mchid` of a direct merchant; `sp_mchid` and `sub_mchid` of a partner."""

    out_trade_no: str
    mchid: NotRequired[str]
    sp_mchid: NotRequired[str]
    sub_mchid: NotRequired[str]


class ByTransactionId(TypedDict):
    transaction_id: str
    mchid: NotRequired[str]
    sp_mchid: NotRequired[str]
    sub_mchid: NotRequired[str]


class SubAmount(TypedDict):
    total_amount: int
    currency: str


class SubOrder(TypedDict):
    mchid: str
    sub_mchid: NotRequired[str]
    sub_appid: NotRequired[str]
    attach: str
    amount: SubAmount
    out_trade_no: str
    detail: NotRequired[str]
    goods_tag: NotRequired[str]
    description: str
    settle_info: NotRequired[SettleInfo]


class CombinedPayer(TypedDict):
    openid: NotRequired[str]
    sub_openid: NotRequired[str]


class CombinedOrder(TypedDict):
    combine_appid: str
    combine_mchid: str
    combine_out_trade_no: str
    scene_info: NotRequired[SceneInfo]
    sub_orders: list[SubOrder]
    combine_payer_info: NotRequired[CombinedPayer]
    time_start: NotRequired[str]
    time_expire: NotRequired[str]
    notify_url: str
    limit_pay: NotRequired[list[str]]


class ByCombination(TypedDict):
    combine_out_trade_no: str


class ByPart(TypedDict):
    transaction_id: str


class SubNumber(TypedDict):
    mchid: str
    out_trade_no: str
    sub_mchid: NotRequired[str]
    sub_appid: NotRequired[str]


class CloseCombination(TypedDict):
    combine_out_trade_no: str
    combine_appid: str
    sub_orders: list[SubNumber]
