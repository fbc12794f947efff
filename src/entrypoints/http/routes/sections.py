"""Routes of the sections of a module."""

from __future__ import annotations

from application.catalogue.sections.commands import AddSection, EditSection, RemoveSection, ReorderSections
from entrypoints.http.kit.routing import Tag, command_route

TAG = Tag("sections", "The steps of a module. A change increments the module's version.")
ALL = "/modules/{module_id}/sections"
ONE = f"{ALL}/{{section_id}}"

NEW_SECTION = {
    "title": "After a needlestick",
    "content": {
        "kind": "video",
        "url": "https://videos.unifieddental.example/needlestick",
        "duration_seconds": 240,
        "description": "The first five minutes, shown in our own operatory.",
    },
    "position": 1,
}
ORDER = {"section_ids": ["0190b5f0-7a1c-7cc3-98c4-dc0c0c07398f", "0190b5f0-7a1c-7cc3-98c4-dc0c0c07398e"]}

ROUTES = [
    command_route("POST", ALL, AddSection, status=201, location=f"/v1{ALL}/{{id}}", tag=TAG, example=NEW_SECTION),
    command_route("PATCH", ONE, EditSection, tag=TAG, example={"title": "After a needlestick or a splash"}),
    command_route("DELETE", ONE, RemoveSection, status=204, tag=TAG),
    command_route("PUT", f"{ALL}/order", ReorderSections, tag=TAG, example=ORDER),
]
