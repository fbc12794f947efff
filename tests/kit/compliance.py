"""Requirements and people in the words of the business, for tests of who owes what.

A case is a rule and facts in order: `story(rule, hired("2024-02-01"), trained("2024-02-29"))`. What is expected on a
day is a sentence: `"2024-03-01 met, valid until 2025-02-28"`. Each part after the label is looked up in what the engine
says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from domain.compliance.audience import Audience
from domain.compliance.audience_clauses import All
from domain.compliance.cycles import cycles
from domain.compliance.facts import (
    Case,
    Cause,
    GrantedRelief,
    MaterialVersion,
    PersonFacts,
    Proof,
    Reopens,
    Span,
    UnderRule,
)
from domain.compliance.fulfillment import Courses, CourseSet, CredentialNeeded, HoursNeeded, Needs
from domain.compliance.outlook import Outlook
from domain.compliance.permitted_relief import ReliefKind, ReliefPermitted
from domain.compliance.requirement import RequirementVersion, RunningCycles
from domain.compliance.schedule import Anchor, DaysAfter, Guards
from domain.compliance.standing import Standing, standing_in
from domain.compliance.terms import Terms
from kit.examples import uid

DRAFTED = datetime(2020, 1, 1, tzinfo=UTC)
COURSES = {name: uid(number) for number, name in enumerate(["A", "B", "C", "D"], start=101)}
SINCE = "2000-01-01"
EVERYBODY = Audience(All(()))


def day(text: str) -> date:
    return date.fromisoformat(text)


def _day(text: str | None) -> date | None:
    return None if text is None else day(text)


def course(*names: str, needs: str = "all", renewal: tuple[str, ...] = (), spread: int = 90) -> Courses:
    """Courses A to D: all of them or any, and others for renewals."""

    def some(names: tuple[str, ...]) -> CourseSet:
        return CourseSet(tuple(COURSES[name] for name in names), Needs(needs), spread)

    return Courses(some(names or ("A",)), some(renewal) if renewal else None)


def rule(fulfillment: Any = None, *, first: Any = None, **terms: Any) -> RequirementVersion:
    """Course A within 30 days of hire, unless something else is said; guards and relief are said by their names."""
    guards = {name: terms.pop(name) for name in list(terms) if name in Guards.__dataclass_fields__}
    relief = {name: terms.pop(name) for name in list(terms) if name in ReliefPermitted.__dataclass_fields__}
    how = {name: terms.pop(name) for name in list(terms) if name in ("number", "running", "transition_days")}
    since = terms.pop("since", SINCE)
    asked = Terms(
        audience=EVERYBODY,
        fulfillment=fulfillment or course(),
        first_due=first or after("hire", 30),
        guards=Guards(**guards),
        relief=ReliefPermitted(**relief),
        **terms,
    )
    return RequirementVersion(
        **{"number": 1, "running": RunningCycles.NEXT, **how},
        effective_on=day(since),
        terms=asked,
        note="As the law says.",
        drafted_by=None,
        drafted_at=DRAFTED,
        approved_at=DRAFTED,
    )


def after(anchor: str, days: int) -> DaysAfter:
    return DaysAfter(Anchor(anchor), days)


def hours(needed: str, **more: Any) -> HoursNeeded:
    return HoursNeeded(Decimal(needed), **more)


def card(type: str = "bls", **more: Any) -> CredentialNeeded:
    return CredentialNeeded(type, **more)


@dataclass
class Telling:
    """What is known so far."""

    versions: list[RequirementVersion]
    under: list[UnderRule] = field(default_factory=list)
    proofs: list[Proof] = field(default_factory=list)
    reliefs: list[GrantedRelief] = field(default_factory=list)
    material: list[MaterialVersion] = field(default_factory=list)
    person: dict[str, Any] = field(default_factory=dict)
    retired_on: date | None = None

    def add(self, what: str, *facts: Any) -> None:
        self.person[what] = (*self.person.get(what, ()), *facts)

    @property
    def case(self) -> Case:
        person = PersonFacts(under_rule=tuple(self.under), **self.person)
        return Case(
            versions=tuple(self.versions),
            person=person,
            proofs=tuple(self.proofs),
            reliefs=tuple(self.reliefs),
            material_versions=tuple(self.material),
            retired_on=self.retired_on,
        )


Fact = Callable[[Telling], None]


def standing(case: Case, on: date) -> Standing:
    """The standing on this day, by the facts that had begun by then."""
    return standing_in(cycles(case, on), on)


def story(version: RequirementVersion, *facts: Fact) -> Case:
    """The case of one person."""
    telling = Telling([version])
    for fact in facts:
        fact(telling)
    return telling.case


def employed(since: str) -> Fact:
    """Under the rule from this day on; nobody knows since when the person has been employed."""
    return under(since)


def hired(on: str, until: str | None = None, *, clause: str = "", known: str | None = None) -> Fact:
    """Hired on a day, and under the rule from then on, to the last day if there is one."""

    def tell(telling: Telling) -> None:
        telling.add("hires", day(on))
        under(on, until, clause=clause, known=known)(telling)

    return tell


def under(
    since: str, until: str | None = None, *, clause: str = "", position: int | None = None, known: str | None = None
) -> Fact:
    """Under the rule on these days, because of a position or not."""

    def tell(telling: Telling) -> None:
        cause = Cause(clause, None if position is None else uid(position))
        telling.under.append(UnderRule(day(since), _day(until), cause=cause, known_on=_day(known)))

    return tell


def person(what: str, *facts: Any) -> Fact:
    """Other facts about the person, by the name of the field."""
    return lambda telling: telling.add(what, *facts)


def signed_in(on: str) -> Fact:
    return lambda telling: telling.person.update(signed_in_on=day(on))


def on_leave(since: str, until: str | None = None) -> Fact:
    return person("leaves", Span(day(since), _day(until)))


def trained(on: str, name: str = "A", **more: Any) -> Fact:
    """A record of a course."""
    return _proof(on, module_id=COURSES[name], **more)


def carded(on: str, printed: str | None = None, type: str = "bls") -> Fact:
    """A credential, with the expiry that is printed on it."""
    return _proof(on, credential=type, printed_until=_day(printed))


def studied(on: str, amount: str, *categories: str, name: str | None = None, **more: Any) -> Fact:
    """Hours of training, by a course or not."""
    module_id = None if name is None else COURSES[name]
    return _proof(on, hours=Decimal(amount), categories=categories, module_id=module_id, **more)


def _proof(on: str, **more: Any) -> Fact:
    def tell(telling: Telling) -> None:
        telling.proofs.append(Proof(uid(1_001 + len(telling.proofs)), day(on), **more))

    return tell


def relief(kind: str, since: str, until: str | None = None) -> Fact:
    def tell(telling: Telling) -> None:
        id = uid(5_001 + len(telling.reliefs))
        telling.reliefs.append(GrantedRelief(day(since), _day(until), id=id, kind=ReliefKind(kind)))

    return tell


def changed(since: str, version: RequirementVersion, running: str = "next", transition: int = 0) -> Fact:
    """Another version of the rule takes effect."""

    def tell(telling: Telling) -> None:
        number = len(telling.versions) + 1
        how: dict[str, Any] = {"running": RunningCycles(running), "transition_days": transition}
        telling.versions.append(replace(version, number=number, effective_on=day(since), **how))

    return tell


def republished(on: str, reopens: str, due: str, name: str = "A", number: int = 2) -> Fact:
    """A material version of a course is published."""
    version = MaterialVersion(COURSES[name], number, day(on), Reopens(reopens), day(due))
    return lambda telling: telling.material.append(version)


def retired(on: str) -> Fact:
    def tell(telling: Telling) -> None:
        telling.retired_on = day(on)

    return tell


class Story(NamedTuple):
    """A rule, what happened, and what is to be said on some days."""

    name: str
    rule: RequirementVersion
    facts: list[Fact]
    answers: list[str]

    def said(self) -> list[str]:
        """What the engine says, in the words of the answers."""
        case = story(self.rule, *self.facts)
        return [said(case, answer) for answer in self.answers]


def said(case: Case, sentence: str) -> str:
    """What the engine says where the sentence says something, in the same words."""
    on, _, rest = sentence.partition(" ")
    outlook = cycles(case, day(on))
    stands = standing_in(outlook, day(on))
    parts = [f"{on} {stands.label}"]
    for part in rest.split(", ")[1:]:
        words, _, _ = part.rpartition(" ")
        parts.append(f"{words} {_SAID[words](outlook, stands)}")
    return ", ".join(parts)


def _last_met(outlook: Outlook) -> Any:
    return next((each for each in reversed(outlook.cycles) if each.is_met), None)


def _last_proof(cycle: Any) -> str:
    id: UUID = cycle.met_by[-1]
    return str(id.int - 1_000)


_SAID: dict[str, Callable[[Outlook, Any], Any]] = {
    "due": lambda outlook, stands: stands.due_on,
    "due by": lambda outlook, stands: stands.cycle.due_by,
    "opened": lambda outlook, stands: stands.cycle.opened_on,
    "axis": lambda outlook, stands: stands.fulfillment,
    "timing": lambda outlook, stands: stands.timing,
    "relief": lambda outlook, stands: stands.relief,
    "cause": lambda outlook, stands: stands.cycle.cause.clause,
    "asks": lambda outlook, stands: "initial" if stands.cycle.asks_initial_on(outlook.day) else "renewal",
    "blocks": lambda outlook, stands: "+".join(stands.blocks) or "nothing",
    "rule": lambda outlook, stands: stands.cycle.version,
    "met on": lambda outlook, stands: _last_met(outlook).met_on,
    "met by record": lambda outlook, stands: _last_proof(_last_met(outlook)),
    "valid until": lambda outlook, stands: _last_met(outlook).valid_until,
    "by the rule": lambda outlook, stands: _last_met(outlook).valid_by_rule,
    "by the document": lambda outlook, stands: _last_met(outlook).valid_by_document,
    "opens again": lambda outlook, stands: _last_met(outlook).next_opens_on,
    "was due": lambda outlook, stands: _last_met(outlook).due_on,
    "cycles": lambda outlook, stands: len(outlook.cycles),
    "listed": lambda outlook, stands: "+".join(each.kind for each in outlook.listed) or "nothing",
}
