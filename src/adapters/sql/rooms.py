"""All the rooms of the SQL adapters: what they map, and which port each of them serves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from adapters.sql.answers import SqlAnswers
from adapters.sql.attempts import SqlAttemptReader, SqlAttempts, map_attempts
from adapters.sql.certificates import SqlCertificates, map_certificates
from adapters.sql.certified import SqlCertificateReader
from adapters.sql.classroom import SqlSessionReader, SqlSessions
from adapters.sql.due import SqlDueReader
from adapters.sql.enrolled import SqlEnrollmentReader
from adapters.sql.enrollments import SqlEnrollments, map_enrollments
from adapters.sql.heartbeat import heartbeats
from adapters.sql.learning import SqlProgressReader
from adapters.sql.modules import SqlModuleReader, SqlModules, map_modules
from adapters.sql.outbox import SqlEvents, SqlOutbox
from adapters.sql.people import SqlPeople
from adapters.sql.questions import SqlQuestionReader
from adapters.sql.reads import Reads
from adapters.sql.records import SqlRecordReader, SqlRecords
from adapters.sql.reports import SqlParticipationReader, SqlReporting
from adapters.sql.roster import SqlRoster
from adapters.sql.schema import metadata
from adapters.sql.sign_ins import SqlEndedSignIns
from adapters.sql.under_way import SqlUnderWay
from adapters.sql.units import SqlUnit
from adapters.sql.users import SqlUserReader, SqlUsers, map_users
from adapters.sql.versions import SqlVersionReader, SqlVersions
from application.attempts.queries import AttemptReader
from application.certificates.queries import CertificateReader
from application.classroom.queries import SessionReader
from application.enrollments.queries import EnrollmentReader
from application.learning.queries import ProgressReader
from application.learning.settling import DueReader
from application.learning.under_way import UnderWay
from application.modules.queries import ModuleReader
from application.ports import (
    Attempts,
    Certificates,
    EndedSignIns,
    Enrollments,
    Modules,
    Records,
    Reporting,
    Roster,
    Sessions,
    Users,
    Versions,
)
from application.questions.queries import QuestionReader
from application.records.queries import RecordReader
from application.reports.queries import ParticipationReader
from application.units import Answers, Events, Outbox
from application.users.queries import UserReader
from application.users.signing_in import People
from application.versions.queries import VersionReader

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
    Attempts: SqlAttempts,
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
