"""The contract of what people have to do, and of the tasks that they may do."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from application.compliance.obligations.lists import VisiblePeople
from application.compliance.obligations.todo import BlockingRequirement, Clearance, ModuleToDo, ToDo, ToDoReader
from application.compliance.ports import ObligationKey
from application.compliance.requirements.ports import Requirements
from application.kernel.access import EVERYONE, Scope
from application.kernel.lists import Present
from application.kernel.units import Unit
from contracts import about
from contracts.backend import Backend, change_enrollment, save
from contracts.compliance.obligation_states import MET, OWED, say
from contracts.compliance.requirements import AUTHOR, approved, requirement_id
from contracts.learning.due_days import say as say_due
from contracts.make import T, a_published_module, a_user, an_enrollment, later, uid, user_id
from contracts.people.locations import a_location, location_id
from contracts.people.meanings import LOCATIONS
from domain.compliance.due_days import ReliefAxis
from domain.compliance.requirement import Requirement, RequirementVersion
from domain.compliance.standing import FulfillmentAxis, Label
from domain.learning.completion import EnrollmentStatus
from domain.learning.due_days import ModuleDue
from kit.compliance import card, course, hours, rule

ANA, BEN = user_id(1), user_id(2)
TODAY = T.date()
NOW = Present(T)
SOON = TODAY + timedelta(days=5)
ALL = VisiblePeople(EVERYONE)
STATE = replace(OWED, from_day=TODAY, until=None, due_on=SOON)


async def rules(backend: Backend, *versions: RequirementVersion) -> None:
    """Requirements with these versions, from number 1 on."""

    async def work(unit: Unit) -> None:
        for n, each in enumerate(versions, start=1):
            made = Requirement(requirement_id(n), code=f"rule_{n}", title=f"Rule {n}", now=T)
            made.draft(each.terms, effective_on=date(2026, 1, 1), note="By law.", by=AUTHOR, now=T)
            await unit.port(Requirements).add(approved(made))

    await backend.units.run(work)


def to_do(n: int, kind: str, *modules: ModuleToDo, **more: Any) -> ToDo:
    facts: dict[str, Any] = {
        "label": Label.UPCOMING,
        "relief": ReliefAxis.NONE,
        "opened_on": OWED.opened_on,
        "due_on": SOON,
        "credential_type": None,
        "hours": None,
        "blocks": (),
        **more,
    }
    return ToDo(requirement_id(n), f"rule_{n}", f"Rule {n}", 1, kind=kind, modules=list(modules), **facts)


def module(n: int, title: str, **more: Any) -> ModuleToDo:
    facts: dict[str, Any] = {"due_on": None, "enrollment_status": None, "percent": None, "next_section_id": None}
    return ModuleToDo(uid(n), f"module-{n}", title, None, **{**facts, **more})


async def asked(backend: Backend, who: UUID = ANA, visible: VisiblePeople = ALL) -> list[ToDo] | None:
    return await backend.reader(ToDoReader).to_do(visible, who, NOW)


@about(ToDoReader)
class TestWhatIsToBeDone:
    async def test_each_kind_of_requirement_says_what_it_asks_for(self, backend: Backend) -> None:
        await rules(backend, rule(course("A")), rule(card("bls"), blocks=("scan",)), rule(hours("8.5")))
        await save(backend, a_user(1), a_user(2))
        await say(
            backend,
            {
                ObligationKey(ANA, requirement_id(1)): (replace(STATE, due_on=None),),
                ObligationKey(ANA, requirement_id(2)): (replace(STATE, blocks=("scan",)),),
                ObligationKey(ANA, requirement_id(3)): (STATE,),
            },
        )
        assert await asked(backend) == [
            to_do(2, "credential", credential_type="bls", blocks=("scan",)),
            to_do(3, "hours", hours=Decimal("8.5")),
            to_do(1, "courses", due_on=None, label=Label.UPCOMING),
        ]
        assert await asked(backend, BEN) == []

    async def test_modules_say_how_far_the_person_is_and_where_to_go_on(self, backend: Backend) -> None:
        await rules(backend, rule(course("A")))
        await save(backend, *a_published_module(1, title="Beta"), *a_published_module(2, title="alpha"))
        await save(backend, *a_published_module(3, title="Gamma"), a_user(1), a_user(2))
        await save(backend, an_enrollment(1, 1), an_enrollment(3, 2))
        await say(
            backend,
            {ObligationKey(ANA, requirement_id(1)): (replace(STATE, modules=(uid(1), uid(2), uid(3), uid(99))),)},
        )
        await say_due(backend, {ANA: [ModuleDue(uid(2), TODAY, TODAY, SOON), ModuleDue(uid(2), SOON, None, SOON)]})
        enrolled = module(1, "Beta", enrollment_status=EnrollmentStatus.NOT_STARTED, percent=0)
        others = module(2, "alpha", due_on=SOON), module(3, "Gamma")
        assert await asked(backend) == [to_do(1, "courses", others[0], enrolled, others[1])]

    async def test_what_is_met_or_not_open_yet_is_not_to_be_done(self, backend: Backend) -> None:
        await rules(backend, rule(), rule(), rule())
        await save(backend, a_user(1))
        expiring = replace(MET, from_day=TODAY, fulfillment=FulfillmentAxis.MET, is_open=True, modules=(), blocks=())
        await say(
            backend,
            {
                ObligationKey(ANA, requirement_id(1)): (replace(expiring, is_open=False),),
                ObligationKey(ANA, requirement_id(2)): (replace(STATE, from_day=TODAY + timedelta(days=1)),),
                ObligationKey(ANA, requirement_id(3)): (expiring,),
            },
        )
        found = await asked(backend)
        assert found is not None
        assert [each.requirement_code for each in found] == ["rule_3"]

    async def test_only_people_within_sight_have_something_to_do(self, backend: Backend) -> None:
        await save(backend, a_user(1, department="Lab"), a_user(2))
        lab = VisiblePeople(Scope(everyone=False, user_id=user_id(9), departments=("Lab",)))
        assert await asked(backend, visible=lab) == []
        assert await asked(backend, BEN, lab) is None
        assert await asked(backend, user_id(77)) is None

    async def test_a_module_that_is_begun_goes_on_with_the_first_section_that_remains(self, backend: Backend) -> None:
        await rules(backend, rule(course("A")))
        version = a_published_module(1)
        await save(backend, *version, a_user(1), an_enrollment(1, 1))
        await say(backend, {ObligationKey(ANA, requirement_id(1)): (replace(STATE, modules=(uid(1),)),)})
        await change_enrollment(backend, uid(1), ANA, lambda each: each.start(now=later(minutes=1)))
        found = await asked(backend)
        assert found is not None
        (shown,) = found[0].modules
        sections = version[1].outline
        assert shown.next_section_id == (sections[0].id if sections else None)


@about(ToDoReader)
class TestClearances:
    async def test_a_task_is_cleared_if_no_requirement_blocks_it(self, backend: Backend) -> None:
        await rules(backend, rule(blocks=("scan", "walk")), rule(blocks=("scan",)), rule())
        await save(backend, a_user(1, full_name="Ana Ruiz", employee_id="E1"), a_user(2))
        await say(
            backend,
            {
                ObligationKey(ANA, requirement_id(1)): (replace(MET, from_day=TODAY, blocks=()),),
                ObligationKey(ANA, requirement_id(2)): (replace(STATE, blocks=("scan",)),),
                ObligationKey(ANA, requirement_id(3)): (STATE,),
            },
        )
        found = await backend.reader(ToDoReader).owed(ALL, ANA, TODAY)
        assert found is not None
        shown = found.clearances(TODAY)
        assert (shown.user_id, shown.employee_id, shown.full_name, shown.as_of) == (ANA, "E1", "Ana Ruiz", TODAY)
        obstacle = BlockingRequirement(requirement_id(2), "rule_2", "Rule 2", Label.UPCOMING, SOON)
        assert shown.items == [Clearance("scan", False, [obstacle]), Clearance("walk", True, [])]
        before = await backend.reader(ToDoReader).owed(ALL, ANA, TODAY - timedelta(days=1))
        assert before is not None
        assert before.clearances(TODAY).items == []
        lab = VisiblePeople(Scope(everyone=False, departments=("Lab",)))
        assert await backend.reader(ToDoReader).owed(lab, ANA, TODAY) is None

    async def test_a_location_shows_those_who_work_there_or_owe_something_there(self, backend: Backend) -> None:
        await rules(backend, rule(blocks=("scan",)))
        await save(backend, a_location(1, name="Austin"), a_location(2, name="Dallas"))
        people = [
            a_user(1, full_name="Ben", location="Austin"),
            a_user(2, full_name="ana", department="Lab"),
            a_user(3, full_name="Eva", location="Dallas"),
            a_user(4, full_name="Max", location="Austin", is_active=False),
        ]
        await save(backend, *people)
        await LOCATIONS.say(backend, 1, "Austin", location_id(1))
        await LOCATIONS.say(backend, 2, "Dallas", location_id(2))
        owed = replace(STATE, blocks=("scan",))
        await say(
            backend,
            {
                ObligationKey(BEN, requirement_id(1)): (replace(owed, location_id=location_id(1)),),
                ObligationKey(user_id(3), requirement_id(1)): (replace(owed, location_id=location_id(2)),),
            },
        )
        reader = backend.reader(ToDoReader)
        found = await reader.owed_at(ALL, location_id(1), TODAY)
        assert found is not None
        assert [(each.full_name, len(each.owed)) for each in found] == [("ana", 1), ("Ben", 0)]
        lab = VisiblePeople(Scope(everyone=False, user_id=user_id(9), departments=("Lab",)))
        scoped = await reader.owed_at(lab, location_id(1), TODAY)
        assert scoped is not None
        assert [each.full_name for each in scoped] == ["ana"]
        assert await reader.owed_at(lab, location_id(2), TODAY) == []
        assert await reader.owed_at(ALL, location_id(77), TODAY) is None
