"""Routes made into request handlers. All that can be worked out at start is; a request only runs through."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from litestar import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp
from pydantic import BaseModel

from application.bus import Bus
from application.messages import Command, Page
from application.ports import Answer
from entrypoints.http.actors import Authenticate
from entrypoints.http.bodies import Body, Parameters, pairs_of
from entrypoints.http.conditional import entity_tag, expected_versions, is_current
from entrypoints.http.idempotency import carry_out, idempotency_key
from entrypoints.http.pages import encode, next_link
from entrypoints.http.problems import precondition_required
from entrypoints.http.replies import Reply, json_answer
from entrypoints.http.requests import HttpRequest, body_of, header, ids_of
from entrypoints.http.routing import Route

Endpoint = Callable[[HttpRequest], Awaitable[Reply]]
Present = Callable[[Command[Any]], Callable[[Any], Answer]]


def handler_of(route: Route, endpoint: Endpoint, **options: Any) -> HTTPRouteHandler:
    """The endpoint under the route's method and path."""

    async def handle(request: HttpRequest) -> ASGIApp:
        return await endpoint(request)

    path = re.sub(r"\{(\w+)\}", r"{\1:str}", route.path)
    # The status is the reply's own; Litestar would take 204 for every DELETE, and refuse replies then.
    return HTTPRouteHandler(path, http_method=HttpMethod(route.method), status_code=200, **options)(handle)


def query_handler(route: Route, bus: Bus, authenticate: Authenticate) -> HTTPRouteHandler:
    """Answers a query."""
    parameters = Parameters(route.message, route.without(route.query_fields), cursor=route.takes_cursor)
    message: Callable[..., Any] = route.message
    pages = route.item is not None
    version_field = route.version_field

    async def endpoint(request: HttpRequest) -> Reply:
        actor = await authenticate(request)
        bus.permit(route.message, actor)
        given: dict[str, Any] = {**ids_of(request.path_params, actor)}
        pairs = pairs_of(request.scope["query_string"])
        if pairs:
            fields, cursor = parameters.read(pairs)
            given |= chosen(fields)
            if cursor:
                given["cursor"] = cursor
        result = await bus.ask(message(**given), actor)
        if pages:
            return Reply(_page_answer(result, request.scope["path"], pairs))
        if version_field:
            return Reply(_versioned_answer(result, getattr(result, version_field), header(request, b"if-none-match")))
        return Reply(json_answer(200, result))

    return handler_of(route, endpoint)


def command_handler(route: Route, bus: Bus, authenticate: Authenticate) -> HTTPRouteHandler:
    """Carries out a command."""
    body = Body(route.message, route.without(route.body_fields), partial=route.method == "PATCH")
    parameters = Parameters(route.message, route.without(frozenset()), cursor=False)
    message: Callable[..., Any] = route.message
    present = presenter(route)
    takes_versions, needs_versions = route.takes_versions, route.needs_versions

    async def endpoint(request: HttpRequest) -> Reply:
        actor = await authenticate(request)
        bus.permit(route.message, actor)
        given: dict[str, Any] = {**ids_of(request.path_params, actor)}
        parameters.read(pairs_of(request.scope["query_string"]))
        if takes_versions:
            if_match = header(request, b"if-match")
            if if_match is None and needs_versions:
                raise precondition_required()
            given["expected_versions"] = expected_versions(if_match)
        raw = await body_of(request)
        fields = body.read(raw, header(request, b"content-type"))
        command = message(**given, **chosen(fields))
        key = idempotency_key(request, actor, raw)
        return Reply(await carry_out(bus, command, actor, key, present(command)))

    return handler_of(route, endpoint)


def options_handlers(handlers: Iterable[HTTPRouteHandler]) -> list[HTTPRouteHandler]:
    """What each address of the handlers knows. Litestar's own OPTIONS tells of the first handler only."""
    methods: dict[str, set[str]] = defaultdict(lambda: {"OPTIONS"})
    for handler in handlers:
        for path in handler.paths:
            methods[path] |= handler.http_methods
    return [_options_handler(path, ", ".join(sorted(known))) for path, known in methods.items()]


def _options_handler(path: str, allow: str) -> HTTPRouteHandler:
    async def options() -> ASGIApp:
        return Reply(Answer(204, (("allow", allow),), b""))

    return HTTPRouteHandler(path, http_method=HttpMethod.OPTIONS, status_code=200)(options)


def chosen(fields: BaseModel | None) -> dict[str, Any]:
    """What the client said, without what it left out."""
    return {} if fields is None else {name: getattr(fields, name) for name in fields.model_fields_set}


def presenter(route: Route) -> Present:
    """How to tell the result of a command, once the command is known."""
    status, location, version_field = route.status, route.location, route.version_field
    names = re.findall(r"\{(\w+)\}", location or "")

    def present(command: Command[Any]) -> Callable[[Any], Answer]:
        def tell(result: Any) -> Answer:
            if result is None:
                return Answer(status, (), b"")
            headers = []
            if location:
                ids = {name: getattr(result, name, None) or getattr(command, name) for name in names}
                headers.append(("location", location.format_map(ids)))
            if version_field:
                headers.append(("etag", entity_tag(getattr(result, version_field))))
            return json_answer(status, result, *headers)

        return tell

    return present


def _page_answer(page: Page[Any], path: str, pairs: Sequence[tuple[str, str]]) -> Answer:
    cursor = page.next and encode(page.next)
    links = [("link", next_link(path, pairs, cursor))] if cursor else []
    return json_answer(200, {"items": page.items, "next_cursor": cursor}, *links)


def _versioned_answer(result: Any, version: int, if_none_match: str | None) -> Answer:
    etag = ("etag", entity_tag(version))
    if if_none_match is not None and is_current(if_none_match, version):
        return Answer(304, (etag,), b"")
    return json_answer(200, result, etag)
