"""The contract of notices: what was decided, what has become of it, and what people do not want to be notified."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest

from application.compliance.obligations.lists import VisiblePeople
from application.delivery.notices.ports import NoticeCount, Notices, NoticeSettingsOfPeople
from application.delivery.notices.preferences import NoticePreferencesView, NoticeSettingsReader
from application.delivery.notices.queries import NoticeReader, NoticeView
from application.kernel.access import EVERYONE, Scope
from application.kernel.units import Unit
from application.kernel.views import view_of
from contracts import about
from contracts.backend import Backend, pages, plain, save
from contracts.kernel.units_at_once import AT_ONCE, at_once, others
from contracts.make import NOBODY, T, a_user, later, uid, user_id
from contracts.people.merged import merge
from domain.delivery.notices import (
    Notice,
    NoticeDecidedBefore,
    NoticeKind,
    NoticeReason,
    NoticeState,
    SubjectKind,
)
from domain.delivery.recipients import NoticeSettings

ALL = VisiblePeople(EVERYONE)
ANA, BEN = user_id(1), user_id(2)


def a_notice(n: int = 1, *, user: int = 1, at: datetime = T, **changes: Any) -> Notice:
    """A notice with id n of a reminder, which waits."""
    notice = Notice(
        id=uid(n),
        mail_id=uid(500 + n),
        user_id=user_id(user),
        kind=NoticeKind.DUE,
        subject=SubjectKind.OBLIGATION,
        object_id=uid(300 + n),
        cause=f"due/1/2026-04-0{n}/-7",
        cycle=1,
        day=date(2026, 3, 31),
        due_on=date(2026, 4, 7),
        sequence=0,
        decided_at=at,
    )
    return replace(notice, **changes)


async def decide(backend: Backend, *notices: Notice) -> None:
    """Add these in one unit of work."""

    async def work(unit: Unit) -> None:
        await unit.port(Notices).hold()
        await unit.port(Notices).add(notices)

    await backend.units.run(work)


async def settle(backend: Backend, *notices: Notice) -> None:
    await backend.units.run(lambda unit: unit.port(Notices).settle(notices))


async def of_mail(backend: Backend, mail_id: UUID) -> Sequence[Notice]:
    return await backend.units.run(lambda unit: unit.port(Notices).of_mail(mail_id))


@about(Notices)
class TestNotices:
    async def test_every_field_is_found_again(self, backend: Backend) -> None:
        full = a_notice(
            1,
            state=NoticeState.FAILED,
            reason=NoticeReason.REFUSED,
            status=550,
            sequence=2,
            not_before=later(hours=1),
            settled_at=later(hours=2),
        )
        await decide(backend, full, a_notice(2, due_on=None))
        assert await of_mail(backend, uid(501)) == [full]
        assert await of_mail(backend, uid(502)) == [a_notice(2, due_on=None)]
        assert await of_mail(backend, NOBODY) == []

    async def test_one_message_has_several(self, backend: Backend) -> None:
        some = [a_notice(n, mail_id=uid(501)) for n in (3, 1, 2)]
        await decide(backend, *some)
        assert await of_mail(backend, uid(501)) == sorted(some, key=lambda each: each.id)

    async def test_there_is_one_for_each_cause(self, backend: Backend) -> None:
        await decide(backend, a_notice(1))
        assert await has(backend, a_notice(1))
        with pytest.raises(NoticeDecidedBefore):
            await decide(backend, a_notice(3), replace(a_notice(1), id=uid(2)))
        assert not await has(backend, a_notice(3))
        others = [a_notice(1, user=2), replace(a_notice(1), object_id=uid(9)), replace(a_notice(1), cause="due/2")]
        for n, other in enumerate(others, 10):
            assert not await has(backend, other)
            await decide(backend, replace(other, id=uid(n)))

    async def test_several_who_decide_at_the_same_time_decide_it_once(self, backend: Backend) -> None:
        async def work(unit: Unit, n: int) -> None:
            await unit.port(Notices).hold()
            if not await backend.reader(NoticeReader).counts():
                await others()
                await unit.port(Notices).add([a_notice(1, id=uid(n))])

        assert await at_once(backend, work) == {None: AT_ONCE}
        assert [each.number for each in await backend.reader(NoticeReader).counts()] == [1]

    async def test_nothing_to_decide(self, backend: Backend) -> None:
        await decide(backend)
        assert await backend.reader(NoticeReader).counts() == []

    async def test_their_outcome_is_kept(self, backend: Backend) -> None:
        await decide(backend, a_notice(1), a_notice(2), a_notice(3), a_notice(4))
        now = later(hours=1)
        settled = [
            a_notice(1).sent(now),
            a_notice(2).suppressed(NoticeReason.ON_LEAVE, now),
            a_notice(3).failed(NoticeReason.GAVE_UP, 451, now),
            a_notice(4).postponed(later(hours=9)),
        ]
        await settle(backend, *settled)
        assert [(await of_mail(backend, each.mail_id))[0] for each in settled] == settled

    async def test_those_that_wait(self, backend: Backend) -> None:
        await decide(backend, a_notice(2), a_notice(1), a_notice(3), a_notice(4, user=2))
        await settle(backend, a_notice(3).sent(later(hours=1)), a_notice(1).postponed(later(hours=9)))
        waiting = await backend.units.run(lambda unit: unit.port(Notices).waiting_of(ANA))
        assert [each.id for each in waiting] == [uid(1), uid(2)]


async def has(backend: Backend, notice: Notice) -> bool:
    return await backend.units.run(lambda unit: unit.port(Notices).has(*notice.key))


@about(NoticeSettingsOfPeople, NoticeSettingsReader)
class TestNoticeSettings:
    async def test_the_usual_ones(self, backend: Backend) -> None:
        assert await in_unit(backend, ANA) == NoticeSettings(ANA)
        assert await backend.reader(NoticeSettingsReader).of_user(ANA) == NoticePreferencesView.of(NoticeSettings(ANA))

    async def test_they_are_kept_and_forgotten(self, backend: Backend) -> None:
        await save(backend, a_user(1))
        full = NoticeSettings(ANA, (NoticeKind.DIGEST, NoticeKind.DUE), "f" * 64, later(hours=1))
        for settings in (NoticeSettings(ANA, (NoticeKind.DUE,)), full, NoticeSettings(BEN, (NoticeKind.OVERDUE,))):
            await keep(backend, settings)
        assert await in_unit(backend, ANA) == full
        shown = await backend.reader(NoticeSettingsReader).of_user(ANA)
        assert (shown.due, shown.digest, shown.overdue) == (False, False, True)
        await backend.units.run(lambda unit: unit.port(NoticeSettingsOfPeople).forget(ANA))
        assert await in_unit(backend, ANA) == NoticeSettings(ANA)
        assert (await in_unit(backend, BEN)).declined == (NoticeKind.OVERDUE,)


async def keep(backend: Backend, settings: NoticeSettings) -> None:
    await backend.units.run(lambda unit: unit.port(NoticeSettingsOfPeople).keep(settings))


async def in_unit(backend: Backend, who: UUID) -> NoticeSettings:
    return await backend.units.run(lambda unit: unit.port(NoticeSettingsOfPeople).get(who))


@about(NoticeReader)
class TestNoticeReader:
    async def test_a_notice_is_shown(self, backend: Backend) -> None:
        await save(backend, a_user(1))
        notice = a_notice(1).failed(NoticeReason.REFUSED, 550, later(hours=1))
        await decide(backend, notice)
        page = await backend.reader(NoticeReader).of_user(ALL, ANA, None, None, 10)
        assert page is not None
        assert [plain(each) for each in page.items] == [plain(view_of(NoticeView, notice))]

    async def test_the_newest_is_first_and_one_object_can_be_chosen(self, backend: Backend) -> None:
        await save(backend, a_user(1), a_user(2))
        await decide(backend, *(a_notice(n, at=later(hours=n % 3)) for n in range(1, 6)), a_notice(6, user=2))
        reader = backend.reader(NoticeReader)
        for size in (1, 2, 5):
            found = await pages(lambda after, limit: reader.of_user(ALL, ANA, None, after, limit), size)
            assert [each.id for page in found for each in page] == [uid(n) for n in (5, 2, 4, 1, 3)]
        chosen = await reader.of_user(ALL, ANA, uid(302), None, 10)
        assert chosen is not None
        assert [each.id for each in chosen.items] == [uid(2)]

    async def test_those_within_sight_see_it(self, backend: Backend) -> None:
        await save(backend, a_user(1, department="Lab"), a_user(2))
        await decide(backend, a_notice(1))
        reader = backend.reader(NoticeReader)
        for scope, sees in (
            (EVERYONE, True),
            (Scope(everyone=False, user_id=ANA), True),
            (Scope(everyone=False, user_id=BEN), False),
            (Scope(everyone=False, user_id=BEN, departments=("Lab",)), True),
        ):
            assert (await reader.of_user(VisiblePeople(scope), ANA, None, None, 10) is not None) is sees
        assert await reader.of_user(ALL, NOBODY, None, None, 10) is None
        empty = await reader.of_user(ALL, BEN, None, None, 10)
        assert empty is not None
        assert list(empty.items) == []

    async def test_those_to_a_merged_user_are_shown_too(self, backend: Backend) -> None:
        await save(backend, a_user(1), a_user(2))
        await decide(backend, a_notice(1, user=2), a_notice(2))
        await merge(backend)
        page = await backend.reader(NoticeReader).of_user(ALL, ANA, None, None, 10)
        assert page is not None
        assert [each.id for each in page.items] == [uid(2), uid(1)]

    async def test_they_are_counted(self, backend: Backend) -> None:
        await decide(backend, a_notice(1), a_notice(2), a_notice(3, kind=NoticeKind.ASSIGNED))
        await settle(backend, a_notice(2).sent(T))
        assert await backend.reader(NoticeReader).counts() == [
            NoticeCount(NoticeKind.ASSIGNED, NoticeState.WAITING, 1),
            NoticeCount(NoticeKind.DUE, NoticeState.SENT, 1),
            NoticeCount(NoticeKind.DUE, NoticeState.WAITING, 1),
        ]
