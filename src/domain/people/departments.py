"""Departments have no table: a department exists while somebody works in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from heapq import nlargest

from domain.kernel.typography import folded

COMPARED = 3
"""How many departments a misspelled name is compared with letter by letter, which is slow for thousands."""
SUGGESTED = 10
"""For how many of several misspelled names the intended one is searched."""


@dataclass(frozen=True, slots=True)
class UnknownDepartment:
    """A department in which nobody works, and a known one with a similar name."""

    name: str
    near: str | None

    def __str__(self) -> str:
        return f"{self.name!r}" + (f" (did you mean {self.near!r}?)" if self.near else "")


def unknown_departments(asked: Sequence[str], known: Collection[str]) -> tuple[UnknownDepartment, ...]:
    """The requested departments that are not known, each once, in order.

    A similar known name is searched only for the first ones, since the search blocks the event loop.
    """
    missing = [name for name in dict.fromkeys(asked) if name not in known]
    if not missing:
        return ()
    names = _Names({folded(name): name for name in sorted(known)})
    return tuple(
        UnknownDepartment(name, names.near(folded(name)) if place < SUGGESTED else None)
        for place, name in enumerate(missing)
    )


class _Names:
    """An index of names by their letter pairs, to find the name that a misspelled one means."""

    def __init__(self, by_look: Mapping[str, str]) -> None:
        self._by_look = by_look
        self._with_pair: dict[str, list[str]] = {}
        for look in by_look:
            for pair in _pairs(look):
                self._with_pair.setdefault(pair, []).append(look)

    def near(self, look: str) -> str | None:
        """The most similar name; None when none is similar."""
        shared = Counter(other for pair in _pairs(look) for other in self._with_pair.get(pair, ()))

        def likeness(other: str) -> float:
            return shared[other] / (len(look) + len(other))

        found = get_close_matches(look, nlargest(COMPARED, shared, key=likeness), 1)
        return self._by_look[found[0]] if found else None


def _pairs(look: str) -> set[str]:
    """Pairs of neighboring letters, with the edges of the word."""
    edged = f" {look} "
    return {edged[place : place + 2] for place in range(len(edged) - 1)}
