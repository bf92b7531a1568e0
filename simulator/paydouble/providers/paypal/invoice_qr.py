"""The QR code of an invoice, in the form in which the API hands it out.

https://developer.paypal.com/docs/api/invoicing/v2/#invoices_generate-qr-code
"""

from __future__ import annotations

import base64
import io


def form(url: str, size: int, boundary: str) -> tuple[bytes, str]:
    """(body, content type) of a form with one part `image`: a PNG in base64, at most `size` pixels wide."""
    head = 'Content-Disposition: form-data; name="image"\r\nContent-Type: application/octet-stream'
    text = f"--{boundary}\r\n{head}\r\n\r\n{base64.b64encode(_png(url, size)).decode()}\r\n--{boundary}--\r\n"
    return text.encode(), f"multipart/form-data; boundary={boundary}"


def _png(url: str, size: int) -> bytes:
    import segno

    code = segno.make(url, micro=False)
    picture = io.BytesIO()
    code.save(picture, kind="png", scale=max(1, size // code.symbol_size()[0]))
    return picture.getvalue()
