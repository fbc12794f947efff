"""External training: given by somebody else, as its certificate describes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from domain.catalogue.completion_rules import CreditHours
from domain.catalogue.versions import Citation, ModuleVersion, asks_for_names
from domain.evidence.persons import Person, Trainer
from domain.evidence.record_events import TrainingFormat
from domain.evidence.retention import LONGEST_VALIDITY_YEARS
from domain.kernel.days import months_later
from domain.kernel.errors import InvalidValue
from domain.kernel.values import Category, Items, Notes, PlausibleDay, Text, Title, enforce

HourCategories = Annotated[tuple[Category, ...], Items(10, unique=True)]
OtherTrainers = Annotated[tuple[Trainer, ...], Items(20)]


@dataclass(frozen=True, slots=True)
class ExternalTraining:
    """External training: who certified it, the number of the certificate, and the trainers that it names.

    `format` is None where nobody knows it, and `categories` are those of its hours.
    """

    title: Title
    issuer: Annotated[str, Text(200)]
    completed_on: PlausibleDay
    reference: Annotated[str, Text(200)] | None = None
    summary: Notes = ""
    valid_until: date | None = None
    citation: Citation | None = None
    credit_hours: CreditHours | None = None
    trainers: OtherTrainers = ()
    format: TrainingFormat | None = None
    categories: HourCategories = ()

    def __post_init__(self) -> None:
        enforce(self)
        if self.valid_until is not None:
            if self.valid_until <= self.completed_on:
                raise InvalidValue("must be after `completed_on`", "valid_until")
            if self.valid_until > months_later(self.completed_on, 12 * LONGEST_VALIDITY_YEARS):
                message = f"must be within {LONGEST_VALIDITY_YEARS} years of `completed_on`"
                raise InvalidValue(message, "valid_until")

    def require_names(self, person: Person, counts_for: ModuleVersion | None) -> None:
        """Raises InvalidValue where 29 CFR 1910.1030(h)(2)(i)(D) requires a name and a job title that are missing."""
        cited = (self.citation, None if counts_for is None else counts_for.settings.citation)
        if not any(map(asks_for_names, cited)):
            return
        if person.unnamed:
            missing = " and ".join(f"`{field}`" for field in person.unnamed)
            message = f"has no {missing} in the profile, which 29 CFR 1910.1030(h)(2)(i) requires. Enter it first."
            raise InvalidValue(message, "user_id")
