"""Days without a place are those of the organization's time zone."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from adapters.system import ZonedCalendar
from application.assessment.commands import SubmitAttempt
from application.catalogue.modules.commands import EditModule, PublishModule
from application.evidence.certificates.queries import ListCertificates, VerifyCertificate
from application.evidence.records.commands import RecordExternalTraining
from application.evidence.records.queries import ListRecords
from application.kernel.access import Actor
from application.learning.progress.commands import CompleteSection
from application.people.users.commands import RegisterUser
from domain.catalogue.completion_rules import EvidenceTerms
from domain.catalogue.reopening import Reopens
from domain.kernel.errors import InvalidValue
from domain.kernel.validity import CertificateState
from entrypoints.bootstrap import bootstrap
from entrypoints.settings import Settings
from kit.about import for_each
from kit.command_line import one_line, run
from kit.examples import uid
from kit.surroundings import FixedClock
from worlds.school import COMPLIANCE, LESSON, RIGHT, M, School, a_school

SYSTEM = Actor.system()
EVENING_IN_TEXAS = datetime(2026, 3, 4, 5, 30, tzinfo=UTC)
"""23:30 of March 3 there."""
MORNING_IN_AUCKLAND = datetime(2026, 3, 3, 20, 0, tzinfo=UTC)
"""9:00 of March 4 there."""
THIRD, FOURTH = date(2026, 3, 3), date(2026, 3, 4)


async def at(moment: datetime, zone: str) -> School:
    school = await a_school()
    school.moment = moment
    school.move_to(zone)
    return school


async def record(school: School, day: date, **more: Any) -> Any:
    command = RecordExternalTraining(uid(1), f"Course of {day}", "Academy", day, **more)
    return await school.do(command, COMPLIANCE)


@for_each(
    ("moment", "zone", "today"),
    [
        (EVENING_IN_TEXAS, "America/Chicago", THIRD),
        (EVENING_IN_TEXAS, "UTC", FOURTH),
        (MORNING_IN_AUCKLAND, "Pacific/Auckland", FOURTH),
        (MORNING_IN_AUCKLAND, "UTC", THIRD),
    ],
)
async def test_a_certificate_from_elsewhere_is_of_a_day_that_has_begun_here(
    moment: datetime, zone: str, today: date
) -> None:
    school = await at(moment, zone)
    assert (await record(school, today)).valid_from == today
    with pytest.raises(InvalidValue, match="future") as refused:
        await record(school, today + timedelta(days=1))
    assert refused.value.field == ("completed_on",)


@for_each("zone", ["Pacific/Kiritimati", "UTC", "America/Chicago", "Etc/GMT+12"])
async def test_a_day_at_the_end_of_time_lies_ahead_everywhere(zone: str) -> None:
    school = await at(EVENING_IN_TEXAS, zone)
    for until in (None, date.max):
        with pytest.raises(InvalidValue, match="future"):
            await record(school, date.max - timedelta(days=1), module_id=M, valid_until=until)
    with pytest.raises(InvalidValue, match="future"):
        await record(school, date.max, module_id=M)


async def complete(school: School) -> Any:
    await school.do(CompleteSection(M, uid(1), LESSON))
    attempt = await school.start()
    await school.do(SubmitAttempt(attempt.id, RIGHT))
    (found,) = (await school.do(ListRecords(uid(1)), COMPLIANCE)).items
    return found


@pytest.mark.parametrize(("zone", "day"), [("America/Chicago", THIRD), ("UTC", FOURTH)])
async def test_online_training_is_of_the_day_on_which_it_was_completed_here(zone: str, day: date) -> None:
    school = await at(EVENING_IN_TEXAS, zone)
    found = await complete(school)
    assert (found.valid_from, found.completed_at) == (day, EVENING_IN_TEXAS)


async def test_a_certificate_is_valid_to_the_end_of_its_last_day_here() -> None:
    school = await at(EVENING_IN_TEXAS, "America/Chicago")
    await school.do(EditModule(M, evidence=EvidenceTerms(valid_months=1)), SYSTEM)
    await school.do(PublishModule(M, material=True, reopens=Reopens.NOBODY, move_enrollments=True), SYSTEM)
    assert (await complete(school)).valid_until == date(2026, 4, 3)
    end = datetime(2026, 4, 4, 5, tzinfo=UTC)
    for moment, state in ((end - timedelta(seconds=1), CertificateState.VALID), (end, CertificateState.EXPIRED)):
        school.moment = moment
        (listed,) = (await school.do(ListCertificates(uid(1)), COMPLIANCE)).items
        assert listed.state is state
        assert (await school.do(VerifyCertificate(listed.serial))).state is state
        assert bool((await school.progress()).blocked_by) is (state is CertificateState.EXPIRED)


async def test_what_is_recorded_keeps_its_days_when_the_organization_moves() -> None:
    school = await at(EVENING_IN_TEXAS, "America/Chicago")
    found = await complete(school)
    school.move_to("UTC")
    assert (await school.do(ListRecords(uid(1)), COMPLIANCE)).items == [found]


@pytest.mark.parametrize(("zone", "number"), [("America/Chicago", 2), ("UTC", 1)])
async def test_the_version_on_offer_at_the_end_of_the_day_here_says_how_long_it_is_valid(
    zone: str, number: int
) -> None:
    """The second version, which is valid for a month, was published in the evening, on the next day in UTC."""
    school = await at(EVENING_IN_TEXAS, zone)
    await school.do(EditModule(M, evidence=EvidenceTerms(valid_months=1)), SYSTEM)
    await school.do(PublishModule(M), SYSTEM)
    school.pass_time(hours=24)
    found = await record(school, THIRD, module_id=M)
    assert found.valid_until == (date(2026, 4, 3) if number == 2 else None)


class TestCalendar:
    @for_each(
        ("moment", "day"),
        [
            (datetime(2026, 3, 8, 5, 59, tzinfo=UTC), date(2026, 3, 7)),
            (datetime(2026, 3, 8, 6, 0, tzinfo=UTC), date(2026, 3, 8)),
            (datetime(2026, 3, 9, 4, 59, tzinfo=UTC), date(2026, 3, 8)),
            (datetime(2026, 3, 9, 5, 0, tzinfo=UTC), date(2026, 3, 9)),
        ],
    )
    def test_a_day_of_23_hours(self, moment: datetime, day: date) -> None:
        calendar = ZonedCalendar("America/Chicago")
        assert calendar.day_of(moment) == day
        assert calendar.day_of(calendar.end_of(day)) == day
        assert calendar.day_of(calendar.end_of(day) + timedelta(microseconds=1)) == day + timedelta(days=1)

    @pytest.mark.parametrize(
        ("zone", "day", "end"),
        [
            ("America/Santiago", date(2026, 4, 4), datetime(2026, 4, 5, 4, 0, tzinfo=UTC)),
            ("Africa/Cairo", date(1995, 9, 28), datetime(1995, 9, 28, 22, 0, tzinfo=UTC)),
        ],
    )
    def test_a_day_whose_last_hour_comes_twice(self, zone: str, day: date, end: datetime) -> None:
        calendar = ZonedCalendar(zone)
        assert calendar.end_of(day) == end - timedelta(microseconds=1)
        assert calendar.day_of(end - timedelta(microseconds=1)) == day
        assert calendar.day_of(end) == day + timedelta(days=1)

    def test_a_day_that_is_left_out(self) -> None:
        """Samoa went over the date line after December 29."""
        calendar = ZonedCalendar("Pacific/Apia")
        assert calendar.end_of(date(2011, 12, 30)) == calendar.end_of(date(2011, 12, 29))

    def test_zones_are_known_on_a_machine_without_a_database_of_them(self, tmp_path: Path) -> None:
        script = f"""if True:
            import zoneinfo
            from datetime import datetime
            from adapters.system import ZonedCalendar
            from entrypoints.settings import Settings
            assert zoneinfo.TZPATH == (), "the machine's own database is not to be asked"
            zone = Settings(organization_time_zone="America/Chicago").organization_time_zone
            print(ZonedCalendar(zone).day_of(datetime.fromisoformat("{EVENING_IN_TEXAS.isoformat()}")))
        """
        # Where Python looks for time zones belongs to the process; nothing of the machine's own variables counts.
        done = subprocess.run(  # noqa: S603  # our own interpreter
            [sys.executable, "-c", script],
            cwd=tmp_path,
            env={"PYTHONTZPATH": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.stdout.strip(), done.stderr) == (str(THIRD), "")


class TestSetting:
    @pytest.mark.parametrize(
        "zone", ["Texas", "CST6", "America", "america/chicago", "../etc/localtime", "right/UTC", "UTC+6", "-06:00", " "]
    )
    def test_what_is_no_zone_is_refused_in_one_line(
        self, zone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        line = one_line(run("migrate", ORGANIZATION_TIME_ZONE=zone))
        assert line.startswith("Error: ORGANIZATION_TIME_ZONE: ")
        assert "America/Chicago" in line

    async def test_the_service_counts_in_its_days(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        settings = Settings(database_url=SecretStr("memory://"), organization_time_zone="America/Chicago")
        service = bootstrap(settings, clock=FixedClock(EVENING_IN_TEXAS))
        person = await service.bus.execute(RegisterUser("ana@example.com"), SYSTEM)
        with pytest.raises(InvalidValue, match="future"):
            await service.bus.execute(RecordExternalTraining(person.id, "Course", "Academy", FOURTH), SYSTEM)
        await service.bus.execute(RecordExternalTraining(person.id, "Course", "Academy", THIRD), SYSTEM)
