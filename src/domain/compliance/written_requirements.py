"""Requirements as somebody has written them in a file."""

from __future__ import annotations

from dataclasses import dataclass

from domain.compliance.requirement import RunningCycles, Terms, VersionNote
from domain.compliance.schedule import Days, FactName
from domain.kernel.values import PlausibleDay, Title, enforce


@dataclass(frozen=True, slots=True)
class WrittenRequirement:
    """What the requirement with this code asks, once somebody has approved it.

    Without `effective_on` it takes effect on the day on which it is loaded, or on the day after the version before it.
    """

    code: FactName
    title: Title
    note: VersionNote
    terms: Terms
    effective_on: PlausibleDay | None = None
    running: RunningCycles = RunningCycles.NEXT
    transition_days: Days = 0

    def __post_init__(self) -> None:
        enforce(self)
