"""What the API shows in base64."""

from __future__ import annotations

import base64


def decoded(text: str) -> bytes:
    """The bytes."""
    return base64.b64decode(text, validate=True)
