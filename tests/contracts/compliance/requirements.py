"""The contract of requirements: the repository, and the rules that those who compute what people owe read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from random import Random
from uuid import UUID

import pytest

from application.compliance.requirements.explaining import RequirementVersions
from application.compliance.requirements.ports import KnownRules, NamedByTerms, RequirementRules, Requirements, Rule
from application.compliance.requirements.queries import (
    RequirementDetail,
    RequirementFilter,
    RequirementReader,
    RequirementSummary,
    Retiring,
)
from application.kernel.units import Unit
from contracts import about
from contracts.backend import Backend, pages, plain, save
from contracts.kernel.units_at_once import at_once, others
from contracts.make import NOBODY, UNICODE, T, a_module, later, uid, user_id
from contracts.people.locations import a_location, location_id
from domain.compliance.audience_documents import parsed
from domain.compliance.fulfillment import Courses, CourseSet
from domain.compliance.requirement import Requirement, RequirementVersion, RunningCycles
from domain.compliance.requirement_errors import (
    RequirementCodeTaken,
    RequirementNotFound,
    RequirementVersionNotFound,
    VersionAlreadyApproved,
)
from domain.kernel.errors import StaleVersion
from kit.compliance import course, rule
from kit.random_terms import some_terms

TERMS = rule().terms
AUTHOR, APPROVER = user_id(1), user_id(2)
MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


def requirement_id(n: int) -> UUID:
    """The id of `a_requirement(n)`."""
    return uid(70_000 + n)


def a_requirement(n: int = 1, *, code: str | None = None) -> Requirement:
    """The requirement number n without any version."""
    return Requirement(requirement_id(n), code=code or f"rule_{n}", title=f"Rule {n}", now=T)


def drafted(requirement: Requirement, *, effective_on: date = MAY, note: str = UNICODE) -> Requirement:
    """The same with a draft."""
    requirement.draft(
        TERMS,
        effective_on=effective_on,
        note=note,
        by=AUTHOR,
        now=later(minutes=1),
        running=RunningCycles.TAKE,
        transition_days=30,
    )
    return requirement


def approved(requirement: Requirement, number: int = 1) -> Requirement:
    """The same with its draft approved."""
    requirement.approve(number, by=APPROVER, now=later(minutes=2), today=T.date(), acknowledge=True)
    return requirement


async def loaded(backend: Backend, n: int = 1) -> Requirement:
    """The requirement as a new unit of work loads it."""
    return await backend.units.run(lambda unit: unit.port(Requirements).get(requirement_id(n)))


async def change(backend: Backend, work: Callable[[Requirement], object], n: int = 1) -> None:
    """Load the requirement in a unit of work of its own, change it, and save it."""

    async def do(unit: Unit) -> None:
        requirements = unit.port(Requirements)
        requirement = await requirements.get(requirement_id(n))
        work(requirement)
        await requirements.save(requirement)

    await backend.units.run(do)


async def rules(backend: Backend) -> list[Rule]:
    """The rules as a new unit of work reads them, and a query."""
    found = [*await backend.units.run(lambda unit: unit.port(RequirementRules).approved())]
    assert [*await backend.reader(KnownRules).approved()] == found
    return found


def redraft(requirement: Requirement, version: RequirementVersion) -> None:
    """Change the draft of this number to be like this."""
    requirement.redraft(
        version.number,
        version.terms,
        effective_on=version.effective_on,
        note=version.note,
        by=APPROVER,
        now=later(hours=1),
        running=version.running,
        transition_days=version.transition_days,
    )


@about(Requirements)
class TestRequirements:
    async def test_a_requirement_comes_back_with_all_its_versions(self, backend: Backend) -> None:
        made = drafted(approved(drafted(a_requirement())), effective_on=JUNE, note="For June.")
        made.retired_on = date(2030, 1, 1)
        await save(backend, made)
        found = await loaded(backend)
        assert found.versions == made.versions
        assert [type(each.running) for each in found.versions] == [RunningCycles] * 2
        assert (found.id, found.code, found.title, found.retired_on) == (
            *(requirement_id(1), "rule_1", "Rule 1"),
            date(2030, 1, 1),
        )
        assert (found.version, found.created_at, found.updated_at) == (made.version, T, later(minutes=2))

    async def test_whatever_may_be_asked_is_kept_as_it_is(self, backend: Backend) -> None:
        chance = Random(14)
        asked = [some_terms(chance) for _ in range(25)]
        for n, terms in enumerate(asked):
            made = a_requirement(n)
            made.draft(terms, effective_on=MAY, note="As said.", by=None, now=T)
            await save(backend, made)
        assert [(await loaded(backend, n)).versions[0].terms for n in range(len(asked))] == asked

    async def test_an_unknown_one_is_not_there(self, backend: Backend) -> None:
        with pytest.raises(RequirementNotFound):
            await backend.units.run(lambda unit: unit.port(Requirements).get(NOBODY))
        assert await backend.units.run(lambda unit: unit.port(Requirements).by_code("nothing")) is None

    async def test_it_is_found_by_its_code_and_changed(self, backend: Backend) -> None:
        await save(backend, drafted(a_requirement(1)), drafted(a_requirement(2)))

        async def do(unit: Unit) -> None:
            requirements = unit.port(Requirements)
            found = await requirements.by_code("rule_2")
            assert found is not None
            assert await requirements.get(requirement_id(2)) is found
            approved(found)
            await requirements.save(found)

        await backend.units.run(do)
        assert [len((await loaded(backend, n)).approved) for n in (1, 2)] == [0, 1]

    async def test_no_two_have_the_same_code(self, backend: Backend) -> None:
        await save(backend, a_requirement(1, code="osha"))
        with pytest.raises(RequirementCodeTaken):
            await save(backend, drafted(a_requirement(2, code="osha")))

    async def test_a_draft_is_changed_approved_and_discarded(self, backend: Backend) -> None:
        await save(backend, a_requirement())
        await change(backend, drafted)
        (draft,) = (await loaded(backend)).versions
        other = replace(draft, terms=replace(TERMS, fulfillment=course("B")), effective_on=JUNE, note="Course B.")
        await change(backend, lambda requirement: redraft(requirement, other))
        assert (await loaded(backend)).versions == (replace(other, drafted_by=APPROVER, drafted_at=later(hours=1)),)
        await change(backend, lambda requirement: requirement.discard(1, later(hours=2)))
        assert (await loaded(backend)).versions == ()
        await change(backend, drafted)
        await change(backend, approved)
        await change(backend, lambda requirement: drafted(requirement, effective_on=JUNE))
        found = await loaded(backend)
        assert [(each.number, each.effective_on, each.approved_by) for each in found.versions] == [
            (1, MAY, APPROVER),
            (2, JUNE, None),
        ]
        await change(backend, lambda requirement: requirement.discard(2, later(hours=3)))
        assert [each.number for each in (await loaded(backend)).versions] == [1]

    async def test_requirements_that_name_a_module_are_found(self, backend: Backend) -> None:
        def asking(n: int, *modules: UUID) -> Requirement:
            made = a_requirement(n)
            made.draft(
                replace(TERMS, fulfillment=Courses(CourseSet(modules))), effective_on=MAY, note="N", by=None, now=T
            )
            return made

        await save(backend, approved(asking(2, uid(1), uid(2))), asking(1, uid(1)), asking(3, uid(3)), a_requirement(4))

        async def ask(unit: Unit, module_id: UUID) -> list[str]:
            return await unit.port(Requirements).asking_for(module_id)

        found = [await backend.units.run(partial(ask, module_id=uid(n))) for n in (1, 2, 3, 4)]
        assert found == [["rule_1", "rule_2"], ["rule_2"], ["rule_3"], []]

    async def test_job_codes_that_are_named_are_found(self, backend: Backend) -> None:
        def naming(n: int, *codes: str) -> Requirement:
            made = a_requirement(n)
            rule = {"any": [{"not": {"field": "job_code", "is": [*codes]}}, {"field": "department", "is": "lab"}]}
            made.draft(replace(TERMS, audience=parsed(rule)), effective_on=MAY, note="As said.", by=None, now=T)
            return made

        async def ask(unit: Unit) -> frozenset[str]:
            return await unit.port(Requirements).job_codes()

        assert await backend.units.run(ask) == frozenset()
        await save(backend, approved(naming(1, "hygienist", "dentist")), naming(2, "billing"), a_requirement(3))
        assert await backend.units.run(ask) == {"hygienist", "dentist", "billing"}

    async def test_two_changes_in_one_unit_are_both_kept(self, backend: Backend) -> None:
        await save(backend, drafted(a_requirement()))

        async def do(unit: Unit) -> None:
            requirements = unit.port(Requirements)
            found = approved(await requirements.get(requirement_id(1)))
            await requirements.save(found)
            drafted(await requirements.get(requirement_id(1)), effective_on=JUNE)
            await requirements.save(found)
            assert [each.is_approved for each in (await requirements.get(requirement_id(1))).versions] == [True, False]

        await backend.units.run(do)
        assert [each.number for each in (await loaded(backend)).versions] == [1, 2]

    async def test_one_that_is_added_and_changed_in_one_unit_is_kept(self, backend: Backend) -> None:
        async def do(unit: Unit) -> None:
            requirements = unit.port(Requirements)
            await requirements.add(drafted(a_requirement()))
            await requirements.save(approved(await requirements.get(requirement_id(1))))

        await backend.units.run(do)
        assert [each.is_approved for each in (await loaded(backend)).versions] == [True]

    async def test_of_two_changes_at_once_one_is_refused(self, backend: Backend) -> None:
        await save(backend, drafted(a_requirement()))

        async def work(unit: Unit, n: int) -> None:
            requirements = unit.port(Requirements)
            found = await requirements.get(requirement_id(1))
            await others()
            if n % 2:
                approved(found)
            else:
                found.discard(1, later(hours=n))
            await requirements.save(found)

        outcomes = await at_once(backend, work)
        assert set(outcomes) <= {None, StaleVersion, RequirementVersionNotFound, VersionAlreadyApproved}
        assert outcomes[None] == 1

    async def test_a_failed_unit_changes_nothing(self, backend: Backend) -> None:
        await save(backend, drafted(a_requirement()))

        def fail(requirement: Requirement) -> None:
            approved(requirement)
            raise StaleVersion

        with pytest.raises(StaleVersion):
            await change(backend, fail)
        assert [each.is_approved for each in (await loaded(backend)).versions] == [False]


@about(RequirementRules, KnownRules)
class TestRequirementRules:
    async def test_there_are_none_without_an_approved_version(self, backend: Backend) -> None:
        assert await rules(backend) == []
        await save(backend, drafted(a_requirement()))
        assert await rules(backend) == []

    async def test_approved_versions_by_code_and_number(self, backend: Backend) -> None:
        second = drafted(approved(drafted(a_requirement(2, code="b"))), effective_on=JUNE)
        drafted(approved(second, 2), effective_on=date(2026, 7, 1))
        await save(backend, second, approved(drafted(a_requirement(1, code="a"))), a_requirement(3, code="c"))
        first, other = await rules(backend)
        assert (first.requirement_id, first.code, first.title, first.retired_on) == (
            *(requirement_id(1), "a", "Rule 1"),
            None,
        )
        assert (other.code, other.versions) == ("b", second.approved)
        assert [each.number for each in other.versions] == [1, 2]
        assert other.versions[0].terms == TERMS

    async def test_a_retired_one_says_since_when(self, backend: Backend) -> None:
        await save(backend, approved(drafted(a_requirement())))
        await change(backend, lambda requirement: requirement.retire(JUNE, later(hours=1)))
        assert [each.retired_on for each in await rules(backend)] == [JUNE]

    async def test_a_unit_sees_what_it_has_written_itself(self, backend: Backend) -> None:
        async def do(unit: Unit) -> int:
            await unit.port(Requirements).add(approved(drafted(a_requirement())))
            return len(await unit.port(RequirementRules).approved())

        assert await backend.units.run(do) == 1


@about(NamedByTerms)
class TestNamedByTerms:
    async def test_what_is_not_there_is_unknown(self, backend: Backend) -> None:
        await save(backend, a_module(1), a_location(1))
        modules, locations = [uid(1), uid(2)], [location_id(1), location_id(2)]

        async def ask(unit: Unit, *ids: list[UUID]) -> frozenset[UUID]:
            return await unit.port(NamedByTerms).unknown(*ids)

        assert await backend.units.run(lambda unit: ask(unit, modules, locations)) == {uid(2), location_id(2)}
        assert await backend.units.run(lambda unit: ask(unit, modules, [])) == {uid(2)}
        assert await backend.units.run(lambda unit: ask(unit, [], locations[:1])) == frozenset()


async def listed(backend: Backend, where: RequirementFilter) -> list[int]:
    """The numbers of the requirements that the list shows."""
    page = await backend.reader(RequirementReader).page(where, None, 50)
    return [item.id.int - 70_000 for item in page.items]


@about(RequirementVersions)
class TestRequirementVersions:
    async def test_all_versions_are_read(self, backend: Backend) -> None:
        made = drafted(approved(drafted(a_requirement())), effective_on=JUNE)
        await save(backend, made, a_requirement(2))
        reader = backend.reader(RequirementVersions)
        assert await reader.of(requirement_id(1)) == made.versions
        assert await reader.of(requirement_id(2)) == ()
        assert await reader.of(NOBODY) is None


@about(RequirementReader)
class TestRequirementReader:
    async def test_it_shows_a_requirement_with_its_versions(self, backend: Backend) -> None:
        made = drafted(approved(drafted(a_requirement())), effective_on=JUNE)
        bare = a_requirement(2)
        await save(backend, made, bare)
        reader = backend.reader(RequirementReader)
        for each in (made, bare):
            assert plain(await reader.detail(each.id)) == plain(RequirementDetail.of(each))
        assert await reader.detail(NOBODY) is None

    async def test_the_newest_is_first(self, backend: Backend) -> None:
        made = {
            n: Requirement(requirement_id(n), code=f"rule_{n}", title=f"Rule {n}", now=later(hours=hours))
            for n, hours in {1: 1, 2: 3, 3: 2, 4: 2}.items()
        }
        drafted(made[2])
        drafted(approved(drafted(made[3])), effective_on=JUNE)
        await save(backend, *made.values())
        reader = backend.reader(RequirementReader)
        for size, sizes in {1: [1, 1, 1, 1], 3: [3, 1], 4: [4]}.items():
            found = await pages(lambda after, limit: reader.page(RequirementFilter(), after, limit), size)
            shown = [item for page in found for item in page]
            assert [plain(item) for item in shown] == [plain(RequirementSummary.of(made[n])) for n in (2, 4, 3, 1)]
            assert [len(page) for page in found] == sizes

    async def test_filters(self, backend: Backend) -> None:
        await save(backend, drafted(a_requirement(1)), approved(drafted(a_requirement(2))), a_requirement(3))
        await change(backend, lambda requirement: requirement.retire(JUNE, later(hours=1)), 2)
        assert await listed(backend, RequirementFilter(has_draft=True)) == [1]
        assert await listed(backend, RequirementFilter(has_draft=False)) == [3, 2]
        assert await listed(backend, RequirementFilter(Retiring(True, JUNE))) == [2]
        assert await listed(backend, RequirementFilter(Retiring(False, JUNE))) == [3, 1]
        assert await listed(backend, RequirementFilter(Retiring(True, MAY))) == []
        assert await listed(backend, RequirementFilter(Retiring(False, MAY), has_draft=False)) == [3, 2]
