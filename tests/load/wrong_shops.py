"""Locust's view of shops that handle callbacks wrongly: what a load test must notice. Run by Locust only."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from loadtests.locustfile import *  # noqa: F403
from loadtests.signing import StripeVerifier
from loadtests.users import stripe
from loadtests.world import Callback, World


def with_the_wrong_secret(world: World) -> stripe.StripeShop:
    return stripe.StripeShop(open_shop(world).secret_key, StripeVerifier("whsec_of_somebody_else"))


def that_never_hears(world: World) -> Any:
    shop = open_shop(world)

    class Deaf(stripe.StripeShop):
        def read(self, headers: Mapping[str, str], body: bytes) -> Callback:
            return Callback("heard", "nothing", "of it")

    return Deaf(shop.secret_key, shop.verifier)


open_shop = stripe.open_shop
stripe.open_shop = globals()[os.environ["WRONG_SHOP"]]
