"""What people have to do, and which tasks they may do, in memory."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from adapters.memory.catalogue.tables import MODULES, VERSIONS
from adapters.memory.compliance.obligation_reader import MemoryObligationReader
from adapters.memory.compliance.obligation_states import StateRow
from adapters.memory.compliance.requirements import REQUIREMENTS
from adapters.memory.kit.store import MemoryStore
from adapters.memory.learning.enrollment_reader import MemoryEnrollmentReader
from adapters.memory.learning.tables import DUE_DAYS, ENROLLMENTS
from adapters.memory.people.locations import LOCATIONS
from adapters.memory.people.tables import USERS
from adapters.registry import serves
from application.compliance.obligations.lists import AsOf, VisiblePeople
from application.compliance.obligations.todo import ModuleToDo, Owed, OwingPerson, ToDo, ToDoReader
from application.compliance.ports import due_key
from application.kernel.lists import Present
from domain.kernel.typography import folded
from domain.people.names import name_key
from domain.people.users import User


@serves(ToDoReader)
class MemoryToDoReader:
    """Implements application.compliance.obligations.todo.ToDoReader."""

    def __init__(self, store: MemoryStore) -> None:
        self._obligations = MemoryObligationReader(store)
        self._learning = MemoryEnrollmentReader(store)
        self._requirements = store.table(REQUIREMENTS)
        self._users = store.table(USERS)
        self._locations = store.table(LOCATIONS)
        self._modules = store.table(MODULES)
        self._versions = store.table(VERSIONS)
        self._enrollments = store.table(ENROLLMENTS)
        self._due_days = store.table(DUE_DAYS)

    async def to_do(self, visible: VisiblePeople, user_id: UUID, at: Present) -> list[ToDo] | None:
        if not self._obligations.sees(visible, user_id):
            return None
        return [
            self._owed(row).to_do([self._module(user_id, each, at) for each in self._by_title(row)])
            for row in self._rows(user_id, at.day_in(None))
            if row.state.is_open
        ]

    async def owed(self, visible: VisiblePeople, user_id: UUID, day: date) -> OwingPerson | None:
        return self._person(user_id, day) if self._obligations.sees(visible, user_id) else None

    async def owed_at(self, visible: VisiblePeople, location_id: UUID, day: date) -> list[OwingPerson] | None:
        if self._locations.peek(location_id) is None:
            return None
        known = self._obligations.known(AsOf(day))
        belonging = {row.obligation.user_id for row in known if row.state.location_id == location_id}
        people = [
            user
            for user in self._users.rows()
            if user.merged_into is None
            and (user.id in belonging or (user.is_active and user.location_id == location_id))
            and self._obligations.sees(visible, user.id)
        ]
        return [self._person(user.id, day) for user in sorted(people, key=_by_name)]

    def _rows(self, user_id: UUID, day: date) -> list[StateRow]:
        rows = [row for row in self._obligations.known(AsOf(day)) if row.obligation.user_id == user_id]
        return sorted(rows, key=lambda row: due_key(row.state.due_on, row.obligation.requirement_id))

    def _person(self, user_id: UUID, day: date) -> OwingPerson:
        user = self._users.by_key[user_id]
        return OwingPerson(
            user.id, user.employee_id, user.full_name, [self._owed(row) for row in self._rows(user_id, day)]
        )

    def _owed(self, row: StateRow) -> Owed:
        requirement, state = self._requirements.by_key[row.obligation.requirement_id], row.state
        terms = requirement.of_number(state.version).terms
        return Owed(
            requirement.id,
            requirement.code,
            requirement.title,
            state.version,
            state.label,
            state.relief,
            state.opened_on,
            state.due_on,
            state.is_open,
            state.blocks,
            terms.fulfillment,
            terms.blocks,
        )

    def _by_title(self, row: StateRow) -> list[UUID]:
        known = [each for each in row.state.modules if each in self._modules.by_key]
        return sorted(known, key=lambda each: (folded(self._modules.by_key[each].title), each))

    def _module(self, user_id: UUID, module_id: UUID, at: Present) -> ModuleToDo:
        module, enrollment = self._modules.by_key[module_id], self._enrollments.peek((module_id, user_id))
        state = None if enrollment is None else self._learning.state_of(enrollment, at)
        due = self._due_days.peek(user_id) or ()
        next_section = None
        if enrollment is not None and enrollment.started_at is not None and enrollment.completed_at is None:
            done = {each.section_id for each in enrollment.completions}
            version = self._versions.peek((module_id, enrollment.version_number))
            outline = () if version is None else version.outline
            next_section = next((each.id for each in outline if each.id not in done), None)
        return ModuleToDo(
            module.id,
            module.slug,
            module.title,
            module.estimated_minutes,
            next((each.due_on for each in due if each.module_id == module_id and each.covers(at.day_in(None))), None),
            None if state is None else state["enrollment_status"],
            None if state is None else state["percent"],
            next_section,
        )


def _by_name(user: User) -> tuple[str, UUID]:
    return name_key(user.full_name, user.email, user.employee_id), user.id
