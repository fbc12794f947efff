"""The fields that a citation asks of a record: which words there are, and which of them a record has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class EvidenceField(StrEnum):
    """Something that a record says."""

    TRAINING_DATE = "training_date"
    TRAINING_TYPE = "training_type"
    """How the training was given, or the type of the credential."""
    CONTENT = "content"
    """What was taught: the version of a module that was completed online, otherwise a summary."""
    TRAINER_NAME = "trainer_name"
    TRAINER_QUALIFICATION = "trainer_qualification"
    """The qualification of each trainer."""
    EMPLOYEE_NAME = "employee_name"
    JOB_TITLE = "job_title"
    PROVIDER_NAME = "provider_name"
    """Who gave the training, or issued the credential."""
    CREDIT_HOURS = "credit_hours"
    SCORE = "score"


NOTHING: frozenset[EvidenceField] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedFacts:
    """What a training record says, as far as citations ask for it.

    `is_online` is training with a version of a module, `is_elsewhere` training that an issuer certifies. `summary` is
    that of what was taught, and `qualifications` has one of each trainer.
    """

    is_online: bool = False
    is_elsewhere: bool = False
    full_name: str | None = None
    job_title: str | None = None
    summary: str = ""
    qualifications: Sequence[str] = ()
    issuer: str | None = None
    credit_hours: float | None = None
    score: float | None = None

    @property
    def lacks(self) -> frozenset[EvidenceField]:
        """The fields that are not there.

        Online training is the version that was published: what it contains, and who answers for it as its trainer, is
        kept with the version. Training that is not from elsewhere was provided here.
        """
        qualified = bool(self.qualifications) and all(each.strip() for each in self.qualifications)
        there = {
            EvidenceField.CONTENT: self.is_online or self.summary.strip(),
            EvidenceField.TRAINER_NAME: self.is_online or self.qualifications,
            EvidenceField.TRAINER_QUALIFICATION: self.is_online or qualified,
            EvidenceField.EMPLOYEE_NAME: self.full_name,
            EvidenceField.JOB_TITLE: self.job_title,
            EvidenceField.PROVIDER_NAME: self.issuer or not self.is_elsewhere,
            EvidenceField.CREDIT_HOURS: self.credit_hours is not None,
            EvidenceField.SCORE: self.score is not None,
        }
        return frozenset(field for field, value in there.items() if not value)


LACKING_IN_CREDENTIALS = frozenset(
    {
        *(EvidenceField.CONTENT, EvidenceField.TRAINER_NAME, EvidenceField.TRAINER_QUALIFICATION),
        *(EvidenceField.JOB_TITLE, EvidenceField.CREDIT_HOURS, EvidenceField.SCORE),
    }
)
"""What no credential says: it is a document about a person, of a type, by an issuer, of a day."""


def missing(asked: Iterable[str], lacks: frozenset[EvidenceField]) -> tuple[EvidenceField, ...]:
    """Which of the fields asked for are not there, as they are ordered above.

    Requirements from before these words were fixed may ask for others, which nothing can check.
    """
    asked = frozenset(asked)
    return tuple(each for each in EvidenceField if each in lacks and each in asked)
