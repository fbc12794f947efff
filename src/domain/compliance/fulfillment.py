"""What fulfills a requirement: courses, a credential of somebody else, or hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from domain.kernel.errors import InvalidValue
from domain.kernel.values import Between, Category, CredentialType, InHours, Items, Tagged, enforce

HourCount = Annotated[Decimal, InHours()]


class Needs(StrEnum):
    """How many modules of a set are needed."""

    ALL = "all"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class CourseSet:
    """Modules of which all or any one are needed.

    A set of which all are needed is complete with its last course. Its months count from that day, but from no later
    than `spread_days` after the oldest of the courses, so that none of them is left out of a renewal for long.
    """

    modules: Annotated[tuple[UUID, ...], Items(50, min=1, unique=True)]
    needs: Needs = Needs.ALL
    spread_days: Annotated[int, Between(0, 3_660)] = 90

    def __post_init__(self) -> None:
        enforce(self)


@dataclass(frozen=True, slots=True)
class Courses:
    """Courses: `initial` the first time, `renewal` after that, where it differs. The initial set renews too."""

    initial: CourseSet
    renewal: CourseSet | None = None
    kind: Literal["courses"] = "courses"

    @property
    def modules(self) -> frozenset[UUID]:
        """All modules that may count."""
        return frozenset(self.initial.modules) | frozenset(self.renewal.modules if self.renewal else ())


class Expiry(StrEnum):
    """What tells until when a credential is valid."""

    DOCUMENT = "document"
    """The date printed on it; the rule's interval where none is printed."""
    RULE = "rule"
    """The rule's interval, even where a date is printed."""
    EARLIER = "earlier"
    """The earlier of both."""


@dataclass(frozen=True, slots=True)
class CredentialNeeded:
    """A card or license of this type, which somebody else issues, and which somebody here has verified."""

    type: CredentialType
    expiry: Expiry = Expiry.DOCUMENT
    kind: Literal["credential"] = "credential"

    def __post_init__(self) -> None:
        enforce(self)


@dataclass(frozen=True, slots=True)
class CategoryHours:
    """Hours of one category."""

    category: Category
    hours: HourCount

    def __post_init__(self) -> None:
        enforce(self)


@dataclass(frozen=True, slots=True)
class HoursNeeded:
    """So many hours in a period, or once.

    `categories` are those that count (none: all hours count). Of a category in `minima` at least, and of one in `caps`
    at most so many hours count. At least `live` hours must be with a teacher present.
    """

    hours: HourCount
    categories: Annotated[tuple[Category, ...], Items(50, unique=True)] = ()
    minima: Annotated[tuple[CategoryHours, ...], Items(50)] = ()
    caps: Annotated[tuple[CategoryHours, ...], Items(50)] = ()
    live: HourCount | None = None
    kind: Literal["hours"] = "hours"

    @property
    def names_categories(self) -> bool:
        """Whether it matters of which category hours are."""
        return bool(self.categories or self.minima or self.caps)

    def category_of(self, categories: Sequence[str]) -> str | None:
        """Of several categories of the same hours, the first one that is named here; hyphens are as underscores."""
        named = {_spelled(each): each for each in self.categories}
        named |= {_spelled(each.category): each.category for each in (*self.minima, *self.caps)}
        return next((named[key] for each in categories if (key := _spelled(each)) in named), None)

    def __post_init__(self) -> None:
        enforce(self)
        caps = _by_category(self.caps, "caps")
        minima = _by_category(self.minima, "minima")
        for place, each in enumerate(self.minima):
            if each.hours > caps.get(each.category, each.hours):
                raise InvalidValue(
                    f"must not be more than the {caps[each.category]} hours of {each.category} that count at most",
                    *("minima", place, "hours"),
                )
        if sum(minima.values()) > self.hours:
            raise InvalidValue(f"must not be more than {self.hours} hours together", "minima")
        if self.live is not None and self.live > self.hours:
            raise InvalidValue(f"must not be more than {self.hours}, the hours needed", "live")
        if self.categories:
            for field, listed in (("minima", self.minima), ("caps", self.caps)):
                for place, each in enumerate(listed):
                    if each.category not in self.categories:
                        raise InvalidValue("must be one of the categories that count", field, place, "category")
            if sum(caps.get(each, self.hours) for each in self.categories) < self.hours:
                raise InvalidValue(f"leave fewer than the {self.hours} hours needed", "caps")


Fulfillment = Annotated[Courses | CredentialNeeded | HoursNeeded, Tagged("kind")]


def _spelled(category: str) -> str:
    return category.replace("-", "_")


def _by_category(listed: Sequence[CategoryHours], field: str) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for place, each in enumerate(listed):
        if each.category in found:
            raise InvalidValue(f"repeats {each.category}", field, place, "category")
        found[each.category] = each.hours
    return found
