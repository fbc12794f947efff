"""How the export of one HR system is to be read: which column is which, and how it writes dates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from domain.kernel.errors import InvalidValue
from domain.kernel.text import line
from domain.people.roster_dates import DateFormat
from domain.people.roster_vocabulary import KNOWN

MERGED = "last_name, first_name"
"""What a column with both halves of a name is mapped to, the last name first."""
STATUS = "status"
METADATA = "metadata."
MAX_HEADER = 100
TARGETS = (*KNOWN, "first_name", "last_name", MERGED, STATUS)
"""What columns can be mapped to, besides entries of the metadata."""

OtherColumns = Literal["metadata", "ignore"]


def header_name(written: str) -> str:
    """The name of a column as it is compared: in normal form, in lower case."""
    return line(written).lower()


@dataclass(frozen=True, slots=True)
class RosterMapping:
    """Columns by the names that the file has for them, each with what it is read as.

    That is one of TARGETS, or `metadata.` and a key. Columns that are not mapped are recognized by their names. Those
    under `ignore` are not read, and `others` says whether those that are neither mapped nor recognized are metadata.
    `header` is the row that names the columns, and `sheet` the sheet of a workbook.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    others: OtherColumns = "metadata"
    dates: DateFormat | None = None
    header: int | None = None
    sheet: str | None = None

    def __post_init__(self) -> None:
        by_name: dict[str, str] = {}
        by_target: dict[str, str] = {}
        for written, target in self.columns.items():
            require_target(target, "columns", written)
            if header_name(written) in by_name:
                raise InvalidValue(f"is the same column as {by_name[header_name(written)]!r}", "columns", written)
            if target in by_target and target != STATUS:
                raise InvalidValue(f"is mapped to {target!r}, as is {by_target[target]!r}", "columns", written)
            by_name[header_name(written)], by_target[target] = written, written
        if ("first_name" in by_target) != ("last_name" in by_target):
            raise InvalidValue("must map both first_name and last_name, or neither", "columns")
        if sum(name in by_target for name in ("full_name", "first_name", MERGED)) > 1:
            raise InvalidValue("must map the name once: full_name, first_name and last_name, or both in one", "columns")
        for position, written in enumerate(self.ignore):
            if header_name(written) in by_name:
                raise InvalidValue(f"is {written!r}, which is also mapped", "ignore", position)
        if self.header is not None and not 1 <= self.header <= MAX_HEADER:
            raise InvalidValue(f"must be the number of a row, from 1 to {MAX_HEADER}", "header")

    def targets(self) -> dict[str, str]:
        """What the mapped columns are, by their names as they are compared."""
        return {header_name(written): target for written, target in self.columns.items()}

    def ignored(self) -> frozenset[str]:
        """The columns that are not read, by their names as they are compared."""
        return frozenset(map(header_name, self.ignore))


def require_target(target: str, *path: str) -> None:
    """Raises InvalidValue for something that no column can be mapped to."""
    key = target.removeprefix(METADATA)
    if target in TARGETS or (key != target and key and key == line(key).lower() and key not in KNOWN):
        return
    raise InvalidValue(
        f"cannot be read as {target[:40]!r}. Write one of {', '.join(KNOWN)}, first_name, last_name, {MERGED!r}, "
        "status, or metadata.KEY with a key in lower case",
        *path,
    )


AS_WRITTEN = RosterMapping()
"""Of a file that needs none."""
