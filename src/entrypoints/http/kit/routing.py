"""Routes: one line says which message a method and a path stand for; everything else follows from the message."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from typing import Any, get_args, get_origin

from application.kernel.messages import (
    Command,
    Cursor,
    Message,
    Page,
    Query,
    operation_of,
    ordered_by,
    result_of,
    types_of,
)
from application.reporting.report import ReportFile
from entrypoints.http.kit.browser_pages import BY_ACCEPT, NOT_LISTED, BrowserPage
from entrypoints.http.kit.replies import CATALOGUE, PERSONAL, RawHeaders

BASE = "/v1"
VERSIONED_METHODS = ("PATCH", "PUT", "DELETE")


@dataclass(frozen=True, slots=True)
class Upload:
    """A body that is a file, for the field of this name; at most `limit` bytes, of one of the media types.

    The first of these is text, in one of the charsets. The fields of `reading`, a dataclass, are further parameters,
    which say how to read the file.
    """

    field: str
    media_types: tuple[str, ...]
    limit: int
    charsets: tuple[str, ...]
    reading: type[Any]


@dataclass(frozen=True, slots=True)
class Tag:
    """The heading under which the API's documentation shows routes that belong together."""

    name: str
    description: str


@dataclass(frozen=True, slots=True)
class Route:
    """How clients reach one message.

    `location` is the address of what was created, with fields of the result or the message in braces.
    `example` is a body. `rule` is what JSON Schema can say of the body beyond its fields. A `public` route needs no
    token. Answers are `personal` unless they are of the catalogue alone: nobody keeps a copy of those. With a
    `media_type` the answer is a document, and the path of what it shows with a suffix such as `.pdf`.
    With `alone` the document has an address of its own.
    `words` say what parameters mean that do not mean the same in every route, and `examples` show values of theirs. A
    `page` is for browsers, instead of JSON. A `guarded` route needs If-Match although it is a POST: it is about what
    has been read. A `followed` one answers a stream, too.
    """

    method: str
    path: str
    message: type[Message[Any]]
    tag: Tag
    status: int = 200
    location: str | None = None
    example: Any = None
    rule: Mapping[str, Any] = field(default_factory=dict)
    upload: Upload | None = None
    public: bool = False
    personal: bool = True
    media_type: str | None = None
    cost: int = 0
    words: Mapping[str, str] = field(default_factory=dict)
    page: BrowserPage | None = None
    examples: Mapping[str, Any] = field(default_factory=dict)
    guarded: bool = False
    alone: bool = False
    followed: bool = False

    @property
    def shown_at(self) -> str:
        """The path without a document's suffix."""
        return re.sub(r"\}\.\w+$", "}", self.path)

    @property
    def standing_headers(self) -> RawHeaders:
        """The headers that every answer of the route has."""
        headers = PERSONAL if self.personal or self.method != "GET" else CATALOGUE
        return (*headers, BY_ACCEPT, NOT_LISTED) if self.page else headers

    @property
    def parent(self) -> str:
        """The path without its last step."""
        return self.path.rpartition("/")[0]

    @property
    def path_fields(self) -> tuple[str, ...]:
        """The fields that the path names, in its order."""
        return tuple(re.findall(r"\{(\w+)\}", self.path))

    @property
    def query_fields(self) -> frozenset[str]:
        """The fields that the query string names."""
        return self._others if self.method == "GET" or self.upload else frozenset()

    @property
    def body_fields(self) -> frozenset[str]:
        """The fields of the JSON body."""
        return frozenset() if self.method == "GET" or self.upload else self._others

    @property
    def needs_body(self) -> bool:
        """Whether the body needs at least one field."""
        options = self.rule.get("anyOf", [{}])
        ruled = all("required" in option for option in options)
        return self.method == "PATCH" or ruled or not self.body_fields.isdisjoint(self.needed_fields)

    @property
    def needed_fields(self) -> frozenset[str]:
        """The fields that have no default."""
        every = fields(self.message)  # type: ignore[arg-type]  # all are dataclasses
        return frozenset(each.name for each in every if each.default is each.default_factory is MISSING)

    @property
    def takes_cursor(self) -> bool:
        return "cursor" in self._fields and Cursor in get_args(types_of(self.message)["cursor"])

    @property
    def names_orders(self) -> bool:
        """Whether cursors of the list name an order."""
        return self.takes_cursor and ("sort" in self._fields or ordered_by(self.message) is not None)

    @property
    def takes_versions(self) -> bool:
        """Whether the message uses If-Match."""
        return "expected_versions" in self._fields

    @property
    def needs_versions(self) -> bool:
        """Whether the message requires If-Match."""
        return self.takes_versions and (self.guarded or self.method in VERSIONED_METHODS)

    @property
    def result(self) -> Any:
        """The type of the answer."""
        return result_of(self.message)

    @property
    def item(self) -> Any:
        """The type of the items where the answer is a page, else None."""
        return get_args(self.result)[0] if get_origin(self.result) is Page else None

    @property
    def reported(self) -> Any:
        """The type of the rows where the answer is a report, else None."""
        return get_args(self.result)[0] if get_origin(self.result) is ReportFile else None

    @property
    def version_field(self) -> str | None:
        """The field of the answer from which its entity tag is made."""
        if not is_dataclass(self.result):
            return None
        names = {each.name for each in fields(self.result)}
        return next((name for name in ("version", "module_version") if name in names), None)

    @property
    def _fields(self) -> frozenset[str]:
        return frozenset(each.name for each in fields(self.message))  # type: ignore[arg-type]  # all are dataclasses

    @property
    def _others(self) -> frozenset[str]:
        apart = {*self.path_fields, "expected_versions"}
        if self.takes_cursor:
            apart.add("cursor")
        if self.upload:
            apart.add(self.upload.field)
        return self._fields - apart

    def without(self, kept: frozenset[str]) -> frozenset[str]:
        """All fields but these."""
        return self._fields - kept


def operation_id(route: Route) -> str:
    """The message's name as OpenAPI shows it, such as `enroll_user`."""
    return operation_of(route.message)


def tags_of(routes: Iterable[Route]) -> list[Tag]:
    """The tags of the routes, each once, in the order of the routes."""
    return list(dict.fromkeys(route.tag for route in routes))


def command_route(
    method: str,
    path: str,
    message: type[Command[Any]],
    *,
    tag: Tag,
    status: int = 200,
    location: str | None = None,
    example: Any = None,
    rule: Mapping[str, Any] | None = None,
    words: Mapping[str, str] | None = None,
    cost: int = 0,
    guarded: bool = False,
) -> Route:
    """A command whose fields come from the path and from a JSON body."""
    return Route(
        method,
        BASE + path,
        message,
        tag,
        status,
        location,
        example,
        rule or {},
        cost=cost,
        words=words or {},
        guarded=guarded,
    )


def query_route(
    path: str,
    message: type[Query[Any]],
    *,
    tag: Tag,
    public: bool = False,
    personal: bool = True,
    words: Mapping[str, str] | None = None,
    examples: Mapping[str, Any] | None = None,
    cost: int = 0,
    page: BrowserPage | None = None,
    followed: bool = False,
) -> Route:
    """A query whose fields come from the path and from the query string."""
    return Route(
        "GET",
        BASE + path,
        message,
        tag,
        public=public,
        personal=personal,
        cost=cost,
        words=words or {},
        examples=examples or {},
        page=page,
        followed=followed,
    )


def document_route(
    path: str,
    message: type[Query[bytes]] | type[Query[ReportFile[bytes]]],
    *,
    tag: Tag,
    media_type: str,
    words: Mapping[str, str] | None = None,
    cost: int = 0,
    public: bool = False,
    alone: bool = False,
) -> Route:
    """A query that is answered with a document. Unless it is `alone`, a route has the same path without the document's
    suffix.
    """
    return Route(
        "GET",
        BASE + path,
        message,
        tag,
        media_type=media_type,
        cost=cost,
        words=words or {},
        public=public,
        alone=alone,
    )


def upload_route(
    path: str,
    message: type[Command[Any]],
    upload: Upload,
    *,
    tag: Tag,
    example: str,
    words: Mapping[str, str],
    cost: int,
) -> Route:
    """A command that a file comes with; its other fields come from the query string."""
    return Route("POST", BASE + path, message, tag, example=example, upload=upload, cost=cost, words=words)
