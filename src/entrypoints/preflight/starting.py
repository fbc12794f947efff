"""What `serve` refuses by itself in production; decision 38 says why these and no others."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from application.kernel.units import StoreUnavailable
from entrypoints.preflight.inspection import Inspection
from entrypoints.preflight.of_people import invented_people
from entrypoints.settings import ConfigurationError

if TYPE_CHECKING:
    from entrypoints.bootstrap import Service

log = logging.getLogger("unified_dental.start")

PATIENCE = 5.0
"""Seconds that these checks may delay the start."""


async def refuse_to_start(service: Service) -> None:
    """Raises ConfigurationError for what would harm people's records, if the database can be asked now.

    A database that does not answer serves no request, and does not keep the service from starting.
    """
    if service.settings.environment != "production":
        return
    problem = None
    try:
        async with asyncio.timeout(PATIENCE), service.inspection() as database:
            problem = await _problem(service, database)
    except (StoreUnavailable, TimeoutError) as error:
        log.warning("started without checking the database: %s", str(error) or "it does not answer in time")
    if problem:
        log.error("not started: %s", problem)  # the message is sufficient
        raise ConfigurationError(problem)


async def _problem(service: Service, database: Inspection) -> str | None:
    pooler = await database.pooler()
    # The other way round nothing is lost but speed.
    if pooler and pooler[1] and service.settings.database_pooler == "session":
        return pooler[1][0]
    if await service.readiness.problems():
        return None
    if unprotected := await database.evidence():
        return unprotected[0]
    return await invented_people(service)
