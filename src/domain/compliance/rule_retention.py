"""How long records for a requirement are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated

from domain.kernel.days import months_later
from domain.kernel.values import Between, enforce


class RetentionFrom(StrEnum):
    """The day from which years of retention are counted."""

    TRAINING = "training"
    EMPLOYMENT_END = "employment_end"
    LAST_IN_EFFECT = "last_in_effect"


@dataclass(frozen=True, slots=True)
class Retention:
    """How long the citation asks to keep records. It is asked when a record is read, and never stored with it."""

    years: Annotated[int, Between(1, 50)]
    counted_from: RetentionFrom = RetentionFrom.TRAINING

    def __post_init__(self) -> None:
        enforce(self)

    def until(self, trained_on: date, left_on: date | None, last_in_effect_on: date | None) -> date | None:
        """The last day; None as long as the day from which the years are counted has not come."""
        begins = {
            RetentionFrom.TRAINING: trained_on,
            RetentionFrom.EMPLOYMENT_END: left_on,
            RetentionFrom.LAST_IN_EFFECT: last_in_effect_on,
        }[self.counted_from]
        return None if begins is None else months_later(begins, 12 * self.years)
