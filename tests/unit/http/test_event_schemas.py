"""The schemas of events, and the AsyncAPI document about them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from application.delivery.event_types import event_types
from kit.about import about
from worlds.http import Api

UUIDS = {"type": "string", "format": "uuid"}


def parts(value: Any) -> Iterator[dict[str, Any]]:
    """All objects in the document."""
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from parts(each)
    elif isinstance(value, list):
        for each in value:
            yield from parts(each)


def found(document: Any, reference: str) -> Any:
    """What the reference leads to. Raises LookupError."""
    assert reference.startswith("#/")
    for step in reference[2:].split("/"):
        document = document[step]
    return document


async def test_there_is_a_schema_of_every_event_with_its_meaning(empty_api: Api) -> None:
    every = (await empty_api.get("/schema/events.json")).json()
    assert every["$defs"].keys() == event_types().keys()
    assert len(every["allOf"]) == len(every["$defs"]) > 70
    for name, schema in every["$defs"].items():
        with about(name):
            one = await empty_api.get(f"/schema/events/{name}.json")
            assert one.headers["content-type"] == "application/schema+json"
            assert one.json().items() >= schema.items()
            assert schema["type"] == "object"
            assert schema["x-schema-version"] >= 1
            assert schema["description"]
            assert set(schema["required"]) <= schema["properties"].keys()
            assert all(each["description"] for each in schema["properties"].values())
            assert not any("$ref" in part or "additionalProperties" in part for part in parts(schema))


async def test_a_schema_says_what_is_sent(empty_api: Api) -> None:
    schema = (await empty_api.get("/schema/events/ModuleEdited.json")).json()
    kinds = {
        name: {key: each[key] for key in each if key != "description"} for name, each in schema["properties"].items()
    }
    assert kinds == {
        "module_id": UUIDS,
        "version": {"type": "integer"},
        "section_ids": {"type": "array", "items": UUIDS},
        "question_ids": {"type": "array", "items": UUIDS},
    }
    assert schema["required"] == ["module_id", "version"]


async def test_other_names_have_none(empty_api: Api) -> None:
    for name in ("ModulePainted.json", "ModuleEdited", ".json"):
        assert (await empty_api.get(f"/schema/events/{name}")).status_code == 404


async def test_the_asyncapi_document_holds_together(empty_api: Api) -> None:
    """Its structure, as the JSON Schema of AsyncAPI 3.0.0 requires it."""
    answer = await empty_api.get("/schema/asyncapi.json")
    assert answer.headers["content-type"] == "application/vnd.aai.asyncapi+json;version=3.0.0"
    document = answer.json()
    assert document["asyncapi"] == "3.0.0"
    assert document.keys() <= {
        *("asyncapi", "id", "info", "servers", "defaultContentType", "channels", "operations", "components"),
    }
    assert {"title", "version"} <= document["info"].keys()
    for part in parts(document):
        if "$ref" in part:
            assert part.keys() == {"$ref"}
            assert found(document, part["$ref"])
    for section in ("channels", "operations"):
        assert all(re.fullmatch(r"[\w.-]+", key) for key in document[section])
    for section in document["components"].values():
        assert all(re.fullmatch(r"[\w.-]+", key) for key in section)
    for channel in document["channels"].values():
        assert channel.keys() <= {
            *("address", "title", "summary", "description", "messages", "servers", "parameters", "tags", "bindings"),
        }
        assert channel["messages"].keys() == event_types().keys()
    for operation in document["operations"].values():
        assert operation["action"] in ("send", "receive")
        assert re.fullmatch(r"#/channels/\w+", operation["channel"]["$ref"])
        assert operation["bindings"]["http"]["method"] in ("GET", "POST")
        for each in operation.get("security", ()):
            assert found(document, each["$ref"])["type"] == "http"
    for message in document["components"]["messages"].values():
        assert message["payload"]
        assert message.get("headers", {"type": "object"})["type"] == "object"
