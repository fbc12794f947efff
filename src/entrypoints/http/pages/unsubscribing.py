"""The page behind the link in an e-mail: it says what can be turned off, and has a button for it."""

from __future__ import annotations

from litestar import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp

from application.delivery.notices.preferences import Unsubscribe, UnsubscribeView
from application.kernel.access import Actor
from application.kernel.bus import Bus
from application.kernel.units import Answer
from entrypoints.http.kit.browser_pages import BY_ACCEPT, HTML, NOT_LISTED, BrowserPage
from entrypoints.http.kit.problems import Problem
from entrypoints.http.kit.replies import GUARDS, Reply
from entrypoints.http.kit.requests import HttpRequest, body_of
from entrypoints.http.pages.templates import styled_by, templates

PATH = "/v1/unsubscribe/{token:str}"
_STYLE, _POLICY = styled_by("verification.css")
_HEADERS = (
    *GUARDS,
    (b"content-security-policy", _POLICY.replace(b"form-action 'none'", b"form-action 'self'")),
    NOT_LISTED,
    (b"cache-control", b"no-store"),
    BY_ACCEPT,
)
_page = templates.get_template("unsubscribe.html")


def _page_of(view: UnsubscribeView) -> str:
    return _page.render(style=_STYLE, view=view, problem=None)


def _page_of_problem(problem: Problem) -> str:
    return _page.render(style=_STYLE, view=None, problem=problem)


UNSUBSCRIBE_PAGE = BrowserPage(_page_of, _page_of_problem, _HEADERS)


def unsubscribe_handlers(bus: Bus) -> list[HTTPRouteHandler]:
    """What mail programs send for their users (RFC 8058), and the button of the page. The token is the only proof: it
    turns off one kind of e-mail for one person, and nothing else. What is sent with it says nothing more.
    """

    async def handle(request: HttpRequest) -> ASGIApp:
        await body_of(request)
        await bus.execute(Unsubscribe(request.path_params["token"].replace("\0", "")), Actor.system())
        return Reply(Answer(200, (HTML,), _page.render(style=_STYLE, view=None, problem=None).encode()), _HEADERS)

    return [HTTPRouteHandler(PATH, http_method=HttpMethod.POST, status_code=200)(handle)]
