"""The kinds of relief, and which of them a requirement permits."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from domain.compliance.schedule import Days
from domain.kernel.values import Between, enforce


class ReliefKind(StrEnum):
    """What relief does."""

    DELAY = "delay"
    """The delay is documented. It stays overdue."""
    EXTENSION = "extension"
    """It is due on the last day of the relief instead."""
    WAIVER = "waiver"
    """Nothing is asked until the last day of the relief, and nothing counts as met."""
    MEDICAL = "medical"
    """The same, on medical grounds."""
    EQUIVALENT = "equivalent"
    """Something else is accepted instead: it is met."""


@dataclass(frozen=True, slots=True)
class ReliefPermitted:
    """The relief that a rule permits. A statutory rule may permit a documented delay only, which stays overdue.

    An extension moves the due day by at most `extension_days`. After a leave it is due again `days_after_leave` later
    at the earliest; without it a leave does not pause it.
    """

    delay: bool = True
    extension_days: Annotated[int, Between(1, 3_660)] | None = None
    waiver: bool = False
    medical: bool = False
    equivalent: bool = False
    days_after_leave: Days | None = None

    def __post_init__(self) -> None:
        enforce(self)

    def permits(self, kind: ReliefKind) -> bool:
        """Whether the rule permits relief of this kind."""
        match kind:
            case ReliefKind.DELAY:
                return self.delay
            case ReliefKind.EXTENSION:
                return self.extension_days is not None
            case ReliefKind.WAIVER:
                return self.waiver
            case ReliefKind.MEDICAL:
                return self.medical
        return self.equivalent
