"""Situations in which two users are one person."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from application.evidence.sessions.commands import NewAttendee, RecordSession
from application.learning.enrollments.commands import EnrollUser
from application.people.sign_ins.linking import LinkSignIn
from application.people.users.commands import EditUser
from application.privacy.merging import MergeUser, SeparateUser
from domain.evidence.persons import Trainer
from domain.kernel.roles import Role
from domain.people.sign_ins import LinkReason
from situations import Sent, situation
from situations.stage import OFFICER, TELLTALE, Course, Stage


async def attended(stage: Stage, course: Course, user_id: UUID) -> None:
    """The user has a record of the module from a classroom session."""
    begun = stage.now() - timedelta(hours=2)
    await stage.do(
        RecordSession(course.id, begun, stage.now() - timedelta(hours=1), (Trainer("Dana"),), (NewAttendee(user_id),))
    )


@situation(MergeUser)
async def somebody_with_two_users(stage: Stage) -> Sent:
    """The duplicate has rights, a sign-in, an enrollment with an open attempt, and a user merged into it."""
    course, duplicate = await stage.enrolled()
    stays, earlier = await stage.person("ben"), await stage.person("eva")
    await stage.do(MergeUser(earlier, duplicate, "The third one."))
    await stage.attempt(course, duplicate)
    await stage.do(LinkSignIn(duplicate, UUID(stage.subject(2)), LinkReason.CONFIRMED))
    await stage.do(EditUser(duplicate, role=Role.AUTHOR, employee_id="E-7"))
    return MergeUser(duplicate, stays, TELLTALE), OFFICER


@situation(MergeUser)
async def a_record_of_the_duplicate_completes_an_enrollment(stage: Stage) -> Sent:
    course, stays = await stage.enrolled()
    duplicate = await stage.person("ben")
    await attended(stage, course, duplicate)
    return MergeUser(duplicate, stays, TELLTALE), OFFICER


@situation(MergeUser)
async def a_sign_in_of_the_duplicate_that_waits_from_now_on(stage: Stage) -> Sent:
    duplicate, stays = await stage.person(), await stage.person("ben", role=Role.MANAGER)
    await stage.do(LinkSignIn(duplicate, UUID(stage.subject(2)), LinkReason.CONFIRMED))
    return MergeUser(duplicate, stays, TELLTALE), OFFICER


@situation(SeparateUser)
async def two_people_after_all(stage: Stage) -> Sent:
    _, duplicate = await stage.enrolled()
    stays, earlier = await stage.person("ben"), await stage.person("eva")
    await stage.do(EnrollUser((await stage.course("Masks")).id, stays))
    await stage.do(MergeUser(earlier, duplicate, "The third one."))
    await stage.do(MergeUser(duplicate, stays, "By mistake."))
    return SeparateUser(duplicate, TELLTALE), OFFICER
