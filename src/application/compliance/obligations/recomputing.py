"""Computing what people owe, from rules and facts as they are known now."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from application.compliance.material import Material, MaterialVersions
from application.compliance.ports import ObligationKey, ObligationStates
from application.compliance.proofs import Proofs
from application.compliance.relief.ports import Reliefs
from application.compliance.requirements.ports import RequirementRules, Rule
from application.compliance.timelines import Timelines
from application.evidence.credentials.ports import Credentials
from application.kernel.ports import Calendar
from application.kernel.wiring import PortSet
from application.learning.ports import ModuleDueDays
from domain.compliance.evidence_fields import LACKING_IN_CREDENTIALS
from domain.compliance.facts import Case, GrantedRelief, MaterialVersion, Proof
from domain.compliance.fulfillment import Courses, CredentialNeeded, HoursNeeded
from domain.compliance.modules_due import module_due_days
from domain.compliance.obligations import ObligationState, Workplace, obligation_states
from domain.compliance.timelines import Timeline
from domain.compliance.under_rule import PersonInTime
from domain.evidence.credentials import VerifiedCredential
from domain.kernel.days import days_later
from domain.kernel.errors import DomainError
from domain.learning.due_days import ModuleDue

States = Mapping[ObligationKey, tuple[ObligationState, ...]]
Failed = dict[UUID, Exception]
"""People for whom it could not be computed what they owe, and why."""

OF_COMPUTING = (ArithmeticError, AssertionError, AttributeError, DomainError, LookupError, TypeError, ValueError)
"""What prevents that some people are computed, and none of the others; unlike failures of the store."""


@dataclass(frozen=True, slots=True)
class Recomputation(PortSet):
    """Computes what people owe, and records what differs from what is known."""

    states: ObligationStates
    rules: RequirementRules
    timelines: Timelines
    proofs: Proofs
    reliefs: Reliefs
    credentials: Credentials
    due_days: ModuleDueDays
    material: MaterialVersions
    calendar: Calendar

    async def lock(self, user_ids: Iterable[UUID]) -> None:
        """Nobody else computes what these people owe, until this unit of work ends. To be called before the others, so
        that of two units that add facts about somebody each sees what the other has added.
        """
        await self.states.lock(sorted(set(user_ids)))

    async def of(
        self,
        user_ids: Iterable[UUID],
        requirement_id: UUID | None = None,
        trained_in: frozenset[UUID] | None = None,
        failed: Failed | None = None,
    ) -> int:
        """Compute again what these people owe; how many rows differ. Doing it again changes nothing.

        It is by all requirements, by one, or by those for which training in these modules may count. `failed` is as in
        `computed`: what is recorded of those who are added to it stays.
        """
        people = sorted(set(user_ids))
        is_all = requirement_id is None and trained_in is None
        states = await self.computed(people, requirement_id, trained_in, failed)
        differing = await self.states.replace(states)
        if is_all:
            await self.due_days.replace(_due_days([each for each in people if each not in (failed or ())], states))
        elif differing:
            changed = sorted({each.user_id for each in differing})
            await self.due_days.replace(_due_days(changed, await self.states.current(changed)))
        return sum(differing.values())

    async def compared(
        self, user_ids: Iterable[UUID], *, record: bool, failed: Failed | None = None
    ) -> tuple[list[ObligationKey], int]:
        """The obligations of these people that are recorded differently from what is computed; with `record` what is
        computed is recorded, and how many rows differ comes second. Those who are added to `failed` are not compared.
        """
        people = sorted(set(user_ids))
        computed = await self.computed(people, failed=failed)
        people = [each for each in people if each not in (failed or ())]
        known = await self.states.current(people)
        shown, due = await self.due_days.of(people), _due_days(people, computed)
        misled = {each for each in people if tuple(shown.get(each, ())) != due[each]}
        differing = sorted(
            each
            for each in computed.keys() | known.keys()
            if each.user_id in misled or computed.get(each, ()) != tuple(known.get(each, ()))
        )
        if not differing or not record:
            return differing, 0
        rows = await self.states.replace({each: computed.get(each, ()) for each in differing})
        await self.due_days.replace(due)
        return differing, sum(rows.values())

    async def computed(
        self,
        user_ids: Sequence[UUID],
        requirement_id: UUID | None = None,
        trained_in: frozenset[UUID] | None = None,
        failed: Failed | None = None,
    ) -> States:
        """What these people owe by what is known now, as in `of`.

        With `failed`, people for whom it cannot be computed are added to it and have no states, and the others are
        computed. Without it, the first error is raised.
        """
        every = await self.rules.approved()
        concerned = [each for each in every if requirement_id in (None, each.requirement_id)]
        if trained_in is not None:
            concerned = [each for each in concerned if _counts_training_in(trained_in, each)]
        if not concerned:
            return {}
        rules = await self.prepared(concerned)
        found: dict[ObligationKey, tuple[ObligationState, ...]] = {}
        for people, known in await self._known_of(user_ids, failed):
            for user_id in people:
                try:
                    owed = {
                        ObligationKey(user_id, each.rule.requirement_id): known.owes(user_id, each) for each in rules
                    }
                except Exception as error:
                    if failed is None:
                        raise
                    failed[user_id] = error
                else:
                    found |= owed
                # The service answers others while many people are computed.
                await asyncio.sleep(0)
        return found

    async def _known_of(
        self, people: Sequence[UUID], failed: Failed | None
    ) -> Sequence[tuple[Sequence[UUID], KnownPeople]]:
        """What is known of these people, read at once; by halves where something of somebody cannot be read."""
        try:
            return [(people, await self.known(people))]
        except OF_COMPUTING as error:
            if failed is None:
                raise
            if len(people) == 1:
                failed[people[0]] = error
                return []
        middle = len(people) // 2
        return [
            *(await self._known_of(people[:middle], failed)),
            *(await self._known_of(people[middle:], failed)),
        ]

    async def prepared(self, rules: Sequence[Rule]) -> list[PreparedRule]:
        """What these requirements ask, with the versions of their modules that reopen something."""
        modules = frozenset[UUID]().union(*(modules_of(each) for each in rules))
        material = await self.material.of(modules, self.calendar.day_of) if modules else {}
        return [PreparedRule(each, material) for each in rules]

    async def known(self, user_ids: Sequence[UUID]) -> KnownPeople:
        """What is known of these people."""
        return KnownPeople(
            await self.timelines.of(user_ids, self.calendar.at),
            await self.proofs.of(user_ids),
            await self.credentials.verified(user_ids),
            await self.reliefs.granted(user_ids),
        )


def _due_days(people: Sequence[UUID], states: States) -> dict[UUID, tuple[ModuleDue, ...]]:
    """By which days each of these people must complete modules, as their obligations ask for them."""
    owed: dict[UUID, list[ObligationState]] = {each: [] for each in people}
    for obligation, some in states.items():
        owed[obligation.user_id].extend(some)
    return {
        user_id: tuple(
            ModuleDue(each.module_id, each.from_day, each.until, each.due_on) for each in module_due_days(some)
        )
        for user_id, some in owed.items()
    }


def modules_of(rule: Rule) -> frozenset[UUID]:
    """The modules that any version of it names."""
    needed = (each.terms.fulfillment for each in rule.versions)
    return frozenset(module for each in needed if isinstance(each, Courses) for module in each.modules)


def _counts_training_in(modules: frozenset[UUID], rule: Rule) -> bool:
    """Whether a record of training in one of these modules may count for any version, for its hours too."""
    return not modules.isdisjoint(modules_of(rule)) or _counts_hours(rule)


def _counts_hours(rule: Rule) -> bool:
    """Whether any version asks for hours, for which training in any module may count."""
    return any(isinstance(each.terms.fulfillment, HoursNeeded) for each in rule.versions)


class PreparedRule:
    """A requirement, prepared to be computed for many people: what it asks is worked out once, and which versions of
    its modules reopen something.
    """

    def __init__(self, rule: Rule, material: Material) -> None:
        self.rule = rule
        needed = [each.terms.fulfillment for each in rule.versions]
        self._modules = modules_of(rule)
        self.material = tuple(each for module in sorted(self._modules) for each in material.get(module, ()))
        self._types = {each.type for each in needed if isinstance(each, CredentialNeeded)}
        self._counts_hours = _counts_hours(rule)

    def with_material(self, version: MaterialVersion) -> PreparedRule:
        """The same after this version of one of its modules is published."""
        after = PreparedRule(self.rule, {})
        after.material = (*self.material, version)
        return after

    def can_count(self, proof: Proof) -> bool:
        """Whether the proof may count for any version; the engine need not look at others."""
        return (
            proof.module_id in self._modules
            or proof.credential in self._types
            or (self._counts_hours and proof.hours is not None)
        )


class KnownPeople:
    """People as rules need them: what they owe is computed from this alone."""

    def __init__(
        self,
        timelines: Mapping[UUID, Timeline],
        proofs: Mapping[UUID, Sequence[Proof]],
        credentials: Mapping[UUID, Sequence[VerifiedCredential]],
        reliefs: Mapping[tuple[UUID, UUID], Sequence[GrantedRelief]],
    ) -> None:
        self._timelines = timelines
        self._proofs = proofs
        self._credentials = credentials
        self._reliefs = reliefs
        self._people: dict[UUID, _Person] = {}

    def owes(self, user_id: UUID, prepared: PreparedRule) -> tuple[ObligationState, ...]:
        """What this person owes by this requirement. Nobody who does not exist owes anything."""
        timeline = self._timelines.get(user_id)
        if timeline is None:
            return ()
        if user_id not in self._people:
            held = (
                Proof(e.id, e.issued_on, credential=e.type, printed_until=e.expires_on, lacks=LACKING_IN_CREDENTIALS)
                for e in self._credentials.get(user_id, ())
            )
            self._people[user_id] = _Person(timeline, (*self._proofs.get(user_id, ()), *held))
        return self._people[user_id].owes(prepared, self._reliefs.get((user_id, prepared.rule.requirement_id), ()))


class _Person:
    """A person whom several requirements are asked of."""

    def __init__(self, timeline: Timeline, proofs: Sequence[Proof]) -> None:
        self._in_time = PersonInTime(timeline)
        self._workplaces = tuple(_workplaces(timeline))
        self._proofs = proofs

    def owes(self, prepared: PreparedRule, reliefs: Sequence[GrantedRelief]) -> tuple[ObligationState, ...]:
        facts = self._in_time.facts(prepared.rule.versions)
        if not facts.under_rule:
            return ()
        positions = {each.cause.position_id for each in facts.under_rule}
        case = Case(
            versions=prepared.rule.versions,
            person=facts,
            proofs=tuple(each for each in self._proofs if prepared.can_count(each)),
            reliefs=tuple(reliefs),
            material_versions=prepared.material,
            retired_on=prepared.rule.retired_on,
        )
        return obligation_states(case, [each for each in self._workplaces if each.position_id in positions])


def _workplaces(timeline: Timeline) -> Iterator[Workplace]:
    """Where each position is on which days."""
    going: dict[UUID, Workplace] = {}
    for each in timeline.held:
        position = each.position
        now = Workplace(
            each.from_day,
            each.until,
            position_id=position.position_id,
            department=position.department,
            location_id=None if position.place is None else position.place.id,
        )
        before = going.get(position.position_id)
        if before is not None and before.until == days_later(now.from_day, -1):
            joined = replace(before, until=now.until)
            if joined == replace(now, from_day=before.from_day):
                now, before = joined, None
        if before is not None:
            yield before
        going[position.position_id] = now
    yield from going.values()
