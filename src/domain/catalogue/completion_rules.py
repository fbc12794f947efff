"""What a module requires of its learners, and what a record of its completion is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from domain.kernel.values import Between, enforce

Minutes = Annotated[int, Between(1, 1_440)]
Percent = Annotated[int, Between(0, 100)]
CreditHours = Annotated[float, Between(0, 1_000)]


@dataclass(frozen=True, slots=True)
class CompletionRules:
    """What a learner must do to complete a module.

    Each quiz requires `pass_mark` percent and may be tried `attempts_allowed` times (null: without limit) in the same
    version until somebody else grants a new cycle, with `wait_minutes` between attempts. At least `minimum_minutes`
    must pass between the start and the last section.
    """

    sections_in_order: bool = True
    minimum_minutes: Minutes | None = None
    pass_mark: Percent = 80
    attempts_allowed: Annotated[int, Between(1, 100)] | None = None
    wait_minutes: Annotated[int, Between(0, 10_080)] = 0

    def __post_init__(self) -> None:
        enforce(self)


@dataclass(frozen=True, slots=True)
class EvidenceTerms:
    """What a record of a completion is worth: validity in months (null: without end), credit in hours.

    Records are kept for `retention_years`. HIPAA requires 6 (45 CFR 164.530(j)(2)), OSHA's bloodborne pathogens
    standard 3 (29 CFR 1910.1030(h)(2)(ii)).
    """

    valid_months: Annotated[int, Between(1, 120)] | None = None
    retention_years: Annotated[int, Between(1, 50)] = 6
    credit_hours: CreditHours | None = None

    def __post_init__(self) -> None:
        enforce(self)


USUAL_RULES = CompletionRules()
USUAL_TERMS = EvidenceTerms()


@dataclass(frozen=True, slots=True)
class SectionOutline:
    """A section as progress needs it. `statement` is the text that an attestation asks to be confirmed."""

    id: UUID
    title: str
    kind: str
    statement: str | None = None
