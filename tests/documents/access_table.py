"""The tables of docs/access.md, which the tests with HTTP and those without it read: who may do what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from application.kernel.messages import Message
from domain.kernel.key_scopes import KeyScope
from domain.kernel.roles import Role

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "access.md"

ROLES: dict[str, Role | None] = {
    "no token": None,
    "bad token": None,
    "learner": Role.AUTHENTICATED,
    "other learner": Role.AUTHENTICATED,
    "author": Role.AUTHOR,
    "manager": Role.MANAGER,
    "manager of the own department": Role.MANAGER,
    "other manager": Role.MANAGER,
    "compliance": Role.COMPLIANCE,
    "admin": Role.ADMIN,
    "deactivated": None,
}
"""The columns of the matrix: the kinds of callers, each with the role in which the caller acts."""

REFUSED = (401, 403)

KEYS = ("with the scope", "without the scope", "of another department")
"""The columns of the matrix of service accounts: the kinds of keys."""
A_PERSON, EVERYONE = "a person", "everyone"


@dataclass(frozen=True)
class Row:
    """One line of the matrix: the status of the operation's answer to each kind of caller."""

    operation: str
    on: str
    expected: dict[str, int]

    def __str__(self) -> str:
        return f"{self.operation} {self.on}".strip()


def rows() -> list[Row]:
    """The matrix."""
    found = []
    for operation, on, *statuses in _table("matrix", "operation", "on", *ROLES):
        found.append(Row(_name(operation), on, dict(zip(ROLES, map(int, statuses), strict=True))))
    return found


def roles_without_a_route() -> dict[str, frozenset[Role]]:
    """Who may send each message that has no route, by its name."""
    found: dict[str, frozenset[Role]] = {}
    for message, _, *answers in _table("without a route", "message", "sent by", *Role):
        name = _name(message)
        assert name not in found, f"docs/access.md names {name} twice"
        assert set(answers) <= {"yes", "no"}, f"docs/access.md: {name} is neither yes nor no"
        found[name] = frozenset(role for role, answer in zip(Role, answers, strict=True) if answer == "yes")
    return found


def roles() -> dict[str, frozenset[Role]]:
    """Who may send each message at all, by its name: a role that is refused in every row of the matrix may not."""
    found = roles_without_a_route()
    for row in rows():
        let_in = {ROLES[who] for who, status in row.expected.items() if status not in REFUSED}
        found[row.operation] = found.get(row.operation, frozenset()) | frozenset(role for role in let_in if role)
    return found


@dataclass(frozen=True)
class KeyRow:
    """One line of the matrix of service accounts: the status of the answer to each kind of key."""

    operation: str
    on: str
    opened_by: str
    """The scope, or `a person`, or `everyone`."""
    expected: dict[str, int]

    @property
    def scope(self) -> KeyScope | None:
        """The scope that opens the operation, if one does."""
        return None if self.opened_by in (A_PERSON, EVERYONE) else KeyScope(self.opened_by.strip("`"))

    def __str__(self) -> str:
        return f"{self.operation} {self.on}".strip()


def key_rows() -> list[KeyRow]:
    """The matrix of service accounts."""
    found = []
    for operation, on, scope, *statuses in _table("keys", "operation", "on", "needs", *KEYS):
        found.append(KeyRow(_name(operation), on, scope, dict(zip(KEYS, map(int, statuses), strict=True))))
    return found


def scopes() -> dict[str, str]:
    """What opens each operation to service accounts, by its name."""
    found: dict[str, str] = {}
    for row in key_rows():
        assert found.setdefault(row.operation, row.opened_by) == row.opened_by, f"{row.operation} needs two scopes"
    return found


def name_of(message: type[Message[Any]]) -> str:
    """The message's name in the tables; that of an operation is its id."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", message.__name__).lower()


def _table(mark: str, *columns: str) -> list[list[str]]:
    text = DOCUMENT.read_text(encoding="utf-8")
    lines = text.partition(f"<!-- {mark} -->")[2].partition(f"<!-- /{mark} -->")[0].strip().splitlines()
    assert _cells(lines[0]) == [*columns], f"docs/access.md: the columns of the table {mark!r} are not {columns}"
    found = [_cells(line) for line in lines[2:]]
    for cells in found:
        assert len(cells) == len(columns), f"docs/access.md: {cells[0]} has {len(cells)} cells"
    return found


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _name(cell: str) -> str:
    assert re.fullmatch(r"`\w+`", cell), f"docs/access.md: not a name: {cell}"
    return cell.strip("`")
