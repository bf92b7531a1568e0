"""The small parts: times, fields, documents, amounts, settings, magic values."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from paydouble.core.clock import DAY, HOUR, MINUTE, Instant
from paydouble.core.effect import EMPTY_PLAN, Result
from paydouble.core.errors import ProviderError
from paydouble.core.http import Envelope, Headers, HttpRequest
from paydouble.core.money import Money
from paydouble.providers.alipay import amounts, build, buyers, documents, fields, times, zipping
from paydouble.providers.alipay.errors import TABLES, Acq
from paydouble.providers.alipay.settings import AlipaySettings, QrCodes
from paydouble.providers.alipay.test_values import CARDS
from paydouble.providers.alipay.test_values import test_values as plan_of

NOON = times.parse("2026-03-01 12:00:00")


@pytest.mark.parametrize(("text", "later"), [("1m", MINUTE), ("90m", 90 * MINUTE), ("2h", 2 * HOUR), ("15d", 15 * DAY),
                                             ("1c", 12 * HOUR)])
def test_timeouts(text: str, later: int) -> None:
    assert times.timeout(text, NOON) == NOON + later


@pytest.mark.parametrize("text", ["", "0m", "1.5h", "16d", "1w", "１m", "1m ", "-1m", "1000000000m"])
def test_what_is_no_timeout(text: str) -> None:
    with pytest.raises(ValueError, match=r"timeout|between"):
        times.timeout(text, NOON)


def test_times_are_those_of_china() -> None:
    assert times.china(Instant(0)) == "1970-01-01 08:00:00"
    assert times.china_ms(Instant(1)) == "1970-01-01 08:00:00.001"
    assert times.parse("1970-01-01 08:00") == 0


def posted(body: bytes, target: str = "/gateway.do", content_type: str = "") -> fields.Parsed:
    headers = Headers((("Content-Type", content_type),)) if content_type else Headers()
    return fields.parse(HttpRequest(method="POST", target=target, headers=headers, body=body))


def test_query_and_form_are_one_and_plus_is_a_blank() -> None:
    parsed = posted(b"b=x+y%20z&c=%E4%B8%AD", "/gateway.do?a=1&charset=utf-8&b=first")
    assert parsed == ({"a": "1", "charset": "utf-8", "b": "first", "c": "中"}, True)


@pytest.mark.parametrize("body", [b"a=%ff", b"charset=ebcdic&a=1"])
def test_what_cannot_be_read_is_told_apart(body: bytes) -> None:
    assert not posted(body).readable


def test_parts_of_a_multipart_body() -> None:
    body = (b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n2\r\n'
            b'--b\r\nContent-Disposition: form-data; name="f"; filename="x.png"\r\n\r\nPNG\r\n--b--\r\n')
    headers = Headers((("Content-Type", "multipart/form-data; boundary=b"),))
    request = HttpRequest(method="POST", target="/gateway.do", headers=headers, body=body)
    assert fields.parse(request).values == {"a": "1\r\n2"}
    assert fields.uploads(request) == (("f", "x.png", b"PNG"),)


def test_numbers_are_read_as_they_are_written() -> None:
    assert documents.read('{"a":0.10,"b":1e3,"c":10,"d":true}') == {"a": "0.10", "b": "1e3", "c": "10", "d": True}


@pytest.mark.parametrize("text", ["", "[]", "1", '{"a":NaN}', "{", '{"a":"\\ud800"}', "[" * 99_999])
def test_what_is_no_document(text: str) -> None:
    try:
        documents.read(text)
    except ValueError:
        return
    pytest.fail("it was read")


def test_code_and_message_come_first_and_braces_in_strings_are_escaped() -> None:
    written = documents.written({"z": [{"a": "}"}], "msg": "m", "a": '"{', "code": "1"})
    assert written == b'{"code":"1","msg":"m","a":"\\"\\u007b","z":[{"a":"\\u007d"}]}'


@pytest.mark.parametrize("text", ["0.001", "-1", "1e3", "１.00", "", "0", "0.00", "01", "1.", ".5", " 1", "100000000.01"])
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(ProviderError):
        amounts.minor(text, Acq.INVALID_PARAMETER)


def test_amounts() -> None:
    found = [amounts.minor(text, Acq.INVALID_PARAMETER) for text in ("0.01", "88.8", "100000000")]
    assert found == [1, 8_880, 10_000_000_000]
    assert amounts.yuan(8_880) == "88.80"


def test_a_buyer_is_someone_else_in_each_app_and_masked() -> None:
    assert buyers.open_id("2088", "a") != buyers.open_id("2088", "b")
    assert buyers.masked("simon@sandbox.com") == "sim***@sandbox.com"
    assert buyers.masked("15912345620") == "159****5620"


def test_settings_are_read_from_strings() -> None:
    chosen = AlipaySettings.parse({
        "refund_window": "90d", "qr_codes": "here", "password_above": "2000.00", "notify_closed": "wap, app",
        "fee_rate": "0.01", "royalty_ratio_max": "30", "bills_at_once": "on",
    })
    assert (chosen.refund_window, chosen.qr_codes) == (90 * DAY, QrCodes.HERE)
    assert (chosen.password_above, chosen.notify_closed) == (Money(200_000, "CNY"), frozenset({"wap", "app"}))
    assert (str(chosen.fee_rate), chosen.royalty_ratio_max, chosen.bills_at_once) == ("0.01", 30, True)
    assert AlipaySettings.parse({"notify_closed": "none"}).notify_closed == frozenset()


@pytest.mark.parametrize("wrong", [{"x": "1"}, {"qr_codes": "x"}, {"fee_rate": "2"}, {"fee_rate": "x"},
                                   {"royalty_ratio_max": "101"}, {"notify_closed": "x"}, {"bills_at_once": "yes"},
                                   {"refund_window": "soon"}, {"password_above": "1,000"}])
def test_a_setting_that_cannot_be_is_refused_by_name(wrong: dict[str, str]) -> None:
    [name] = wrong
    with pytest.raises(ValueError, match=name):
        build(wrong)


def test_magic_values_are_magic_only_where_they_say() -> None:
    by_id = {each.id: each for each in build().operations}
    envelope = Envelope(request=HttpRequest(method="POST", target="/gateway.do"), path="/gateway.do")

    def drawn(id: str, **params: str) -> Result | None:
        outcome = plan_of(envelope, by_id[id], params).outcome
        return outcome.result if outcome else None

    assert drawn("trade.pay", total_amount="44.10") is Result.PENDING
    assert drawn("trade.pay", total_amount="1.00", auth_code="284410000000000000") is Result.PENDING
    assert drawn("trade.refund", refund_amount="44.31") is Result.DECLINED
    assert drawn("trade.refund", refund_amount="44.10") is None
    for amount in ("144.10", "44.1", "44", "NaN", "Infinity", "x", "44.99"):
        assert drawn("trade.precreate", total_amount=amount) is None
    assert plan_of(envelope, by_id["trade.query"], {}) is EMPTY_PLAN
    assert {each.number for each in CARDS} >= {"44.01, 284401…", "44.31", "44.41"}


def test_error_rows_have_a_code_of_the_old_protocol_and_a_text() -> None:
    for table in TABLES:
        for row in table:
            assert row.columns["code"] in {"20000", "20001", "40001", "40002", "40003", "40004", "40005", "40006"}
            assert row.message, row


def test_every_message_is_repeated_by_the_schedule_of_messages() -> None:
    folder = Path(__file__).parents[4] / "contracts" / "alipay" / "v2" / "events"
    messages = {each.name for each in folder.iterdir() if each.name.startswith(("alipay.", "ant."))}
    assert set(build().own_retries) == messages


def test_archives_have_names_in_gbk_without_a_mark() -> None:
    with zipfile.ZipFile(io.BytesIO(zipping.archive([("明细.csv", b"a" * 999), ("b", b"")]))) as archive:
        assert archive.testzip() is None
        assert [name.encode("cp437").decode("gbk") for name in archive.namelist()] == ["明细.csv", "b"]
        assert archive.read(archive.namelist()[0]) == b"a" * 999
