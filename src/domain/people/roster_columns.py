"""The header of a roster: which column means what, as HR systems and people name them, or as a mapping says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from domain.kernel.errors import InvalidValue
from domain.kernel.text import is_blank
from domain.kernel.typography import folded
from domain.people.names import employee_key
from domain.people.roster import COLUMNS, REHIRED, RosterUnreadable
from domain.people.roster_dated import AT_WORK_CELL
from domain.people.roster_dates import DateFormat, iso_date
from domain.people.roster_mapping import AS_WRITTEN, MERGED, METADATA, STATUS, RosterMapping
from domain.people.roster_names import last_name_first, require_first_name_first, without_status
from domain.people.roster_positions import LineKeys
from domain.people.roster_vocabulary import (
    AT_WORK,
    DATES,
    FIRST_NAMES,
    LAST_NAMES,
    LEAVE_WORDS,
    LEFT_WORDS,
    MERGED_NAMES,
    NO_WORDS,
    REHIRED_WORDS,
    STATUS_NAMES,
    SYNONYMS,
    YES_WORDS,
)

_FIRST, _LAST, _BOTH = "FIRST NAME", "LAST NAME", "LAST NAME, FIRST NAME"
"""What parts of a name are read as. Headers and keys of metadata are in lower case, so that none can be these."""
_NAME_PARTS = {"first_name": _FIRST, "last_name": _LAST, MERGED: _BOTH}
_ALIKE = 0.8
"""How similar a misspelled name must be to a known one to be asked about (difflib's ratio)."""


@dataclass(frozen=True, slots=True)
class ColumnRead:
    """A column that was recognized under another name, or that the mapping names."""

    header: str
    read_as: str


@dataclass(frozen=True, slots=True)
class RosterColumns:
    """What the columns of one file mean.

    `meaning` has the columns that are read, each with its name here, and `left_out` are the others. `status` are
    columns that say whether somebody works here now. `dates` is the format of the dates, and `order_is_said` whether
    the mapping says what comes first in a name.
    """

    meaning: Mapping[str, str]
    left_out: frozenset[str]
    status: tuple[str, ...]
    dates: DateFormat | None
    order_is_said: bool

    @classmethod
    def of(cls, names: Sequence[str], mapping: RosterMapping = AS_WRITTEN) -> RosterColumns:
        """Recognize the names of a header. Raises RosterUnreadable when they are ambiguous, or none is recognized."""
        mapped = mapping.targets()
        for written, name in zip(mapping.columns, mapped, strict=True):
            if name not in names:
                raise RosterUnreadable(f"The mapping names the column {written!r}, which the file does not have.")
        ignored = mapping.ignored()
        free = {name: _squeezed(name) for name in names if name not in mapped and name not in ignored}
        read = _recognized(mapped, free)
        _add_name(read, free)
        _require_spelling(free, read)
        if {"email", "employee_id"}.isdisjoint(read.values()):
            raise RosterUnreadable(
                "There is no column named 'email' or 'employee_id'. "
                "Columns are separated by commas, semicolons or tabs."
            )
        if mapping.others == "metadata":
            read |= {name: name for name in (*free, *mapped) if name not in read}
        left_out = frozenset(names) - read.keys()
        status = [name for name in free if free[name] in STATUS_NAMES]
        _require_one_each(read)
        return cls(
            {name: read[name] for name in names if name in read},
            left_out,
            (*status, *(name for name, target in mapped.items() if target == STATUS)),
            mapping.dates,
            "full_name" in mapped.values(),
        )

    @property
    def readings(self) -> tuple[ColumnRead, ...]:
        """The columns that are read under another name."""
        return tuple(
            ColumnRead(header, "full_name" if column in _NAME_PARTS.values() else column)
            for header, column in self.meaning.items()
            if column != header and (column in COLUMNS or column in _NAME_PARTS.values())
        )

    @property
    def has_positions(self) -> bool:
        """Whether the file says which position of somebody is the primary one, and so has all of them."""
        return "is_primary" in self.meaning.values()

    def header_of(self, column: str) -> str:
        """The name that a known column has in the file."""
        wanted = (column, *_NAME_PARTS.values()) if column == "full_name" else (column,)
        return next((header for header, known in self.meaning.items() if known in wanted), column)

    def keys(self, number: int, line: Mapping[str, str]) -> LineKeys:
        """By which employee id and address a line names its person, also if it is invalid."""
        found = {column: line[name].strip() for name, column in self.meaning.items() if name in line}
        return LineKeys(number, employee_key(found.get("employee_id")), found.get("email", "").lower() or None)

    def cells(self, line: Mapping[str, str]) -> dict[str, str]:
        """The cells of a line by known column names, with dates such as 2026-03-31; other columns keep their names.

        Raises InvalidValue for somebody who does not work here now without the days that say so: a roster never
        activates a leaver.
        """
        cells = {self.meaning.get(name, name): cell for name, cell in line.items() if name not in self.left_out}
        if any(_squeezed(line[name]) in REHIRED_WORDS for name in self.status):
            cells[REHIRED] = "yes"
        on_leave = not is_blank(cells.get("leave_from", "")) or not is_blank(cells.get("leave_until", ""))
        has_left = not is_blank(cells.get("terminated_on", ""))
        if self._is_at_work(line, on_leave=on_leave, has_left=has_left) and has_left:
            cells[AT_WORK_CELL] = "yes"
        for column in DATES:
            if cells.get(column):
                try:
                    cells[column] = iso_date(cells[column], self.dates)
                except InvalidValue as error:
                    raise InvalidValue(str(error), column) from None
        if not is_blank(cells.get("is_primary", "")):
            cells["is_primary"] = _yes_or_no(cells["is_primary"])
        if _BOTH in cells:
            cells["full_name"] = last_name_first(without_status(cells.pop(_BOTH), is_said=on_leave or has_left))
        elif _FIRST in cells:
            cells["full_name"] = f"{cells.pop(_FIRST)} {cells.pop(_LAST)}"
        elif "full_name" in cells:
            cells["full_name"] = without_status(cells["full_name"], is_said=on_leave or has_left)
            if not self.order_is_said:
                require_first_name_first(cells["full_name"])
        return cells

    def _is_at_work(self, line: Mapping[str, str], *, on_leave: bool, has_left: bool) -> bool:
        """Whether a status says that the person works here now. Raises InvalidValue for one that the days do not bear
        out.
        """
        says = [(name, _squeezed(line[name])) for name in self.status if not is_blank(line[name])]
        for name, word in says:
            if word in AT_WORK or (has_left and word in LEFT_WORDS) or (on_leave and word in LEAVE_WORDS):
                continue
            raise InvalidValue(
                f"is {line[name].strip()[:40]!r}, and a roster lists only people who work here now. Give the last day "
                "of work under 'terminated_on' or the first day of leave under 'leave_from'; or remove the line; or "
                "rename the column if it means something else",
                name,
            )
        return any(word in AT_WORK for _, word in says)


def means_address(name: str) -> bool:
    """Whether a column of this name says who somebody is: by e-mail address or employee id."""
    return _squeezed(name) in ("email", "employeeid", *SYNONYMS["email"], *SYNONYMS["employee_id"])


def _recognized(mapped: Mapping[str, str], free: Mapping[str, str]) -> dict[str, str]:
    """What is read of the mapped columns, and of those whose names are known."""
    read = {
        name: _NAME_PARTS.get(target, target.removeprefix(METADATA))
        for name, target in mapped.items()
        if target != STATUS
    }
    for column in SYNONYMS:
        if column in mapped.values():
            continue
        found = [name for name, letters in free.items() if letters == _squeezed(column)]
        found = found or [name for name, letters in free.items() if letters in SYNONYMS[column]]
        if len(found) > 1:
            raise _both(found[0], found[1], column)
        read |= dict.fromkeys(found, column)
    return read


def _add_name(read: dict[str, str], free: Mapping[str, str]) -> None:
    """Add the halves of a name, unless it is there as a whole."""
    if {"full_name", *_NAME_PARTS.values()}.intersection(read.values()):
        return
    for name, letters in free.items():
        if letters in MERGED_NAMES:
            raise RosterUnreadable(
                f"The column {name!r} has both halves of a name. Say so in a mapping: under `columns`, a line "
                f"`{name!r}: {MERGED!r}`."
            )
    first, last = (
        next((name for name, letters in free.items() if letters in words), None) for words in (FIRST_NAMES, LAST_NAMES)
    )
    if first and last:
        read |= {first: _FIRST, last: _LAST}
    elif half := first or last:
        raise RosterUnreadable(f"The column {half!r} is half a name. Add the other half, or 'full_name'.")


def _require_spelling(free: Mapping[str, str], read: Mapping[str, str]) -> None:
    """Raises RosterUnreadable for a name that looks like a misspelled missing column."""
    absent = {*COLUMNS} - {*read.values()}
    if set(_NAME_PARTS.values()).intersection(read.values()):
        absent -= {"full_name"}
    known = {_squeezed(column): column for column in sorted(absent)}
    for name, letters in free.items():
        as_long = [each for each in known if abs(len(each) - len(letters)) <= 1]
        if name not in read and (close := get_close_matches(letters, as_long, 1, _ALIKE)):
            raise RosterUnreadable(
                f"The column {name!r} looks like {known[close[0]]!r}. Correct it, or give it another name."
            )


def _require_one_each(read: Mapping[str, str]) -> None:
    """Raises RosterUnreadable for two columns of the same meaning."""
    headers: dict[str, str] = {}
    for header, column in read.items():
        if column in headers:
            raise _both(headers[column], header, column)
        headers[column] = header


def _yes_or_no(written: str) -> str:
    word = _squeezed(written)
    if word not in YES_WORDS | NO_WORDS:
        raise InvalidValue(
            f"is {written.strip()[:40]!r}, and must be yes in the line of the primary position and no in the other "
            "lines of the person. If the column means something else, ignore it in a mapping",
            "is_primary",
        )
    return "yes" if word in YES_WORDS else "no"


def _both(one: str, other: str, column: str) -> RosterUnreadable:
    return RosterUnreadable(f"The columns {one!r} and {other!r} both mean {column!r}. Rename or remove one of them.")


def _squeezed(name: str) -> str:
    return re.sub(r"[\W_]", "", folded(name))
