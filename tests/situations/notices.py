"""Situations in which people are to be notified of something, and what happens then."""

from __future__ import annotations

from uuid import UUID

from adapters.mail.unsubscribing import SignedLinks
from application.compliance.obligations.marks import work_off
from application.delivery.notices.deciding import DecideNotice, DecideNotices, NoticeSource
from application.delivery.notices.preferences import ChangeNoticePreferences, Unsubscribe
from application.delivery.notices.queries import ListNotices
from application.delivery.notices.sending import PrepareLetter, SettleLetter
from application.people.users.commands import DeactivateUsers
from domain.delivery.notices import NoticeKind, NoticeReason, SubjectKind
from kit.surroundings import LINK_SECRET
from situations import Sent, situation
from situations.requirements import in_force
from situations.stage import OFFICER, SYSTEM, Stage, email_of, learner


async def decided(stage: Stage) -> UUID:
    """The id of a message to somebody that a course is to be taken."""
    course, user_id = await stage.enrolled()
    await stage.do(DecideNotice(user_id, NoticeKind.ASSIGNED, SubjectKind.ENROLLMENT, course.id, "assigned"))
    (notice,) = (await stage.bus.ask(ListNotices(user_id), SYSTEM)).items
    mail_id: UUID = notice.mail_id
    return mail_id


@situation(DecideNotices)
async def something_is_owed(stage: Stage) -> Sent:
    await stage.person()
    await in_force(stage, effective_on=stage.now().date())
    await work_off(stage.bus)
    return DecideNotices(NoticeSource.OBLIGATIONS, None, stage.now().date()), SYSTEM


@situation(DecideNotice)
async def somebody_is_enrolled(stage: Stage) -> Sent:
    course, user_id = await stage.enrolled()
    return DecideNotice(user_id, NoticeKind.ASSIGNED, SubjectKind.ENROLLMENT, course.id, "assigned"), SYSTEM


@situation(PrepareLetter)
async def a_letter_to_somebody_who_has_left(stage: Stage) -> Sent:
    mail_id = await decided(stage)
    await stage.do(DeactivateUsers((await stage.somebody(),)), OFFICER)
    return PrepareLetter(mail_id), SYSTEM


@situation(SettleLetter)
async def a_letter_that_has_arrived(stage: Stage) -> Sent:
    return SettleLetter(await decided(stage)), SYSTEM


@situation(SettleLetter)
async def an_address_that_is_refused(stage: Stage) -> Sent:
    return SettleLetter(await decided(stage), NoticeReason.REFUSED, 550, email_of("ana")), SYSTEM


@situation(ChangeNoticePreferences)
async def somebody_wants_no_digests(stage: Stage) -> Sent:
    user_id = await stage.person()
    return ChangeNoticePreferences(user_id, digest=False), learner(user_id)


@situation(Unsubscribe)
async def somebody_follows_the_link_of_a_letter(stage: Stage) -> Sent:
    link = SignedLinks("", LINK_SECRET).link(await stage.person(), NoticeKind.DUE)
    return Unsubscribe((link or "").rpartition("/")[2]), SYSTEM
