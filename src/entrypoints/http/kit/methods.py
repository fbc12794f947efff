"""Methods: each path that answers GET answers HEAD too, and OPTIONS lists what a path answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from litestar import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp

from application.kernel.units import Answer
from entrypoints.http.kit.replies import Reply

READING = (HttpMethod.GET, HttpMethod.HEAD)


def methods_of(method: str) -> list[HttpMethod]:
    """The methods that a handler of this one answers. HEAD is answered like GET; `Observed` omits the body."""
    return [*READING] if method == "GET" else [HttpMethod(method)]


def get(path: str) -> HTTPRouteHandler:
    """Decorates what answers GET and HEAD."""
    return HTTPRouteHandler(path, http_method=READING, status_code=200)


def options_handlers(handlers: Iterable[HTTPRouteHandler]) -> list[HTTPRouteHandler]:
    """Answers OPTIONS with the methods of each path. Litestar's own answer names only those of the first handler."""
    methods: dict[str, set[str]] = defaultdict(lambda: {"OPTIONS"})
    for handler in handlers:
        for path in handler.paths:
            methods[path] |= handler.http_methods
    return [_options_handler(path, ", ".join(sorted(known))) for path, known in methods.items()]


def _options_handler(path: str, allow: str) -> HTTPRouteHandler:
    async def options() -> ASGIApp:
        return Reply(Answer(204, (("allow", allow),), b""))

    return HTTPRouteHandler(path, http_method=HttpMethod.OPTIONS, status_code=200)(options)
