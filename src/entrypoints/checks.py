"""What `unified-dental check` looks at beside the settings and the migration. A new check is added to CHECKS."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from entrypoints.bootstrap import Service


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, and what is wrong with it, a sentence each; in order when there is none.

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


Check = Callable[["Service"], Awaitable[list[Finding]]]


async def sign_in(service: Service) -> list[Finding]:
    """Raises ConfigurationError when nobody could sign in."""
    await service.sign_in().close()
    return [Finding(f"sign-in. {service.warning}" if service.warning else "sign-in")]


CHECKS: tuple[Check, ...] = (sign_in,)


async def findings(service: Service) -> list[Finding]:
    """What all checks find, in their order."""
    return [finding for check in CHECKS for finding in await check(service)]
