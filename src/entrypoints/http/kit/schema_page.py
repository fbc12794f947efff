"""The OpenAPI document and an interactive page for it, which needs no network but this service."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.types import ASGIApp
from openapi_ui_bundles import swagger_ui

from application.kernel.units import Answer
from entrypoints.http.kit.methods import get
from entrypoints.http.kit.openapi_parts import PROBLEM_CODES
from entrypoints.http.kit.replies import EVERYBODYS, GUARDS, JSON_HEADER, NOT_A_PAGE, RawHeaders, Reply

PAGE = b"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Unified Dental training API</title>
<link rel="icon" href="/schema/assets/favicon-32x32.png">
<link rel="stylesheet" href="/schema/assets/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/schema/assets/swagger-ui-bundle.js"></script>
<script src="/schema/assets/start.js"></script>
</body>
</html>
"""
START = b"""SwaggerUIBundle({
  url: "/schema/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  displayRequestDuration: true,
  validatorUrl: null
});
"""
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
ASSETS = {
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
    "favicon-32x32.png": "image/png",
}


def schema_handlers(document: dict[str, Any], problems: Reply) -> list[HTTPRouteHandler]:
    """`/schema`, to which `/` leads, what it loads, the document itself, and the page of all problem codes."""
    openapi = Answer(200, (JSON_HEADER,), msgspec.json.encode(document))
    page = Answer(200, (("content-type", "text/html; charset=utf-8"),), PAGE)
    to_the_page = Answer(302, (("location", "/schema"),), b"")
    assets = {
        name: _asset(media_type, (swagger_ui.static_path / name).read_bytes()) for name, media_type in ASSETS.items()
    }
    assets["start.js"] = _asset("text/javascript; charset=utf-8", START)

    @get("/schema/openapi.json")
    async def openapi_json() -> ASGIApp:
        return Reply(openapi, EVERYBODYS)

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

    return [openapi_json, first_page, schema_page, problem_codes, schema_asset]


def _asset(media_type: str, content: bytes) -> Answer:
    return Answer(200, (("content-type", media_type),), content)
