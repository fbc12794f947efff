"""The contract of the users repository."""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from application.kernel.access import EVERYONE
from application.kernel.units import Unit
from application.people.ports import Staff, Users
from application.people.sign_ins.signing_in import Census, People
from application.people.users.queries import UserReader, UserView
from contracts import about
from contracts.backend import Backend, change_user, loaded_user, plain, save
from contracts.make import NOBODY, ON_ONE_LINE, T, a_full_user, a_user, later, user_id
from domain.kernel.aggregate import DomainEvent
from domain.kernel.roles import Role
from domain.people.sign_ins import LinkReason
from domain.people.user_errors import EmailTaken, EmployeeIdTaken, SupabaseIdTaken, UserNotFound
from domain.people.user_events import SignInWithdrawn, UsersDeactivated
from domain.people.users import User


def with_email(user: User, email: str) -> None:
    user.edit(
        now=later(hours=1),
        email=email,
        employee_id=None,
        full_name="New name",
        department=None,
        job_title="Assistant",
        location=None,
        hired_on=date(2026, 1, 1),
        role=Role.MANAGER,
        is_active=False,
        profile_metadata={"new": [ON_ONE_LINE]},
    )


def with_employee_id(user: User, employee_id: str | None) -> None:
    user.employee_id = employee_id
    user.update_from_roster({"job_title": "Assistant"}, {}, now=later(hours=1))


def columns_of(user: User) -> dict[str, Any]:
    """What is stored of the user."""
    return {name: getattr(user, name) for name in vars(a_user()) if not name.startswith("_")}


@about(Users)
class TestUsers:
    async def test_a_user_comes_back_as_added(self, backend: Backend) -> None:
        user = a_full_user()
        await save(backend, user)
        found = await loaded_user(backend, user.id)
        assert found is not user
        assert plain(UserView.of(found)) == plain(UserView.of(user))
        assert found.profile_metadata == user.profile_metadata
        assert (found.role, found.hired_on) == (Role.COMPLIANCE, date(2024, 2, 29))
        assert isinstance(found.role, Role)
        assert found.managed_departments == user.managed_departments
        assert isinstance(found.managed_departments, tuple)
        assert (found.email_confirmed, found.email_as_of) == (True, later(days=-2, microseconds=3))
        assert found.erased_at == later(days=9)
        assert (found.last_sign_in, found.created_at) == (later(hours=-1, microseconds=1), T)
        assert found.created_at.utcoffset() == T.utcoffset()

    async def test_what_is_left_out_comes_back_left_out(self, backend: Backend) -> None:
        await save(backend, a_user())
        found = await loaded_user(backend, user_id(1))
        assert [found.supabase_id, found.full_name, found.department, found.job_title] == [None] * 4
        assert [found.location, found.hired_on, found.last_sign_in] == [None] * 3
        assert (found.role, found.is_active, found.email_confirmed) == (Role.AUTHENTICATED, True, False)
        assert (found.profile_metadata, found.managed_departments) == ({}, ())
        assert (found.email_as_of, found.erased_at, found.version) == (None, None, 1)

    async def test_an_unknown_user_is_not_found(self, backend: Backend) -> None:
        with pytest.raises(UserNotFound):
            await loaded_user(backend, NOBODY)

    async def test_a_user_is_found_by_exactly_the_address(self, backend: Backend) -> None:
        await save(backend, a_user(1, email="Ana@Example.com"), a_user(2, email="ana@example.com.au"))

        async def ids(unit: Unit) -> list[UUID | None]:
            addresses = ("ana@example.com", "ana@example.com.au", "ana@example", "ana%", "nobody@example.com")
            found = [await unit.port(Users).by_email(address) for address in addresses]
            return [None if user is None else user.id for user in found]

        assert await backend.units.run(ids) == [user_id(1), user_id(2), None, None, None]

    async def test_a_user_is_found_by_the_employee_id_in_other_case(self, backend: Backend) -> None:
        people = a_user(1, employee_id=" e-001 "), a_user(2, employee_id="E-01"), a_user(3, is_active=False), a_user(4)
        people[2].employee_id = "Ünit 7"
        await save(backend, *people)

        async def ids(unit: Unit) -> list[UUID | None]:
            users = unit.port(Users)
            found = [await users.by_employee_id(each) for each in ("E-001", " e-01", "unit 7", "E-1", "E%", "7")]
            return [None if user is None else user.id for user in found]

        assert await backend.units.run(ids) == [user_id(1), user_id(2), user_id(3), None, None, None]
        assert (await loaded_user(backend, user_id(1))).employee_id == "e-001"

    async def test_a_user_is_found_by_exactly_the_sign_in(self, backend: Backend) -> None:
        await save(backend, a_user(1, supabase_id="abc"), a_user(2, supabase_id="abcd", is_active=False), a_user(3))

        async def ids(unit: Unit) -> list[UUID | None]:
            found = [await unit.port(Users).by_supabase_id(subject) for subject in ("abc", "abcd", "ABC", "ab%", "")]
            return [None if user is None else user.id for user in found]

        assert await backend.units.run(ids) == [user_id(1), user_id(2), None, None, None]

    async def test_a_user_is_found_by_the_sign_in_that_waits(self, backend: Backend) -> None:
        waiting, linked = a_user(1, role=Role.MANAGER), a_user(2, supabase_id="abcd")
        assert waiting.link_by_address("abc", now=T) is False
        await save(backend, waiting, linked)

        async def work(unit: Unit) -> list[DomainEvent]:
            users = unit.port(Users)
            found = [await users.by_requested_sign_in(subject) for subject in ("abc", "abcd", "ABC", "")]
            assert [user and user.id for user in found] == [user_id(1), None, None, None]
            assert found[0] is not None
            found[0].withdraw_request(now=later(hours=1))
            return unit.take_events()

        assert await backend.units.run(work) == [SignInWithdrawn(user_id(1))]
        assert (await loaded_user(backend, user_id(1))).requested_sign_in is None

    async def test_a_user_found_by_the_sign_in_is_saved_with_the_unit(self, backend: Backend) -> None:
        await save(backend, a_user(1, supabase_id="abc"))

        async def work(unit: Unit) -> list[DomainEvent]:
            user = await unit.port(Users).by_supabase_id("abc")
            assert user is not None
            user.deactivate(now=later(hours=1))
            assert await unit.port(Users).get(user_id(1)) is user
            return unit.take_events()

        assert await backend.units.run(work) == [UsersDeactivated(user_id(1), (user_id(1),))]
        assert (await loaded_user(backend, user_id(1))).is_active is False

    async def test_a_sign_in_that_was_linked_is_kept(self, backend: Backend) -> None:
        await save(backend, a_user(1))
        await change_user(backend, user_id(1), lambda user: user.link_by_address("abc", now=later(hours=1)))
        found = await loaded_user(backend, user_id(1))
        assert (found.supabase_id, found.email_confirmed, found.version) == ("abc", True, 2)
        assert found.linked_by_address is True
        await change_user(backend, user_id(1), lambda user: user.link("abc", LinkReason.CONFIRMED, now=later(hours=2)))
        assert (await loaded_user(backend, user_id(1))).linked_by_address is False

    async def test_a_sign_in_that_waits_is_kept_and_why_it_was_linked(self, backend: Backend) -> None:
        await save(backend, a_user(1, role=Role.ADMIN), a_user(2))
        await change_user(backend, user_id(1), lambda user: user.link_by_address("abc", now=later(hours=1)))
        assert (await loaded_user(backend, user_id(1))).requested_sign_in == "abc"
        note = f"{ON_ONE_LINE} She was there."
        await change_user(
            backend, user_id(1), lambda user: user.link("abc", LinkReason.OTHER, note, now=later(hours=2))
        )
        found = await loaded_user(backend, user_id(1))
        assert (found.supabase_id, found.requested_sign_in, found.sign_in_note) == ("abc", None, note)

    async def test_people_whose_address_nobody_can_have_are_marked_as_invented(self, backend: Backend) -> None:
        emails = ("ana@office.example", "ben@example.com", "cy@example.example.com")
        await save(backend, *(a_user(n, email=email) for n, email in enumerate(emails, start=1)))
        assert await backend.reader(People).census() == Census(people=3, invented=0)
        for _ in range(2):
            await backend.units.run(lambda unit: unit.port(Staff).mark_demonstration())
            assert await backend.reader(People).census() == Census(people=2, invented=1)
        found = await loaded_user(backend, user_id(1))
        assert (found.demonstration, found.version) == (True, 1)

    async def test_a_role_granted_is_kept(self, backend: Backend) -> None:
        await save(backend, a_user(1, role=Role.MANAGER, managed_departments=("Lab",)))
        departments = ("Hygiene", "Zahnärzte 日本語")
        await change_user(backend, user_id(1), lambda user: user.grant(Role.MANAGER, departments, now=later(hours=1)))
        found = await loaded_user(backend, user_id(1))
        assert (found.role, found.managed_departments, found.version) == (Role.MANAGER, departments, 2)

    async def test_following_a_sign_in_leaves_the_version(self, backend: Backend) -> None:
        await save(backend, a_user(1, supabase_id="abc"))
        at = later(days=1, microseconds=7)
        await change_user(
            backend,
            user_id(1),
            lambda user: user.follow(email=None, email_verified=False, signed_in_at=at, now=later(days=2)),
        )
        found = await loaded_user(backend, user_id(1))
        assert (found.last_sign_in, found.version, found.updated_at) == (at, 1, T)

    async def test_an_erased_user_is_gone_permanently(self, backend: Backend) -> None:
        user = a_full_user()
        await save(backend, user)
        await change_user(backend, user.id, lambda user: user.erase(now=later(days=1)))
        user.erase(now=later(days=1))
        found = await loaded_user(backend, user.id)
        assert plain(UserView.of(found)) == plain(UserView.of(user))
        assert (found.email_as_of, found.erased_at) == (None, later(days=1))
        # Nothing of it is taken any more.
        await save(backend, a_user(2, email="full1@example.com", supabase_id="00000000-0000-4000-8000-000000000001"))

    async def test_a_unit_sees_its_own_writes(self, backend: Backend) -> None:
        async def work(unit: Unit) -> None:
            users = unit.port(Users)
            user = a_user()
            await users.add(user)
            assert await users.get(user.id) is user
            assert await users.by_email("user1@example.com") is user
            assert await unit.port(Staff).active([user.id]) == {user.id: True}

        await backend.units.run(work)

    async def test_a_change_is_kept_without_saving(self, backend: Backend) -> None:
        await save(backend, a_full_user(), a_user(2))
        await change_user(backend, user_id(1), lambda user: with_email(user, "new@example.com"))
        found = await loaded_user(backend, user_id(1))
        assert (found.email, found.email_confirmed, found.full_name) == ("new@example.com", False, "New name")
        assert (found.department, found.job_title, found.location) == (None, "Assistant", None)
        assert (found.hired_on, found.role, found.is_active) == (date(2026, 1, 1), Role.MANAGER, False)
        assert found.profile_metadata == {"new": [ON_ONE_LINE]}
        assert (found.version, found.created_at, found.updated_at) == (2, T, later(hours=1))
        assert found.supabase_id == a_full_user().supabase_id
        assert (await loaded_user(backend, user_id(2))).version == 1

    async def test_changes_after_the_commit_stay_outside(self, backend: Backend) -> None:
        metadata = {"license": {"state": "TX"}}
        added = a_user(metadata=metadata)
        await save(backend, added)
        loaded = await loaded_user(backend, user_id(1))
        for user in (added, loaded):
            user.full_name = "Changed"
            user.profile_metadata["license"]["state"] = "CA"
            user.profile_metadata["more"] = True
        view = await backend.reader(UserReader).detail(EVERYONE, user_id(1))
        assert view is not None
        assert (view.full_name, plain(view.profile_metadata)) == (None, {"license": {"state": "TX"}})
        assert (await loaded_user(backend, user_id(1))).profile_metadata == {"license": {"state": "TX"}}


@about(Users)
class TestUniqueUsers:
    async def test_an_address_is_taken_by_an_earlier_user(self, backend: Backend) -> None:
        await save(backend, a_user(1, email="ana@example.com"))
        with pytest.raises(EmailTaken):
            await save(backend, a_user(2, email="ANA@example.com"))
        assert await backend.reader(UserReader).detail(EVERYONE, user_id(2)) is None

    async def test_an_address_is_taken_within_one_unit(self, backend: Backend) -> None:
        with pytest.raises(EmailTaken):
            await save(backend, a_user(1, email="ana@example.com"), a_user(2, email="ana@example.com"))
        assert await backend.reader(UserReader).detail(EVERYONE, user_id(1)) is None

    async def test_an_address_cannot_be_changed_to_a_taken_one(self, backend: Backend) -> None:
        await save(backend, a_user(1), a_user(2))
        with pytest.raises(EmailTaken):
            await change_user(backend, user_id(2), lambda user: with_email(user, "user1@example.com"))
        found = await loaded_user(backend, user_id(2))
        assert (found.email, found.version) == ("user2@example.com", 1)

    async def test_an_address_that_was_given_up_is_free(self, backend: Backend) -> None:
        await save(backend, a_user(1, email="ana@example.com"))
        await change_user(backend, user_id(1), lambda user: with_email(user, "ana.new@example.com"))
        await save(backend, a_user(2, email="ana@example.com"))
        assert (await loaded_user(backend, user_id(2))).email == "ana@example.com"

    @pytest.mark.parametrize("again", ["E-001", "e-001", " E\u2013001 "])
    async def test_an_employee_id_is_taken_in_other_case_too(self, backend: Backend, again: str) -> None:
        await save(backend, a_user(1, employee_id="E-001"), a_user(2), a_user(3))
        with pytest.raises(EmployeeIdTaken):
            await save(backend, a_user(4, employee_id=again))
        with pytest.raises(EmployeeIdTaken):
            await change_user(backend, user_id(2), lambda user: with_employee_id(user, again))
        assert await backend.reader(UserReader).detail(EVERYONE, user_id(4)) is None
        assert (await loaded_user(backend, user_id(2))).employee_id is None

    async def test_an_employee_id_given_up_is_free(self, backend: Backend) -> None:
        await save(backend, a_user(1, employee_id="E-001"), a_user(2))
        await change_user(backend, user_id(1), lambda user: with_employee_id(user, None))
        await change_user(backend, user_id(2), lambda user: with_employee_id(user, "e-001"))
        assert (await loaded_user(backend, user_id(2))).employee_id == "e-001"

    async def test_any_number_of_users_have_no_address(self, backend: Backend) -> None:
        await save(backend, a_user(1, email=None, employee_id="1"), a_user(2, email=None, full_name="Ana"), a_user(3))
        await change_user(backend, user_id(3), lambda user: user.erase(now=later(hours=1)))
        assert [(await loaded_user(backend, user_id(n))).email for n in (1, 2, 3)] == [None] * 3
        await change_user(backend, user_id(1), lambda user: with_email(user, "user3@example.com"))
        assert (await loaded_user(backend, user_id(1))).email == "user3@example.com"
        assert not await backend.reader(People).has_email("none")

    async def test_a_supabase_id_is_taken(self, backend: Backend) -> None:
        await save(backend, a_user(1, supabase_id="abc"))
        with pytest.raises(SupabaseIdTaken):
            await save(backend, a_user(2, supabase_id="abc"))
        assert await backend.reader(UserReader).detail(EVERYONE, user_id(2)) is None

    async def test_any_number_of_users_have_no_supabase_id(self, backend: Backend) -> None:
        await save(backend, a_user(1), a_user(2), a_user(3, supabase_id="abc"), a_user(4, supabase_id="ABC"))
        assert (await loaded_user(backend, user_id(2))).supabase_id is None
        assert (await loaded_user(backend, user_id(4))).supabase_id == "ABC"


@about(Users)
class TestAdministrators:
    async def test_they_are_those_who_are_active(self, backend: Backend) -> None:
        roles = {1: Role.ADMIN, 2: Role.COMPLIANCE, 3: Role.ADMIN, 4: Role.AUTHENTICATED, 5: Role.ADMIN}
        await save(backend, *(a_user(n, role=role, is_active=n != 3) for n, role in roles.items()))

        async def work(unit: Unit) -> tuple[frozenset[UUID], frozenset[UUID]]:
            users = unit.port(Users)
            before = await users.administrators()
            (await users.get(user_id(1))).deactivate(now=later(hours=1))
            (await users.get(user_id(2))).grant(Role.ADMIN, (), now=later(hours=1))
            return before, await users.administrators()

        before, after = await backend.units.run(work)
        assert before == {user_id(1), user_id(5)}
        assert after == {user_id(2), user_id(5)}

    async def test_there_may_be_none(self, backend: Backend) -> None:
        assert await backend.units.run(lambda unit: unit.port(Users).administrators()) == frozenset()


@about(Staff)
class TestDepartments:
    async def test_they_are_where_somebody_works(self, backend: Backend) -> None:
        names = ["Hygiene", None, "Lab", "Hygiene", "hygiene"]
        await save(backend, *(a_user(n, department=name) for n, name in enumerate(names, start=1)))

        async def work(unit: Unit) -> frozenset[str]:
            await unit.port(Users).add(a_user(9, department="New"))
            return await unit.port(Staff).departments()

        assert await backend.units.run(work) == {"Hygiene", "Lab", "hygiene", "New"}


@about(Staff)
class TestManyUsers:
    async def test_who_is_active(self, backend: Backend) -> None:
        await save(backend, a_user(1), a_user(2, is_active=False), a_user(3))

        async def active(unit: Unit) -> list[dict[UUID, bool]]:
            staff = unit.port(Staff)
            asked: list[list[UUID]] = [[], [NOBODY], [user_id(2), user_id(1), NOBODY, user_id(1)]]
            return [await staff.active(ids) for ids in asked]

        assert await backend.units.run(active) == [{}, {}, {user_id(1): True, user_id(2): False}]

    async def test_who_exists_is_found(self, backend: Backend) -> None:
        await save(backend, a_full_user(1), a_user(2, is_active=False), a_user(3))

        async def many(unit: Unit) -> list[dict[UUID, str]]:
            staff = unit.port(Staff)
            asked: list[list[UUID]] = [[], [NOBODY], [user_id(2), user_id(1), NOBODY, user_id(1)]]
            found = [await staff.many(ids) for ids in asked]
            return [{key: plain(UserView.of(user)) for key, user in each.items()} for each in found]

        one, two = [plain(UserView.of(await loaded_user(backend, user_id(n)))) for n in (1, 2)]
        assert await backend.units.run(many) == [{}, {}, {user_id(1): one, user_id(2): two}]
        assert await backend.outbox() == []

    async def test_several_are_deactivated_at_once(self, backend: Backend) -> None:
        await save(backend, *(a_user(n) for n in (1, 2, 3)))

        async def deactivate(unit: Unit) -> None:
            await unit.port(Staff).deactivate([user_id(1), user_id(3)], later(hours=2))

        await backend.units.run(deactivate)
        found = [await loaded_user(backend, user_id(n)) for n in (1, 2, 3)]
        assert [user.is_active for user in found] == [False, True, False]
        assert [user.version for user in found] == [2, 1, 2]
        assert [user.updated_at for user in found] == [later(hours=2), T, later(hours=2)]

    async def test_they_are_deactivated_as_the_domain_does_it(self, backend: Backend) -> None:
        moments = [later(hours=n) for n in (-2, 0, 2)]
        cases = list(enumerate(product((True, False), moments, moments), start=1))
        expected, changed = [], []
        for n, (is_active, created, updated) in cases:
            user = a_user(n, now=created)
            user.is_active, user.updated_at = is_active, max(created, updated)
            await save(backend, user)
            user.take_events()
            user.deactivate(now=T)
            changed += [user.id for event in user.take_events() if event == UsersDeactivated.alone(user.id)]
            expected.append(columns_of(user))
        ids = [user_id(n) for n, _ in cases]
        many = [*reversed(ids), ids[0], user_id(999)]
        assert await backend.units.run(lambda unit: unit.port(Staff).deactivate(many, T)) == changed
        assert [columns_of(await loaded_user(backend, each)) for each in ids] == expected
        assert 0 < len(changed) < len(ids)

    async def test_nobody_is_deactivated_before_being_registered(self, backend: Backend) -> None:
        await save(backend, a_user(1), a_user(2))
        back = later(hours=-2)
        await change_user(backend, user_id(1), lambda user: user.deactivate(now=back))
        await backend.units.run(lambda unit: unit.port(Staff).deactivate([user_id(2)], back))
        found = [await loaded_user(backend, user_id(n)) for n in (1, 2)]
        assert [(user.deactivated_at, user.updated_at) for user in found] == [(T, T)] * 2

    async def test_thousands_are_deactivated_at_once(self, backend: Backend) -> None:
        await save(backend, a_user(1), a_user(5_000), a_user(9))
        ids = [user_id(n) for n in range(1, 5_001) if n != 9]

        async def deactivate(unit: Unit) -> dict[UUID, bool]:
            await unit.port(Staff).deactivate(ids, later(hours=2))
            return await unit.port(Staff).active([*ids, user_id(9)])

        assert await backend.units.run(deactivate) == {user_id(1): False, user_id(5_000): False, user_id(9): True}
