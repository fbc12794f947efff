"""What a requirement may ask, at random, from the domain's own limits."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random
from typing import Any, TypeVar

from domain.compliance.audience_documents import parsed
from domain.compliance.citations import Basis, LegalSource
from domain.compliance.fulfillment import (
    CategoryHours,
    Courses,
    CourseSet,
    CredentialNeeded,
    Expiry,
    HoursNeeded,
    Needs,
)
from domain.compliance.permitted_relief import ReliefPermitted
from domain.compliance.rule_retention import Retention, RetentionFrom
from domain.compliance.schedule import (
    AfterCompletion,
    Anchor,
    AtPeriodEnd,
    BeforeTask,
    DaysAfter,
    EachPeriod,
    FromExpiry,
    Guards,
    Never,
    OnDay,
    OnPersonDate,
    PersonPeriods,
)
from domain.compliance.terms import Terms
from domain.kernel.errors import InvalidValue
from kit.examples import uid
from kit.random_audiences import a_rule

T = TypeVar("T")
DAY = date(2026, 2, 28)


def some_terms(chance: Random) -> Terms:
    """Terms that may be asked; combinations that are refused are thrown again."""
    while True:
        try:
            return _terms(chance)
        except InvalidValue:
            continue


def _terms(chance: Random) -> Terms:
    return Terms(
        audience=parsed(a_rule(chance)),
        fulfillment=_one(chance, [_courses, _credential, _hours])(chance),
        first_due=_one(
            chance,
            [
                *(DaysAfter(anchor, chance.randrange(3_661)) for anchor in Anchor),
                *(OnDay(DAY), OnPersonDate("license_expires"), BeforeTask("take_radiographs"), AtPeriodEnd()),
            ],
        ),
        repeats=_one(
            chance,
            [
                *(Never(), AfterCompletion(12), AfterCompletion(24, 0), FromExpiry(12, 60), EachPeriod(DAY, 24)),
                *(EachPeriod(DAY), PersonPeriods("license_expires", 24)),
            ],
        ),
        guards=Guards(
            _maybe(chance, 365),
            _maybe(chance, chance.randrange(1, 13)),
            _maybe(chance, 0),
            _maybe(chance, 90),
            _maybe(chance, 30),
        ),
        relief=ReliefPermitted(
            *(_yes(chance), _maybe(chance, chance.randrange(1, 3_661)), _yes(chance), _yes(chance), _yes(chance)),
            days_after_leave=_maybe(chance, 14),
        ),
        citation=_maybe(
            chance,
            LegalSource(
                *("29 CFR 1910.1030(g)(2) “Zahnärztin” 🦷", chance.choice([*Basis]), "US"),
                "https://www.ecfr.gov/current/title-29",
                _maybe(chance, DAY),
            ),
        ),
        retention=_maybe(chance, Retention(chance.randrange(1, 51), chance.choice([*RetentionFrom]))),
        blocks=chance.choice([(), ("take_radiographs", "monitor_nitrous")]),
        evidence_fields=chance.choice([(), ("trainer_name", "score")]),
        notice_days=chance.randrange(3_661),
    )


def _courses(chance: Random) -> Courses:
    return Courses(_set(chance), _maybe(chance, _set(chance)))


def _set(chance: Random) -> CourseSet:
    ids = {uid(chance.randrange(2**128)) for _ in range(chance.randrange(1, 4))}
    return CourseSet((*ids,), chance.choice([*Needs]), chance.randrange(3_661))


def _credential(chance: Random) -> CredentialNeeded:
    return CredentialNeeded("bls-card", chance.choice([*Expiry]))


def _hours(chance: Random) -> HoursNeeded:
    def some(category: str) -> tuple[Any, ...]:
        return (CategoryHours(category, _count(chance)),) if _yes(chance) else ()

    return HoursNeeded(
        _count(chance),
        chance.choice([(), ("law", "bls")]),
        some("law"),
        some("bls"),
        _maybe(chance, _count(chance)),
    )


def _count(chance: Random) -> Decimal:
    return Decimal(chance.randrange(1, 5_000)) / 100


def _one(chance: Random, these: list[Any]) -> Any:
    return chance.choice(these)


def _maybe(chance: Random, value: T) -> T | None:
    return value if _yes(chance) else None


def _yes(chance: Random) -> bool:
    return chance.random() < 0.5
