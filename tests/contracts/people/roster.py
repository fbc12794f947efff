"""The contract of the roster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from application.kernel.access import EVERYONE
from application.kernel.units import Unit
from application.people.ports import Roster, RosterMerge, Staff, Users
from application.people.users.queries import UserFilter, UserReader, UserView
from contracts import about
from contracts.backend import Backend, loaded_user, plain, save
from contracts.make import ON_ONE_LINE, T, a_full_user, a_line, a_user, later, user_id
from domain.kernel.days import utc_day
from domain.kernel.roles import Role
from domain.people.leavers import Absence, UnlistedPerson
from domain.people.returning import InactivePerson
from domain.people.roster import LineProblem, RosterEntry
from domain.people.roster_matching import AddressHolder, Renamed
from domain.people.users import User

NOW = later(days=30)

Counts = tuple[int, int, int]


def counts(merged: RosterMerge) -> Counts:
    """How many people were created, changed, and found as they were."""
    return len(merged.created), len(merged.updated), merged.unchanged


async def import_lines(backend: Backend, *lines: tuple[UUID, RosterEntry]) -> Counts:
    async def work(unit: Unit) -> Counts:
        roster = unit.port(Roster)
        await roster.stage(lines)
        await roster.match()
        assert await roster.repeated() == []
        merged = await roster.merge(NOW)
        assert unit.take_events() == []
        return counts(merged)

    return await backend.units.run(work)


async def shown(backend: Backend, n: int) -> dict[str, Any]:
    view = await backend.reader(UserReader).detail(EVERYONE, user_id(n))
    assert view is not None
    document: dict[str, Any] = plain(view)
    return document


@about(Roster)
class TestRosterMerge:
    async def test_a_new_person_is_created(self, backend: Backend) -> None:
        columns = {
            "full_name": ON_ONE_LINE,
            "department": "Hygiene",
            "job_title": "Hygienist",
            "location": "Austin, TX",
            "hired_on": date(2024, 2, 29),
            "profile_metadata": {"license": "TX-1", "ключ": ON_ONE_LINE},
        }
        assert await import_lines(backend, a_line(2, "ana@example.com", **columns)) == (1, 0, 0)
        found = await loaded_user(backend, user_id(2))
        assert {name: getattr(found, name) for name in columns} == columns
        assert (found.email, found.supabase_id, found.role) == ("ana@example.com", None, Role.AUTHENTICATED)
        assert (found.is_active, found.email_confirmed, found.last_sign_in) == (True, False, None)
        assert (found.version, found.created_at, found.updated_at) == (1, NOW, NOW)

    @pytest.mark.parametrize(
        "keys",
        [
            {"employee_id": "D-1"},
            {"email": "user2@example.com"},
            {"employee_id": "d-1", "email": "user2@example.com"},
            {"employee_id": "S-1", "email": "user2@example.com"},
        ],
        ids=["id", "address", "both", "own id"],
    )
    async def test_the_keys_of_a_duplicate_find_the_person_and_stay_with_the_duplicate(
        self, backend: Backend, keys: dict[str, str]
    ) -> None:
        stays = a_user(1, email="user1@example.com", employee_id="S-1")
        duplicate = a_user(2, email="user2@example.com", employee_id="D-1")
        duplicate.merge_into(stays, user_id(9), now=T)
        await save(backend, stays, duplicate)
        entry = RosterEntry(2, keys.get("email"), "Ana Ruiz", employee_id=keys.get("employee_id"))
        line = (user_id(3), entry)
        assert await import_lines(backend, line) == (0, 1, 0)
        assert await import_lines(backend, line) == (0, 0, 1)
        found = [await shown(backend, n) for n in (1, 2)]
        assert [(each["email"], each["employee_id"]) for each in found] == [
            ("user1@example.com", "S-1"),
            ("user2@example.com", "D-1"),
        ]
        assert found[0]["full_name"] == "Ana Ruiz"

    async def test_an_address_alone_is_enough(self, backend: Backend) -> None:
        assert await import_lines(backend, a_line(2, "ana@example.com")) == (1, 0, 0)
        found = await loaded_user(backend, user_id(2))
        assert [found.full_name, found.department, found.job_title, found.location, found.hired_on] == [None] * 5
        assert found.profile_metadata == {}

    async def test_what_differs_is_updated(self, backend: Backend) -> None:
        user = a_full_user()
        user.is_active = False
        await save(backend, user, a_user(2))
        line = a_line(9, user.email, department="Lab", hired_on=date(2020, 1, 1))
        assert await import_lines(backend, line) == (0, 1, 0)
        expected = plain(UserView.of(user)) | {
            "department": "Lab",
            "hired_on": "2020-01-01",
            "version": user.version + 1,
            "updated_at": plain(NOW),
        }
        assert await shown(backend, 1) == expected
        assert await shown(backend, 2) == plain(UserView.of(a_user(2)))
        assert await backend.reader(UserReader).detail(EVERYONE, user_id(9)) is None

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("full_name", "New"),
            ("department", "New"),
            ("job_title", "New"),
            ("location", "New"),
            ("hired_on", date(2020, 1, 1)),
            ("profile_metadata", {"new": "New"}),
        ],
    )
    @pytest.mark.parametrize("make", [a_full_user, a_user], ids=["filled", "empty"])
    async def test_each_column_counts_alone(
        self, backend: Backend, column: str, value: Any, make: Callable[[], User]
    ) -> None:
        user = make()
        await save(backend, user)
        assert await import_lines(backend, a_line(2, user.email, **{column: value})) == (0, 1, 0)
        found = await loaded_user(backend, user_id(1))
        if column == "profile_metadata":
            value = user.profile_metadata | value
        assert (getattr(found, column), found.version) == (value, 2)

    async def test_what_is_the_same_is_left_alone(self, backend: Backend) -> None:
        user = a_full_user()
        user.profile_metadata["license_no"] = "TX-1"
        await save(backend, user, a_user(2))
        line = a_line(
            9,
            user.email,
            full_name=user.full_name,
            department=user.department,
            job_title=user.job_title,
            location=user.location,
            hired_on=user.hired_on,
            profile_metadata={"license_no": "TX-1"},
        )
        assert await import_lines(backend, line, a_line(10, "user2@example.com")) == (0, 0, 2)
        assert await shown(backend, 1) == plain(UserView.of(user))
        assert (await loaded_user(backend, user_id(2))).updated_at == T

    async def test_nothing_changes_before_it_was_there(self, backend: Backend) -> None:
        await save(backend, a_user(1, now=later(days=31)))
        line = a_line(2, "user1@example.com", department="Lab")
        assert await import_lines(backend, line) == (0, 1, 0)
        found = await loaded_user(backend, user_id(1))
        assert (found.department, found.version, found.updated_at) == ("Lab", 2, later(days=31))

    async def test_metadata_are_merged_key_by_key(self, backend: Backend) -> None:
        before = {"keep": {"a": [1]}, "replace": {"a": 1, "b": 2}, "nothing": None, "same": "x"}
        await save(backend, a_user(metadata=before))
        line = a_line(2, "user1@example.com", profile_metadata={"replace": "new", "same": "x", "added": "ä"})
        assert await import_lines(backend, line) == (0, 1, 0)
        assert (await loaded_user(backend, user_id(1))).profile_metadata == before | {"replace": "new", "added": "ä"}

    async def test_metadata_that_would_be_too_many_are_reported_and_left_out(self, backend: Backend) -> None:
        full = {f"k{n}": "v" for n in range(99)}
        await save(backend, a_user(1, metadata=full), a_user(2, metadata=full))

        async def work(unit: Unit) -> tuple[list[LineProblem], Counts]:
            roster = unit.port(Roster)
            await roster.stage(
                [
                    a_line(3, "user1@example.com", profile_metadata={"new": "1", "k0": "other"}),
                    a_line(4, "user2@example.com", profile_metadata={"new": "1", "newer": "2"}),
                    a_line(5, "new@example.com", profile_metadata=full),
                ]
            )
            await roster.match()
            return await roster.overfull(), counts(await roster.merge(NOW))

        told = "would give the person 101 metadata entries; at most 100 are possible. Remove columns"
        assert await backend.units.run(work) == ([LineProblem(4, None, told)], (1, 1, 0))
        assert len((await loaded_user(backend, user_id(1))).profile_metadata) == 100
        assert (await loaded_user(backend, user_id(2))).profile_metadata == full

    async def test_importing_again_changes_nothing(self, backend: Backend) -> None:
        lines = [
            a_line(n, f"user{n}@example.com", full_name=f"User {n}", profile_metadata={"no": str(n)})
            for n in range(2, 5)
        ]
        assert await import_lines(backend, *lines) == (3, 0, 0)
        again = [(user_id(n + 100), entry) for n, (_, entry) in enumerate(lines)]
        assert await import_lines(backend, *again) == (0, 0, 3)
        assert (await loaded_user(backend, user_id(2))).version == 1

    async def test_lines_of_all_sorts_in_several_batches(self, backend: Backend) -> None:
        await save(backend, a_user(1), a_user(2, full_name="Same"), a_user(3))

        async def work(unit: Unit) -> Counts:
            await unit.port(Roster).stage(
                [a_line(10, "new10@example.com"), a_line(11, "user1@example.com", location="A")]
            )
            await unit.port(Roster).stage([])
            await unit.port(Roster).stage(iter([a_line(12, "user2@example.com", full_name="Same")]))
            await unit.port(Roster).stage([a_line(n, f"new{n}@example.com") for n in range(13, 1_200)])
            await unit.port(Roster).match()
            merged = await unit.port(Roster).merge(NOW)
            assert (await unit.port(Users).get(user_id(10))).email == "new10@example.com"
            assert merged.created == tuple(user_id(n) for n in (10, *range(13, 1_200)))
            assert merged.updated == (user_id(1),)
            return counts(merged)

        assert await backend.units.run(work) == (1_188, 1, 1)
        assert (await loaded_user(backend, user_id(1_199))).email == "new1199@example.com"

    async def test_an_empty_roster_changes_nothing(self, backend: Backend) -> None:
        assert await import_lines(backend) == (0, 0, 0)


@about(Roster)
class TestRosterStage:
    async def test_repeated_lines_are_reported_and_dropped(self, backend: Backend) -> None:
        async def work(unit: Unit) -> tuple[list[LineProblem], list[LineProblem], Counts]:
            roster = unit.port(Roster)
            await roster.stage([a_line(2, "ana@example.com", full_name="First"), a_line(3, "ben@example.com")])
            await roster.stage([a_line(4, "ana@example.com", full_name="Second"), a_line(5, "eva@example.com")])
            await roster.stage([a_line(7, "ben@example.com"), a_line(9, "ana@example.com", full_name="Third")])
            await roster.match()
            return await roster.repeated(), await roster.repeated(), counts(await roster.merge(NOW))

        problems, again, merged = await backend.units.run(work)
        assert problems == [
            LineProblem(4, "email", "repeats the e-mail address of line 2"),
            LineProblem(7, "email", "repeats the e-mail address of line 3"),
            LineProblem(9, "email", "repeats the e-mail address of line 2"),
        ]
        assert again == []
        assert merged == (3, 0, 0)
        assert (await loaded_user(backend, user_id(2))).full_name == "First"

    async def test_a_line_that_releases_the_address_of_another_line_about_the_same_person_is_refused_too(
        self, backend: Backend
    ) -> None:
        ana, bo = (a_user(n, employee_id=f"E-{n}") for n in (1, 2))
        await save(backend, ana, bo, a_user(3, email=None, employee_id="E-3"))
        lines = [
            a_line(2, "new@example.com", employee_id="E-1"),
            a_line(3, ana.email),
            # Another key of the same person, and nothing moves.
            a_line(4, bo.email),
            (user_id(5), RosterEntry(5, None, employee_id="E-2")),
            a_line(6, "eva@example.com", employee_id="E-3"),
        ]

        async def work(unit: Unit) -> tuple[list[LineProblem], Counts]:
            roster = unit.port(Roster)
            await roster.stage(lines)
            await roster.match()
            return await roster.repeated(), counts(await roster.merge(NOW))

        for changed in (1, 0):
            problems, merged = await backend.units.run(work)
            assert problems == [
                LineProblem(2, "email", "gives another e-mail address to the person of line 3. Keep one of them"),
                LineProblem(3, None, "is about the same person as line 2. Keep one of them"),
                LineProblem(5, None, "is about the same person as line 4. Keep one of them"),
            ]
            assert merged == (0, changed, 2 - changed)
        assert (await loaded_user(backend, user_id(1))).email == ana.email

    async def test_a_later_day_of_hire_is_kept_out_of_some_lines(self, backend: Backend) -> None:
        users = [a_user(n) for n in range(1, 6)]
        for user in users[:4]:
            user.hired_on = date(2020, 1, 5)
        await save(backend, *users)
        days = (date(2020, 1, 6), date(2020, 1, 4), date(2026, 1, 1), None, date(2026, 1, 1))
        lines = [a_line(n, user.email, hired_on=day) for n, (user, day) in enumerate(zip(users, days, strict=True), 2)]

        async def work(unit: Unit) -> Counts:
            roster = unit.port(Roster)
            await roster.stage([*lines, a_line(9, "new@example.com", hired_on=date(2026, 1, 1))])
            await roster.match()
            await roster.keep_hires([2, 3, 5, 6])
            return counts(await roster.merge(NOW))

        assert await backend.units.run(work) == (1, 2, 3)
        found = [(await loaded_user(backend, user_id(n))).hired_on for n in (*range(1, 6), 9)]
        assert found == [
            *(date(2020, 1, 5), date(2020, 1, 4), date(2026, 1, 1), date(2020, 1, 5), None),
            date(2026, 1, 1),
        ]

    async def test_renamed_people_are_distinguished_as_the_domain_does(self, backend: Backend) -> None:
        names = (None, "Old Person", "New Person")
        days = (None, date(2020, 1, 1), date(2026, 11, 1))
        cases = list(product(names, days, names, days, (True, False)))
        lines = []
        for n, (known_name, hired_on, listed_name, starts_on, is_active) in enumerate(cases, start=1):
            user = a_user(n, full_name=known_name, is_active=is_active)
            user.hired_on = hired_on
            await save(backend, user)
            lines.append(a_line(1_000 + n, user.email, full_name=listed_name, hired_on=starts_on))
        expected = [
            Renamed(
                RosterEntry(1_000 + n, f"user{n}@example.com", listed, hired_on=starts),
                AddressHolder(user_id(n), known, hired, utc_day(T) - timedelta(days=9), active),
            )
            for n, (known, hired, listed, starts, active) in enumerate(cases, start=1)
            if known and listed
        ]

        async def work(unit: Unit) -> tuple[list[Renamed], RosterMerge]:
            roster = unit.port(Roster)
            await roster.stage(lines)
            await roster.match()
            found = await roster.renamed(lambda moment: utc_day(moment) - timedelta(days=9))
            await roster.drop([each.entry.line for each in found])
            await roster.drop([])
            return found, await roster.merge(NOW)

        found, merged = await backend.units.run(work)
        assert [each for each in found if each.is_somebody_else] == [each for each in expected if each.is_somebody_else]
        assert len(found) < len(expected)
        assert len(merged.updated) + merged.unchanged == len(cases) - len(found)

    async def test_an_address_that_was_given_up_is_free(self, backend: Backend) -> None:
        await save(backend, a_user(1, full_name="Old Person", supabase_id="abc"))

        async def work(unit: Unit) -> Counts:
            roster = unit.port(Roster)
            await roster.stage([a_line(2, "user1@example.com", full_name="New Person")])
            await roster.match()
            await roster.separate([2])
            (await unit.port(Users).get(user_id(1))).give_up_address(now=NOW)
            return counts(await roster.merge(NOW))

        assert await backend.units.run(work) == (1, 0, 0)
        old, new = await loaded_user(backend, user_id(1)), await loaded_user(backend, user_id(2))
        assert (old.email, old.is_active) == (None, False)
        assert (new.email, new.full_name, new.is_active) == ("user1@example.com", "New Person", True)

    async def test_nothing_waits_for_the_next_unit(self, backend: Backend) -> None:
        class Refused(Exception):
            pass

        async def refuse(unit: Unit) -> None:
            await unit.port(Roster).stage([a_line(2, "ana@example.com")])
            await unit.port(Roster).match()
            await unit.port(Roster).merge(NOW)
            raise Refused

        with pytest.raises(Refused):
            await backend.units.run(refuse)
        assert await backend.reader(UserReader).detail(EVERYONE, user_id(2)) is None
        assert await import_lines(backend, a_line(3, "ben@example.com")) == (1, 0, 0)
        assert await import_lines(backend, a_line(4, "ana@example.com")) == (1, 0, 0)


@about(Roster)
class TestRosterRules:
    """What a line does to a person is said by `RosterEntry`; every store agrees with it."""

    async def test_each_line_does_what_the_domain_says(self, backend: Backend) -> None:
        known = [None, *product(("Ana", None), ("Lab", None), KEPT)]
        stated = list(product((None, "Ana", "Eva"), (None, "Lab"), STATED))
        cases = list(product(known, stated))
        expected: dict[UUID, dict[str, Any]] = {}
        created, updated, lines = [], [], []
        for n, (before, (name, department, metadata)) in enumerate(cases, start=1):
            new_id, entry = a_line(5_000 + n, f"user{n}@example.com", full_name=name, department=department)
            entry = replace(entry, profile_metadata=metadata)
            lines.append((new_id, entry))
            if before is None:
                expected[new_id] = plain(UserView.of(entry.newcomer(new_id, now=NOW)))
                created.append(new_id)
                continue
            user = a_user(n, full_name=before[0], department=before[1], metadata=dict(before[2]))
            await save(backend, user)
            if entry.bring_up_to_date(user, now=NOW):
                updated.append(user.id)
            expected[user.id] = plain(UserView.of(user))

        async def work(unit: Unit) -> RosterMerge:
            await unit.port(Roster).stage(lines)
            await unit.port(Roster).match()
            return await unit.port(Roster).merge(NOW)

        merged = await backend.units.run(work)
        unchanged = len(cases) - len(created) - len(updated)
        listed = tuple(sorted(user_id(n) for n, (before, _) in enumerate(cases, start=1) if before is not None))
        assert merged == RosterMerge(tuple(sorted(created)), tuple(sorted(updated)), unchanged, listed)
        assert unchanged > 0
        page = await backend.reader(UserReader).page(EVERYONE, UserFilter(), None, 10_000)
        assert {each.id: plain(each) for each in page.items} == expected

    async def test_what_is_too_much_is_what_the_domain_says(self, backend: Backend) -> None:
        told, lines = [], []
        for n, (kept, stated, shared) in enumerate(product((0, 50, 99, 100), (0, 1, 51, 100), (0, 1, 50)), start=1):
            metadata = {f"k{i}": "v" for i in range(kept)}
            start = kept - min(shared, kept)
            line = a_line(
                n, f"user{n}@example.com", profile_metadata={f"k{i}": "w" for i in range(start, start + stated)}
            )
            await save(backend, a_user(n, metadata=metadata))
            lines.append((user_id(5_000 + n), line[1]))
            if problem := line[1].overfills(metadata):
                told.append(problem)

        async def work(unit: Unit) -> list[LineProblem]:
            await unit.port(Roster).stage(lines)
            await unit.port(Roster).match()
            return await unit.port(Roster).overfull()

        assert await backend.units.run(work) == told
        assert 0 < len(told) < len(lines)


KEPT: list[dict[str, Any]] = [
    {},
    {"badge": "1"},
    {"badge": 1},
    {"badge": ["1"]},
    {"badge": {"1": "1"}},
    {"badge": None},
    {"badge": "1", "other": {"a": [1, "1"]}},
]
STATED: list[dict[str, Any]] = [{}, {"badge": "1"}, {"badge": "2"}, {"new": "1"}, {"badge": "1", "new": "1"}]
"""A roster states texts only."""


def without_address(user: User) -> None:
    user.email, user.employee_id = None, "E-10"
    user.update_from_roster({"job_title": "Assistant"}, {}, now=NOW)


@about(Roster)
class TestAbsence:
    """Who is missing is known from the rosters before."""

    async def test_only_active_people_whom_a_roster_has_listed_can_be_missing(self, backend: Backend) -> None:
        await save(backend, a_user(1), a_user(2, full_name="Bo Li"), a_user(3), a_user(4), a_user(5))
        users = [a_user(n).email for n in range(1, 6)]
        first = [a_line(20 + n, users[n - 1]) for n in (1, 2, 3)]

        async def before(unit: Unit) -> None:
            roster = unit.port(Roster)
            await roster.stage([*first, a_line(9, "user9@example.com"), a_line(10, "user10@example.com")])
            await roster.match()
            assert await roster.absence() == Absence((), 5, 2), "no roster has listed anybody"
            merged = await roster.merge(NOW)
            assert merged.listed == (user_id(1), user_id(2), user_id(3))
            await unit.port(Staff).deactivate([user_id(3)], NOW)

        async def after(unit: Unit) -> tuple[Absence, tuple[UUID, ...]]:
            roster = unit.port(Roster)
            await roster.stage([a_line(30, users[0]), a_line(31, users[4])])
            await roster.match()
            return await roster.absence(), (await roster.merge(NOW)).listed

        await backend.units.run(before)
        await change(backend, user_id(9), lambda user: user.grant(Role.ADMIN, (), now=NOW))
        await change(backend, user_id(10), without_address)
        absence, listed = await backend.units.run(after)
        assert absence == Absence(
            (
                UnlistedPerson(user_id(2), "Bo Li", False),
                UnlistedPerson(user_id(9), "user9@example.com", True),
            ),
            active=6,
            never_listed=1,
            unrecognizable=1,
        ), "the file has no employee ids, by which alone the last one could be found"
        assert listed == (user_id(5),)


async def change(backend: Backend, whom: UUID, how: Callable[[User], object]) -> None:
    async def work(unit: Unit) -> None:
        how(await unit.port(Users).get(whom))

    await backend.units.run(work)


@about(Roster, Staff)
class TestReturning:
    """Who is deactivated and listed, and who becomes active again."""

    async def test_lines_about_people_who_are_deactivated_are_found(self, backend: Backend) -> None:
        left = a_full_user()
        left.deactivate(now=later(days=3))
        unknown = a_user(3, is_active=False)
        await save(backend, left, a_user(2), unknown)

        async def work(unit: Unit) -> list[InactivePerson]:
            roster = unit.port(Roster)
            await roster.stage(
                [
                    a_line(7, left.email or "", rehired_on=date(2026, 5, 1), department="Lab"),
                    a_line(8, "user2@example.com", rehired=True),
                    a_line(9, "user3@example.com", rehired=True),
                ]
            )
            await roster.match()
            return await roster.inactive(utc_day)

        assert await backend.units.run(work) == [
            InactivePerson(
                RosterEntry(7, left.email, rehired_on=date(2026, 5, 1)), user_id(1), utc_day(later(days=3)), True
            ),
            InactivePerson(RosterEntry(9, "user3@example.com", rehired=True), user_id(3), None, False),
        ]

    async def test_they_become_active_as_the_domain_says(self, backend: Backend) -> None:
        users = [a_user(1), a_user(2), a_user(3)]
        for user in users[:2]:
            user.deactivate(now=later(days=3))
        await save(backend, *users)

        async def work(unit: Unit) -> list[UUID]:
            return await unit.port(Staff).reactivate([user_id(n) for n in (3, 2, 77)], NOW)

        assert await backend.units.run(work) == [user_id(2)]
        users[1].reactivate(now=NOW)
        for n, user in enumerate(users, start=1):
            assert await shown(backend, n) == plain(UserView.of(user))
