"""WeChat Pay, API v3, as one value."""

from __future__ import annotations

from collections.abc import Mapping

from paydouble.core.clock import HOUR, MINUTE, SECOND, Duration
from paydouble.core.errors import ProviderError
from paydouble.core.http import Envelope, HttpRequest
from paydouble.core.notification import RetrySchedule
from paydouble.core.provider import Api, ErrorRoles, Provider
from paydouble.providers.wechatpay import identifiers, later, merchants, replays, sharing, transferring
from paydouble.providers.wechatpay.acts import acts
from paydouble.providers.wechatpay.coupon_records import COUPON, STOCK, Coupon, CouponEndpoint, CouponStock
from paydouble.providers.wechatpay.errors import Errors
from paydouble.providers.wechatpay.errors_v2 import ErrorsV2
from paydouble.providers.wechatpay.machines import API, PROVIDER, REFUND, TRANSACTION
from paydouble.providers.wechatpay.models import (
    ClosedNumber,
    Combination,
    MerchantEndpoint,
    Refund,
    Transaction,
)
from paydouble.providers.wechatpay.models_more import (
    Complaint,
    ComplaintEndpoint,
    MediaFile,
    Said,
)
from paydouble.providers.wechatpay.notices import V2
from paydouble.providers.wechatpay.operations import (
    bills,
    certificates,
    codepay,
    combinations,
    complaints,
    coupons,
    media,
    papay,
    payscore,
    payscore_permissions,
    profit_sharing,
    receivers,
    refunds,
    security,
    transactions,
    transfer_batches,
    transfer_receipts,
    transfers,
)
from paydouble.providers.wechatpay.operations.v2 import bills as v2_bills
from paydouble.providers.wechatpay.operations.v2 import orders as v2_orders
from paydouble.providers.wechatpay.operations.v2 import papay as v2_papay
from paydouble.providers.wechatpay.operations.v2 import refunds as v2_refunds
from paydouble.providers.wechatpay.operations.v2 import sandbox as v2_sandbox
from paydouble.providers.wechatpay.operations.v2 import sharing as v2_sharing
from paydouble.providers.wechatpay.operations.v2 import wallets as v2_wallets
from paydouble.providers.wechatpay.pages import pages
from paydouble.providers.wechatpay.papay_records import PAPAY_CONTRACT, PapayContract
from paydouble.providers.wechatpay.payscore_records import SERVICE_ORDER, ServiceOrder
from paydouble.providers.wechatpay.permission_records import PERMISSION, Permission
from paydouble.providers.wechatpay.receipts import RECEIPT, Receipt
from paydouble.providers.wechatpay.settings import WechatpaySettings
from paydouble.providers.wechatpay.sharing_records import (
    SHARE_ORDER,
    SHARE_RETURN,
    Receiver,
    ShareOrder,
    ShareReturn,
)
from paydouble.providers.wechatpay.test_values import test_values
from paydouble.providers.wechatpay.transfer_records import (
    TRANSFER_BATCH,
    TRANSFER_BILL,
    TransferBatch,
    TransferBill,
)
from paydouble.providers.wechatpay.validation import broken_contract
from paydouble.providers.wechatpay.wallet_records import RED_PACKET, RedPacket, WalletTransfer
from paydouble.providers.wechatpay.wire import WireV3
from paydouble.providers.wechatpay.wire_v2 import PREFIXES, WireV2
from paydouble.providers.wechatpay.words import WORDS

HOSTS = (
    "api.mch.weixin.qq.com", "api2.mch.weixin.qq.com", "api.wechatpay.cn", "api2.wechatpay.cn",
    "apihk.mch.weixin.qq.com", "fraud.mch.weixin.qq.com", "wx.tenpay.com",
)

# 24 hours and 4 minutes: https://pay.weixin.qq.com/doc/v3/merchant/4012791861
# fmt: off
RETRIES = RetrySchedule(
    delays=tuple(Duration(count * unit) for count, unit in (
        (15, SECOND), (15, SECOND), (30, SECOND),
        ( 3, MINUTE), (10, MINUTE), (20, MINUTE), (30, MINUTE), (30, MINUTE), (30, MINUTE), (60, MINUTE),
        ( 3, HOUR),   ( 3, HOUR),   ( 3, HOUR),   ( 6, HOUR),   ( 6, HOUR),
    )),
    timeout=Duration(5 * SECOND),
)
# https://pay.weixin.qq.com/doc/v3/merchant/4012712115
TRANSFER_RETRIES = RetrySchedule(
    delays=tuple(Duration(seconds * SECOND) for seconds in (*[15] * 10, *[300] * 10, *[1_800] * 44)),
    timeout=Duration(5 * SECOND),
)
# fmt: on


def _is_v3(request: HttpRequest) -> bool:
    return request.path.startswith("/v3/")


def _is_v2(request: HttpRequest) -> bool:
    return request.path.startswith(PREFIXES)


def _unknown_route(envelope: Envelope) -> ProviderError:
    return Errors.UNKNOWN_PATH()


def _wrong_method(envelope: Envelope) -> ProviderError:
    return ErrorsV2.POST_REQUIRED() if _is_v2(envelope.request) else Errors.WRONG_METHOD()


def build(settings: Mapping[str, str] | None = None) -> Provider:
    """Under these settings, explained in `WechatpaySettings`. Raises ValueError for unknown ones."""
    chosen = WechatpaySettings.parse(settings or {})
    return Provider(
        name=PROVIDER,
        hosts=HOSTS,
        apis=(
            Api(name=API, wire=WireV3(chosen), claims=_is_v3),
            Api(name=V2, wire=WireV2(chosen), claims=_is_v2),
        ),
        operations=(
            *transactions.operations(chosen), *codepay.operations(chosen), *combinations.operations(chosen),
            *refunds.operations(chosen), *certificates.operations(chosen), *security.OPERATIONS,
            *media.OPERATIONS, *profit_sharing.operations(chosen), *receivers.OPERATIONS,
            *transfers.operations(chosen), *transfer_batches.operations(chosen),
            *transfer_receipts.operations(chosen), *bills.operations(chosen),
            *payscore.operations(chosen), *payscore_permissions.operations(chosen),
            *papay.operations(chosen), *complaints.OPERATIONS, *coupons.operations(chosen),
            *v2_orders.operations(chosen), *v2_refunds.operations(chosen), *v2_bills.operations(chosen),
            *v2_sharing.operations(chosen), *v2_sandbox.OPERATIONS, *v2_papay.operations(chosen),
            *v2_wallets.OPERATIONS,
        ),
        acts=(
            *acts(chosen), *later.ACTS, *sharing.ACTS, *transferring.ACTS, *complaints.ACTS,
            *payscore.acts(chosen), *papay.acts(chosen), *payscore_permissions.ACTS, *coupons.ACTS,
            *v2_wallets.ACTS,
        ),
        machines=(
            TRANSACTION, REFUND, SHARE_ORDER, SHARE_RETURN, TRANSFER_BILL, TRANSFER_BATCH, SERVICE_ORDER,
            PAPAY_CONTRACT, RECEIPT, PERMISSION, STOCK, COUPON,
            RED_PACKET,
        ),
        records=(
            Transaction, Combination, Refund, ClosedNumber, MediaFile, Receiver, ShareOrder, ShareReturn,
            TransferBill, TransferBatch, ServiceOrder, PapayContract, Complaint, Said, ComplaintEndpoint,
            CouponStock, Coupon, CouponEndpoint, MerchantEndpoint, Receipt, Permission,
            replays.UsedNonce, WalletTransfer, RedPacket,
        ),
        errors=(Errors, ErrorsV2),
        roles=ErrorRoles(
            unknown_route=_unknown_route, wrong_method=_wrong_method, broken_contract=broken_contract,
            internal=Errors.SYSTEM_ERROR, too_large=Errors.BODY_TOO_LARGE,
        ),
        merchant=merchants.merchant,
        credentials=merchants.credentials,
        subscribe=merchants.subscribe,
        endpoints=merchants.endpoints,
        event_id=identifiers.event_id,
        retries=RETRIES,
        own_retries={"MCHTRANSFER.BILL.FINISHED": TRANSFER_RETRIES},
        permit=replays.permit(chosen),
        words=WORDS,
        pages=(*pages(chosen), *v2_papay.PAGES),
        test_values=test_values,
    )
