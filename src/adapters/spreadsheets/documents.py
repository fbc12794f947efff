"""Reports as JSON, a part at a time."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from adapters.encoding import to_json
from application.reporting.report import Report


async def json_chunks(report: Report[Any]) -> AsyncGenerator[bytes, None]:
    """An object with the rows under `items`."""
    head = {
        "report": report.name,
        **report.moments,
        "rules": report.rules,
    }
    yield to_json(head)[:-1] + b',"items":['
    is_first = True
    async for batch in report.batches:
        rows = b",".join(map(to_json, batch))
        if rows:
            yield rows if is_first else b"," + rows
            is_first = False
    yield b"]}"
