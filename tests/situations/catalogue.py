"""Situations in which the catalogue changes."""

from __future__ import annotations

from application.catalogue.files.commands import LoadCatalog, LoadModule
from application.catalogue.modules.commands import (
    ArchiveModule,
    CreateModule,
    DeleteModule,
    EditModule,
    NewSection,
    PublishModule,
    SetPrerequisites,
)
from application.catalogue.questions.commands import AddQuestion, EditQuestion, RemoveQuestion
from application.catalogue.sections.commands import AddSection, EditSection, RemoveSection, ReorderSections
from application.learning.enrollments.commands import EnrollUsers
from domain.catalogue.questions import TrueFalse
from domain.catalogue.reopening import Reopens
from domain.catalogue.sections import Lesson
from situations import Sent, situation
from situations.stage import OFFICER, SYSTEM, Stage


@situation(CreateModule)
async def a_new_draft(stage: Stage) -> Sent:
    return CreateModule("Sharps", sections=(NewSection("Read", Lesson("Gloves.")),)), OFFICER


@situation(EditModule)
async def another_title(stage: Stage) -> Sent:
    return EditModule((await stage.course()).id, title="Needles"), OFFICER


@situation(DeleteModule)
async def a_draft_nobody_wants(stage: Stage) -> Sent:
    return DeleteModule((await stage.draft()).id), OFFICER


@situation(SetPrerequisites)
async def something_comes_first(stage: Stage) -> Sent:
    first, then = await stage.course("First"), await stage.course("Then")
    return SetPrerequisites(then.id, (first.id,)), OFFICER


@situation(PublishModule)
async def the_first_version(stage: Stage) -> Sent:
    return PublishModule((await stage.draft()).id), OFFICER


@situation(PublishModule)
async def a_version_that_takes_over(stage: Stage) -> Sent:
    """One learner has nothing left to do, and another one has an open attempt at a quiz that is gone."""
    course, done = await stage.enrolled()
    learner = await stage.person("ben")
    await stage.do(EnrollUsers(course.id, (learner,)))
    await stage.read(course, done)
    await stage.attempt(course, learner)
    await stage.do(RemoveSection(course.id, course.quiz))
    return PublishModule(course.id, material=True, reopens=Reopens.NOBODY, move_enrollments=True), OFFICER


@situation(ArchiveModule)
async def a_course_that_ends(stage: Stage) -> Sent:
    return ArchiveModule((await stage.course()).id), OFFICER


@situation(LoadModule)
async def a_module_from_a_file(stage: Stage) -> Sent:
    sections = (NewSection("Read", Lesson("Gloves.")),)
    return LoadModule("claims", "Claims", sections=sections, publish=True), SYSTEM


@situation(LoadModule)
async def a_module_that_the_file_changes(stage: Stage) -> Sent:
    await stage.course("Claims")
    sections = (NewSection("Read", Lesson("More.")),)
    return LoadModule("claims", "Claims and denials", sections=sections, publish=True), SYSTEM


@situation(LoadCatalog)
async def a_catalogue_from_files(stage: Stage) -> Sent:
    sections = (NewSection("Read", Lesson("Gloves.")),)
    return LoadCatalog(tuple(LoadModule(slug, slug.title(), sections=sections) for slug in ("one", "two"))), SYSTEM


@situation(AddSection)
async def a_section_more(stage: Stage) -> Sent:
    return AddSection((await stage.draft()).id, "Start", Lesson("Welcome."), position=1), OFFICER


@situation(EditSection)
async def a_section_with_another_title(stage: Stage) -> Sent:
    course = await stage.draft()
    return EditSection(course.id, course.lesson, title="Study"), OFFICER


@situation(RemoveSection)
async def a_section_less(stage: Stage) -> Sent:
    course = await stage.draft()
    return RemoveSection(course.id, course.quiz), OFFICER


@situation(ReorderSections)
async def sections_the_other_way_round(stage: Stage) -> Sent:
    course = await stage.draft()
    return ReorderSections(course.id, (course.quiz, course.lesson)), OFFICER


@situation(AddQuestion)
async def a_question_more(stage: Stage) -> Sent:
    course = await stage.draft()
    return AddQuestion(course.id, course.quiz, "Gloves?", TrueFalse(True), position=1), OFFICER


@situation(EditQuestion)
async def a_question_worth_more(stage: Stage) -> Sent:
    course = await stage.draft()
    return EditQuestion(course.id, course.quiz, course.question, points=5), OFFICER


@situation(RemoveQuestion)
async def a_question_less(stage: Stage) -> Sent:
    course = await stage.draft()
    return RemoveQuestion(course.id, course.quiz, course.question), OFFICER
