"""Merchants, their credentials, and the certificates that they download."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from paydouble.providers.wechatpay.errors import Errors
from tests.unit.providers.wechatpay.steps import refused


class TestCertificates:
    @pytest.mark.parametrize(("rotation", "serials"), [
        ("before", ["A1"]), ("overlap", ["A1", "A2"]), ("switched", ["A1", "A2"]), ("after", ["A2"]),
    ])
    async def test_they_open_with_the_apiv3_key(
        self, make_world: Callable[..., Any], rotation: str, serials: list[str]
    ) -> None:
        world = make_world(rotation=rotation)
        listed = (await world.call("certificates.list", {})).body["data"]
        assert [each["serial_no"][-2:] for each in listed] == serials
        for each in listed:
            box, sealed = AESGCM(world.merchant.secrets["apiv3_key"].encode()), each["encrypt_certificate"]
            pem = box.decrypt(sealed["nonce"].encode(), base64.b64decode(sealed["ciphertext"]), b"certificate")
            assert f"{x509.load_pem_x509_certificate(pem).serial_number:040X}" == each["serial_no"]
            assert each["effective_time"] == "2020-01-01T08:00:00+08:00"

    async def test_a_public_key_merchant_has_none(self, make_world: Callable[..., Any]) -> None:
        world = make_world(platform_keys="public_key")
        assert await refused(world.call("certificates.list", {})) is Errors.CERTIFICATES_NONE


class TestMerchants:
    def test_the_default_merchant_is_well_known(self, world: Any) -> None:
        fields = world.provider.credentials(world.merchant, "http://127.0.0.1:4800").fields
        assert (fields["mchid"], fields["appid"]) == ("1900004800", "wx4800d0b1e0004800")
        assert len(fields["apiv3_key"]) == len(fields["apiv2_key"]) == 32

    def test_others_are_derived_and_consistent(self, world: Any) -> None:
        keys = world.merchant.keys
        one, same, other = (world.provider.merchant(name, keys) for name in ("one", "one", "other"))
        assert one == same
        assert one.id != other.id
        assert (len(one.id), one.id[:2]) == (10, "19")
        fields = world.provider.credentials(one, "http://x").fields
        certificate = x509.load_pem_x509_certificate(fields["certificate_pem"].encode())
        assert f"{certificate.serial_number:040X}" == fields["serial_no"] == one.secrets["serial_no"]

    def test_each_variable_names_a_field(self, world: Any) -> None:
        given = world.provider.credentials(world.merchant, "http://x")
        assert set(given.environment.values()) | set(given.files.values()) == set(given.fields)
        assert json.dumps(dict(given.fields))
