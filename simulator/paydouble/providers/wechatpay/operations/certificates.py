"""The platform certificates. https://pay.weixin.qq.com/doc/v3/merchant/4012551764"""

from __future__ import annotations

from datetime import datetime
from typing import NotRequired, TypedDict

from paydouble.core.call import Call, Reply
from paydouble.core.clock import Instant, rfc3339_china
from paydouble.core.ids import HEX
from paydouble.core.operation import Operation, Route, operation
from paydouble.crypto.certificates import SIGNING_FROM, SIGNING_UNTIL
from paydouble.providers.wechatpay.errors import COMMON, Errors
from paydouble.providers.wechatpay.keys import NONCE_LENGTH, gcm_box, listed_certificates
from paydouble.providers.wechatpay.machines import API
from paydouble.providers.wechatpay.settings import WechatpaySettings

ASSOCIATED_DATA = "certificate"


class WhichCertificates(TypedDict):
    algorithm_type: NotRequired[str]


def operations(settings: WechatpaySettings) -> tuple[Operation, ...]:
    @operation(
        "certificates.list", Route(API, "GET", "/v3/certificates"), means=("certificate.list",),
        errors=(Errors.CERTIFICATES_NONE, *COMMON),
        docs="https://pay.weixin.qq.com/doc/v3/merchant/4012551764",
    )
    async def list_certificates(call: Call[WhichCertificates]) -> Reply:
        """Download the certificates by which WeChat Pay's signatures are checked."""
        # SM2 certificates, which only national crypto can use, do not exist here.
        names = () if call.params.get("algorithm_type") == "SM2" else listed_certificates(settings)
        if not names:
            raise Errors.CERTIFICATES_NONE()
        return Reply({"data": [_certificate(call, name) for name in names]})

    return (list_certificates,)


def _certificate(call: Call[WhichCertificates], name: str) -> dict[str, object]:
    pem = call.keys.certificate_pem(name).encode()
    nonce = call.ids.token(NONCE_LENGTH, HEX)
    box = gcm_box(call.merchant.secrets["apiv3_key"])
    return {
        "serial_no": call.keys.serial(name),
        "effective_time": rfc3339_china(_instant(SIGNING_FROM)),
        "expire_time": rfc3339_china(_instant(SIGNING_UNTIL)),
        "encrypt_certificate": {
            "algorithm": "AEAD_AES_256_GCM",
            "nonce": nonce,
            "associated_data": ASSOCIATED_DATA,
            "ciphertext": box.encrypt(pem, nonce, ASSOCIATED_DATA),
        },
    }


def _instant(moment: datetime) -> Instant:
    return Instant(round(moment.timestamp() * 1_000))
