"""What `unified-dental check` checks in addition to settings and migration. A new check is added to CHECKS."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from entrypoints.bootstrap import Service


@dataclass(frozen=True, slots=True)
class Finding:
    """One check and its problems, a sentence each; without problems all is well.

    What is wrong is a warning in development, and in production it fails the check; when it is `grave`, everywhere.
    """

    topic: str
    problems: Sequence[str] = ()
    grave: bool = False

    def fails(self, production: bool) -> bool:
        return bool(self.problems) and (production or self.grave)

    def lines(self, production: bool) -> list[str]:
        if not self.problems:
            return [f"ok: {self.topic}"]
        word = "wrong" if self.fails(production) else "warning"
        return [f"{word}: {self.topic}: {problem}" for problem in self.problems]


TOLERABLE_SKEW = timedelta(seconds=5)
"""Synchronized clocks differ by less; at 60 seconds the service is not ready."""

Check = Callable[["Service"], Awaitable[list[Finding]]]


async def sign_in(service: Service) -> list[Finding]:
    """Raises ConfigurationError when nobody could sign in."""
    await service.sign_in().close()
    return [Finding(f"sign-in. {service.warning}" if service.warning else "sign-in")]


async def clocks(service: Service) -> list[Finding]:
    """The database's clock ages idempotency keys, this machine's clock sets deadlines and sessions."""
    return [Finding("clocks", await service.clock_problems(TOLERABLE_SKEW))]


async def database_protection(service: Service) -> list[Finding]:
    """How PostgreSQL, which others may connect to, is protected."""
    return [Finding(topic, problems) for topic, problems in (await service.protection()).items()]


async def people(service: Service) -> list[Finding]:
    """Whether the database has no fictional people of the demonstration."""
    from entrypoints.cli.demo import invented

    problem = await invented(service)
    return [Finding("people", [problem] if problem else [])]


CHECKS: tuple[Check, ...] = (sign_in, clocks, database_protection, people)


async def findings(service: Service) -> list[Finding]:
    """The results of all checks, in order."""
    return [finding for check in CHECKS for finding in await check(service)]
