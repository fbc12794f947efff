"""When a delivery that failed is tried again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long to wait before each attempt: `delays[0]` before the first, `delays[1]` after the first has failed.

    Each delay is lengthened by a random part of up to `jitter` times itself, so that deliveries that failed together
    are not tried again together.
    """

    delays: tuple[timedelta, ...]
    jitter: float = 0.1

    @property
    def attempts(self) -> int:
        """How many attempts there are at most."""
        return len(self.delays)

    def wait(self, failed: int, chance: float) -> timedelta | None:
        """The time from the last of so many failed attempts to the next; None after the last attempt.

        `chance` is a random number from 0 to 1.
        """
        if failed >= self.attempts:
            return None
        return self.delays[failed] * (1 + self.jitter * chance)


def _after(*seconds: int) -> tuple[timedelta, ...]:
    return tuple(timedelta(seconds=each) for each in seconds)


_MINUTE, _HOUR = 60, 3_600

STANDARD_WEBHOOKS = RetryPolicy(
    _after(0, 5, 5 * _MINUTE, 30 * _MINUTE, *(hours * _HOUR for hours in (2, 5, 10, 14, 20, 24)))
)
"""The schedule that Standard Webhooks recommends: ten attempts in about three days."""
