"""Departments have no table of their own: a department is where somebody works, and a misspelt one has no people."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from domain.typography import folded


@dataclass(frozen=True, slots=True)
class UnknownDepartment:
    """A department in which nobody works, and the one that was perhaps meant."""

    name: str
    near: str | None

    def __str__(self) -> str:
        return f"{self.name!r}" + (f" (did you mean {self.near!r}?)" if self.near else "")


def unknown_departments(asked: Sequence[str], known: Collection[str]) -> tuple[UnknownDepartment, ...]:
    """Those of the departments asked for that are not among the known ones, each once, in order."""
    by_look = {folded(name): name for name in sorted(known)}
    return tuple(
        UnknownDepartment(name, next((by_look[look] for look in get_close_matches(folded(name), by_look, 1)), None))
        for name in dict.fromkeys(asked)
        if name not in known
    )
