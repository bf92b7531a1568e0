"""stripe-python as its documents show it, module style, which every version has."""

import os

import stripe

stripe.api_key = os.environ["STRIPE_SECRET_KEY"]
assert stripe.Customer.create(name="Jenny Rosén").name == "Jenny Rosén"
