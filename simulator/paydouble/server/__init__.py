"""The doors: sockets, TLS, proxy and the courier's client; the only package with aiohttp in it."""
