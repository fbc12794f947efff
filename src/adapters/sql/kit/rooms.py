"""All the rooms of the SQL adapters: what they map, and which port each of them serves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from adapters.sql.assessment.attempts import SqlAttemptReader, SqlAttempts, map_attempts
from adapters.sql.assessment.open_attempts import SqlOpenAttempts
from adapters.sql.catalogue.modules import SqlModuleReader, SqlModules, map_modules
from adapters.sql.catalogue.question_reader import SqlQuestionReader
from adapters.sql.catalogue.versions import SqlVersionReader, SqlVersions
from adapters.sql.evidence.certificate_reader import SqlCertificateReader
from adapters.sql.evidence.certificates import SqlCertificates, map_certificates
from adapters.sql.evidence.records import SqlRecordReader, SqlRecords
from adapters.sql.evidence.sessions import SqlSessionReader, SqlSessions
from adapters.sql.kit.answers import SqlAnswers
from adapters.sql.kit.heartbeat import heartbeats
from adapters.sql.kit.outbox import SqlEvents, SqlOutbox
from adapters.sql.kit.reads import Reads
from adapters.sql.kit.schema import metadata
from adapters.sql.kit.units import SqlUnit
from adapters.sql.learning.authors_learning import SqlAuthorsLearning
from adapters.sql.learning.due_reader import SqlDueReader
from adapters.sql.learning.enrollment_reader import SqlEnrollmentReader
from adapters.sql.learning.enrollments import SqlEnrollments, map_enrollments
from adapters.sql.learning.progress_reader import SqlProgressReader
from adapters.sql.learning.under_way import SqlUnderWay
from adapters.sql.people.roster import SqlRoster
from adapters.sql.people.sign_in_reader import SqlPeople
from adapters.sql.people.sign_ins import SqlEndedSignIns
from adapters.sql.people.users import SqlUserReader, SqlUsers, map_users
from adapters.sql.reporting.reports import SqlParticipationReader, SqlReporting
from application.assessment.ports import Attempts, OpenAttempts
from application.assessment.queries import AttemptReader
from application.catalogue.modules.queries import ModuleReader
from application.catalogue.ports import AuthorsLearning, Modules, Versions
from application.catalogue.questions.queries import QuestionReader
from application.catalogue.versions.queries import VersionReader
from application.evidence.certificates.queries import CertificateReader
from application.evidence.ports import Certificates, Records, Sessions
from application.evidence.records.queries import RecordReader
from application.evidence.sessions.queries import SessionReader
from application.kernel.units import Answers, Events, Outbox
from application.learning.enrollments.queries import EnrollmentReader
from application.learning.ports import Enrollments
from application.learning.progress.queries import ProgressReader
from application.learning.settling import DueReader
from application.learning.under_way import UnderWay
from application.people.ports import EndedSignIns, Roster, Users
from application.people.queries import UserReader
from application.people.signing_in import People
from application.reporting.ports import Reporting
from application.reporting.queries import ParticipationReader

WITHOUT_PORT = (heartbeats,)
"""Tables that no port is about; importing them here makes them known to migrations."""

PORTS: Mapping[type, Callable[[SqlUnit], Any]] = {
    Modules: SqlModules,
    Users: SqlUsers,
    EndedSignIns: SqlEndedSignIns,
    Roster: SqlRoster,
    Versions: SqlVersions,
    Enrollments: SqlEnrollments,
    UnderWay: SqlUnderWay,
    AuthorsLearning: SqlAuthorsLearning,
    Attempts: SqlAttempts,
    OpenAttempts: SqlOpenAttempts,
    Records: SqlRecords,
    Sessions: SqlSessions,
    Certificates: SqlCertificates,
    Reporting: SqlReporting,
    Events: SqlEvents,
    Outbox: SqlOutbox,
    Answers: SqlAnswers,
}

READERS: Mapping[type, Callable[[Reads], Any]] = {
    ModuleReader: SqlModuleReader,
    VersionReader: SqlVersionReader,
    ProgressReader: SqlProgressReader,
    QuestionReader: SqlQuestionReader,
    UserReader: SqlUserReader,
    People: SqlPeople,
    EnrollmentReader: SqlEnrollmentReader,
    DueReader: SqlDueReader,
    AttemptReader: SqlAttemptReader,
    RecordReader: SqlRecordReader,
    SessionReader: SqlSessionReader,
    CertificateReader: SqlCertificateReader,
    ParticipationReader: SqlParticipationReader,
}

__all__ = ["PORTS", "READERS", "map_all", "metadata"]


@cache
def map_all() -> None:
    """Map the domain's classes to the tables; once, however often it is called."""
    map_users()
    map_modules()
    map_enrollments()
    map_attempts()
    map_certificates()
