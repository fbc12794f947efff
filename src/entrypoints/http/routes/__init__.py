"""Every route of the API: each module in this folder lists its own as `ROUTES`."""

from __future__ import annotations

from entrypoints.http.kit.route_discovery import find_routes

ROUTES = find_routes(__name__)
