"""Runs all checks."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from entrypoints.preflight.findings import Finding, Report
from entrypoints.preflight.of_settings import SETTINGS_CHECKS
from entrypoints.settings import ConfigurationError, Settings, read


def preflight(workers: int) -> Report:
    """Check everything for that many processes of this installation."""
    settings, faults = read()
    if settings is None:
        # Which environment was meant is not certain: it counts as production.
        return Report(True, [Finding("settings", faults, grave=True), _not_asked()])
    found = [check(settings) for check in SETTINGS_CHECKS]
    found += asyncio.run(_awaited(settings, workers, found))
    return Report(settings.environment == "production", found)


async def _awaited(settings: Settings, workers: int, before: Sequence[Finding]) -> list[Finding]:
    from entrypoints.preflight.of_sign_in import sign_in, supabase

    tokens = await sign_in(settings)
    outside, inside = await asyncio.gather(supabase(settings), _of_service(settings, workers, before))
    return [tokens, outside, *inside]


async def _of_service(settings: Settings, workers: int, before: Sequence[Finding]) -> list[Finding]:
    from entrypoints.bootstrap import bootstrap
    from entrypoints.preflight.of_database import database_findings

    try:
        service = bootstrap(settings)
    except ConfigurationError as error:
        is_reported = any(str(error) in finding.problems for finding in before)
        return [*([] if is_reported else [Finding("settings", [str(error)], grave=True)]), _not_asked()]
    try:
        return await database_findings(service, workers)
    finally:
        await service.close()


def _not_asked() -> Finding:
    return Finding("database", skipped="correct the settings first")
