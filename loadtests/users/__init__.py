"""Buyers, one module a provider; each exports BUYER, a Locust user class, and `open_shop`."""
