"""aiohttp where aiodns is installed, which asks name servers itself."""

import asyncio
import os

import aiohttp


async def main() -> None:
    headers = {"Authorization": f"Bearer {os.environ['STRIPE_SECRET_KEY']}"}
    connector = aiohttp.TCPConnector(resolver=aiohttp.AsyncResolver())
    session = aiohttp.ClientSession(connector=connector)
    async with session, session.get("https://api.stripe.com/v1/customers", headers=headers) as answer:
        assert answer.status == 200


asyncio.run(main())
