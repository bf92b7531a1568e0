"""Messages keep header fields as sent, and find them without regard to case."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paydouble.core.http import Headers, HttpRequest, HttpResponse

NAMES = st.sampled_from(["A", "a", "Content-Type", "content-type", "X-Y"])
PAIRS = st.lists(st.tuples(NAMES, st.text(max_size=3)), max_size=6).map(tuple)


@given(PAIRS, NAMES)
def test_the_first_value_of_any_spelling_is_found(pairs: tuple[tuple[str, str], ...], name: str) -> None:
    headers = Headers(pairs)
    sent = [value for key, value in pairs if key.lower() == name.lower()]
    assert tuple(headers) == pairs
    assert headers.all(name) == tuple(sent)
    assert headers.get(name, "none") == (sent[0] if sent else "none")
    assert (name in headers) is bool(sent)


@pytest.mark.parametrize(("target", "path", "query"), [
    ("/v1/a?b=c?d", "/v1/a", "b=c?d"), ("/v1/a", "/v1/a", ""), ("/v1/%2F?", "/v1/%2F", ""),
])
def test_path_and_query_are_raw(target: str, path: str, query: str) -> None:
    request = HttpRequest(method="GET", target=target)
    assert (request.path, request.query) == (path, query)


def test_a_response_finds_its_headers_in_any_spelling() -> None:
    response = HttpResponse(200, (("Content-Type", "text/plain"), ("content-type", "second")))
    assert response.header("CONTENT-TYPE") == "text/plain"
    assert response.header("ETag", "none") == "none"
