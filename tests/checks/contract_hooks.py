"""What schemathesis does to its requests before it sends them; `api_contract.py` names this file to it."""

from __future__ import annotations

import itertools
from typing import Any

import schemathesis
from schemathesis.specs.openapi.checks import ensure_resource_availability

_numbers = itertools.count(1)


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: dict[str, Any]) -> None:
    """Let each request that should succeed have a key of its own.

    A key names one request. Made-up keys repeat, and the request would be refused for that, whatever else it says.
    """
    # No event comes while a request waits for one.
    if case.query:
        case.query.pop("wait", None)
    sound = case.meta is not None and case.meta.generation.mode.is_positive
    if sound and "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = f"contract-{next(_numbers)}"


@schemathesis.check
def what_was_created_is_there(ctx: Any, response: schemathesis.Response, case: schemathesis.Case[Any]) -> bool | None:
    """Like `ensure_resource_availability`, which is left out, but for attempts.

    A quiz that an author has just added is not there for somebody who is not enrolled. Of a single operation the tool
    cannot leave out a check while it follows links.
    """
    if case.operation.definition.raw.get("operationId") == "start_attempt":
        return None
    return ensure_resource_availability(ctx, response, case)
