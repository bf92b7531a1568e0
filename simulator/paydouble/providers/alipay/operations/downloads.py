"""Alipay's certificates, for clients that meet one they do not know: https://opendocs.alipay.com/common/02kipl."""

from __future__ import annotations

import base64
from typing import TypedDict

from paydouble.core.call import Call, Reply
from paydouble.core.operation import Operation, operation
from paydouble.providers.alipay import keys
from paydouble.providers.alipay.errors import COMMON, Gateway
from paydouble.providers.alipay.operations.routes import documented, routes


class CertificateRequest(TypedDict):
    alipay_cert_sn: str


@operation(
    "open.app.alipaycert.download", *routes("open.app.alipaycert.download", ""), means=("certificate.list",),
    errors=(Gateway.ALIPAY_CERT_NOT_EXIST, *COMMON), reads=True,
    docs=documented("open.app.alipaycert.download"),
)
async def download(call: Call[CertificateRequest]) -> Reply:
    """Get a certificate of Alipay by its SN: the PEM text in base64."""
    pem = keys.certificate_by_sn(call.keys, call.params["alipay_cert_sn"])
    if not pem:
        raise Gateway.ALIPAY_CERT_NOT_EXIST()
    return Reply({"alipay_cert_content": base64.b64encode(pem.encode()).decode()})


OPERATIONS: tuple[Operation, ...] = (download,)
