"""The routes are found at start: what the modules of a package list as `ROUTES`."""

from __future__ import annotations

import importlib
import pkgutil

from application.kernel.wiring import Miswired
from entrypoints.http.kit.routing import Route

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def find_routes(package: str) -> list[Route]:
    """The routes of all modules of the package, by tag, path and method: the order of the API's documentation.

    Raises Miswired for a module without routes, for a method and path that are there twice, for a message with two
    routes, and for a tag with two descriptions.
    """
    found: list[Route] = []
    for each in pkgutil.iter_modules(importlib.import_module(package).__path__, prefix=f"{package}."):
        routes = getattr(importlib.import_module(each.name), "ROUTES", None)
        if not routes:
            raise Miswired(f"{each.name} has no ROUTES; list the routes of its messages")
        found += routes
    for what, meaning in (
        ("{0.method} {0.path}", lambda route: (route.method, route.path)),
        ("{0.message.__name__}", lambda route: route.message),
    ):
        seen = set()
        for route in found:
            if meaning(route) in seen:
                raise Miswired(f"{what.format(route)} has two routes; keep one of them")
            seen.add(meaning(route))
    described: dict[str, str] = {}
    for route in found:
        if described.setdefault(route.tag.name, route.tag.description) != route.tag.description:
            raise Miswired(f"the tag {route.tag.name} has two descriptions; share one Tag")
    return sorted(found, key=_place)


def _place(route: Route) -> tuple[str, str, int]:
    return route.tag.name, route.path, METHODS.index(route.method)
