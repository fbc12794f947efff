"""Finding routes: their order, and what stops the start."""

from __future__ import annotations

import pytest

from application.kernel.wiring import Miswired
from entrypoints.http.kit.route_discovery import find_routes
from entrypoints.http.routes import ROUTES
from kit.made_up_packages import Package

PREAMBLE = """
from dataclasses import dataclass
from application.kernel.messages import Command, Query
from entrypoints.http.kit.routing import Tag, command_route, query_route

TAG = Tag("{tag}", "{description}")

@dataclass(frozen=True)
class Greet{tag}(Command[None]):
    pass

@dataclass(frozen=True)
class Ask{tag}(Query[None]):
    pass
"""


def preamble(tag: str = "A", description: str = "Greetings.") -> str:
    return PREAMBLE.format(tag=tag, description=description)


def test_the_routes_of_every_module_are_found_in_the_order_of_tag_path_and_method(package: Package) -> None:
    last = preamble("Z") + "ROUTES = [query_route('/a', AskZ, tag=TAG)]"
    first = preamble("A") + (
        "ROUTES = [command_route('POST', '/z', GreetA, tag=TAG), query_route('/z', AskA, tag=TAG)]"
    )
    found = find_routes(package(one=last, two=first))
    assert [(route.tag.name, route.method, route.path) for route in found] == [
        ("A", "GET", "/v1/z"),
        ("A", "POST", "/v1/z"),
        ("Z", "GET", "/v1/a"),
    ]


@pytest.mark.parametrize(
    ("routes", "message"),
    [
        ("", "greetings.one has no ROUTES; list the routes of its messages"),
        ("ROUTES = []", "greetings.one has no ROUTES; list the routes of its messages"),
        (
            "ROUTES = [command_route(m, '/a', c, tag=TAG) for m, c in (('POST', GreetA), ('POST', AskA))]",
            "POST /v1/a has two routes; keep one of them",
        ),
        (
            "ROUTES = [command_route(method, '/a', GreetA, tag=TAG) for method in ('POST', 'PUT')]",
            "GreetA has two routes; keep one of them",
        ),
        (
            "ROUTES = [query_route('/a', AskA, tag=TAG), query_route('/b', GreetA, tag=Tag('A', 'Other.'))]",
            "the tag A has two descriptions; share one Tag",
        ),
    ],
)
def test_a_broken_rule_stops_the_start(package: Package, routes: str, message: str) -> None:
    with pytest.raises(Miswired) as error:
        find_routes(package(one=preamble() + routes))
    assert str(error.value) == message


def test_every_route_of_the_service_is_found() -> None:
    assert {route.message.__name__ for route in ROUTES} >= {"CreateModule", "VerifyCertificate", "ReadParticipation"}
