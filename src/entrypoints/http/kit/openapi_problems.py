"""The problems of each operation in the OpenAPI document: their statuses, and for each the codes that may come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from application.kernel.handlers import Handler
from application.kernel.messages import Message
from entrypoints.http.kit.documented_problems import codes_of
from entrypoints.http.kit.openapi_parts import EVERYWHERE, PROBLEMS
from entrypoints.http.kit.problems import MEDIA_TYPE, status_of
from entrypoints.http.kit.routing import Route, operation_id

JsonObject = dict[str, Any]
Codes = Sequence[str]

WORDS = {"forbidden": "ByRole"}
"""What a code adds to the name of an answer, where the code itself would repeat the name."""


class ProblemResponses:
    """The answers that are problems.

    Where none of the codes of a status is of the operation's own handler, the answer is shared: it is one of the
    `components`, to which operations refer.
    """

    def __init__(self, routes: Sequence[Route], handlers: Mapping[type[Message[Any]], Handler]) -> None:
        readable = frozenset(route.path for route in routes if route.method == "GET")
        self._responses: dict[str, dict[str, JsonObject]] = {}
        self.components: dict[str, JsonObject] = {}
        shared: list[tuple[str, int, Codes]] = []
        for route in routes:
            handler, name = handlers[route.message], operation_id(route)
            own = {status_of(error) for error in handler.raises}
            self._responses[name] = {}
            for status, codes in codes_of(route, handler, readable).items():
                if status in own:
                    self._responses[name][str(status)] = response(status, codes)
                else:
                    shared.append((name, status, codes))
        for name, status, codes in shared:
            usual = set(codes).intersection(*(other for _, each, other in shared if each == status))
            component = PROBLEMS[status][0] + "".join(_word(code) for code in codes if code not in usual)
            self.components[component] = response(status, codes)
            self._responses[name][str(status)] = {"$ref": f"#/components/responses/{component}"}

    def of(self, route: Route) -> dict[str, JsonObject]:
        """The problems that the operation may answer with, by status."""
        return dict(sorted(self._responses[operation_id(route)].items()))


def response(status: int, codes: Codes) -> JsonObject:
    """An answer that is a problem with one of these codes."""
    names = [*EVERYWHERE]
    if status == 401:
        names.append("WWW-Authenticate")
    if status in (429, 503):
        names.append("Retry-After")
    code = {"type": "object", "properties": {"code": {"type": "string", "enum": [*codes]}}, "required": ["code"]}
    return {
        "description": PROBLEMS[status][1],
        "headers": headers_of(*names),
        "content": {MEDIA_TYPE: {"schema": {"allOf": [{"$ref": "#/components/schemas/Problem"}, code]}}},
    }


def headers_of(*names: str) -> JsonObject:
    """References to these headers."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _word(code: str) -> str:
    return WORDS.get(code) or "".join(part.title() for part in code.split("-"))
