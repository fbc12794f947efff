"""What schemathesis does to its requests before it sends them; `api_contract.py` names this file to it."""

from __future__ import annotations

import itertools
from typing import Any

import schemathesis

_numbers = itertools.count(1)


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: dict[str, Any]) -> None:
    """Let each request that should succeed have a key of its own.

    A key names one request. Made-up keys repeat, and the request would be refused for that, whatever else it says.
    """
    sound = case.meta is not None and case.meta.generation.mode.is_positive
    if sound and "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = f"contract-{next(_numbers)}"
