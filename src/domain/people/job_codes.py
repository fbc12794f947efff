"""Job codes: the organization's own short list of what people work as, and the job titles that mean one of them.

HR systems know titles as free text, hundreds of them; rules about training need a few codes. An administrator says once
which code a title means. A code is never guessed from a title.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Annotated, Self
from uuid import UUID

from domain.kernel.aggregate import DomainEvent
from domain.kernel.errors import Conflict, InvalidValue
from domain.kernel.typography import folded
from domain.kernel.values import Items, ShortName, Text, enforce
from domain.people.user_events import UsersEvent

Code = Annotated[
    str,
    Text(40, pattern=r"[a-z0-9]+(_[a-z0-9]+)*", hint="must be lower-case letters, digits and single underscores"),
]
MOST_CODES = 200
MOST_NAMED = 10
"""How many codes an error names."""


class JobCodeInUse(Conflict):
    """A code would be removed that a title means or once meant."""

    slug = "job-code-in-use"
    title = "The job code is in use"
    sentence = "A job title means or once meant this code. Retire it instead: people and history keep it."

    def __init__(self, codes: Collection[str] = (), people: int = 0) -> None:
        if not codes:
            super().__init__()
            return
        named = ", ".join(sorted(codes)[:MOST_NAMED])
        super().__init__(
            f"Job titles mean or once meant {named}, which would be removed, and {people} active people have it. "
            "Retire it instead: people and history keep it, and it can be given to no other title."
        )


class JobCodeRequired(Conflict):
    """A code would be removed that a requirement names, which then would concern nobody."""

    slug = "job-code-required"
    title = "A requirement names the job code"


@dataclass(frozen=True, slots=True)
class JobCodesChanged(DomainEvent):
    """The table of job codes was changed: codes were added, removed, renamed, reordered or retired."""

    change_id: UUID
    """The change."""

    @property
    def subject_id(self) -> UUID:
        return self.change_id


@dataclass(frozen=True, slots=True)
class JobTitleMapped(DomainEvent):
    """An administrator said which job code a title means, or took that back."""

    mapping_id: UUID
    """The mapping, whose row has the title and the code."""

    @property
    def subject_id(self) -> UUID:
        return self.mapping_id


@dataclass(frozen=True, slots=True)
class JobCodesFollowed(UsersEvent):
    """The job codes of these people have changed because a title was mapped; the batch is the mapping."""


@dataclass(frozen=True, slots=True)
class JobCode:
    """What people work as. A retired code stays with those who have it, and no further title can be mapped to it."""

    code: Code
    name: ShortName
    retired: bool = False

    def __post_init__(self) -> None:
        enforce(self)


JobCodes = Annotated[tuple[JobCode, ...], Items(MOST_CODES, min=1)]
"""In the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class JobCodeTable:
    """All job codes in their order. `version` counts the changes; version 1 is the table that the service ships."""

    version: int
    codes: JobCodes

    def __post_init__(self) -> None:
        enforce(self)
        _require_each_once([each.code for each in self.codes], "code")
        _require_each_once([folded(each.name) for each in self.codes], "name")

    @classmethod
    def shipped(cls) -> Self:
        """The table as it is before anybody has changed it."""
        return cls(1, SHIPPED)

    def replaced(self, codes: Sequence[JobCode]) -> JobCodeTable:
        """The table with these codes; itself when nothing is different. Raises InvalidValue naming the field.

        Whether a code may be left out depends on the titles that mean it: see `removed`.
        """
        return self if tuple(codes) == self.codes else JobCodeTable(self.version + 1, tuple(codes))

    def removed(self, later: JobCodeTable) -> frozenset[str]:
        """The codes that the later table no longer has."""
        return frozenset(each.code for each in self.codes) - {each.code for each in later.codes}

    def require_open(self, code: str) -> None:
        """Raises InvalidValue, naming the field `job_code`, unless titles can be mapped to this code."""
        known = {each.code: each for each in self.codes}
        if code not in known:
            open_codes = ", ".join(each.code for each in self.codes if not each.retired)
            raise InvalidValue(f"is not one of the job codes: {open_codes}", "job_code")
        if known[code].retired:
            raise InvalidValue("is retired: no further title can be mapped to it", "job_code")


SHIPPED = (
    JobCode("dentist", "Dentist"),
    JobCode("hygienist", "Dental hygienist"),
    JobCode("dental_assistant", "Dental assistant"),
    JobCode("sterilization", "Sterilization technician"),
    JobCode("lab_technician", "Dental laboratory technician"),
    JobCode("front_desk", "Front desk"),
    JobCode("billing", "Billing and claims"),
    JobCode("office_manager", "Office manager"),
    JobCode("trainer", "Trainer"),
    JobCode("compliance", "Compliance"),
    JobCode("administration", "Administration"),
    JobCode("information_technology", "Information technology"),
)


def _require_each_once(values: Sequence[str], field: str) -> None:
    for place, value in enumerate(values):
        if value in values[:place]:
            raise InvalidValue(f"repeats the {field} of item {values.index(value)}", "job_codes", place, field)
