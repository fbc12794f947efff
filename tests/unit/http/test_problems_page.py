"""docs/problems.md: every problem code, written from the code.

After a change that is meant: UPDATE_DOCS=1 pytest tests/unit/http/test_problems_page.py, then read the diff.
"""

from __future__ import annotations

import inspect
import os
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from litestar.exceptions import MethodNotAllowedException

from application.kernel.handlers import discover
from application.kernel.wiring import definitions
from application.people.sign_ins.hooks import HookRefused
from domain.kernel.errors import Conflict, DomainError, Forbidden, NotFound
from entrypoints.connections.limits import NOT_HTTP, TOO_SLOW
from entrypoints.http.kit.documented_problems import edge_problems_of, errors_of
from entrypoints.http.kit.problems import Problem, problem_of, status_of
from entrypoints.http.kit.routing import Route, operation_id
from entrypoints.http.routes import ROUTES

PAGE = Path(__file__).resolve().parents[3] / "docs" / "problems.md"
SOURCE = PAGE.parents[1] / "src"
KINDS = (DomainError, Conflict, NotFound)
"""Kinds of errors, which are not raised themselves."""
READABLE = frozenset(route.path for route in ROUTES if route.method == "GET")
ELSEWHERE: list[tuple[Problem, str]] = [
    (NOT_HTTP, "none: it is not HTTP"),
    (TOO_SLOW, "none: the request did not arrive"),
    (problem_of(MethodNotAllowedException()), "none: the address has no such method"),
    (Problem(503, "not-ready", "Not ready", ""), "`health_ready`"),
    (problem_of(HookRefused()), "the hooks of Supabase"),
]
"""Problems of no operation of the API, and where they come from."""
NO_ANSWERS = {"catalog-rejected", "already-recorded"}
"""The error of the command line alone, and that of a constraint which locks keep from ever being met."""


def problems_of(route: Route) -> Iterator[tuple[int, str, str]]:
    """The status, code and title of each problem of the operation."""
    for error in errors_of(route, discover()[route.message]):
        yield status_of(error), error.slug, error.title
    for problem in edge_problems_of(route, READABLE):
        yield problem.status, problem.code, problem.title


def groups() -> dict[str, set[str]]:
    """Operations that have something in common, by what to call them."""
    handlers = discover()
    commands = [route for route in ROUTES if route.method != "GET"]
    chosen = {
        "every operation": ROUTES,
        "every operation that needs a token": [route for route in ROUTES if not route.public],
        "every operation for some roles only, and learning for somebody else": [
            route for route in ROUTES if Forbidden in errors_of(route, handlers[route.message])
        ],
        "every `POST`": [route for route in ROUTES if route.method == "POST"],
        "every operation with an id in its address": [route for route in ROUTES if route.path_fields],
        "every command": commands,
        "every command with a JSON body": [route for route in commands if not route.upload],
        "every command on something that exists": [route for route in commands if route.path_fields or route.upload],
        "every command that needs `If-Match`": [route for route in commands if route.needs_versions],
    }
    return {words: {operation_id(route) for route in routes} for words, routes in chosen.items()}


def shown(operations: set[str]) -> str:
    """What to call all of these operations, nothing where they have only their handlers' errors in common.

    Those are listed in the OpenAPI document: a new command need not be added to the page.
    """
    return next((words for words, group in groups().items() if operations == group), "")


def table() -> str:
    """The table of all codes."""
    found: defaultdict[tuple[int, str, str], set[str]] = defaultdict(set)
    for route in ROUTES:
        for problem in problems_of(route):
            found[problem].add(operation_id(route))
    rows = [(status, code, title, shown(operations)) for (status, code, title), operations in found.items()]
    rows += [(each.status, each.code, each.title, where) for each, where in ELSEWHERE]
    lines = ["| status | `code` | title | operations |", "|---|---|---|---|"]
    lines += [f"| {status} | `{code}` | {title} | {where} |" for status, code, title, where in sorted(set(rows))]
    return "\n".join(lines)


def test_the_page_lists_every_code() -> None:
    text = PAGE.read_text(encoding="utf-8")
    before, mark, rest = text.partition("<!-- problems -->\n")
    shown_now, end, after = rest.partition("\n<!-- /problems -->")
    assert mark
    assert end
    if os.environ.get("UPDATE_DOCS"):
        PAGE.write_text(f"{before}{mark}{table()}{end}{after}", encoding="utf-8")
    else:
        assert shown_now == table(), "write it again: UPDATE_DOCS=1 pytest tests/unit/http/test_problems_page.py"


def test_no_code_of_the_source_is_missing() -> None:
    codes = set(re.findall(r"^\| \d+ \| `([a-z-]+)`", table(), flags=re.M))
    slugs = {
        value.slug
        for layer in ("domain", "application")
        for value in definitions(layer)
        if inspect.isclass(value) and issubclass(value, DomainError) and value not in KINDS
    }
    written = {
        code
        for path in (SOURCE / "entrypoints").rglob("*.py")
        for code in re.findall(r"Problem\(\s*\d{3},\s*\"([a-z-]+)\"", path.read_text(encoding="utf-8"))
    }
    assert len(written) > 10
    assert (slugs | written) - codes == NO_ANSWERS
