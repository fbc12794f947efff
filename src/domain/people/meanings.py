"""What texts mean, such as those in an HR system's columns: which location, which job code.

A text is never guessed: it means something because somebody has said so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from domain.kernel.typography import folded
from domain.kernel.values import ShortName

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Meaning(Generic[T]):
    """From `recorded_at` on, the text means this target; None takes an earlier meaning back.

    A fact that is never changed: the newest one of a text counts, and for an earlier moment the newest one of then.
    """

    id: UUID
    text: ShortName
    target: T | None
    recorded_at: datetime
    recorded_by: UUID | None

    @property
    def text_key(self) -> str:
        """The form in which texts are compared."""
        return text_key(self.text)


@dataclass(frozen=True, slots=True)
class KnownMeanings(Generic[T]):
    """What texts meant at some moment, by their keys."""

    targets: Mapping[str, T | None]

    def of(self, text: str | None) -> T | None:
        """What the text meant, None if nothing."""
        return None if text is None else self.targets.get(text_key(text))


def known_meanings(meanings: Iterable[Meaning[T]], moment: datetime | None) -> KnownMeanings[T]:
    """What texts meant by what was known at this moment, None for the present: the newest meaning of each counts."""
    known = (each for each in meanings if moment is None or each.recorded_at <= moment)
    return KnownMeanings({each.text_key: each.target for each in sorted(known, key=lambda each: each.recorded_at)})


def text_key(text: str) -> str:
    """The form in which texts are compared: case, accents, typography and space at the ends do not count."""
    return folded(text)
