"""The problems that the OpenAPI document promises: which codes an operation may answer with, and under which status."""

from __future__ import annotations

import re
from typing import Any

UNSOUND = {("GET", "bad-request")}
"""What is answered to a request that is not sound HTTP, before it is anybody's operation."""


class Documented:
    """The problems in an OpenAPI document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        # `/v1/users/import` is no user, and no serial ends in `.pdf`.
        paths = sorted(document["paths"], key=lambda path: (path.count("{"), -len(path)))
        self._paths = [(re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))), path) for path in paths]

    def operation(self, method: str, path: str) -> dict[str, Any] | None:
        """What stands at this address, if anything does."""
        template = next((template for pattern, template in self._paths if pattern.fullmatch(path)), "")
        found: dict[str, Any] | None = self._document["paths"].get(template, {}).get(method.lower())
        return found

    def codes(self, operation: dict[str, Any], status: int) -> list[str]:
        """The codes of the operation's problems with this status, none when it has no such answer."""
        response = operation["responses"].get(str(status), {})
        if "$ref" in response:
            response = self._document["components"]["responses"][response["$ref"].rpartition("/")[2]]
        if "application/problem+json" not in response.get("content", {}):
            return []
        schema = response["content"]["application/problem+json"]["schema"]["$ref"].rpartition("/")[2]
        _, own = self._document["components"]["schemas"][schema]["allOf"]
        codes: list[str] = own["properties"]["code"]["enum"]
        return codes

    def require(self, method: str, path: str, status: int, code: str) -> None:
        """Fails when an operation has answered with a problem that the document does not promise."""
        operation = self.operation(method, path)
        if operation is not None and (method, code) not in UNSOUND:
            known = self.codes(operation, status)
            assert code in known, f"{operation['operationId']} answers {status} {code}, documented are {known}"
