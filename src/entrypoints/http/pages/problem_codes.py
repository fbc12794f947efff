"""The page of all problem codes, to which the OpenAPI document leads."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from application.kernel.handlers import Handler
from application.kernel.messages import Message
from application.kernel.units import Answer
from entrypoints.http.kit.browser_pages import HTML
from entrypoints.http.kit.problem_list import listed_problems
from entrypoints.http.kit.replies import GUARDS, RawHeaders
from entrypoints.http.routes import ROUTES

_STYLE = files(__package__).joinpath("problems.css").read_text()
_POLICY = (
    "default-src 'none'; "
    f"style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS: RawHeaders = (
    *GUARDS,
    (b"content-security-policy", _POLICY.encode()),
    (b"cache-control", b"no-cache"),
)


def problem_codes_page(handlers: Mapping[type[Message[Any]], Handler]) -> Answer:
    """The page. It is made once for the same handlers."""
    return _page(tuple(handlers.values()))


@cache
def _page(every: tuple[Handler, ...]) -> Answer:
    environment = Environment(
        loader=PackageLoader(__package__, ""), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    problems = listed_problems(ROUTES, {handler.message: handler for handler in every})
    style = Markup(_STYLE)  # noqa: S704  # our own file, and CSS must not be escaped
    page = environment.get_template("problems.html").render(problems=problems, style=style)
    return Answer(200, (HTML,), page.encode())
