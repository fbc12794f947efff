"""Routes become request handlers. Everything that can be worked out at start is."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Container, Sequence
from dataclasses import replace
from typing import Any

from litestar import Request
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send
from pydantic import BaseModel

from application.kernel.bus import Bus
from application.kernel.messages import Command, Page, Query, shown_once
from application.kernel.units import Answer
from application.reporting.report import ReportFile
from entrypoints.http.kit.actors import Authenticate
from entrypoints.http.kit.bodies import Body, Parameters, pairs_of
from entrypoints.http.kit.browser_pages import accept_of, prefers_html
from entrypoints.http.kit.conditional import entity_tag, expected_versions, is_current, mark_of
from entrypoints.http.kit.cursors import encode, next_link
from entrypoints.http.kit.deadlines import LONG_TIMEOUT, prolong
from entrypoints.http.kit.idempotency import carry_out, idempotency_key
from entrypoints.http.kit.methods import methods_of
from entrypoints.http.kit.problems import fault, invalid, precondition_required
from entrypoints.http.kit.replies import RawHeaders, Reply, StreamedReply, json_answer
from entrypoints.http.kit.requests import HttpRequest, PathValues, body_of, header
from entrypoints.http.kit.routing import Route

Endpoint = Callable[[HttpRequest], Awaitable[Reply]]
Present = Callable[[Command[Any]], Callable[[Any], Answer]]


def handler_of(route: Route, endpoint: Endpoint, **options: Any) -> HTTPRouteHandler:
    """The Litestar handler of the route's endpoint, which sends the answer itself.

    The endpoint is the route's only middleware and never calls on: Litestar's arguments, dependencies and responses,
    none of which are used here, would cost a tenth of a read.
    """

    def straight(app: ASGIApp) -> ASGIApp:
        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            request: HttpRequest = Request(scope, receive, send)
            reply = await endpoint(request)
            await reply(scope, receive, send)

        return answer

    async def handle() -> None:
        raise AssertionError("the middleware has answered")

    path = re.sub(r"\{(\w+)\}", r"{\1:str}", route.path)
    methods = methods_of(route.method)
    return HTTPRouteHandler(path, http_method=methods, status_code=204, middleware=[straight], **options)(handle)


def query_handler(
    route: Route,
    bus: Bus,
    authenticating: Callable[[Route], Authenticate],
    document: Route | None = None,
    long_timeout: float = LONG_TIMEOUT,
) -> HTTPRouteHandler:
    """Answers a query; with a `document`, also the path with the document's suffix. Reports may take `long_timeout`
    seconds.
    """
    endpoint = query_endpoint(route, bus, authenticating(route), long_timeout)
    if document is None:
        return handler_of(route, endpoint)
    name, suffix = document.path_fields[-1], document.path.removeprefix(route.path)
    printed = query_endpoint(document, bus, authenticating(document))

    async def by_suffix(request: HttpRequest) -> Reply:
        value: str = request.scope["path_params"][name]
        if not value.endswith(suffix):
            return await endpoint(request)
        request.scope["path_params"] = {**request.scope["path_params"], name: value.removesuffix(suffix)}
        return await printed(request)

    return handler_of(route, by_suffix)


def query_endpoint(route: Route, bus: Bus, authenticate: Authenticate, long_timeout: float = LONG_TIMEOUT) -> Endpoint:
    """What answers a query."""
    path = PathValues(route.message, route.path_fields)
    parameters = Parameters(route.message, route.without(route.query_fields), cursor=route.takes_cursor)
    message: Callable[..., Any] = route.message
    needs_parameters = not route.query_fields.isdisjoint(route.needed_fields)
    pages = route.item is not None
    version_field = route.version_field
    media_type, page = route.media_type, route.page
    standing = route.standing_headers
    view = bus.view_of(route.message) if issubclass(route.message, Query) else None

    async def endpoint(request: HttpRequest) -> Reply:
        actor = await authenticate(request)
        bus.permit(route.message, actor)
        given = path.read(request.path_params, actor)
        pairs = pairs_of(request.scope["query_string"])
        if pairs or needs_parameters:
            fields, cursor = parameters.read(pairs)
            given |= chosen(fields)
            if cursor:
                given["cursor"] = cursor
        query = message(**given)
        if_none_match = header(request, b"if-none-match") if version_field else None
        mark = view(actor) if view else None
        if if_none_match is not None and mark is not None:
            version = await bus.version(query, actor)
            if version is not None and is_current(if_none_match, tag := entity_tag(version, mark)):
                return Reply(_not_modified(tag), standing)
        result = await bus.ask(query, actor)
        if page and prefers_html(accept_of(request.scope["headers"])):
            return page.of_result(result)
        if isinstance(result, ReportFile):
            prolong(request.scope, long_timeout)
            return StreamedReply(result.chunks, _file_headers(result), standing)
        if media_type:
            return Reply(Answer(200, (("content-type", media_type),), result), standing)
        if pages:
            return Reply(_page_answer(result, request.scope["path"], pairs), standing)
        if version_field:
            return Reply(_tagged_answer(result, getattr(result, version_field), mark, if_none_match), standing)
        return Reply(json_answer(200, result), standing)

    return endpoint


def command_handler(route: Route, bus: Bus, authenticate: Authenticate, readable: Container[str]) -> HTTPRouteHandler:
    """Carries out a command. `readable` are the paths of what one can read."""
    body = Body(route.message, route.without(route.body_fields), partial=route.method == "PATCH")
    parameters = Parameters(route.message, route.without(frozenset()), cursor=False)
    message: Callable[..., Any] = route.message
    path = PathValues(route.message, route.path_fields)
    present = presenter(route, bus)
    takes_versions, needs_versions = route.takes_versions, route.needs_versions
    parent_is_readable = route.parent in readable

    async def endpoint(request: HttpRequest) -> Reply:
        actor = await authenticate(request)
        bus.permit(route.message, actor)
        given = path.read(request.path_params, actor)
        if request.scope["query_string"]:
            parameters.read(pairs_of(request.scope["query_string"]))
        if header(request, b"if-none-match") is not None:
            raise invalid(
                [fault("header", ["if-none-match"], "is for reading; a change names its version in If-Match")]
            )
        if takes_versions:
            if_match = header(request, b"if-match")
            if if_match is None and needs_versions:
                raise precondition_required()
            given["expected_versions"] = expected_versions(if_match)
        raw = await body_of(request)
        fields = await body.read_from(raw, header(request, b"content-type"))
        command = message(**given, **chosen(fields))
        key = idempotency_key(request, actor, raw)
        shown_at = request.scope["path"].rpartition("/")[0] if parent_is_readable else None
        return Reply(await carry_out(bus, command, actor, key, present(command), shown_at))

    return handler_of(route, endpoint, request_max_body_size=body.budget.bytes)


def chosen(fields: BaseModel | None) -> dict[str, Any]:
    """The fields that the client sent."""
    return {} if fields is None else {name: getattr(fields, name) for name in fields.model_fields_set}


def presenter(route: Route, bus: Bus) -> Present:
    """How to tell the result of a command, once the command is known."""
    by_content = not (route.version_field == "module_version" or bus.has_view(route.result))
    status, location, version_field = route.status, route.location, route.version_field
    hidden = dict.fromkeys(shown_once(route.result))
    names = re.findall(r"\{(\w+)\}", location or "")

    def present(command: Command[Any]) -> Callable[[Any], Answer]:
        def tell(result: Any) -> Answer:
            if result is None:
                return Answer(status, (), b"")
            headers = []
            if location:
                ids = {name: getattr(result, name, None) or getattr(command, name) for name in names}
                headers.append(("location", location.format_map(ids)))
            answer = json_answer(status, result, *headers)
            if version_field:
                mark = mark_of(answer.body) if by_content else ""
                etag = ("etag", entity_tag(getattr(result, version_field), mark))
                answer = replace(answer, headers=(*answer.headers, etag))
            if any(getattr(result, name) is not None for name in hidden):
                answer = replace(answer, short=tell(replace(result, **hidden)))
            return answer

        return tell

    return present


def _file_headers(file: ReportFile[Any]) -> RawHeaders:
    name = f'attachment; filename="{file.file_name}"'.encode()
    shown = () if file.media_type == "application/json" else ((b"content-disposition", name),)
    return (b"content-type", file.media_type.encode()), *shown


def _page_answer(page: Page[Any], path: str, pairs: Sequence[tuple[str, str]]) -> Answer:
    cursor = page.next and encode(page.next)
    links = [("link", next_link(path, pairs, cursor))] if cursor else []
    document: dict[str, Any] = {"items": page.items, "next_cursor": cursor}
    if page.total is not None:
        document["total"] = page.total
    return json_answer(200, document, *links)


def _tagged_answer(result: Any, version: int, mark: str | None, if_none_match: str | None) -> Answer:
    answer = json_answer(200, result)
    tag = entity_tag(version, mark_of(answer.body) if mark is None else mark)
    if if_none_match is not None and is_current(if_none_match, tag):
        return _not_modified(tag)
    return Answer(200, (*answer.headers, ("etag", tag)), answer.body)


def _not_modified(tag: str) -> Answer:
    return Answer(304, (("etag", tag),), b"")
