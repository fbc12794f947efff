"""Every suite there is; a new one is named here, and then runs on every backend."""

from __future__ import annotations

from contracts.assessment.attempt_reader import TestAttemptDetail, TestAttemptLists, TestQuizTries
from contracts.assessment.attempts import TestAttempts, TestAttemptsAtTheSameTime, TestAttemptsOfAPerson
from contracts.assessment.open_attempts import TestOpenAttempts
from contracts.catalogue.module_reader import (
    TestModuleDetail,
    TestModuleFilters,
    TestModulePages,
    TestModuleVersion,
    TestOfferedModules,
)
from contracts.catalogue.modules import TestModuleChanges, TestModules, TestRemovingModules, TestSlugs
from contracts.catalogue.question_reader import TestQuestionReader
from contracts.catalogue.versions import TestVersionDetail, TestVersionPages, TestVersionPairs, TestVersions
from contracts.evidence.certificates import TestCertificateReader, TestCertificates
from contracts.evidence.records import TestRecordReader, TestRecords, TestVoids
from contracts.evidence.sessions import TestSessionPages, TestSessions
from contracts.kernel.answers import TestAnswers
from contracts.kernel.lists import TestListsAreCurrent
from contracts.kernel.outbox import TestEvents, TestOutbox
from contracts.kernel.units import TestCommit, TestEventsOfAggregates
from contracts.kernel.units_at_once import TestUnitsAtTheSameTime
from contracts.learning.due_reader import TestDue
from contracts.learning.eligibility import TestEligibility, TestLearning, TestMoving
from contracts.learning.enrollment_reader import TestEnrolledModules, TestEnrollmentDetail, TestParticipants
from contracts.learning.enrollments import TestEnrollments, TestFacts, TestManyEnrollments
from contracts.learning.progress_reader import TestProgressReader
from contracts.learning.under_way import (
    TestCountingRecords,
    TestFinishing,
    TestNewCycles,
    TestUnderWay,
    TestWhatSomebodyIsLearning,
)
from contracts.people.roster import TestRosterMerge, TestRosterStage
from contracts.people.scopes import TestScopedEnrollments, TestScopedParticipation, TestScopedUsers
from contracts.people.sign_in_reader import TestPeople
from contracts.people.sign_ins import TestEndedSignIns
from contracts.people.user_reader import TestUserFilters, TestUserReader
from contracts.people.users import TestAdministrators, TestDepartments, TestManyUsers, TestUniqueUsers, TestUsers
from contracts.reporting.reports import TestParticipation

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
    "TestEligibility",
    "TestEndedSignIns",
    "TestEnrolledModules",
    "TestEnrollmentDetail",
    "TestEnrollments",
    "TestEvents",
    "TestEventsOfAggregates",
    "TestFacts",
    "TestFinishing",
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
    "TestNewCycles",
    "TestOfferedModules",
    "TestOpenAttempts",
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
