"""JSON Schemas of requests and answers, from the same Pydantic types that validate them."""

from __future__ import annotations

import types
from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import core_schema

from adapters.documents import REFUSED, edge_type, model_of
from application.reporting.report import RuleUsed
from entrypoints.http.kit.cursors import CURSOR_PATTERN, SORTED_PATTERN
from entrypoints.http.kit.openapi_words import prose
from entrypoints.http.kit.routing import Route
from entrypoints.http.kit.strict_json import LARGEST, MAX_DEPTH, SMALLEST

Schema = dict[str, Any]

REFS = "#/components/schemas/"
NO_NUL: Schema = {"not": {"pattern": "\\u0000"}}
PLAIN: Schema = {"not": {"pattern": REFUSED["lines"]}}
CURSOR: Schema = {"type": "string", "pattern": CURSOR_PATTERN}
SORTED_CURSOR: Schema = {"type": "string", "pattern": SORTED_PATTERN}
TOTAL: Schema = {
    "description": "The number of items in all pages. Only with `include_total=true`.",
    "type": "integer",
    "minimum": 0,
}


def checked(schema: Schema) -> Schema:
    """The same condition in keywords that validators check, and that generators of clients ignore.

    A generator makes a type of everything else: one for each member of `anyOf`, and a type that contains itself, which
    TypeScript and Python's generators refuse.
    """
    return {"if": {}, "then": schema}


JSON_VALUE: Schema = {
    "description": f"Any JSON value. The whole body may be nested at most {MAX_DEPTH} levels deep.",
    **checked(
        {
            "anyOf": [
                {"type": "null"},
                {"type": "boolean"},
                {"type": "number", "minimum": SMALLEST, "maximum": LARGEST},
                {"type": "string", **PLAIN},
                {"type": "array", "items": {"$ref": f"{REFS}JsonValue"}},
                {"type": "object", "propertyNames": PLAIN, "additionalProperties": {"$ref": f"{REFS}JsonValue"}},
            ]
        }
    ),
}


class Schemas:
    """The schemas of all routes. `components` are those that have a name."""

    def __init__(self, routes: Iterable[Route]) -> None:
        wanted: list[tuple[tuple[str, Any], JsonSchemaMode, TypeAdapter[Any]]] = []
        for route in routes:
            for kind, names in (("query", route.query_fields), ("body", route.body_fields)):
                if names:
                    model = model_of(route.message, without=route.without(names), use="shown")
                    wanted.append(((kind, route.message), "validation", TypeAdapter(model)))
            if route.upload:
                reading = TypeAdapter(model_of(route.upload.reading, use="shown"))
                wanted.append((("query", route.upload.reading), "validation", reading))
            several = [route.reported, RuleUsed] if route.reported else [route.item or route.result]
            for shown in several:
                if shown not in (types.NoneType, bytes):
                    wanted.append((("result", shown), "serialization", TypeAdapter(edge_type(shown, use="shown"))))
        found, rest = TypeAdapter.json_schemas(wanted, ref_template=f"{REFS}{{model}}", schema_generator=_Exact)
        self.components: dict[str, Schema] = {_name(name): _named(schema) for name, schema in rest["$defs"].items()}
        for schema in self.components.values():
            # Generators would name a type by its title, and input and output have the same.
            schema.pop("title", None)
            if "description" in schema:
                schema["description"] = prose(schema["description"])
        self.components["JsonValue"] = JSON_VALUE
        self._by_key: dict[tuple[str, Any], Schema] = {key: _named(schema) for (key, _), schema in found.items()}

    def parameters(self, route: Route) -> Schema:
        """The schema of each parameter in the query string."""
        described = [route.message] if route.query_fields else []
        described += [route.upload.reading] if route.upload else []
        return {
            name: _parameter(schema)
            for each in described
            for name, schema in self.components.pop(self._component("query", each))["properties"].items()
        }

    def body(self, route: Route) -> Schema:
        """The schema of the JSON body."""
        component = self.components[self._component("body", route.message)]
        if route.rule:
            component |= checked(dict(route.rule))
        if route.method == "PATCH":
            component["minProperties"] = 1
        return self._by_key["body", route.message]

    def result(self, route: Route) -> Schema:
        """The schema of the answer."""
        if route.reported is not None:
            return self._report(route)
        if route.item is None:
            return self._by_key["result", route.result]
        name = f"{self._component('result', route.item)}Page"
        order = "" if route.names_orders else ", newest first"
        self.components[name] = {
            "description": f"A page of a list{order}. `next_cursor` leads to the next page; null is the end.",
            "type": "object",
            "properties": {
                "items": {"type": "array", "items": self._by_key["result", route.item]},
                "next_cursor": {"anyOf": [cursor_of(route), {"type": "null"}]},
                **({"total": TOTAL} if "include_total" in route.query_fields else {}),
            },
            "required": ["items", "next_cursor"],
            "additionalProperties": False,
        }
        return {"$ref": REFS + name}

    def _report(self, route: Route) -> Schema:
        name = f"{route.message.__name__.removeprefix('Read')}Report"
        compares = "known_from" in route.query_fields
        since = {"known_from": {"type": "string", "format": "date-time"}} if compares else {}
        self.components[name] = {
            "description": "A report of the day `as_of`, by what was known at `known_at`, which is at most the "
            "`watermark`. The same two always have the same `items`, but for names of people, locations and "
            "requirements, which are the present ones: departments and ids of locations are those of the day. `rules` "
            "are the versions that count.",
            "type": "object",
            "properties": {
                "report": {"type": "string"},
                "as_of": {"type": "string", "format": "date"},
                **since,
                "known_at": {"type": "string", "format": "date-time"},
                "watermark": {"type": "string", "format": "date-time"},
                "rules": {"type": "array", "items": self._by_key["result", RuleUsed]},
                "items": {"type": "array", "items": self._by_key["result", route.reported]},
            },
            "required": ["report", "as_of", *since, "known_at", "watermark", "rules", "items"],
            "additionalProperties": False,
        }
        return {"$ref": REFS + name}

    def _component(self, kind: str, subject: Any) -> str:
        return str(self._by_key[kind, subject]["$ref"]).removeprefix(REFS)


def cursor_of(route: Route) -> Schema:
    """The schema of the route's cursors."""
    return SORTED_CURSOR if route.names_orders else CURSOR


class _Exact(GenerateJsonSchema):
    """Describes everything that is validated, and omits titles that only repeat a name."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        described = super().dict_schema(schema)
        if "patternProperties" in described:
            return {**described, "additionalProperties": False}
        named = PLAIN if "JsonValue" in str(described["additionalProperties"]) else NO_NUL
        return {**described, "propertyNames": {**described.get("propertyNames", {}), **named}}


def _parameter(schema: Schema) -> Schema:
    """A parameter cannot be null: it is left out instead."""
    match schema:
        case {"anyOf": [dict() as value, {"type": "null"}]}:
            return value
    return schema


def _name(name: str) -> str:
    # Input may omit fields with a default; output is complete, and its schema has the plain name.
    return name.replace("-Input", "Input").replace("-Output", "")


def _named(value: Any) -> Any:
    if isinstance(value, dict):
        # Generators of clients have no defaults that are objects.
        is_one = isinstance(value.get("default"), dict)
        return {key: _named(item) for key, item in value.items() if not (is_one and key == "default")}
    if isinstance(value, list):
        return [_named(item) for item in value]
    return _name(value) if isinstance(value, str) and value.startswith(REFS) else value
