"""The header of a roster: which column means what, as HR systems and people name them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from domain.kernel.errors import InvalidValue
from domain.kernel.text import is_blank
from domain.kernel.typography import folded
from domain.people.roster import COLUMNS, RosterUnreadable

_SYNONYMS = {
    "email": ("emailaddress", "mail", "workemail", "workemailaddress", "companyemail", "businessemail", "emailwork"),
    "full_name": ("name", "employeename", "displayname", "staffname", "legalname", "employee"),
    "department": ("departments", "departmentname", "dept", "deptname"),
    "job_title": ("title", "position", "positiontitle", "jobtitlename", "job", "jobname"),
    "location": ("locationname", "worklocation", "office", "officelocation", "site", "branch", "practice", "clinic"),
    "hired_on": ("hiredate", "hired", "datehired", "dateofhire", "hiringdate", "startdate", "joiningdate"),
}
_FIRST_NAMES = ("firstname", "givenname", "forename", "first")
_LAST_NAMES = ("lastname", "surname", "familyname", "last")
_STATUS = (
    *("status", "employmentstatus", "employeestatus", "workerstatus", "emplstatus", "jobstatus", "hrstatus"),
    *("active", "isactive", "currentstatus", "userstatus"),
)
_LEAVING = (
    *("terminationdate", "termdate", "terminatedon", "dateterminated", "dateoftermination", "separationdate"),
    *("lastday", "lastdayworked", "lastworkingday", "leavingdate", "dateofleaving", "lefton"),
)
_AT_WORK = frozenset(
    [
        "active",
        "a",
        "act",
        "yes",
        "y",
        "true",
        "1",
        "x",
        "current",
        "employed",
        "working",
        "hired",
        "rehired",
        "newhire",
        "new",
        "onduty",
        "probation",
        "probationary",
        "fulltime",
        "parttime",
        "ft",
        "pt",
        "perdiem",
        "prn",
        "regular",
        "permanent",
        "temporary",
        "temp",
        "seasonal",
        "intern",
    ]
)
_ALIKE = 0.8
"""How similar a misspelled name must be to a known one to be asked about (difflib's ratio)."""


@dataclass(frozen=True, slots=True)
class ColumnRead:
    """A column that was recognized under another name."""

    header: str
    read_as: str


@dataclass(frozen=True, slots=True)
class RosterColumns:
    """What the columns of one file mean. `renamed` are the known columns by the names that they have in the file.

    `first_name` and `last_name` are the columns to join if there is no full name.
    """

    renamed: Mapping[str, str]
    first_name: str | None
    last_name: str | None
    status: tuple[str, ...]
    leaving: tuple[str, ...]

    @classmethod
    def of(cls, names: Sequence[str]) -> RosterColumns:
        """Recognize the names of a header. Raises RosterUnreadable when they are ambiguous, or none is recognized."""
        squeezed = {name: _squeezed(name) for name in names}
        renamed: dict[str, str] = {}
        for column in COLUMNS:
            found = [name for name in names if squeezed[name] == _squeezed(column)]
            found = found or [name for name in names if squeezed[name] in _SYNONYMS[column]]
            if len(found) > 1:
                raise RosterUnreadable(
                    f"The columns {found[0]!r} and {found[1]!r} both mean {column!r}. Rename or remove one of them."
                )
            if found and found[0] != column:
                renamed[found[0]] = column
        first, last = (
            next((name for name in names if squeezed[name] in words), None) for words in (_FIRST_NAMES, _LAST_NAMES)
        )
        read = {*names, *renamed.values()}
        if "full_name" in read:
            first = last = None
        elif (first is None) != (last is None):
            raise RosterUnreadable(f"The column {first or last!r} is half a name. Add the other half, or 'full_name'.")
        _require_spelling(squeezed, {*COLUMNS} - read - ({"full_name"} if first else set()), renamed)
        if "email" not in read:
            raise RosterUnreadable(
                "There is no column named 'email'. Columns are separated by commas, semicolons or tabs."
            )
        status, leaving = (tuple(n for n in names if squeezed[n] in words) for words in (_STATUS, _LEAVING))
        return cls(renamed, first, last, status, leaving)

    @property
    def readings(self) -> tuple[ColumnRead, ...]:
        """The columns that were recognized under another name."""
        halves = [ColumnRead(half, "full_name") for half in (self.first_name, self.last_name) if half]
        return (*(ColumnRead(header, column) for header, column in self.renamed.items()), *halves)

    def header_of(self, column: str) -> str:
        """The name that a known column has in the file."""
        return next((header for header, known in self.renamed.items() if known == column), column)

    def cells(self, line: Mapping[str, str]) -> dict[str, str]:
        """The cells of a line by known column names; other columns keep theirs.

        Raises InvalidValue for somebody who does not work here now: a roster never reactivates a leaver.
        """
        for name in self.status:
            if not is_blank(line[name]) and _squeezed(line[name]) not in _AT_WORK:
                raise InvalidValue(
                    f"is {line[name].strip()[:40]!r}, and a roster lists only people who work here now. Remove the "
                    "line, and deactivate a person who has left; or rename the column if it means something else",
                    name,
                )
        for name in self.leaving:
            if not is_blank(line[name]):
                raise InvalidValue(
                    "names a last day of work, and a roster lists only people who stay. Remove the line, and "
                    "deactivate the person on that day; or empty the cell if the person was hired again",
                    name,
                )
        cells = {self.renamed.get(name, name): cell for name, cell in line.items()}
        if self.first_name and self.last_name:
            cells["full_name"] = f"{cells.pop(self.first_name)} {cells.pop(self.last_name)}"
        return cells


def means_address(name: str) -> bool:
    """Whether a column of this name holds e-mail addresses."""
    return _squeezed(name) in ("email", *_SYNONYMS["email"])


def _require_spelling(squeezed: Mapping[str, str], absent: set[str], renamed: Mapping[str, str]) -> None:
    """Raises RosterUnreadable for a name that looks like a misspelled missing column."""
    known = {_squeezed(column): column for column in sorted(absent)}
    for name, letters in squeezed.items():
        as_long = [each for each in known if abs(len(each) - len(letters)) <= 1]
        if name not in renamed and (close := get_close_matches(letters, as_long, 1, _ALIKE)):
            raise RosterUnreadable(
                f"The column {name!r} looks like {known[close[0]]!r}. Correct it, or give it another name."
            )


def _squeezed(name: str) -> str:
    return re.sub(r"[\W_]", "", folded(name))
