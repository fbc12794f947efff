"""What a version of a requirement would change for a person on a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from domain.compliance.obligations import ObligationState


class PreviewedChange(StrEnum):
    """What the version does to somebody."""

    COMES = "comes"
    """The person comes under the requirement."""
    LEAVES = "leaves"
    """The person is no longer under it."""
    CHANGES = "changes"
    """The person is under it before and after, and stands otherwise or has another due day."""
    STAYS = "stays"
    """Nothing changes for the person on that day."""

    @classmethod
    def of(cls, before: ObligationState | None, after: ObligationState | None) -> PreviewedChange | None:
        """What happens to somebody who stands so before and after; None to somebody who is never under it."""
        if before is None or after is None:
            return cls.COMES if after is not None else cls.LEAVES if before is not None else None
        same = (before.label, before.due_on, before.valid_until) == (after.label, after.due_on, after.valid_until)
        return cls.STAYS if same else cls.CHANGES


def state_on(states: Iterable[ObligationState], day: date) -> ObligationState | None:
    """The state of this day; None if the person is not under the requirement then."""
    return next((each for each in states if each.covers(day)), None)
