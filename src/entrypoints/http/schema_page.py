"""The OpenAPI document and an interactive page for it, which needs no network but this service."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.types import ASGIApp
from openapi_ui_bundles import swagger_ui

from application.units import Answer
from entrypoints.http.replies import JSON_HEADER, Reply

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
SECURITY = (
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
)
ASSETS = {
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
    "favicon-32x32.png": "image/png",
}


def schema_handlers(document: dict[str, Any]) -> list[HTTPRouteHandler]:
    """`/schema`, what it loads, and the document itself."""
    openapi = Answer(200, (JSON_HEADER,), msgspec.json.encode(document))
    page = Answer(200, (("content-type", "text/html; charset=utf-8"), *SECURITY), PAGE)
    assets = {
        name: _asset(media_type, (swagger_ui.static_path / name).read_bytes()) for name, media_type in ASSETS.items()
    }
    assets["start.js"] = _asset("text/javascript; charset=utf-8", START)

    @get("/schema/openapi.json")
    async def openapi_json() -> ASGIApp:
        return Reply(openapi)

    @get("/schema")
    async def schema_page() -> ASGIApp:
        return Reply(page)

    @get("/schema/assets/{name:str}")
    async def schema_asset(name: FromPath[str]) -> ASGIApp:
        if name not in assets:
            raise NotFoundException
        return Reply(assets[name])

    return [openapi_json, schema_page, schema_asset]


def _asset(media_type: str, content: bytes) -> Answer:
    headers = (("content-type", media_type), ("cache-control", "public, max-age=3600"), *SECURITY[1:])
    return Answer(200, headers, content)
