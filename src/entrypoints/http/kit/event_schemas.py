"""The schemas of events, from their classes: JSON Schema for each, for items of the feed, and an AsyncAPI document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from functools import cache
from importlib.metadata import version
from typing import Any

import msgspec
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.types import ASGIApp

from adapters.documents import model_of
from application.delivery.event_types import event_types, meanings_of
from application.delivery.feed.queries import EventView
from application.kernel.units import Answer
from domain.kernel.aggregate import DomainEvent
from entrypoints.http.kit.methods import get
from entrypoints.http.kit.openapi_parts import SECURITY
from entrypoints.http.kit.openapi_words import prose
from entrypoints.http.kit.replies import EVERYBODYS, Reply

Json = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ALL = "/schema/events.json"
ASYNC = "/schema/asyncapi.json"
SCHEMA_JSON = ("content-type", "application/schema+json")
ASYNCAPI_JSON = ("content-type", "application/vnd.aai.asyncapi+json;version=3.0.0")
_NOISE = ("title", "additionalProperties", "default")


def event_schema(event: type[DomainEvent]) -> Json:
    """The schema of an event's data. Later versions may add fields, and older rows may lack those with a default."""
    schema = _plain(model_of(event, use="shown").model_json_schema(mode="serialization"))
    for name, meaning in meanings_of(event).items():
        schema["properties"][name]["description"] = meaning
    required = [each.name for each in fields(event) if each.default is each.default_factory is MISSING]
    described = prose(" ".join((event.__doc__ or "").split()))
    return {"title": event.__name__, **schema, "description": described, "required": required}


def _plain(schema: Json) -> Json:
    """Without titles that repeat names, and with every definition in its place; none of them contains itself."""
    definitions = schema.pop("$defs", {})

    def within(value: Any, *, named: bool = False) -> Any:
        if isinstance(value, list):
            return [within(each) for each in value]
        if not isinstance(value, dict):
            return value
        if "$ref" in value:
            return within(definitions[value["$ref"].rpartition("/")[2]])
        return {
            key: within(each, named=key == "properties") for key, each in value.items() if named or key not in _NOISE
        }

    plain: Json = within(schema)
    return plain


def envelope_schema() -> Json:
    """The schema of an item of the feed, with any data."""
    schema = _plain(model_of(EventView, use="shown").model_json_schema(mode="serialization"))
    schema["properties"]["data"] = {"type": "object", "description": "The fields of the event, by its `name`."}
    return {**schema, "description": prose(schema["description"])}


def every_event() -> Json:
    """One schema for all items of the feed: `data` is described by the `name`."""
    every = event_types()
    return {
        "$schema": DIALECT,
        "$id": ALL,
        "title": "Event",
        **envelope_schema(),
        "allOf": [
            {
                "if": {"properties": {"name": {"const": name}}, "required": ["name"]},
                "then": {
                    "properties": {
                        "schema_version": {"type": "integer", "minimum": 1},
                        "data": {"$ref": f"#/$defs/{name}"},
                    }
                },
            }
            for name in every
        ],
        "$defs": {
            name: {**event_schema(event), "x-schema-version": event.schema_version} for name, event in every.items()
        },
    }


def asyncapi() -> Json:
    """The AsyncAPI 3.0 document: the feed and webhooks as channels, and a message for each event in each of them."""
    every = event_types()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Unified Dental training: events",
            "version": version("unified-dental-training"),
            "description": "What has happened, for other systems. Both channels tell every event at least once; its id "
            "distinguishes a repeated one. The feed has a fixed order.",
        },
        "defaultContentType": "application/json",
        "channels": {
            "feed": {
                "address": "/v1/events",
                "description": "All events in a fixed order, by pages, by waiting for the next one (`wait`), or as "
                "server-sent events (`Accept: text/event-stream`), where the id of each event is its `cursor`.",
                "messages": _references(every, "Fed"),
            },
            "webhooks": {
                "address": None,
                "description": "The addresses of subscribers, which are called as Standard Webhooks describes "
                "(https://www.standardwebhooks.com).",
                "messages": _references(every, "Sent"),
            },
        },
        "operations": {
            "feedEvents": {
                "action": "send",
                "channel": {"$ref": "#/channels/feed"},
                "summary": "Answers consumers that read the feed.",
                "security": [{"$ref": f"#/components/securitySchemes/{name}"} for name in SECURITY],
                "bindings": {"http": {"method": "GET", "bindingVersion": "0.3.0"}},
            },
            "callWebhooks": {
                "action": "send",
                "channel": {"$ref": "#/channels/webhooks"},
                "summary": "Posts events to subscribers.",
                "bindings": {"http": {"method": "POST", "bindingVersion": "0.3.0"}},
            },
        },
        "components": {
            "messages": {
                f"{name}{way}": _message(event, payload(name), headers)
                for way, payload, headers in (("Fed", _fed, None), ("Sent", _sent, WEBHOOK_HEADERS))
                for name, event in every.items()
            },
            "schemas": {"Event": envelope_schema(), **{name: event_schema(event) for name, event in every.items()}},
            "securitySchemes": SECURITY,
        },
    }


WEBHOOK_HEADERS: Json = {
    "type": "object",
    "properties": {
        "webhook-id": {"type": "string", "description": "The id of the event, the same at each attempt."},
        "webhook-timestamp": {"type": "string", "description": "When it was sent, in seconds since 1970 (UTC)."},
        "webhook-signature": {"type": "string", "description": "The signatures, with spaces between them."},
    },
    "required": ["webhook-id", "webhook-timestamp", "webhook-signature"],
}


def _references(every: Mapping[str, type[DomainEvent]], way: str) -> Json:
    return {name: {"$ref": f"#/components/messages/{name}{way}"} for name in every}


def _message(event: type[DomainEvent], payload: Json, headers: Json | None) -> Json:
    message: Json = {
        "name": event.__name__,
        "title": event.__name__,
        "summary": prose(" ".join((event.__doc__ or "").split())),
        "contentType": "application/json",
        "payload": payload,
        "x-schema-version": event.schema_version,
    }
    return message if headers is None else {**message, "headers": headers}


def _fed(name: str) -> Json:
    own = {"name": {"const": name}, "data": {"$ref": f"#/components/schemas/{name}"}}
    return {"allOf": [{"$ref": "#/components/schemas/Event"}, {"type": "object", "properties": own}]}


def _sent(name: str) -> Json:
    return {
        "type": "object",
        "properties": {
            "type": {"const": name},
            "timestamp": {"type": "string", "format": "date-time", "description": "When it happened (UTC)."},
            "data": {"$ref": f"#/components/schemas/{name}"},
        },
        "required": ["type", "timestamp", "data"],
    }


def event_schema_handlers() -> list[HTTPRouteHandler]:
    """What describes events: for everybody, like the API's description."""

    @cache
    def all_events() -> Answer:
        return Answer(200, (SCHEMA_JSON,), msgspec.json.encode(every_event()))

    @cache
    def all_channels() -> Answer:
        return Answer(200, (ASYNCAPI_JSON,), msgspec.json.encode(asyncapi()))

    @get(ALL)
    async def events_json() -> ASGIApp:
        return Reply(all_events(), EVERYBODYS)

    @get("/schema/events/{name:str}")
    async def event_json(name: FromPath[str]) -> ASGIApp:
        event = event_types().get(name.removesuffix(".json"))
        if event is None or not name.endswith(".json"):
            raise NotFoundException
        head = {"$schema": DIALECT, "$id": f"/schema/events/{name}", "x-schema-version": event.schema_version}
        return Reply(Answer(200, (SCHEMA_JSON,), msgspec.json.encode(head | event_schema(event))), EVERYBODYS)

    @get(ASYNC)
    async def asyncapi_json() -> ASGIApp:
        return Reply(all_channels(), EVERYBODYS)

    return [events_json, event_json, asyncapi_json]
