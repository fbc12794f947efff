"""What the terms of a requirement name that must be there: modules, locations, job codes and fields of records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from domain.compliance.audience_clauses import PathInDocument
from domain.compliance.audience_facts import Field
from domain.compliance.evidence_fields import EvidenceField
from domain.compliance.fulfillment import Courses
from domain.compliance.terms import Terms
from domain.kernel.errors import InvalidValue

FIELDS = [each.value for each in EvidenceField]


@dataclass(frozen=True, slots=True)
class TermsReferences:
    """What is named, each with its place in the document of the terms."""

    modules: tuple[tuple[PathInDocument, UUID], ...]
    locations: tuple[tuple[PathInDocument, UUID], ...]
    job_codes: tuple[tuple[PathInDocument, str], ...]
    evidence_fields: tuple[tuple[PathInDocument, str], ...] = ()

    @classmethod
    def of(cls, terms: Terms) -> TermsReferences:
        """What these terms name."""
        values = list(terms.audience.values)
        return cls(
            tuple(_modules(terms)),
            tuple(
                (_of_audience(path), value)
                for path, subject, value in values
                if subject is Field.LOCATION and isinstance(value, UUID)
            ),
            tuple(
                (_of_audience(path), value)
                for path, subject, value in values
                if subject is Field.JOB_CODE and isinstance(value, str)
            ),
            tuple((("terms", "evidence_fields", place), each) for place, each in enumerate(terms.evidence_fields)),
        )

    def require(self, unknown: Iterable[UUID], job_codes: Iterable[str]) -> None:
        """Raises InvalidValue for the first that is unknown, or is none of the job codes, or no field of a record."""
        gone, codes = frozenset(unknown), sorted(job_codes)
        for path, id in self.modules:
            if id in gone:
                raise InvalidValue("is not a module: create it first, as a draft if need be", *path)
        for path, id in self.locations:
            if id in gone:
                raise InvalidValue(f"names {id}, which is not a location", *path)
        for path, code in self.job_codes:
            if code not in codes:
                raise InvalidValue(f"names {code}, which is none of the job codes: {', '.join(codes)}", *path)
        for path, field in self.evidence_fields:
            if field not in FIELDS:
                raise InvalidValue(f"is none of the fields that records have: {', '.join(FIELDS)}", *path)


def _of_audience(path: PathInDocument) -> PathInDocument:
    return ("terms", "audience", *path)


def _modules(terms: Terms) -> Iterator[tuple[PathInDocument, UUID]]:
    if isinstance(terms.fulfillment, Courses):
        for name, courses in (("initial", terms.fulfillment.initial), ("renewal", terms.fulfillment.renewal)):
            for place, module_id in enumerate(courses.modules if courses else ()):
                yield ("terms", "fulfillment", name, "modules", place), module_id
