"""Archives as Alipay packs its bills: names in GBK, and no mark that says so; Python's own writer cannot."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

_VERSION, _DEFLATED, _DOS_DATE = 20, 8, 0x21      # the first day of 1980: equal contents are equal archives
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")


def archive(files: Sequence[tuple[str, bytes]]) -> bytes:
    """(name, content) in order."""
    body, directory = b"", b""
    for name, content in files:
        raw, packed, offset = name.encode("gbk", "replace"), _deflated(content), len(body)
        sizes = (zlib.crc32(content), len(packed), len(content), len(raw), 0)
        body += _LOCAL.pack(b"PK\3\4", _VERSION, 0, _DEFLATED, 0, _DOS_DATE, *sizes) + raw + packed
        directory += _CENTRAL.pack(
            b"PK\1\2", _VERSION, _VERSION, 0, _DEFLATED, 0, _DOS_DATE, *sizes, 0, 0, 0, 0, offset
        ) + raw
    return body + directory + _END.pack(
        b"PK\5\6", 0, 0, len(files), len(files), len(directory), len(body), 0
    )


def _deflated(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush()
