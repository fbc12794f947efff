"""What several commands of the command line need."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from entrypoints.bootstrap import Service

R = TypeVar("R")

CONNECTING = 10.0
"""Seconds that a command waits for the database."""


def with_service(work: Callable[[Service], Awaitable[R]], *, ready: bool = True) -> R:
    """Do the work with the wired application, after checking that the database is ready for it."""
    from entrypoints.bootstrap import bootstrap
    from entrypoints.settings import load

    async def run() -> R:
        service = bootstrap(load())
        try:
            if ready and (problems := await service.readiness.problems(CONNECTING)):
                raise click.ClickException(" ".join(problems))
            return await work(service)
        finally:
            await service.close()

    return asyncio.run(run())
