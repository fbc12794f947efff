"""The day of a training is the day where the person is, and that of a class where it was held."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from application.assessment.commands import SubmitAttempt
from application.catalogue.modules.commands import EditModule, PublishModule
from application.catalogue.sections.commands import RemoveSection
from application.evidence.certificates.queries import ListCertificates, VerifyCertificate
from application.evidence.records.commands import RecordExternalTraining
from application.evidence.records.queries import ListRecords, RecordView
from application.evidence.sessions.commands import NewAttendee, RecordSession
from application.kernel.access import Actor
from application.learning.progress.commands import CompleteSection, RenewEnrollment, StartModule
from application.learning.progress.queries import ReadProgress
from application.learning.sweeping import sweep
from application.people.locations.commands import EditLocation
from domain.catalogue.completion_rules import EvidenceTerms
from domain.catalogue.reopening import Reopens
from domain.evidence.persons import Trainer
from domain.kernel.errors import InvalidValue
from domain.kernel.validity import CertificateState
from kit.examples import uid
from kit.places import a_location, move, open_office
from worlds.school import ANA, BEN, COMPLIANCE, LESSON, QUIZ, RIGHT, M, School, a_school

SYSTEM = Actor.system()
FOURTH = datetime(2026, 7, 4, 1, 30, tzinfo=UTC)
"""The evening of July 3 in Los Angeles, and in all of the United States."""
DANA = Trainer("Dana Whitfield, RDH", "OSHA-authorized trainer")
HONOLULU, LOS_ANGELES, CHICAGO, NEW_YORK, GUAM = (uid(700 + n) for n in range(5))
ZONES = {
    HONOLULU: "Pacific/Honolulu",
    LOS_ANGELES: "America/Los_Angeles",
    CHICAGO: "America/Chicago",
    NEW_YORK: "America/New_York",
    GUAM: "Pacific/Guam",
}


@pytest.fixture
async def school() -> School:
    """With offices in five zones, nobody of which works in one yet; the organization is in UTC."""
    school = await a_school()
    for location_id, zone in ZONES.items():
        await open_office(school, a_location(location_id, zone))
    return school


async def complete(school: School, actor: Actor = ANA) -> RecordView:
    assert actor.user_id is not None
    await school.do(CompleteSection(M, actor.user_id, LESSON), actor)
    attempt = await school.start(actor)
    await school.do(SubmitAttempt(attempt.id, RIGHT), actor)
    return await newest(school, actor)


async def newest(school: School, actor: Actor = ANA) -> RecordView:
    assert actor.user_id is not None
    found = (await school.do(ListRecords(actor.user_id), COMPLIANCE)).items
    newest_one: RecordView = max(found, key=lambda record: record.recorded_at)
    return newest_one


async def elsewhere(school: School, day: date, **more: Any) -> RecordView:
    """Ana's certificate from elsewhere, of this day."""
    view: RecordView = await school.do(RecordExternalTraining(uid(1), f"CPR {day}", "Academy", day, **more), COMPLIANCE)
    return view


class TestOnline:
    async def test_it_is_of_the_day_that_it_is_where_the_person_is(self, school: School) -> None:
        await move(school, uid(1), LOS_ANGELES)
        school.moment = FOURTH
        record = await complete(school)
        assert (record.valid_from, record.time_zone) == (date(2026, 7, 3), "America/Los_Angeles")
        assert record.completed_at == FOURTH

    async def test_two_complete_it_at_one_moment_on_two_days(self, school: School) -> None:
        await move(school, uid(1), HONOLULU)
        await move(school, uid(2), NEW_YORK)
        school.moment = datetime(2026, 7, 4, 6, 0, tzinfo=UTC)
        ana, ben = await complete(school, ANA), await complete(school, BEN)
        assert ana.completed_at == ben.completed_at
        assert (ana.valid_from, ana.time_zone) == (date(2026, 7, 3), "Pacific/Honolulu")
        assert (ben.valid_from, ben.time_zone) == (date(2026, 7, 4), "America/New_York")

    async def test_who_has_moved_since_the_start_is_elsewhere(self, school: School) -> None:
        await move(school, uid(1), NEW_YORK)
        school.moment = FOURTH
        await school.do(StartModule(M, uid(1)))
        school.pass_time(hours=4)
        await move(school, uid(1), LOS_ANGELES)
        record = await complete(school)
        assert (record.valid_from, record.time_zone) == (date(2026, 7, 3), "America/Los_Angeles")

    async def test_without_a_location_it_is_of_the_organizations_day(self, school: School) -> None:
        school.move_to("America/Chicago")
        school.moment = FOURTH
        record = await complete(school)
        assert (record.valid_from, record.time_zone) == (date(2026, 7, 3), "America/Chicago")

    async def test_what_is_recorded_stays_when_the_person_or_the_organization_moves(self, school: School) -> None:
        await move(school, uid(1), LOS_ANGELES)
        school.moment = FOURTH
        record = await complete(school)
        (certificate,) = (await school.do(ListCertificates(uid(1)), COMPLIANCE)).items
        await move(school, uid(1), GUAM)
        school.move_to("Pacific/Kiritimati")
        assert await newest(school) == record
        assert (await school.do(ListCertificates(uid(1)), COMPLIANCE)).items == [certificate]
        assert (certificate.issued_on, certificate.time_zone) == (date(2026, 7, 3), "America/Los_Angeles")

    async def test_what_the_service_completes_is_of_the_day_there_too(self) -> None:
        """At the end of the minimum time, found by the sweep on the next day."""
        school = await a_school(minimum_minutes=60)
        await school.holds(a_location(CHICAGO, "America/Chicago"))
        await move(school, uid(1), CHICAGO)
        school.moment = datetime(2026, 7, 4, 3, 30, tzinfo=UTC)
        await school.do(StartModule(M, uid(1)))
        attempt = await school.start()
        await school.do(CompleteSection(M, uid(1), LESSON))
        await school.do(SubmitAttempt(attempt.id, RIGHT))
        school.pass_time(hours=20)
        assert (await sweep(school.ways)).settled == 1
        record = await newest(school)
        assert (record.completed_at, record.valid_from) == (datetime(2026, 7, 4, 4, 30, tzinfo=UTC), date(2026, 7, 3))

    async def test_so_is_what_a_new_version_completes(self, school: School) -> None:
        await move(school, uid(1), HONOLULU)
        await move(school, uid(2), GUAM)
        for n, actor in enumerate((ANA, BEN), start=1):
            await school.do(CompleteSection(M, uid(n), LESSON), actor)
        school.moment = FOURTH
        await school.do(RemoveSection(M, QUIZ), SYSTEM)
        await school.do(PublishModule(M, material=True, reopens=Reopens.NOBODY, move_enrollments=True), SYSTEM)
        assert [(await newest(school, actor)).valid_from.day for actor in (ANA, BEN)] == [3, 4]


class TestValidity:
    async def test_it_lasts_to_the_end_of_the_last_day_where_the_person_is(self, school: School) -> None:
        await school.do(EditModule(M, evidence=EvidenceTerms(valid_months=1)), SYSTEM)
        await school.do(PublishModule(M, material=True, reopens=Reopens.NOBODY, move_enrollments=True), SYSTEM)
        await move(school, uid(1), HONOLULU)
        school.moment = FOURTH
        assert (await complete(school)).valid_until == date(2026, 8, 3)
        end = datetime(2026, 8, 4, 10, tzinfo=UTC)
        for moment, state in ((end - timedelta(seconds=1), CertificateState.VALID), (end, CertificateState.EXPIRED)):
            school.moment = moment
            (listed,) = (await school.do(ListCertificates(uid(1)), COMPLIANCE)).items
            assert listed.state is state
            assert (await school.do(VerifyCertificate(listed.serial))).state is state
            assert bool((await school.progress()).blocked_by) is (state is CertificateState.EXPIRED)

    async def test_a_class_in_the_east_counts_before_its_day_has_begun_here(self, school: School) -> None:
        """10 am of January 16 in Guam is 2 pm of January 15 in Honolulu, where the person took part by video."""
        await move(school, uid(1), HONOLULU)
        school.moment = datetime(2027, 1, 16, 0, 0, tzinfo=UTC)
        await hold(school, school.moment, location_id=GUAM)
        assert (await newest(school)).valid_from == date(2027, 1, 16)
        progress = await school.progress()
        assert (progress.percent, progress.blocked_by) == (100, ())

    async def test_a_class_whose_validity_has_ended_here_completes_nothing(self, school: School) -> None:
        for person, place in ((1, HONOLULU), (2, GUAM)):
            await move(school, uid(person), place)
        school.moment = datetime(2026, 7, 4, 6, 0, tzinfo=UTC)
        for person in (1, 2):
            command = RecordExternalTraining(
                uid(person), "CPR", "Academy", date(2026, 6, 1), valid_until=date(2026, 7, 3), module_id=M
            )
            await school.do(command, COMPLIANCE)
        assert (await school.progress()).percent == 100
        school.moment += timedelta(hours=1)
        assert [each.percent for each in await progress_of_both(school)] == [100, 0]


async def progress_of_both(school: School) -> list[Any]:
    return [await school.do(ReadProgress(M, uid(n)), COMPLIANCE) for n in (1, 2)]


class TestElsewhere:
    async def test_its_day_must_have_begun_where_the_person_is(self, school: School) -> None:
        school.moment = FOURTH
        assert (await elsewhere(school, date(2026, 7, 4))).time_zone == "UTC"
        await move(school, uid(1), LOS_ANGELES)
        with pytest.raises(InvalidValue, match="future") as refused:
            await elsewhere(school, date(2026, 7, 4), reference="2")
        assert refused.value.field == ("completed_on",)
        record = await elsewhere(school, date(2026, 7, 3))
        assert (record.valid_from, record.time_zone) == (date(2026, 7, 3), "America/Los_Angeles")
        assert record.completed_at == datetime(2026, 7, 3, 7, tzinfo=UTC)

    async def test_the_version_on_offer_at_the_end_of_that_day_there_counts(self, school: School) -> None:
        """The second version, which is valid for a month, was published in the evening, on the next day in UTC."""
        await move(school, uid(1), LOS_ANGELES)
        await move(school, uid(2), GUAM)
        school.moment = FOURTH
        await school.do(EditModule(M, evidence=EvidenceTerms(valid_months=1)), SYSTEM)
        await school.do(PublishModule(M), SYSTEM)
        school.pass_time(hours=24)
        records = [
            await school.do(RecordExternalTraining(uid(n), "CPR", "Academy", date(2026, 7, 3), module_id=M), COMPLIANCE)
            for n in (1, 2)
        ]
        assert [record.valid_until for record in records] == [date(2026, 8, 3), None]

    async def test_a_new_cycle_begins_on_the_day_where_the_person_is(self, school: School) -> None:
        """Granted on the evening of July 3, so that a certificate of that day belongs to it."""
        await move(school, uid(1), CHICAGO)
        school.moment = FOURTH - timedelta(days=1)
        await complete(school)
        school.moment = FOURTH
        await school.do(RenewEnrollment(M, uid(1), "Yearly"), COMPLIANCE)
        await elsewhere(school, date(2026, 7, 2), module_id=M)
        assert (await school.progress()).percent == 0
        await elsewhere(school, date(2026, 7, 3), module_id=M)
        assert (await school.progress()).percent == 100


async def hold(school: School, ends_at: datetime, *, location_id: UUID | None = None, location: str = "") -> Any:
    """A class of 90 minutes that Ana attended."""
    return await school.do(
        RecordSession(
            M,
            ends_at - timedelta(minutes=90),
            ends_at,
            (DANA,),
            (NewAttendee(uid(1)),),
            location=location,
            location_id=location_id,
        ),
        COMPLIANCE,
    )


class TestClasses:
    @pytest.mark.parametrize("person_at", [None, CHICAGO, GUAM])
    async def test_an_evening_in_texas_is_of_that_evening(self, school: School, person_at: UUID | None) -> None:
        """January 15, 7:00 to 8:30 pm, in UTC, wherever the attendees work."""
        await move(school, uid(1), person_at)
        school.moment = datetime(2027, 1, 17, tzinfo=UTC)
        session = await hold(school, datetime(2027, 1, 16, 2, 30, tzinfo=UTC), location_id=CHICAGO)
        assert (session.held_on, session.time_zone) == (date(2027, 1, 15), "America/Chicago")
        assert (session.location_id, session.location) == (CHICAGO, f"Office {CHICAGO.int}")
        record = await newest(school)
        assert (record.valid_from, record.time_zone) == (date(2027, 1, 15), "America/Chicago")
        (certificate,) = (await school.do(ListCertificates(uid(1)), COMPLIANCE)).items
        assert (certificate.valid_from, certificate.time_zone) == (date(2027, 1, 15), "America/Chicago")

    async def test_it_was_held_where_the_office_was_then(self, school: School) -> None:
        """An office that has moved to another time zone since, under another name."""
        school.moment = datetime(2027, 3, 1, tzinfo=UTC)
        moved = EditLocation(
            CHICAGO, from_day=date(2027, 2, 1), time_zone="Pacific/Guam", name="Hagåtña", reason="Moved."
        )
        await school.do(moved, SYSTEM)
        sessions = [
            await hold(school, datetime(2027, month, 16, 2, 30, tzinfo=UTC), location_id=CHICAGO) for month in (1, 2)
        ]
        assert [(each.held_on, each.time_zone, each.location) for each in sessions] == [
            (date(2027, 1, 15), "America/Chicago", f"Office {CHICAGO.int}"),
            (date(2027, 2, 16), "Pacific/Guam", "Hagåtña"),
        ]

    async def test_without_a_location_the_offset_tells(self, school: School) -> None:
        school.moment = datetime(2027, 1, 17, tzinfo=UTC)
        session = await hold(school, datetime.fromisoformat("2027-01-15T20:30:00-06:00"), location="Austin North")
        assert (session.held_on, session.time_zone, session.location_id) == (date(2027, 1, 15), "-06:00", None)
        assert (await newest(school)).time_zone == "-06:00"

    async def test_its_own_words_say_where_it_was(self, school: School) -> None:
        school.moment = ends_at = datetime(2027, 1, 16, 2, 30, tzinfo=UTC)
        assert (await hold(school, ends_at, location_id=CHICAGO, location="Break room")).location == "Break room"

    async def test_an_unknown_location_is_refused(self, school: School) -> None:
        school.moment = datetime(2027, 1, 17, tzinfo=UTC)
        with pytest.raises(InvalidValue, match="GET /v1/locations") as refused:
            await hold(school, datetime(2027, 1, 16, 2, 30, tzinfo=UTC), location_id=uid(404))
        assert refused.value.field == ("location_id",)
        assert (await school.do(ListRecords(uid(1)), COMPLIANCE)).items == []
