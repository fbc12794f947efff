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
    """The answers that are problems: for each set of codes a schema with a name, from which clients make a type.

    Where none of the codes of a status is of the operation's own handler, the answer is shared: it is one of the
    `components`, to which operations refer.
    """

    def __init__(self, routes: Sequence[Route], handlers: Mapping[type[Message[Any]], Handler]) -> None:
        readable = frozenset(route.path for route in routes if route.method == "GET")
        self._responses: dict[str, dict[str, JsonObject]] = {}
        self.components: dict[str, JsonObject] = {}
        self.schemas: dict[str, JsonObject] = {}
        shared: list[tuple[str, int, Codes]] = []
        for route in routes:
            handler, name = handlers[route.message], operation_id(route)
            own = {status_of(error) for error in handler.raises}
            every = codes_of(route, handler, readable)
            self._responses[name] = self.only_of(name, {status: every[status] for status in every if status in own})
            shared += [(name, status, codes) for status, codes in every.items() if status not in own]
        for name, status, codes in shared:
            usual = set(codes).intersection(*(other for _, each, other in shared if each == status))
            component = PROBLEMS[status][0] + "".join(_word(code) for code in codes if code not in usual)
            self.components[component] = self._response(component, status, codes)
            self._responses[name][str(status)] = {"$ref": f"#/components/responses/{component}"}

    def of(self, route: Route) -> dict[str, JsonObject]:
        """The problems that the operation may answer with, by status."""
        return dict(sorted(self._responses[operation_id(route)].items()))

    def only_of(self, operation: str, failures: Mapping[int, Codes]) -> dict[str, JsonObject]:
        """The problems with these codes, which no other operation shares, by status."""
        owner = _pascal(operation.split("_"))
        return {
            str(status): self._response(owner + PROBLEMS[status][0], status, codes)
            for status, codes in failures.items()
        }

    def _response(self, name: str, status: int, codes: Codes) -> JsonObject:
        schema = f"{name}Problem"
        code = {"type": "object", "properties": {"code": {"type": "string", "enum": [*codes]}}, "required": ["code"]}
        self.schemas[schema] = {"allOf": [{"$ref": "#/components/schemas/Problem"}, code]}
        names = [*EVERYWHERE]
        if status == 401:
            names.append("WWW-Authenticate")
        if status in (429, 503):
            names.append("Retry-After")
        if status == 429:
            names += ["RateLimit-Policy", "RateLimit"]
        return {
            "description": PROBLEMS[status][1],
            "headers": headers_of(*names),
            "content": {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
        }


def headers_of(*names: str) -> JsonObject:
    """References to these headers."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _word(code: str) -> str:
    return WORDS.get(code) or _pascal(code.split("-"))


def _pascal(words: Sequence[str]) -> str:
    return "".join(word.title() for word in words)
