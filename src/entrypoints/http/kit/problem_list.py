"""Every problem code of the service, for readers: on a page of its own, and in docs/problems.md."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from litestar.exceptions import MethodNotAllowedException

from application.kernel.handlers import Handler
from application.kernel.messages import Message
from application.people.sign_ins.hooks import HookRefused
from domain.kernel.errors import Forbidden
from entrypoints.connections.limits import NOT_HTTP, TOO_SLOW
from entrypoints.http.kit.documented_problems import edge_problems_of, errors_of
from entrypoints.http.kit.problems import Problem, problem_of, status_of
from entrypoints.http.kit.routing import Route, operation_id

ELSEWHERE: Sequence[tuple[Problem, str]] = [
    (NOT_HTTP, "none: it is not HTTP"),
    (TOO_SLOW, "none: the request did not arrive"),
    (problem_of(MethodNotAllowedException()), "none: the address has no such method"),
    (Problem(503, "not-ready", "Not ready", ""), "`health_ready`"),
    (problem_of(HookRefused()), "the hooks of Supabase"),
]
"""Problems of no operation of the API, and where they come from."""


@dataclass(frozen=True, slots=True, order=True)
class ListedProblem:
    """A code with its status and title. `where` names all its operations together, if they have such a name."""

    status: int
    code: str
    title: str
    where: str
    operations: tuple[str, ...] = ()


def listed_problems(routes: Sequence[Route], handlers: Mapping[type[Message[Any]], Handler]) -> Sequence[ListedProblem]:
    """All of them, by status and code."""
    readable = frozenset(route.path for route in routes if route.method == "GET")
    found: defaultdict[tuple[int, str, str], set[str]] = defaultdict(set)
    for route in routes:
        handler, name = handlers[route.message], operation_id(route)
        for error in errors_of(route, handler):
            found[status_of(error), error.slug, error.title].add(name)
        for problem in edge_problems_of(route, readable):
            found[problem.status, problem.code, problem.title].add(name)
    groups = _groups(routes, handlers).items()
    listed = {
        ListedProblem(*problem, next((words for words, group in groups if names == group), ""), tuple(sorted(names)))
        for problem, names in found.items()
    }
    return sorted(listed | {ListedProblem(each.status, each.code, each.title, where) for each, where in ELSEWHERE})


def _groups(routes: Sequence[Route], handlers: Mapping[type[Message[Any]], Handler]) -> dict[str, set[str]]:
    """Operations that have something in common, by what to call them."""
    commands = [route for route in routes if route.method != "GET"]
    chosen = {
        "every operation": routes,
        "every operation that needs a token": [route for route in routes if not route.public],
        "every operation for some roles only, and learning for somebody else": [
            route for route in routes if Forbidden in errors_of(route, handlers[route.message])
        ],
        "every `POST`": [route for route in routes if route.method == "POST"],
        "every operation with an id in its address": [route for route in routes if route.path_fields],
        "every command": commands,
        "every command with a JSON body": [route for route in commands if not route.upload],
        "every command on something that exists": [route for route in commands if route.path_fields or route.upload],
        "every command that needs `If-Match`": [route for route in commands if route.needs_versions],
    }
    return {words: {operation_id(route) for route in members} for words, members in chosen.items()}
