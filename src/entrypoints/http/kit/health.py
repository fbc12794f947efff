"""Health, readiness, and metrics for Prometheus."""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp
from prometheus_client import CONTENT_TYPE_LATEST

from application.kernel.units import Answer
from entrypoints.http.kit.methods import get
from entrypoints.http.kit.observe import TURNED_AWAY, Metrics
from entrypoints.http.kit.problems import Problem
from entrypoints.http.kit.replies import Reply, json_answer
from entrypoints.http.kit.requests import HttpRequest

PATIENCE = 0.95
"""Seconds that all checks together may take, unless said otherwise; each should give up sooner and say why. The answer
comes within a second."""

log = logging.getLogger("unified_dental.health")


class Readiness(Protocol):
    """Whether the service can do its work now."""

    async def problems(self, patience: float = ...) -> list[str]:
        """What is wrong, a sentence each; empty when the service is ready. Answers within `patience`, in seconds."""


def health_handlers(readiness: Readiness, metrics: Metrics, patience: float) -> list[HTTPRouteHandler]:
    """The unversioned routes for operators. All checks together take at most `patience` seconds."""

    @get("/health/live")
    async def live() -> ASGIApp:
        return Reply(json_answer(200, {"status": "live"}))

    @get("/health/ready")
    async def ready() -> ASGIApp:
        problems = await _problems(readiness, patience)
        if problems:
            raise Problem(503, "not-ready", "Not ready", " ".join(problems), headers=(("retry-after", "1"),))
        return Reply(json_answer(200, {"status": "ready"}))

    @get("/metrics")
    async def figures(request: HttpRequest) -> ASGIApp:
        figures = metrics.text(request.scope["state"].get(TURNED_AWAY, {}))
        figures += await metrics.of_the_database()
        return Reply(Answer(200, (("content-type", CONTENT_TYPE_LATEST),), figures))

    return [live, ready, figures]


async def _problems(readiness: Readiness, patience: float) -> list[str]:
    try:
        async with asyncio.timeout(patience):
            return await readiness.problems()
    except TimeoutError:
        return [f"The checks did not end within {patience:g} seconds."]
    except Exception:
        log.exception("a readiness check failed")
        return ["A check failed; the log says how."]
