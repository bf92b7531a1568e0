"""A merchant of API v2: signs XML, reads XML, opens what is hidden in refunds' notifications."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from paydouble.contracts.catalog import Catalog
from paydouble.core.http import Headers, HttpRequest, HttpResponse
from paydouble.providers.wechatpay import xml
from tests.merchants import Answered, World
from tests.providers.wechatpay.checked import CATALOG

OK = b"<xml><return_code><![CDATA[SUCCESS]]></return_code><return_msg><![CDATA[OK]]></return_msg></xml>"


def sign(fields: Mapping[str, str], key: str, sign_type: str = "MD5") -> str:
    text = "&".join(f"{name}={fields[name]}" for name in sorted(fields) if fields[name] and name != "sign")
    whole = f"{text}&key={key}".encode()
    if sign_type == "HMAC-SHA256":
        return hmac.new(key.encode(), whole, hashlib.sha256).hexdigest().upper()
    return hashlib.md5(whole, usedforsecurity=False).hexdigest().upper()


def as_xml(fields: Mapping[str, object]) -> bytes:
    inner = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in fields.items())
    return f"<xml>{inner}</xml>".encode()


def event_of(fields: Mapping[str, str]) -> str:
    """Notifications of API v2 do not say what they are; their fields do."""
    if "change_type" in fields:
        return f"contract.{fields['change_type']}"
    return "payment.PAY_FAIL" if fields.get("trade_state") == "PAY_FAIL" else "payment.SUCCESS"


class ShopV2:
    """Calls with plain keyword arguments, which are sent as strings."""

    def __init__(self, here: World, sign_type: str = "MD5", catalog: Catalog = CATALOG) -> None:
        self.here, self.sign_type, self.catalog = here, sign_type, catalog
        merchant = here.merchant("wechatpay")
        self.mchid, self.appid, self.key = merchant.id, merchant.secrets["appid"], merchant.secrets["apiv2_key"]

    def request(self, path: str, headers: Any = (), **params: Any) -> HttpRequest:
        fields = {"appid": self.appid, "mch_id": self.mchid, "nonce_str": "5K8264ILTKCH16CQ2502SI8ZNMTM67VS"}
        fields |= {name: str(value) for name, value in params.items()}
        if self.sign_type != "MD5":
            fields["sign_type"] = self.sign_type
        fields["sign"] = sign(fields, self.key, self.sign_type)
        return self.raw(path, as_xml(fields), headers)

    def raw(self, path: str, body: bytes, headers: tuple[tuple[str, str], ...] = ()) -> HttpRequest:
        return HttpRequest(
            method="POST", target=path, body=body, id=self.here.simulator.new_call_id(),
            base_url="http://127.0.0.1:4800", headers=Headers((("Content-Type", "text/xml"), *headers)),
        )

    async def send(self, path: str, headers: Any = (), **params: Any) -> Answered:
        return await self.here.serve("wechatpay", self.request(path, headers, **params))

    async def call(self, path: str, operation: str, **params: Any) -> dict[str, str]:
        """The fields of an answer that must be a success; signed, and as its contract says."""
        answered = await self.send(path, **params)
        fields = self.read(answered.response)
        assert fields.get("result_code") == "SUCCESS", fields
        self.check(f"{operation}/response", fields)
        return fields

    async def refused(self, path: str, **params: Any) -> tuple[str, str]:
        """(err_code, err_code_des), or ("", return_msg) where the message itself was refused."""
        fields = self.read((await self.send(path, **params)).response)
        if fields["return_code"] == "FAIL":
            return "", fields["return_msg"]
        assert fields["result_code"] == "FAIL", fields
        return fields["err_code"], fields["err_code_des"]

    def read(self, response: HttpResponse) -> dict[str, str]:
        """Status 200, and well signed where there is a business result."""
        assert response.status == 200, response.body
        fields = xml.read(response.body)
        if fields["return_code"] == "FAIL" or fields["result_code"] == "FAIL":
            assert not self.catalog.producer("wechatpay/v2/error.schema.json").check(fields), fields
        if "result_code" in fields:
            assert sign(fields, self.key, self.sign_type) == fields["sign"]
        else:
            assert "sign" not in fields
        return fields

    def order(self, number: str = "ORDER-000001", total: int = 100, **more: Any) -> dict[str, Any]:
        return {
            "body": "三体", "out_trade_no": number, "total_fee": total, "spbill_create_ip": "127.0.0.1",
            "notify_url": "http://127.0.0.1:9/v2", "trade_type": "NATIVE", **more,
        }

    async def told(self) -> list[dict[str, str]]:
        """Every notification so far; payments with a good signature, refunds opened."""
        await self.here.settle()
        requests = [each for each in self.here.receiver.requests if each.body.startswith(b"<xml>")]
        return [self.opened(xml.read(each.body)) for each in requests]

    def opened(self, fields: dict[str, str]) -> dict[str, str]:
        if "req_info" not in fields:
            assert sign(fields, self.key, self.sign_type) == fields["sign"]
            self.check(f"events/{event_of(fields)}/notification", fields)
            return fields
        assert "sign" not in fields
        key = hashlib.md5(self.key.encode(), usedforsecurity=False).hexdigest().encode()
        decryptor = Cipher(algorithms.AES(key), modes.ECB()).decryptor()
        padded = decryptor.update(base64.b64decode(fields["req_info"])) + decryptor.finalize()
        unpadder = PKCS7(128).unpadder()
        plain = xml.read(unpadder.update(padded) + unpadder.finalize())
        event = f"events/refund.{plain['refund_status']}"
        self.check(f"{event}/notification", fields)
        self.check(f"{event}/resource", plain)
        return plain

    def check(self, contract: str, fields: dict[str, str]) -> None:
        broken = self.catalog.producer(f"wechatpay/v2/{contract}.schema.json").check(fields)
        assert not broken, [(each.pointer, each.keyword, each.value) for each in broken]
