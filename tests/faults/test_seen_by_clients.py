"""Each network fault through `requests`, `httpx`, `aiohttp` and Node's `fetch`: as the documentation says."""

from __future__ import annotations

import pytest

from paydouble.core.effect import ConnectFault, NetworkFault
from paydouble.testing.in_process import PaydoubleServer
from tests import sdks
from tests.faults.seen import CLIENTS, ON_THE_WIRE, PAGE, seen


def documented() -> dict[str, list[str]]:
    """Fault → what each client sees."""
    lines = [line.strip("| ").split(" | ") for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `")]
    return {cells[0].strip("`"): cells[2:] for cells in lines}


def test_every_fault_is_on_the_page() -> None:
    assert list(documented()) == [fault.value for fault in (*NetworkFault, *ConnectFault)]


@pytest.mark.parametrize("fault", ON_THE_WIRE, ids=lambda fault: fault.value)
def test_a_fault_is_seen_as_the_page_says(server: PaydoubleServer, fault: NetworkFault | ConnectFault) -> None:
    sdks.skip_without_node()
    assert seen(server, fault) == dict(zip(CLIENTS, documented()[fault.value], strict=True))
