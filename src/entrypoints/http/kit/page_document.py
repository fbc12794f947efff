"""The OpenAPI document as the interactive page shows it: shorter, and in a demonstration with examples that succeed.

For programs each operation lists every problem in full. A reader needs the operation's own codes; those that every
operation has are listed once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from entrypoints.http.kit.demonstration import Demonstration, Example
from entrypoints.http.kit.openapi_parts import EVERYWHERE
from entrypoints.http.kit.problems import MEDIA_TYPE

JsonObject = dict[str, Any]
Codes = Mapping[tuple[str, str], None]
"""Statuses with a code each, in order."""


def page_document(document: JsonObject, demonstration: Demonstration | None = None) -> JsonObject:
    """The document for the page."""
    page: JsonObject = msgspec.json.decode(msgspec.json.encode(document))
    operations = [operation for path in page["paths"].values() for operation in path.values()]
    codes = {operation["operationId"]: _codes(operation, page["components"]) for operation in operations}
    signed_in = [each for each in operations if each.get("security") != []]
    usual = {
        code: None
        for code in codes[signed_in[0]["operationId"]]
        if all(code in codes[each["operationId"]] for each in signed_in)
    }
    for operation in operations:
        own = {code: None for code in codes[operation["operationId"]] if code not in usual}
        _shorten(operation, own)
        if demonstration:
            _fill(operation, demonstration.examples.get(operation["operationId"], Example()), demonstration.names)
    _forget_problems(page["components"])
    page["info"]["description"] = _introduction(page["info"]["description"], usual)
    return page


def _introduction(description: str, usual: Codes) -> str:
    return (
        f"{description}\n\nThis page is shortened: programs read [the whole document](/schema/openapi.json).\n\n"
        "Every problem is a document with a stable `code` (RFC 9457): see `Problem` under Schemas. Each operation "
        f"names its own below, and those that need a token may also answer:\n\n{_list(usual)}"
    )


def _codes(operation: JsonObject, components: JsonObject) -> Codes:
    return dict.fromkeys(_each_code(operation, components))


def _each_code(operation: JsonObject, components: JsonObject) -> Iterator[tuple[str, str]]:
    for status, response in operation["responses"].items():
        if "$ref" in response:
            response = components["responses"][_last(response["$ref"])]
        content = response.get("content", {})
        if MEDIA_TYPE in content:
            _, own = components["schemas"][_last(content[MEDIA_TYPE]["schema"]["$ref"])]["allOf"]
            yield from ((status, code) for code in own["properties"]["code"]["enum"])


def _shorten(operation: JsonObject, own: Codes) -> None:
    """Show the results, and all problems as one."""
    results = {status: response for status, response in operation["responses"].items() if status < "4"}
    for response in results.values():
        response.pop("links", None)
        for name in EVERYWHERE:
            response.get("headers", {}).pop(name, None)
    if own:
        results["default"] = {"description": f"A problem:\n\n{_list(own)}"}
    operation["responses"] = results
    for parameter in operation.get("parameters", []):
        # The page would send the example, so that even a first read could be answered with 304.
        if parameter["name"] == "If-None-Match":
            parameter.pop("example", None)
    for content in operation.get("requestBody", {"content": {}})["content"].values():
        if content["schema"].get("format") == "binary":
            # Otherwise the page would ask for a file, and have no place for the example.
            content["schema"] = {"type": "string"}


def _fill(operation: JsonObject, example: Example, names: Mapping[str, str]) -> None:
    """Set the values that succeed in the demonstration; `names` are for what the example does not name."""
    for parameter in operation.get("parameters", []):
        if parameter["name"] in example.names:
            parameter["example"] = example.names[parameter["name"]]
        elif parameter.get("required") and parameter["name"] in names:
            parameter["example"] = names[parameter["name"]]
        elif parameter["name"] == "If-Match":
            parameter["example"] = "*"
    if example.body is not None:
        for content in operation["requestBody"]["content"].values():
            content["example"] = example.body


def _forget_problems(components: JsonObject) -> None:
    """Remove the answers and schemas of which only problems are made."""
    components.pop("responses")
    components["schemas"] = {
        name: schema
        for name, schema in components["schemas"].items()
        if {"$ref": "#/components/schemas/Problem"} not in schema.get("allOf", [])
    }


def _list(codes: Codes) -> str:
    statuses: dict[str, list[str]] = {}
    for status, code in codes:
        statuses.setdefault(status, []).append(f"`{code}`")
    return "\n".join(f"- **{status}** {', '.join(known)}" for status, known in statuses.items())


def _last(reference: str) -> str:
    return reference.rpartition("/")[2]
