"""Every suite there is; a new one is named here, and then runs on every backend."""

from __future__ import annotations

from contracts.answers import TestAnswers
from contracts.enrollment_reader import TestEnrolledModules, TestEnrollmentDetail, TestParticipants
from contracts.enrollments import TestEnrollments, TestFacts, TestManyEnrollments
from contracts.module_reader import TestModuleDetail, TestModuleFilters, TestModulePages
from contracts.modules import TestModuleChanges, TestModules, TestRemovingModules, TestSlugs
from contracts.outbox import TestEvents, TestOutbox
from contracts.people import TestPeople
from contracts.questions import TestQuestionReader
from contracts.reports import TestParticipation
from contracts.roster import TestRosterMerge, TestRosterStage
from contracts.scopes import TestScopedEnrollments, TestScopedParticipation, TestScopedUsers
from contracts.units import TestCommit, TestEventsOfAggregates
from contracts.units_at_once import TestUnitsAtTheSameTime
from contracts.user_reader import TestUserFilters, TestUserReader
from contracts.users import TestManyUsers, TestUniqueUsers, TestUsers

__all__ = [
    "TestAnswers",
    "TestCommit",
    "TestEnrolledModules",
    "TestEnrollmentDetail",
    "TestEnrollments",
    "TestEvents",
    "TestEventsOfAggregates",
    "TestFacts",
    "TestManyEnrollments",
    "TestManyUsers",
    "TestModuleChanges",
    "TestModuleDetail",
    "TestModuleFilters",
    "TestModulePages",
    "TestModules",
    "TestOutbox",
    "TestParticipants",
    "TestParticipation",
    "TestPeople",
    "TestQuestionReader",
    "TestRemovingModules",
    "TestRosterMerge",
    "TestRosterStage",
    "TestScopedEnrollments",
    "TestScopedParticipation",
    "TestScopedUsers",
    "TestSlugs",
    "TestUniqueUsers",
    "TestUnitsAtTheSameTime",
    "TestUserFilters",
    "TestUserReader",
    "TestUsers",
]
