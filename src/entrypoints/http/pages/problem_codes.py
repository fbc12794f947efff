"""The page of all problem codes, to which the OpenAPI document leads."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from application.kernel.handlers import Handler
from application.kernel.messages import Message
from application.kernel.units import Answer
from entrypoints.http.kit.browser_pages import HTML
from entrypoints.http.kit.problem_list import listed_problems
from entrypoints.http.kit.replies import GUARDS, RawHeaders
from entrypoints.http.pages.templates import styled_by, templates
from entrypoints.http.routes import ROUTES

_STYLE, _POLICY = styled_by("problems.css")
HEADERS: RawHeaders = (
    *GUARDS,
    (b"content-security-policy", _POLICY),
    (b"cache-control", b"no-cache"),
)


def problem_codes_page(handlers: Mapping[type[Message[Any]], Handler]) -> Answer:
    """The page. It is made once for the same handlers."""
    return _page(tuple(handlers.values()))


@cache
def _page(every: tuple[Handler, ...]) -> Answer:
    problems = listed_problems(ROUTES, {handler.message: handler for handler in every})
    page = templates.get_template("problems.html").render(problems=problems, style=_STYLE)
    return Answer(200, (HTML,), page.encode())
