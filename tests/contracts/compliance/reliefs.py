"""The contract of relief: requests and decisions are added, and none is changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

import pytest

from application.compliance.relief.ports import Reliefs
from application.compliance.relief.queries import (
    DecreeView,
    ReliefDetail,
    ReliefFilter,
    ReliefReader,
    ReliefView,
)
from application.kernel.access import EVERYONE, Scope
from application.kernel.units import Unit
from application.people.ports import UserMerges, Users
from contracts import about
from contracts.backend import Backend, pages, plain, save
from contracts.kernel.units_at_once import AT_ONCE, at_once, others
from contracts.make import NOBODY, UNICODE, T, a_user, later, uid, user_id
from domain.compliance.citations import Basis, LegalSource
from domain.compliance.facts import GrantedRelief
from domain.compliance.permitted_relief import ReliefKind
from domain.compliance.relief import (
    Relief,
    ReliefDecided,
    ReliefNotFound,
    ReliefNotInForce,
    ReliefReason,
    ReliefRequestedBefore,
    ReliefStatus,
)
from domain.compliance.relief_decrees import DecreeNotFound, ReliefDecree

R = TypeVar("R")
MARCH, MAY, JUNE = date(2026, 3, 1), date(2026, 5, 31), date(2026, 6, 30)
SHARPS, PRIVACY = uid(301), uid(302)
OFFICER, SECOND = uid(88_888), uid(99_999)
STORM = LegalSource("Order of the governor", Basis.REGULATION, "TX", "https://gov.example/storm", date(2026, 2, 1))


def relief_id(n: int) -> UUID:
    """The id of `a_relief(n)`."""
    return uid(70_000 + n)


def a_relief(n: int = 1, *, user: int = 1, hours: int = 0, **facts: Any) -> Relief:
    """The request number n, for user `user`: a waiver from March to May, unless said otherwise."""
    known = {"requirement_id": SHARPS, "kind": ReliefKind.WAIVER, "reason": ReliefReason.ILLNESS, "until": MAY}
    known |= {"from_day": MARCH, "requested_by": user_id(user), "now": later(hours=hours)}
    return Relief.request(relief_id(n), user_id=user_id(user), **{**known, **facts})


def a_decree(n: int = 1, **facts: Any) -> ReliefDecree:
    """The decree number n."""
    known = {"requirement_id": SHARPS, "kind": ReliefKind.WAIVER, "reason": ReliefReason.DISASTER, "note": UNICODE}
    known |= {"from_day": MARCH, "until": MAY, "source": STORM, "requested_by": OFFICER, "requested_at": T}
    return ReliefDecree(uid(71_000 + n), **{**known, **facts})


async def add(backend: Backend, *many: Relief) -> None:
    """Add these requests in a unit of work of its own."""
    await backend.units.run(lambda unit: unit.port(Reliefs).add(many))


async def decree(backend: Backend, ordered: ReliefDecree, *users: int) -> list[Relief]:
    """Add the decree with a request for each of these users."""
    requests = [ordered.relief(relief_id(user), user_id(user)) for user in users]

    async def work(unit: Unit) -> None:
        await unit.port(Reliefs).add_decree(ordered)
        await unit.port(Reliefs).add(requests)

    await backend.units.run(work)
    return requests


async def decide(backend: Backend, n: int, *decisions: Callable[[Relief], None]) -> None:
    """Let each of these be decided in a unit of work of its own."""
    for each in decisions:

        async def work(unit: Unit, each: Callable[[Relief], None] = each) -> None:
            relief = await unit.port(Reliefs).get(relief_id(n))
            each(relief)
            await unit.port(Reliefs).save([relief])

        await backend.units.run(work)


def approve(relief: Relief) -> None:
    relief.approve(by=OFFICER, now=later(hours=1), note=UNICODE)


def reject(relief: Relief) -> None:
    relief.reject(by=SECOND, now=later(hours=1), note="There is a class on March 20.")


def end(last_day: date) -> Callable[[Relief], None]:
    return lambda relief: relief.end(last_day, by=SECOND, now=later(hours=2), note="Back at work.")


async def approved(backend: Backend, *many: Relief) -> None:
    """Add these, and have them approved."""
    await add(backend, *many)
    for each in many:

        async def work(unit: Unit, each: Relief = each) -> None:
            relief = await unit.port(Reliefs).get(each.id)
            approve(relief)
            await unit.port(Reliefs).save([relief])

        await backend.units.run(work)


async def loaded(backend: Backend, n: int = 1) -> Relief:
    """The relief as a new unit of work finds it."""
    return await backend.units.run(lambda unit: unit.port(Reliefs).get(relief_id(n)))


async def granted(backend: Backend, *users: int) -> dict[tuple[UUID, UUID], tuple[GrantedRelief, ...]]:
    ids = list(map(user_id, users))
    return dict(await backend.units.run(lambda unit: unit.port(Reliefs).granted(ids)))


def facts_of(relief: Relief) -> dict[str, Any]:
    return vars(relief)


@about(Reliefs)
class TestReliefs:
    @pytest.mark.parametrize(
        "asked",
        [
            a_relief(),
            a_relief(
                kind=ReliefKind.EQUIVALENT, until=None, requested_by=None, reason=ReliefReason.OTHER, note=UNICODE
            ),
        ],
    )
    async def test_a_request_comes_back_as_it_was_added(self, backend: Backend, asked: Relief) -> None:
        await add(backend, asked)
        assert facts_of(await loaded(backend)) == facts_of(asked)

    async def test_an_unknown_one_is_not_there(self, backend: Backend) -> None:
        with pytest.raises(ReliefNotFound):
            await backend.units.run(lambda unit: unit.port(Reliefs).get(NOBODY))
        with pytest.raises(DecreeNotFound):
            await backend.units.run(lambda unit: unit.port(Reliefs).decree(NOBODY))

    async def test_decisions_are_added_and_what_was_known_before_stays(self, backend: Backend) -> None:
        expected = a_relief()
        await add(backend, a_relief())
        for each in (approve, end(date(2026, 4, 30)), end(date(2026, 4, 10))):
            each(expected)
        await decide(backend, 1, approve, end(date(2026, 4, 30)), end(date(2026, 4, 10)))
        found = await loaded(backend)
        assert found.decisions == expected.decisions
        assert [each.last_day for each in found.decisions] == [None, date(2026, 4, 30), date(2026, 4, 10)]
        assert (found.status, found.requested_until, found.until) == (ReliefStatus.APPROVED, MAY, date(2026, 4, 10))
        assert (found.version, found.updated_at, found.written) == (4, later(hours=2), [])

    async def test_nothing_is_decided_twice(self, backend: Backend) -> None:
        await add(backend, a_relief())

        async def both(unit: Unit) -> None:
            first = await unit.port(Reliefs).get(relief_id(1))
            approve(first)
            await unit.port(Reliefs).save([first])
            reject(await unit.port(Reliefs).get(relief_id(1)))

        with pytest.raises(ReliefDecided):
            await backend.units.run(both)
        assert (await loaded(backend)).status is ReliefStatus.REQUESTED

    async def test_of_many_who_decide_at_once_one_does(self, backend: Backend) -> None:
        await add(backend, a_relief())

        async def work(unit: Unit, n: int) -> None:
            relief = await unit.port(Reliefs).get(relief_id(1))
            await others()
            (approve if n % 2 else reject)(relief)
            await unit.port(Reliefs).save([relief])

        assert await at_once(backend, work) == {None: 1, ReliefDecided: AT_ONCE - 1}
        assert len((await loaded(backend)).decisions) == 1

    async def test_of_many_who_end_it_at_once_the_first_day_counts(self, backend: Backend) -> None:
        await approved(backend, a_relief())

        async def work(unit: Unit, n: int) -> None:
            relief = await unit.port(Reliefs).get(relief_id(1))
            await others()
            end(date(2026, 4, n))(relief)
            await unit.port(Reliefs).save([relief])

        outcomes = await at_once(backend, work)
        assert outcomes.keys() <= {None, ReliefNotInForce}
        found = await loaded(backend)
        assert (found.until, len(found.decisions)) == (date(2026, 4, 1), 1 + outcomes[None])

    async def test_a_decree_is_decided_once(self, backend: Backend) -> None:
        await decree(backend, a_decree(), 1, 2)

        async def work(unit: Unit, n: int) -> None:
            found = await unit.port(Reliefs).of_decree(a_decree().id)
            await others()
            for each in found:
                each.reject(by=SECOND, now=later(hours=n), note="Lifted.")
            await unit.port(Reliefs).save(found)

        assert await at_once(backend, work) == {None: 1, ReliefDecided: AT_ONCE - 1}

    async def test_two_requests_never_have_the_same_number(self, backend: Backend) -> None:
        await add(backend, a_relief(1))
        with pytest.raises(ReliefRequestedBefore):
            await add(backend, a_relief(2, kind=ReliefKind.DELAY))
        others: list[dict[str, Any]] = [{"user": 2}, {"requirement_id": PRIVACY}, {"number": 2}]
        await add(backend, *(a_relief(n, **facts) for n, facts in enumerate(others, start=3)))

    async def test_earlier_requests(self, backend: Backend) -> None:
        await save(backend, a_user(1), a_user(2))
        await add(backend, a_relief(2), a_relief(1, number=2, until=JUNE), a_relief(3, user=2))
        await add(backend, a_relief(4, requirement_id=PRIVACY))
        await decide(backend, 2, reject)
        asked = [user_id(1), user_id(2), user_id(3)]
        found = await backend.units.run(lambda unit: unit.port(Reliefs).earlier(SHARPS, asked))
        assert {user: [(each.id, each.status, each.until) for each in some] for user, some in found.items()} == {
            user_id(1): [
                (relief_id(1), ReliefStatus.REQUESTED, JUNE),
                (relief_id(2), ReliefStatus.REJECTED, MAY),
            ],
            user_id(2): [(relief_id(3), ReliefStatus.REQUESTED, MAY)],
        }

    async def test_a_unit_sees_what_it_has_added(self, backend: Backend) -> None:
        await save(backend, a_user(1))

        async def work(unit: Unit) -> Sequence[GrantedRelief]:
            reliefs = unit.port(Reliefs)
            await reliefs.add([a_relief()])
            relief = await reliefs.get(relief_id(1))
            approve(relief)
            await reliefs.save([relief])
            return (await reliefs.granted([user_id(1)]))[user_id(1), SHARPS]

        assert [each.id for each in await backend.units.run(work)] == [relief_id(1)]

    async def test_a_decree_with_all_its_people(self, backend: Backend) -> None:
        ordered = a_decree()
        requests = await decree(backend, ordered, 3, 1, 2)
        await add(backend, a_relief(9, user=4))

        async def both(unit: Unit) -> tuple[ReliefDecree, list[Relief]]:
            return await unit.port(Reliefs).decree(ordered.id), await unit.port(Reliefs).of_decree(ordered.id)

        found, people = await backend.units.run(both)
        assert found == ordered
        assert list(map(facts_of, people)) == [facts_of(each) for each in sorted(requests, key=lambda each: each.id)]

    async def test_many_are_added_and_decided_at_once(self, backend: Backend) -> None:
        ordered, people = a_decree(), range(1, 602)
        await decree(backend, ordered, *people)

        async def work(unit: Unit) -> None:
            found = await unit.port(Reliefs).of_decree(ordered.id)
            for each in found:
                each.approve(by=SECOND, now=later(hours=1))
            await unit.port(Reliefs).save(found)

        await backend.units.run(work)
        found = await backend.units.run(lambda unit: unit.port(Reliefs).of_decree(ordered.id))
        assert [(each.user_id, each.status) for each in found] == [(user_id(n), ReliefStatus.APPROVED) for n in people]


@about(Reliefs)
class TestGrantedRelief:
    async def test_approved_relief_counts_until_it_ends(self, backend: Backend) -> None:
        await save(backend, a_user(1), a_user(2), a_user(3))
        await approved(
            backend,
            a_relief(1),
            a_relief(2, from_day=date(2026, 2, 1), number=2),
            a_relief(3, kind=ReliefKind.EQUIVALENT, until=None, requirement_id=PRIVACY),
            a_relief(4, kind=ReliefKind.MEDICAL, number=3),
            a_relief(5, user=2),
        )
        await add(backend, a_relief(6, user=3), a_relief(7, user=2, kind=ReliefKind.DELAY, number=2))
        await decide(backend, 1, end(date(2026, 4, 30)), end(date(2026, 4, 10)))
        await decide(backend, 4, end(date(2026, 1, 1)))
        await decide(backend, 7, reject)
        expected = {
            (user_id(1), SHARPS): (
                GrantedRelief(date(2026, 2, 1), MAY, id=relief_id(2), kind=ReliefKind.WAIVER),
                GrantedRelief(MARCH, date(2026, 4, 10), id=relief_id(1), kind=ReliefKind.WAIVER),
            ),
            (user_id(1), PRIVACY): (GrantedRelief(MARCH, None, id=relief_id(3), kind=ReliefKind.EQUIVALENT),),
            (user_id(2), SHARPS): (GrantedRelief(MARCH, MAY, id=relief_id(5), kind=ReliefKind.WAIVER),),
        }
        assert await granted(backend, 1, 2, 3) == expected
        assert await granted(backend, 2) == {(user_id(2), SHARPS): expected[user_id(2), SHARPS]}
        assert await granted(backend) == {}

    async def test_what_was_given_to_a_merged_user_counts_for_the_one_who_stays(self, backend: Backend) -> None:
        await save(backend, a_user(1), a_user(2))
        await approved(backend, a_relief(1, user=2))

        async def merge(unit: Unit) -> None:
            pair = await unit.port(UserMerges).locked([user_id(1), user_id(2)])
            pair[user_id(2)].merge_into(pair[user_id(1)], uid(62), now=later(days=1))

        await backend.units.run(merge)
        assert await granted(backend, 1) == {
            (user_id(1), SHARPS): (GrantedRelief(MARCH, MAY, id=relief_id(1), kind=ReliefKind.WAIVER),)
        }
        found = await loaded(backend)
        assert (found.user_id, found.person_id) == (user_id(2), user_id(1))

    async def test_what_was_requested_for_a_merged_user_is_known_of_the_one_who_stays(self, backend: Backend) -> None:
        await save(backend, a_user(1), a_user(2))
        await add(backend, a_relief(1), a_relief(2, user=2))

        async def merge(unit: Unit) -> None:
            pair = await unit.port(UserMerges).locked([user_id(1), user_id(2)])
            pair[user_id(2)].merge_into(pair[user_id(1)], uid(62), now=later(days=1))

        await backend.units.run(merge)
        found = await backend.units.run(lambda unit: unit.port(Reliefs).earlier(SHARPS, [user_id(1)]))
        assert {whose: [each.id for each in some] for whose, some in found.items()} == {
            user_id(1): [relief_id(1), relief_id(2)]
        }

    async def test_what_a_merged_user_has_requested_was_requested_by_the_one_who_stays(self, backend: Backend) -> None:
        await save(backend, a_user(1), a_user(2), a_user(3))
        await add(backend, a_relief(1, user=3, requested_by=user_id(2)))

        async def merge(unit: Unit) -> None:
            pair = await unit.port(UserMerges).locked([user_id(1), user_id(2)])
            pair[user_id(2)].merge_into(pair[user_id(1)], uid(62), now=later(days=1))

        assert (await loaded(backend)).requester_id == user_id(2)
        await backend.units.run(merge)
        found = await loaded(backend)
        assert (found.requested_by, found.requester_id) == (user_id(2), user_id(1))


@about(Reliefs)
class TestErasedNotes:
    async def test_notes_are_erased_with_the_person_alone(self, backend: Backend) -> None:
        await save(backend, a_user(1), a_user(2))
        await add(
            backend,
            a_relief(1, note="Surgery"),
            a_relief(2, user=2, note="Surgery"),
            a_relief(3, number=2),
            a_relief(4, number=3),
        )
        await decide(backend, 1, approve)
        await decide(backend, 4, reject)

        async def erase(unit: Unit) -> list[Relief]:
            (await unit.port(Users).get(user_id(1))).erase(now=T)
            return await unit.port(Reliefs).forget_notes([user_id(1)])

        assert sorted(each.id for each in await backend.units.run(erase)) == [relief_id(1), relief_id(4)]
        first = await loaded(backend, 1)
        assert (first.note, [each.note for each in first.decisions], first.reason) == ("", [""], ReliefReason.ILLNESS)
        assert (await loaded(backend, 2)).note == "Surgery"
        before = [await loaded(backend, n) for n in (1, 4)]
        assert before[1].decisions == (replace(before[1].decisions[0], note=""),)


@about(ReliefReader)
class TestReliefReader:
    @staticmethod
    async def shown(backend: Backend, where: ReliefFilter, scope: Scope = EVERYONE) -> list[int]:
        """The numbers of the relief that a list shows, in its order."""
        page = await backend.reader(ReliefReader).page(scope, where, None, 10)
        return [each.id.int - relief_id(0).int for each in page.items]

    async def test_relief_is_shown_with_its_decisions(self, backend: Backend) -> None:
        await save(backend, a_user(1), a_user(2), a_user(3))
        await add(backend, a_relief(1, note=UNICODE), a_relief(2, user=2), a_relief(3, user=3))
        await decide(backend, 1, approve, end(date(2026, 4, 30)), end(date(2026, 4, 10)))
        await decide(backend, 2, reject)
        reader = backend.reader(ReliefReader)
        for n in (1, 2, 3):
            expected = await loaded(backend, n)
            assert await reader.detail(EVERYONE, relief_id(n)) == ReliefDetail.of(expected)
            (found,) = (await reader.page(EVERYONE, ReliefFilter(user_id=user_id(n)), None, 10)).items
            assert plain(found) == plain(ReliefView.of(expected))
        assert await reader.detail(EVERYONE, NOBODY) is None

    async def test_the_newest_is_first(self, backend: Backend) -> None:
        hours = {1: 1, 2: 3, 3: 2, 4: 2}
        await add(backend, *(a_relief(n, user=n, hours=each) for n, each in hours.items()))
        reader = backend.reader(ReliefReader)
        for size, sizes in {1: [1, 1, 1, 1], 3: [3, 1], 4: [4]}.items():
            found = await pages(lambda after, limit: reader.page(EVERYONE, ReliefFilter(), after, limit), size)
            assert [each.id for page in found for each in page] == [relief_id(n) for n in (2, 4, 3, 1)]
            assert [len(page) for page in found] == sizes

    async def test_filters(self, backend: Backend) -> None:
        await save(backend, a_user(1), a_user(2))
        await decree(backend, a_decree(), 6, 7)
        await add(backend, a_relief(1), a_relief(2, user=2), a_relief(3, requirement_id=PRIVACY, hours=1))
        await decide(backend, 2, approve, end(MARCH))
        await decide(backend, 6, reject)
        for where, expected in (
            (ReliefFilter(), [3, 7, 6, 2, 1]),
            (ReliefFilter((ReliefStatus.REQUESTED,)), [3, 7, 1]),
            (ReliefFilter((ReliefStatus.APPROVED, ReliefStatus.REJECTED)), [6, 2]),
            (ReliefFilter(user_id=user_id(1)), [3, 1]),
            (ReliefFilter(user_id=NOBODY), []),
            (ReliefFilter(requirement_id=PRIVACY), [3]),
            (ReliefFilter(decree_id=a_decree().id), [7, 6]),
            (ReliefFilter((ReliefStatus.REQUESTED,), user_id(1), SHARPS), [1]),
        ):
            assert await self.shown(backend, where) == expected

    async def test_only_relief_of_people_in_the_scope_is_seen(self, backend: Backend) -> None:
        await save(backend, a_user(1, department="Lab"), a_user(2, department="Hygiene"), a_user(3, department="Lab"))
        await add(backend, *(a_relief(n, user=n) for n in (1, 2, 3)))

        async def merge(unit: Unit) -> None:
            pair = await unit.port(UserMerges).locked([user_id(2), user_id(3)])
            pair[user_id(3)].merge_into(pair[user_id(2)], uid(62), now=later(days=1))

        await backend.units.run(merge)
        reader = backend.reader(ReliefReader)
        manager = Scope(everyone=False, user_id=NOBODY, departments=("Lab",))
        for scope, seen in (
            (manager, [1]),
            (Scope(everyone=False, user_id=user_id(2)), [3, 2]),
            (Scope(everyone=False), []),
            (EVERYONE, [3, 2, 1]),
        ):
            assert await self.shown(backend, ReliefFilter(), scope) == seen
            found = [n for n in (3, 2, 1) if await reader.detail(scope, relief_id(n)) is not None]
            assert found == seen
        assert await self.shown(backend, ReliefFilter(user_id=user_id(2))) == [3, 2]

    async def test_notes_are_for_the_person_the_requester_and_who_decides(self, backend: Backend) -> None:
        await save(backend, a_user(1, department="Lab"), a_user(2), a_user(3, department="Lab"))
        await add(backend, a_relief(1, note="Surgery", requested_by=user_id(2)), a_relief(2, user=3, note="Surgery"))
        for n in (1, 2):
            await decide(backend, n, approve, end(MARCH))
        reader = backend.reader(ReliefReader)
        requester = Scope(everyone=False, user_id=user_id(2), departments=("Lab",))
        manager = Scope(everyone=False, user_id=NOBODY, departments=("Lab",))
        account = Scope(everyone=False, departments=("Lab",))
        for scope, open_to in (
            (EVERYONE, [2, 1]),
            (requester, [1]),
            (manager, []),
            (account, []),
            (Scope(everyone=False, user_id=user_id(3)), [2]),
        ):
            shown = (await reader.page(scope, ReliefFilter(), None, 10)).items
            details = [await reader.detail(scope, each.id) for each in shown]
            words = [[each.note, each.decision_note, each.ending_note] for each in shown]
            assert words == [
                ["Surgery", UNICODE, "Back at work."] if each.id.int - relief_id(0).int in open_to else [None] * 3
                for each in shown
            ]
            assert [[each.note, each.decision_note, each.ending_note] for each in details if each] == words
            assert [[each.note for each in detail.decisions] for detail in details if detail] == [
                each[1:] for each in words
            ]

    async def test_a_decree_with_the_numbers_of_its_people(self, backend: Backend) -> None:
        await decree(backend, a_decree(), 1, 2, 3, 4)
        await decide(backend, 1, lambda relief: relief.approve(by=SECOND, now=later(hours=1)), end(MARCH))
        await decide(backend, 2, reject)
        reader = backend.reader(ReliefReader)
        found = await reader.decree(a_decree().id)
        people = await backend.units.run(lambda unit: unit.port(Reliefs).of_decree(a_decree().id))
        assert found == DecreeView.of(a_decree(), people)
        assert found is not None
        assert (found.requested, found.approved, found.rejected) == (2, 1, 1)
        assert await reader.decree(NOBODY) is None
