"""A page of text as a PDF: just enough of the format for any reader to show it.

https://www.adobe.com/go/pdfreference
"""

from __future__ import annotations

from collections.abc import Sequence

_LINE_HEIGHT = 18
_LINES_MAX = 40


def written(lines: Sequence[str]) -> bytes:
    """One page in Helvetica; letters that it does not have become question marks."""
    shown = [_escaped(line) for line in lines[:_LINES_MAX]]
    text = "".join(f"({line}) Tj T*\n" for line in shown)
    stream = f"BT /F1 12 Tf 56 760 Td {_LINE_HEIGHT} TL\n{text}ET".encode("latin-1", "replace")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    )
    document, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(document))
        document += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, len(document))
    return document + b"xref\n0 %d\n0000000000 65535 f \n" % count + table + trailer


def _escaped(line: str) -> str:
    return line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
