"""OpenAPI links: what can be done next with a created resource."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any

from entrypoints.http.kit.routing import Route, operation_id
from entrypoints.http.routes import ROUTES


def links_of(route: Route) -> dict[str, Any]:
    """A link to each operation at or below the address of the created resource."""
    if route.location is None:
        return {}
    created = [each.name for each in fields(route.result)]
    links = {}
    for target in ROUTES:
        values = _values(route.location, target.path, created)
        if values is not None:
            if target.takes_versions and route.version_field:
                values["header.If-Match"] = "$response.header.ETag"
            links[operation_id(target)] = {"operationId": operation_id(target), "parameters": values}
    return links


def _values(location: str, path: str, created: list[str]) -> dict[str, str] | None:
    """The parameters of the path, taken from the location; None when the location does not give them all."""
    given, asked = location.split("/"), path.split("/")
    if len(asked) < len(given) or any("{" in step for step in asked[len(given) :]):
        return None
    values = {}
    for source, step in zip(given, asked, strict=False):
        name = re.fullmatch(r"\{(\w+)\}", step)
        field = re.fullmatch(r"\{(\w+)\}", source)
        if name and field:
            where = "$response.body#/" if field[1] in created else "$request.path."
            values[f"path.{name[1]}"] = where + field[1]
        elif source != step:
            return None
    return values
