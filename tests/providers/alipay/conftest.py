"""A shop with one sandbox under a frozen clock; its books must be in order at the end."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.providers.alipay.shop import Shop, opened


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async with opened() as here:
        yield here
        assert await here.verdicts() == []
