"""The OpenAPI document and an interactive page for it, which needs no network but this service."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.types import ASGIApp
from openapi_ui_bundles import swagger_ui

from application.kernel.units import Answer
from entrypoints.http.kit.browser_pages import HTML
from entrypoints.http.kit.demonstration import Demonstration
from entrypoints.http.kit.methods import get
from entrypoints.http.kit.openapi_parts import PROBLEM_CODES
from entrypoints.http.kit.page_document import page_document
from entrypoints.http.kit.replies import EVERYBODYS, GUARDS, JSON_HEADER, NOT_A_PAGE, RawHeaders, Reply
from entrypoints.http.pages.templates import read_own, templates

FOR_THE_PAGE: RawHeaders = (
    *GUARDS,
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        b"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (b"cache-control", b"no-cache"),
)
FOR_ASSETS: RawHeaders = (*GUARDS, NOT_A_PAGE, (b"cache-control", b"public, max-age=3600"))
LIBRARY = ("swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png")
OWN = ("page.css", "start.js", "sign-in.js")
MEDIA_TYPES = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8", "png": "image/png"}


def schema_handlers(
    document: dict[str, Any], problems: Reply, demonstration: Demonstration | None = None
) -> list[HTTPRouteHandler]:
    """`/schema`, to which `/` leads, what it loads, the document itself, and the page of all problem codes."""
    openapi = Answer(200, (JSON_HEADER,), msgspec.json.encode(document))

    @cache  # since few processes ever show the page
    def for_the_page() -> Answer:
        return Answer(200, (JSON_HEADER,), msgspec.json.encode(page_document(document, demonstration)))

    people = list(demonstration.people) if demonstration else []
    page = Answer(200, (HTML,), templates.get_template("schema.html").render(people=people).encode())
    to_the_page = Answer(302, (("location", "/schema"),), b"")
    assets = {name: _asset(name, (swagger_ui.static_path / name).read_bytes()) for name in LIBRARY}
    assets |= {name: _asset(name, read_own(name).encode()) for name in OWN}

    @get("/schema/openapi.json")
    async def openapi_json() -> ASGIApp:
        return Reply(openapi, EVERYBODYS)

    @get("/schema/page.json")
    async def page_json() -> ASGIApp:
        return Reply(for_the_page(), EVERYBODYS)

    @get("/")
    async def first_page() -> ASGIApp:
        return Reply(to_the_page, EVERYBODYS)

    @get("/schema")
    async def schema_page() -> ASGIApp:
        return Reply(page, FOR_THE_PAGE)

    @get(PROBLEM_CODES)
    async def problem_codes() -> ASGIApp:
        return problems

    @get("/schema/assets/{name:str}")
    async def schema_asset(name: FromPath[str]) -> ASGIApp:
        if name not in assets:
            raise NotFoundException
        return Reply(assets[name], FOR_ASSETS)

    return [openapi_json, page_json, first_page, schema_page, problem_codes, schema_asset]


def _asset(name: str, content: bytes) -> Answer:
    return Answer(200, (("content-type", MEDIA_TYPES[name.rpartition(".")[2]]),), content)
