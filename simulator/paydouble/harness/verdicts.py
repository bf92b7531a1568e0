"""What came of a story: its findings, and the exit code of a run of stories."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

PASSED_CODE: Final = 0
FAILED_CODE: Final = 1
ENVIRONMENT_CODE: Final = 3
NOTHING_CODE: Final = 5


class Kind(Enum):
    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    """It could not be played: the application or the simulator did not answer."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was not as it should be; `place` is file and line of what wanted it."""

    place: str
    what: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}" if self.place else self.what


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Of one story, with one provider and one choice of its matrix."""

    story: str
    title: str = ""
    provider: str
    choice: Mapping[str, Any] = field(default_factory=dict)
    variant: str = ""
    """Of the sample shop; empty where the application is the user's own."""
    findings: Sequence[Finding] = ()
    trouble: str = ""
    """Why it could not be played."""
    took_ms: int = 0
    seed: int = 0
    calls: str = ""
    """The call log, where something was found."""

    @property
    def kind(self) -> Kind:
        if self.trouble:
            return Kind.ERROR
        return Kind.FAILED if self.findings else Kind.PASSED

    @property
    def name(self) -> str:
        """As in lost-response[stripe,refund_of=10.00,careful]."""
        choices = [f"{name}={value}" for name, value in self.choice.items()]
        parts = [self.provider, *choices, self.variant]
        return f"{self.story}[{','.join(part for part in parts if part)}]"


def exit_code(verdicts: Iterable[Verdict]) -> int:
    kinds = {verdict.kind for verdict in verdicts}
    if not kinds:
        return NOTHING_CODE
    if Kind.ERROR in kinds:
        return ENVIRONMENT_CODE
    return FAILED_CODE if Kind.FAILED in kinds else PASSED_CODE
