"""A merchant over real sockets without any SDK: signs, verifies and decrypts by the manual, and keeps all bytes."""

from __future__ import annotations

import base64
import http.client
import json
import queue
import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate

PATIENCE_S = 20
AGENT = {"User-Agent": "a shop", "Accept": "application/json"}


@dataclass(frozen=True)
class Exchange:
    """An answer or a callback: status, headers in lower case, raw body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def send(
    url: str, method: str, target: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> Exchange:
    at = urlsplit(url)
    assert at.hostname is not None
    connection = http.client.HTTPConnection(at.hostname, at.port or 80, timeout=PATIENCE_S)
    connection.putrequest(method, target, skip_accept_encoding=True)
    for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    answer = connection.getresponse()
    told = {name.lower(): value for name, value in answer.getheaders()}
    exchange = Exchange(answer.status, told, answer.read())
    connection.close()
    return exchange


def control(server: Any, path: str, body: Mapping[str, Any] | None = None) -> Any:
    """The control API: a POST where there is a body."""
    raw = b"" if body is None else json.dumps(body).encode()
    method, headers = ("GET", {}) if body is None else ("POST", {"Content-Type": "application/json"})
    answer = send(server.url, method, f"/_paydouble/{path}", raw, headers)
    assert answer.status < 300, answer.body
    return answer.json if answer.body else None


@dataclass
class Receiver:
    """The callback endpoint; answers with the statuses given, the last of them for ever."""

    statuses: Sequence[int] = (204,)
    arrived: queue.Queue[Exchange] = field(default_factory=queue.Queue)

    def __post_init__(self) -> None:
        receiver, left = self, list(self.statuses)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                self.send_response(left.pop(0) if len(left) > 1 else left[0])
                self.send_header("Content-Length", "0")
                self.end_headers()
                receiver.arrived.put(Exchange(0, headers, body))

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/notify"

    def next(self) -> Exchange:
        return self.arrived.get(timeout=PATIENCE_S)

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@dataclass(frozen=True)
class Shop:
    """One merchant of one sandbox."""

    url: str
    credentials: Mapping[str, str]

    def call(self, method: str, target: str, body: Mapping[str, Any] | None = None) -> Exchange:
        raw = b"" if body is None else json.dumps(body).encode()
        now, nonce = str(int(time.time())), secrets.token_hex(16)
        text = f"{method}\n{target}\n{now}\n{nonce}\n".encode() + raw + b"\n"
        private = load_pem_private_key(self.credentials["private_key_pem"].encode(), None)
        assert isinstance(private, RSAPrivateKey)
        signature = base64.b64encode(private.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()
        authorization = (
            f'WECHATPAY2-SHA256-RSA2048 mchid="{self.credentials["mchid"]}",nonce_str="{nonce}",'
            f'timestamp="{now}",serial_no="{self.credentials["serial_no"]}",signature="{signature}"'
        )
        headers = {**AGENT, "Authorization": authorization, "Content-Type": "application/json"}
        return send(self.url, method, target, raw, headers)

    def order(self, number: str, notify_url: str, **more: Any) -> Exchange:
        return self.call("POST", "/v3/pay/transactions/native", {
            "appid": self.credentials["appid"], "mchid": self.credentials["mchid"], "description": "三体",
            "out_trade_no": number, "notify_url": notify_url, "amount": {"total": 100}, **more,
        })

    def query(self, number: str) -> Exchange:
        mchid = self.credentials["mchid"]
        return self.call("GET", f"/v3/pay/transactions/out-trade-no/{number}?mchid={mchid}")

    def verifies(self, exchange: Exchange) -> bool:
        """With the one certificate that this merchant was given."""
        if exchange.headers.get("wechatpay-serial") != self.credentials["platform_serial_no"]:
            return False
        certificate = load_pem_x509_certificate(self.credentials["platform_certificate_pem"].encode())
        public, told = certificate.public_key(), exchange.headers
        assert isinstance(public, RSAPublicKey)
        text = f"{told['wechatpay-timestamp']}\n{told['wechatpay-nonce']}\n".encode() + exchange.body + b"\n"
        try:
            signature = base64.b64decode(told["wechatpay-signature"], validate=True)
            public.verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
        except Exception:
            return False
        return True

    def opened(self, exchange: Exchange) -> Any:
        resource = exchange.json["resource"]
        box = AESGCM(self.credentials["apiv3_key"].encode())
        sealed = base64.b64decode(resource["ciphertext"])
        return json.loads(box.decrypt(resource["nonce"].encode(), sealed, resource["associated_data"].encode()))
