"""Takes secrets and card data out of what the control API shows of calls."""

from __future__ import annotations

import re
from collections.abc import Iterable

from paydouble.core.call import Merchant
from paydouble.core.http import HttpRequest, HttpResponse

MASK = "****"
SHOWN_DIGITS = 4

_PRIVATE_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
_SECRET_NAME = re.compile(r"(?:secret|key|password|token)")
_PUBLIC_NAME = re.compile(r"(?:public|publishable|_id$|serial)")
_BEFORE = r"(?:\b|_|%5B|\[)"
_AFTER = r"""(?:%5D|\])?["']?\s*[:=]\s*["']?"""
_CARD = re.compile(rf"({_BEFORE}(?:number|card_number|pan){_AFTER})([0-9][0-9 +%-]{{10,28}}[0-9])")
_CODE = re.compile(rf"({_BEFORE}(?:cvc2?|cvv2?|security_code){_AFTER})[0-9]{{3,4}}")
_CLIENT_SECRET = re.compile(r"(_secret_)[A-Za-z0-9]+")
_TOKEN = re.compile(r"""("(?:access_token|refresh_token|client_secret)"\s*:\s*")[^"]+""")


class Masker:
    """Knows the secrets of some merchants by value, and the rest by where it stands."""

    def __init__(self, merchants: Iterable[Merchant]) -> None:
        self._secrets = sorted(
            {
                secret for merchant in merchants for name, secret in merchant.secrets.items()
                if len(secret) > SHOWN_DIGITS and _SECRET_NAME.search(name) and not _PUBLIC_NAME.search(name)
            },
            key=len, reverse=True,
        )

    def text(self, text: str) -> str:
        """Card numbers become "**** 4242"; of a secret nothing is left but that it was one."""
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        text = _CARD.sub(lambda found: f"{found[1]}{MASK} {_last_digits(found[2])}", text)
        text = _CODE.sub(rf"\g<1>{MASK}", text)
        text = _TOKEN.sub(rf"\g<1>{MASK}", text)
        return _CLIENT_SECRET.sub(rf"\g<1>{MASK}", text)

    def body(self, body: bytes) -> str:
        """What is not UTF-8 is shown escaped."""
        return self.text(body.decode("utf-8", "backslashreplace"))

    def headers(self, pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
        """As sent, in order; of credentials only the scheme."""
        return [[name, self._header(name, value)] for name, value in pairs]

    def request(self, request: HttpRequest) -> dict[str, object]:
        return {
            "method": request.method, "target": self.text(request.target),
            "headers": self.headers(request.headers), "body": self.body(request.body),
        }

    def response(self, response: HttpResponse) -> dict[str, object]:
        return {
            "status": response.status, "headers": self.headers(response.headers),
            "body": self.body(response.body),
            "fault": response.fault.fault.value if response.fault is not None else None,
        }

    def _header(self, name: str, value: str) -> str:
        if name.lower() not in _PRIVATE_HEADERS:
            return self.text(value)
        scheme, space, _ = value.partition(" ")
        return f"{scheme} {MASK}" if space else MASK


def _last_digits(number: str) -> str:
    return re.sub(r"%[0-9A-Fa-f]{2}|[^0-9]", "", number)[-SHOWN_DIGITS:]
