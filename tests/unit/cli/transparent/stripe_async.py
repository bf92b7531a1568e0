"""stripe-python's client with its own asynchronous transport."""

import asyncio
import os

import stripe


async def main() -> None:
    client = stripe.StripeClient(os.environ["STRIPE_SECRET_KEY"], http_client=stripe.HTTPXClient())
    assert (await client.v1.customers.create_async({"name": "Jenny"})).name == "Jenny"


asyncio.run(main())
