"""What `serve` says once it accepts connections: addresses, public test credentials, lines for each SDK."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from paydouble import __version__
from paydouble.engine.sandbox import DEFAULT
from paydouble.server.app import CONTROL_PREFIX

if TYPE_CHECKING:
    from paydouble.core.call import Merchant
    from paydouble.server.assembly import Opened

# fmt: off
SHOWN: Mapping[str, tuple[str, ...]] = {     # what identifies a merchant; PEM is left to `keys`
    "stripe":    ("secret_key", "publishable_key", "webhook_secret"),
    "wechatpay": ("mchid", "appid", "serial_no", "apiv3_key"),
    "alipay":    ("app_id",),
}
NAMED_BY: Mapping[str, str] = {"wechatpay": "mchid", "alipay": "app_id"}    # what a merchant's id is called
SDK_LINES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "stripe": (
        ("python", 'stripe.StripeClient("{secret_key}", base_addresses={{"api": "{url}"}})'),
        ("node",   'new Stripe("{secret_key}", {{protocol: "http", host: "{host}", port: {port}}})'),
        ("ruby",   'Stripe.api_base = "{url}"; Stripe.api_key = "{secret_key}"'),
    ),
    "wechatpay": (
        ("python", 'HTTPS_PROXY={proxy} REQUESTS_CA_BUNDLE={ca}   # wechatpayv3 takes no address'),
        ("node",   'new Wechatpay({{baseURL: "{url}/", mchid: "{mchid}", serial: "{serial_no}", …}})'),
        ("php",    "Builder::factory(['base_uri' => '{url}/', 'mchid' => '{mchid}', …])"),
    ),
    "alipay": (
        ("python", 'alipay._gateway = "{url}/gateway.do"   # python-alipay-sdk'),
        ("node",   'new AlipaySdk({{appId: "{app_id}", gateway: "{url}/gateway.do", endpoint: "{url}", …}})'),
        ("java",   'new DefaultAlipayClient("{url}/gateway.do", "{app_id}", …)'),
    ),
}
# fmt: on


def announcement(opened: Opened, ca_file: str) -> str:
    """`ca_file` is where this machine's authority is, or will be at the first TLS connection."""
    return "\n".join(_lines(opened, ca_file)) + "\n"


def _lines(opened: Opened, ca_file: str) -> Iterator[str]:
    server, settings, head = opened.server, opened.settings, opened.sandbox.head
    yield f"PayDouble {__version__} is ready on {server.url} (HTTP, TLS, CONNECT proxy)"
    if server.tls_url.removeprefix("https") != server.url.removeprefix("http"):
        yield f"  TLS only   {server.tls_url}"
    yield f"  control    {server.url}{CONTROL_PREFIX}"
    if settings.control_token:
        yield f"  token      {settings.control_token}   (Authorization: Bearer)"
    yield f"  sandbox    {DEFAULT}: seed {head.seed}, clock {head.clock}, store {settings.store}"
    for provider, url in head.webhooks.items():
        yield f"  webhook    {provider} to {url}"
    yield from _scenarios(opened)
    for name in opened.simulator.providers:
        yield ""
        yield f"  {name:<10} {server.url_of(name)}"
        merchant = opened.simulator.directory.merchant(DEFAULT, name)
        if merchant is not None:
            yield from _provider_lines(opened, name, merchant, ca_file)
    yield ""
    yield "  The keys are public test keys, the same everywhere; all of them: paydouble keys"


def _scenarios(opened: Opened) -> Iterator[str]:
    for activation in opened.sandbox.rules.in_force:
        scenario = activation.scenario
        yield f"  scenario   {scenario.name}: {scenario.title}"
        wanted = scenario.settings.clock
        if wanted and wanted != opened.sandbox.head.clock:
            yield f"             made for --clock {wanted}"


def _provider_lines(opened: Opened, name: str, merchant: Merchant, ca_file: str) -> Iterator[str]:
    known = {**merchant.secrets, NAMED_BY.get(name, "id"): merchant.id}
    shown = [f"{field} {known[field]}" for field in SHOWN.get(name, ()) if field in known]
    if shown:
        yield f"    {'test keys':<9} {', '.join(shown)}"
    url = opened.server.url_of(name)
    host, _, port = url.removeprefix("http://").rpartition(":")
    places = {"url": url, "host": host, "port": port, "proxy": opened.server.url, "ca": ca_file}
    for language, line in SDK_LINES.get(name, ()):
        yield f"    {language:<9} {line.format_map(known | places)}"
