from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

import pytest

from paydouble.core.clock import Duration
from paydouble.core.settings import rate, read_settings, whole


class Taste(Enum):
    SWEET = "sweet"
    SOUR = "sour"


@dataclass(frozen=True)
class Terms:
    taste: Taste = Taste.SWEET
    share: Decimal = Decimal("0.1")
    wait: Duration = Duration(0)
    loud: bool = False
    times: int = 1
    name: str = ""


READERS = {"share": rate, "times": whole(1, 9)}


def test_each_setting_is_read_as_its_field_says() -> None:
    read = read_settings(
        "toy", Terms,
        {"taste": "sour", "share": "0.25", "wait": "1h30m", "loud": "on", "times": "3", "name": " a "}, READERS,
    )  # fmt: skip

    assert read == Terms(Taste.SOUR, Decimal("0.25"), Duration(5_400_000), True, 3, "a")


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"tast": "sour"}, "toy has no setting 'tast'; it has taste, share"),
        ({"taste": "salty"}, "toy setting taste: 'salty' is none of sweet, sour"),
        ({"share": "much"}, "toy setting share: 'much' is not a number"),
        ({"share": "1.5"}, "toy setting share: '1.5' is not a rate from 0 to 1"),
        ({"wait": "3 days"}, "toy setting wait: '3 days' is not a duration"),
        ({"loud": "yes"}, "toy setting loud: 'yes' is neither on nor off"),
        ({"times": "10"}, "toy setting times: '10' is not a whole number from 1 to 9"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(settings: dict[str, str], told: str) -> None:
    with pytest.raises(ValueError, match="toy") as refused:
        read_settings("toy", Terms, settings, READERS)

    assert str(refused.value).startswith(told)
