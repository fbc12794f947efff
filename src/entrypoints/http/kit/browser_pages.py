"""Pages for people, at addresses that answer programs with JSON: the Accept header decides (RFC 9110, 12.5.1)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from litestar.types import HTTPScope

from application.kernel.units import Answer
from entrypoints.http.kit.problems import MEDIA_TYPE, Problem
from entrypoints.http.kit.replies import PERSONAL, RawHeaders, Reply

HTML = ("content-type", "text/html; charset=utf-8")
BY_ACCEPT = (b"vary", b"Accept")
NOT_LISTED = (b"x-robots-tag", b"noindex, nofollow, noarchive")
"""Search engines must not list what has a page: the address is public, and its answer names a person."""

_QUALITY = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?")


@dataclass(frozen=True, slots=True)
class BrowserPage:
    """The page of one route: for its result and for each problem, both as HTML.

    `headers` are those of every such page, with a Content-Security-Policy that suits it.
    """

    found: Callable[[Any], str]
    failed: Callable[[Problem], str]
    headers: RawHeaders

    def of_result(self, result: Any) -> Reply:
        return Reply(Answer(200, (HTML,), self.found(result).encode()), self.headers)

    def of_problem(self, problem: Problem) -> Reply:
        return Reply(Answer(problem.status, (HTML, *problem.headers), self.failed(problem).encode()), self.headers)


class ProblemReplies:
    """Answers with problems: documents, or pages for browsers at the addresses that have such."""

    def __init__(self, pages: Iterable[tuple[str, BrowserPage]] = ()) -> None:
        """Each page answers for the paths that begin with its text, also those that lead nowhere."""
        self._pages = tuple(pages)

    def reply(self, problem: Problem, scope: HTTPScope, request_id: str) -> Reply:
        """The answer to the request."""
        for beginning, page in self._pages:
            if scope["path"].startswith(beginning):
                if prefers_html(accept_of(scope["headers"])):
                    return page.of_problem(problem)
                return Reply(problem.answer(request_id), (*PERSONAL, BY_ACCEPT, NOT_LISTED))
        return Reply(problem.answer(request_id))


def accept_of(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The Accept header, its lines joined when there are several; empty when it is missing."""
    return ",".join(value.decode("latin-1") for name, value in headers if name == b"accept")


def prefers_html(accept: str) -> bool:
    """Whether HTML is preferred to JSON. JSON is the default if both are equally welcome, and if neither is."""
    if not accept:
        return False
    qualities: dict[str, float] = {}
    for item in accept.lower().split(","):
        kind, *parameters = (part.strip() for part in item.split(";"))
        qualities[kind] = max(qualities.get(kind, 0.0), _quality(parameters))
    json = max(_of(qualities, "application/json"), qualities.get(MEDIA_TYPE, 0.0))
    return _of(qualities, "text/html") > json


def _quality(parameters: Iterable[str]) -> float:
    """The weight among the parameters of a media range; 0 if it is malformed."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            return float(value) if _QUALITY.fullmatch(value := value.strip()) else 0.0
    return 1.0


def _of(qualities: dict[str, float], kind: str) -> float:
    """The weight of the most specific range that includes this media type."""
    for media_range in (kind, kind.partition("/")[0] + "/*", "*/*"):
        if media_range in qualities:
            return qualities[media_range]
    return 0.0
