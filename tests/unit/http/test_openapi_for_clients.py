"""What the OpenAPI document shows to generators of clients: types that TypeScript and Python can express."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema_rs

from application.kernel.handlers import discover
from entrypoints.http.kit.openapi import document
from entrypoints.http.kit.schemas import checked
from kit.about import for_each

DOCUMENT = document(discover())
SCHEMAS = DOCUMENT["components"]["schemas"]
CHECKED = ("if", "then", "not", "propertyNames")
"""Keywords that generators ignore."""


def shown(schema: Any) -> Iterator[dict[str, Any]]:
    """The schema and its parts, as far as generators read them."""
    if isinstance(schema, dict):
        yield schema
        for key, value in schema.items():
            if key not in CHECKED:
                yield from shown(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from shown(item)


def named(schema: dict[str, Any]) -> set[str]:
    """The other schemas that generators find in this one."""
    return {part["$ref"].rpartition("/")[2] for part in shown(schema) if isinstance(part.get("$ref"), str)}


def test_no_type_contains_itself() -> None:
    reached = {name: named(schema) for name, schema in SCHEMAS.items()}
    for _ in SCHEMAS:
        reached = {name: others.union(*(reached[other] for other in others)) for name, others in reached.items()}
    assert [name for name, others in reached.items() if name in others] == []


def test_an_object_is_one_type() -> None:
    several = [
        name
        for name, schema in SCHEMAS.items()
        for part in shown(schema)
        if "properties" in part and not {"anyOf", "oneOf", "allOf"}.isdisjoint(part)
    ]
    assert several == []


def test_a_type_has_one_name() -> None:
    assert [name for name, schema in SCHEMAS.items() if "title" in schema] == []


def test_the_types_of_problems_have_names() -> None:
    answers = [
        answer
        for operations in DOCUMENT["paths"].values()
        for operation in operations.values()
        for answer in operation["responses"].values()
    ]
    problems = [
        media["schema"]
        for answer in [*answers, *DOCUMENT["components"]["responses"].values()]
        for kind, media in answer.get("content", {}).items()
        if kind == "application/problem+json"
    ]
    assert len(problems) > 100
    assert all(set(schema) == {"$ref"} for schema in problems)


def test_files_are_bytes() -> None:
    contents = [
        DOCUMENT["paths"]["/v1/users/import"]["post"]["requestBody"]["content"]["text/csv"],
        DOCUMENT["paths"]["/v1/certificates/{serial}.pdf"]["get"]["responses"]["200"]["content"]["application/pdf"],
    ]
    assert [content["schema"]["format"] for content in contents] == ["binary", "binary"]


@for_each("value", [1, "a", None, {"a": 1}])
def test_what_generators_ignore_is_checked(value: Any) -> None:
    rule = {"type": "integer"}
    validator = jsonschema_rs.Draft202012Validator(checked(rule))
    assert validator.is_valid(value) is jsonschema_rs.Draft202012Validator(rule).is_valid(value)
