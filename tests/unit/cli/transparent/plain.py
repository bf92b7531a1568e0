"""Plain HTTP clients, one call each, with the authorities that each brings; prints the answers' status."""

import asyncio
import http.client
import json
import os
import ssl
import urllib.request
from collections.abc import Callable

URL = "https://api.stripe.com/v1/customers"
HEADERS = {"Authorization": f"Bearer {os.environ['STRIPE_SECRET_KEY']}"}


def by_urllib() -> int:
    with urllib.request.urlopen(urllib.request.Request(URL, headers=HEADERS)) as answer:
        return int(answer.status)


def by_http_client() -> int:
    return asked(http.client.HTTPSConnection("api.stripe.com"))


def by_plain_http() -> int:
    return asked(http.client.HTTPConnection("API.Stripe.com."))


def asked(connection: http.client.HTTPConnection) -> int:
    connection.request("GET", "/v1/customers", headers={**HEADERS, "Host": "api.stripe.com"})
    status = connection.getresponse().status
    connection.close()
    return status


def by_requests() -> int:
    import requests

    return requests.get(URL, headers=HEADERS, timeout=30).status_code


def by_requests_with_its_own_authorities() -> int:
    import certifi
    import requests

    return requests.get(URL, headers=HEADERS, timeout=30, verify=certifi.where()).status_code


def by_urllib3() -> int:
    import certifi
    import urllib3

    with urllib3.PoolManager(ca_certs=certifi.where()) as pool:
        return pool.request("GET", URL, headers=HEADERS).status


def by_httpx() -> int:
    import httpx

    return httpx.get(URL, headers=HEADERS).status_code


def by_httpx_async() -> int:
    import httpx

    async def get() -> int:
        transport = httpx.AsyncHTTPTransport(retries=1)     # with one of its own it takes no proxy
        async with httpx.AsyncClient(transport=transport) as client:
            return (await client.get(URL, headers=HEADERS)).status_code

    return asyncio.run(get())


async def got_by_aiohttp() -> int:
    import aiohttp

    async with aiohttp.ClientSession() as session, session.get(URL, headers=HEADERS) as answer:
        return answer.status


def by_aiohttp() -> int:
    return asyncio.run(got_by_aiohttp())


def by_aiohttp_on_uvloop() -> int:
    import uvloop

    return uvloop.run(got_by_aiohttp())


def by_asyncio() -> int:
    async def get() -> int:
        reader, writer = await asyncio.open_connection("api.stripe.com", 443, ssl=ssl.create_default_context())
        lines = ["GET /v1/customers HTTP/1.1", "Host: api.stripe.com", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in HEADERS.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        status = (await reader.readline()).split()[1]
        writer.close()
        return int(status)

    return asyncio.run(get())


CLIENTS: tuple[Callable[[], int], ...] = (
    by_urllib, by_http_client, by_plain_http, by_requests, by_requests_with_its_own_authorities, by_urllib3, by_httpx,
    by_httpx_async, by_aiohttp, by_aiohttp_on_uvloop, by_asyncio,
)
if __name__ == "__main__":
    print(json.dumps({client.__name__: client() for client in CLIENTS}))
