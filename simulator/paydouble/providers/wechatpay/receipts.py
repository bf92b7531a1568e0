"""Receipts of transfers (电子回单): a page of PDF with what was moved.

https://pay.weixin.qq.com/doc/v3/merchant/4012716452
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from paydouble.core.clock import Instant
from paydouble.core.machine import Machine, Phase, Transition
from paydouble.core.record import Record

TITLE = "WeChat Pay transfer receipt (PayDouble)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt(Record):
    """`id` says of what it is: merchant, kind and number."""

    kind: ClassVar[str] = "wechatpay.receipt"

    signature_no: str
    lines: tuple[str, ...]
    """What stands in it, in ASCII."""
    updated: Instant

    def file(self) -> bytes:
        return pdf((TITLE, *self.lines))


def pdf(lines: Sequence[str]) -> bytes:
    """The smallest document that readers open: one page in Courier."""
    shown = "".join(f"({_escaped(line)}) ' " for line in lines)
    content = f"BT /F 11 Tf 16 TL 56 800 Td {shown}ET".encode("ascii", "replace")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Courier >> >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
    )
    made, offsets = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        offsets.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    tail = b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return made + tail % (size, table, size, len(made))


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


# fmt: off
RECEIPT: Machine[Receipt] = Machine(
    "wechatpay.receipt",
    record=Receipt,
    initial="GENERATING",
    phases={"GENERATING": Phase.PENDING, "FINISHED": Phase.CLOSED},
    rows=(
        Transition("GENERATING", "finish", "FINISHED", stamp="updated"),
    ),
)
# fmt: on
