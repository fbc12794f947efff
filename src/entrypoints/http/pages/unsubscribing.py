"""The page behind the link in an e-mail: it says what can be turned off, and has a button for it."""

from __future__ import annotations

from collections.abc import Awaitable

from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp

from application.delivery.notices.preferences import (
    LONGEST_TOKEN,
    ReadUnsubscribeLink,
    Unsubscribe,
    UnsubscribeLinkUnknown,
    UnsubscribeView,
)
from application.kernel.access import Actor
from application.kernel.bus import Bus
from application.kernel.units import Answer
from entrypoints.http.kit.browser_pages import HTML, NOT_LISTED
from entrypoints.http.kit.methods import methods_of
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
)
_page = templates.get_template("unsubscribe.html")


def unsubscribe_handlers(bus: Bus) -> list[HTTPRouteHandler]:
    """The link in e-mails: GET shows what it turns off and changes nothing; POST, which mail programs send for their
    users (RFC 8058) and the button of the page too, turns it off. The token is the only proof: it stands for one kind
    of e-mail to one person. What is sent with it says nothing more.
    """

    async def show(request: HttpRequest) -> ASGIApp:
        return await _answered(bus.ask(ReadUnsubscribeLink(_token(request)), Actor.system()))

    async def turn_off(request: HttpRequest) -> ASGIApp:
        await body_of(request)
        return await _answered(bus.execute(Unsubscribe(_token(request)), Actor.system()))

    return [
        HTTPRouteHandler(PATH, http_method=methods_of("GET"), status_code=200)(show),
        HTTPRouteHandler(PATH, http_method=methods_of("POST"), status_code=200)(turn_off),
    ]


async def _answered(work: Awaitable[UnsubscribeView]) -> Reply:
    """A page for what is shown or done, and another one for a link that is not ours."""
    shown: dict[str, object]
    try:
        status, shown = 200, {"view": await work, "problem": None}
    except UnsubscribeLinkUnknown as error:
        status, shown = 404, {"view": None, "problem": error}
    return Reply(Answer(status, (HTML,), _page.render(style=_STYLE, **shown).encode()), _HEADERS)


def _token(request: HttpRequest) -> str:
    token: str = request.path_params["token"]
    return token.replace("\0", "")[:LONGEST_TOKEN]
