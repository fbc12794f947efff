"""Adding what a path names over HTTP, whatever it is, so that tests of all routes need not know of each."""

from __future__ import annotations

import re
from itertools import count
from typing import Any

import httpx

from entrypoints.http.routes import ROUTES

_numbers = count(1)


def missing(path: str, ids: dict[str, Any]) -> list[str]:
    """What the path names that there are no ids of."""
    return [name for name in re.findall(r"\{(\w+)\}", path) if name not in ids]


async def add_missing(client: httpx.AsyncClient, path: str, ids: dict[str, Any], headers: dict[str, str]) -> None:
    """Add each of these by the route that adds such, with its example in the API document; `ids` then has its id."""
    for name in missing(path, ids):
        location = path.partition(f"{{{name}}}")[0] + "{id}"
        route = next((route for route in ROUTES if route.location == location), None)
        if route is None:
            # Nothing adds such by itself: the newest one in the list.
            listed = await client.get(path.partition(f"/{{{name}}}")[0], params={"limit": 1}, headers=headers)
            ids[name] = listed.json()["items"][0]["id"]
            continue
        body = route.example
        # Titles, codes and names may have to be unique.
        number = next(_numbers)
        body = {**body, **{each: f"{body[each]} {number}" for each in ("title", "name") if each in body}}
        if "url" in body:
            body["url"] = f"{body['url']}/{number}"
        if "code" in body:
            body["code"] = f"{body['code']}_{number}"
        answer = await client.post(route.path.format_map(ids), json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        ids[name] = answer.json()["id"]
