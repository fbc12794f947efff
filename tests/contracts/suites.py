"""Every suite there is; a new one is named here, and then runs on every backend."""

from __future__ import annotations

from contracts.answers import TestAnswers
from contracts.attempt_reader import TestAttemptDetail, TestAttemptLists, TestQuizTries
from contracts.attempts import TestAttempts, TestAttemptsAtTheSameTime, TestAttemptsOfAPerson
from contracts.certificates import TestCertificateReader, TestCertificates
from contracts.classroom import TestSessionPages, TestSessions
from contracts.due import TestDue
from contracts.enrollment_reader import TestEnrolledModules, TestEnrollmentDetail, TestParticipants
from contracts.enrollments import TestEnrollments, TestFacts, TestManyEnrollments
from contracts.learning import TestHurdles, TestLearning, TestMoving
from contracts.lists import TestListsAreCurrent
from contracts.module_reader import (
    TestModuleDetail,
    TestModuleFilters,
    TestModulePages,
    TestModuleVersion,
    TestOfferedModules,
)
from contracts.modules import TestModuleChanges, TestModules, TestRemovingModules, TestSlugs
from contracts.outbox import TestEvents, TestOutbox
from contracts.people import TestPeople
from contracts.progress import TestProgressReader
from contracts.questions import TestQuestionReader
from contracts.records import TestRecordReader, TestRecords, TestVoids
from contracts.reports import TestParticipation
from contracts.roster import TestRosterMerge, TestRosterStage
from contracts.scopes import TestScopedEnrollments, TestScopedParticipation, TestScopedUsers
from contracts.sign_ins import TestEndedSignIns
from contracts.under_way import TestCountingRecords, TestFinishing, TestUnderWay, TestWhatSomebodyIsLearning
from contracts.units import TestCommit, TestEventsOfAggregates
from contracts.units_at_once import TestUnitsAtTheSameTime
from contracts.user_reader import TestUserFilters, TestUserReader
from contracts.users import TestAdministrators, TestDepartments, TestManyUsers, TestUniqueUsers, TestUsers
from contracts.versions import TestVersionDetail, TestVersionPages, TestVersionPairs, TestVersions

__all__ = [
    "TestAdministrators",
    "TestAnswers",
    "TestAttemptDetail",
    "TestAttemptLists",
    "TestAttempts",
    "TestAttemptsAtTheSameTime",
    "TestAttemptsOfAPerson",
    "TestCertificateReader",
    "TestCertificates",
    "TestCommit",
    "TestCountingRecords",
    "TestDepartments",
    "TestDue",
    "TestEndedSignIns",
    "TestEnrolledModules",
    "TestEnrollmentDetail",
    "TestEnrollments",
    "TestEvents",
    "TestEventsOfAggregates",
    "TestFacts",
    "TestFinishing",
    "TestHurdles",
    "TestLearning",
    "TestListsAreCurrent",
    "TestManyEnrollments",
    "TestManyUsers",
    "TestModuleChanges",
    "TestModuleDetail",
    "TestModuleFilters",
    "TestModulePages",
    "TestModuleVersion",
    "TestModules",
    "TestMoving",
    "TestOfferedModules",
    "TestOutbox",
    "TestParticipants",
    "TestParticipation",
    "TestPeople",
    "TestProgressReader",
    "TestQuestionReader",
    "TestQuizTries",
    "TestRecordReader",
    "TestRecords",
    "TestRemovingModules",
    "TestRosterMerge",
    "TestRosterStage",
    "TestScopedEnrollments",
    "TestScopedParticipation",
    "TestScopedUsers",
    "TestSessionPages",
    "TestSessions",
    "TestSlugs",
    "TestUnderWay",
    "TestUniqueUsers",
    "TestUnitsAtTheSameTime",
    "TestUserFilters",
    "TestUserReader",
    "TestUsers",
    "TestVersionDetail",
    "TestVersionPages",
    "TestVersionPairs",
    "TestVersions",
    "TestVoids",
    "TestWhatSomebodyIsLearning",
]
