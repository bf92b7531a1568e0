"""Writes the page of the documentation."""

from __future__ import annotations

from paydouble.testing.in_process import InProcessServer, PaydoubleServer
from tests.faults.seen import PAGE, page

if __name__ == "__main__":
    with InProcessServer() as running:
        server = PaydoubleServer(running.url)
        PAGE.write_text(page(server), encoding="utf-8")
        server.close()
