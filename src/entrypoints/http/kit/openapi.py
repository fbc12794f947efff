"""The OpenAPI document, built once from the routes and the handlers' own words."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import version
from typing import Any

from application.kernel.handlers import Handler
from application.kernel.messages import Command, Message, types_of
from entrypoints.http.kit.documented_problems import points_elsewhere
from entrypoints.http.kit.event_feed import STREAM
from entrypoints.http.kit.idempotency import KEY_PATTERN
from entrypoints.http.kit.openapi_links import links_of
from entrypoints.http.kit.openapi_parts import (
    EVERYWHERE,
    EXAMPLES,
    HEADERS,
    PROBLEM,
    PROBLEM_CODES,
    SECURITY,
    SERVICE,
    WORDS,
)
from entrypoints.http.kit.openapi_problems import ProblemResponses, headers_of
from entrypoints.http.kit.openapi_service import service_paths
from entrypoints.http.kit.openapi_words import add_words, prose
from entrypoints.http.kit.requests import ME
from entrypoints.http.kit.routing import Route, operation_id, tags_of
from entrypoints.http.kit.schemas import Schemas, cursor_of
from entrypoints.http.routes import ROUTES

JsonObject = dict[str, Any]

FILE = {"type": "string", "format": "binary"}
TEXT = {"type": "string"}
"""The content of a file. OpenAPI 3.1 would do without a schema, but generators know bytes by this format."""
READABLE = {route.path for route in ROUTES if route.method == "GET"}


def document(handlers: Mapping[type[Message[Any]], Handler]) -> JsonObject:
    """The OpenAPI 3.1 document of all routes. It is made once for the same handlers, so do not change it."""
    return _document(tuple(handlers.values()))


@cache
def _document(every: tuple[Handler, ...]) -> JsonObject:
    handlers = {handler.message: handler for handler in every}
    schemas, problems = Schemas(ROUTES), ProblemResponses(ROUTES, handlers)
    paths: dict[str, JsonObject] = {}
    for route in ROUTES:
        operation = _operation(route, handlers[route.message], schemas)
        operation["responses"] |= problems.of(route)
        paths.setdefault(route.path, {})[route.method.lower()] = operation
    add_words(schemas.components)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Unified Dental training",
            "version": version("unified-dental-training"),
            "description": "The system of record for a dental group's staff training. "
            "Every address that answers GET also answers HEAD. Each operation lists the codes of its problems; "
            f"[one page lists all of them]({PROBLEM_CODES}).",
        },
        "servers": [{"url": "/"}],
        "security": [{name: []} for name in SECURITY],
        "tags": [{"name": tag.name, "description": tag.description} for tag in (*tags_of(ROUTES), SERVICE)],
        "paths": paths | service_paths(problems),
        "components": {
            "schemas": dict(sorted((schemas.components | problems.schemas).items())) | {"Problem": PROBLEM},
            "responses": dict(sorted(problems.components.items())),
            "headers": HEADERS,
            "securitySchemes": SECURITY,
        },
    }


def _operation(route: Route, handler: Handler, schemas: Schemas) -> JsonObject:
    operation: JsonObject = {
        "operationId": operation_id(route),
        "tags": [route.tag.name],
        "summary": prose(inspect.getdoc(route.message) or "").split("\n\n")[0],
        "description": prose(inspect.getdoc(handler.function) or ""),
        "parameters": [*_path_parameters(route), *_query_parameters(route, schemas), *_header_parameters(route)],
        "responses": {str(route.status): _success(route, schemas)},
    }
    if route.upload:
        text, *others = route.upload.media_types
        content = {text: {"schema": FILE, "example": route.example}, **{other: {"schema": FILE} for other in others}}
        operation["requestBody"] = {"required": True, "content": content}
    elif route.body_fields:
        content = {"application/json": {"schema": schemas.body(route), "example": route.example}}
        operation["requestBody"] = {"required": route.needs_body, "content": content}
    if route.method == "GET" and route.version_field:
        operation["responses"]["304"] = {
            "description": "The client has this version already.",
            "headers": headers_of(*EVERYWHERE, "ETag"),
        }
    if points_elsewhere(route, READABLE):
        operation["responses"]["303"] = {
            "description": "The request was executed before with this Idempotency-Key, and its answer was too long to "
            "be stored: read the result at Location.",
            "headers": headers_of("X-Request-Id", "Location", "Idempotency-Replayed"),
        }
    if route.page:
        operation["description"] += (
            "\n\nClients whose `Accept` header prefers HTML to JSON, such as browsers, get a page."
        )
    if route.public:
        operation["security"] = []
    return operation


def _path_parameters(route: Route) -> Iterator[JsonObject]:
    kinds = types_of(route.message)
    for name in route.path_fields:
        what = name.removesuffix("_id")
        schema: JsonObject = {"type": "string", "format": "uuid"}
        description = f"The id of the {what}."
        if kinds[name] is int:
            schema, description = {"type": "integer", "minimum": 1, "maximum": 999_999_999}, route.words[name]
        elif kinds[name] is str:
            schema, description = {"type": "string", "minLength": 1, "maxLength": 40}, route.words[name]
        elif what == "user":
            schema = {"anyOf": [schema, {"const": ME}]}
            description = f"The id of the user, or `{ME}` for the caller."
        yield {"name": name, "in": "path", "required": True, "description": description, "schema": schema}


def _query_parameters(route: Route, schemas: Schemas) -> Iterator[JsonObject]:
    for name, schema in schemas.parameters(route).items():
        yield {
            "name": name,
            "in": "query",
            "required": name in route.needed_fields,
            "schema": schema,
            **_words(name, route.words),
            **_example(name, route.examples),
        }
    if route.takes_cursor:
        yield {"name": "cursor", "in": "query", "schema": cursor_of(route), **_words("cursor")}


def _header_parameters(route: Route) -> Iterator[JsonObject]:
    if route.takes_versions:
        yield _header("If-Match", required=route.needs_versions, example='"3"')
    if route.method == "GET" and route.version_field:
        yield _header("If-None-Match", example='"3"')
    if route.method == "POST":
        yield _header("Idempotency-Key", pattern=KEY_PATTERN)
    if route.followed:
        yield _header("Last-Event-ID")


def _header(name: str, *, required: bool = False, example: str | None = None, **schema: str) -> JsonObject:
    return {
        "name": name,
        "in": "header",
        "required": required,
        **_words(name),
        "schema": {"type": "string", **schema},
        **({} if example is None else {"example": example}),
    }


def _success(route: Route, schemas: Schemas) -> JsonObject:
    names = [*EVERYWHERE]
    if route.version_field:
        names.append("ETag")
    if route.location:
        names.append("Location")
    if route.item is not None:
        names.append("Link")
    if route.method == "POST":
        names.append("Idempotency-Replayed")
    if route.cost or issubclass(route.message, Command):
        names += ["RateLimit-Policy", "RateLimit"]
    if route.status == 204:
        return {"description": "Done.", "headers": headers_of(*names)}
    if route.media_type:
        content = {route.media_type: {"schema": TEXT if route.media_type.startswith("text/plain") else FILE}}
        return {"description": "Found.", "headers": headers_of(*names), "content": content}
    content = {"application/json": {"schema": schemas.result(route)}}
    if route.reported is not None:
        content |= {media_type: {"schema": FILE} for media_type in REPORT_FILES}
    if route.followed:
        content |= {STREAM: {"schema": {"type": "string"}}}
    description = "Created." if route.status == 201 else "Done." if route.method != "GET" else "Found."
    success = {"description": description, "headers": headers_of(*names), "content": content}
    links = links_of(route)
    return {**success, "links": links} if links else success


REPORT_FILES = ("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
"""What a report is sent as, besides JSON."""


def _example(name: str, own: Mapping[str, Any]) -> JsonObject:
    return {"example": own.get(name, EXAMPLES.get(name))} if name in own or name in EXAMPLES else {}


def _words(name: str, own: Mapping[str, str] = WORDS) -> JsonObject:
    words = own.get(name, WORDS.get(name))
    return {"description": words} if words else {}
