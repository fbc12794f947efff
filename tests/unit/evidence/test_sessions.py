"""Classroom sessions, and what 29 CFR 1910.1030(h)(2)(i) asks of them."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from domain.catalogue.completion_rules import EvidenceTerms
from domain.catalogue.versions import ModuleVersion
from domain.evidence.persons import Person, Trainer
from domain.evidence.record_events import Delivery
from domain.evidence.records import TrainingRecord
from domain.evidence.sessions import ClassroomSession, SessionHeld, SessionIncomplete
from domain.kernel.days import LocalDays
from domain.kernel.errors import InvalidValue
from kit.about import for_each
from kit.examples import LATER, NOW, a_user, a_version, uid

DANA = Trainer("Dana Whitfield, RDH", "OSHA-authorized trainer")
ANA = Person.of(a_user(1, full_name="Ana", job_title="Hygienist", department="Hygiene"))
BEN = Person.of(a_user(2, full_name="Ben", job_title="Dentist"))
NAMELESS = Person.of(a_user(3))


def version(citation: str | None = None, **settings: Any) -> ModuleVersion:
    plain = a_version()
    return replace(plain, settings=replace(plain.settings, citation=citation, **settings))


BLOODBORNE = version("29 CFR 1910.1030(g)(2)")


def held(of: ModuleVersion = BLOODBORNE, **changes: Any) -> ClassroomSession:
    """A session with all that the rule asks for."""
    return ClassroomSession.hold(
        uid(1),
        of,
        **{
            "starts_at": NOW,
            "ends_at": LATER,
            "location": "Austin North",
            "summary": "Exposure control plan, sharps.",
            "trainers": (DANA,),
            "attendees": (ANA, BEN),
            "recorded_by": uid(9),
            "now": LATER,
            **changes,
        },
    )


class TestSessions:
    def test_it_keeps_what_was_held(self) -> None:
        session = held(trainers=[DANA], attendees=[ANA, BEN])
        assert session == ClassroomSession(
            uid(1),
            uid(900),
            1,
            "Bloodborne pathogens",
            NOW,
            LATER,
            "Austin North",
            "Exposure control plan, sharps.",
            (DANA,),
            (ANA, BEN),
            LATER,
            uid(9),
            LATER.date(),
            None,
            "+00:00",
        )

    def test_its_day_is_that_of_the_place_where_it_was_held(self) -> None:
        texas = timezone(timedelta(hours=-6))
        evening = datetime(2026, 1, 15, 20, 30, tzinfo=texas)
        session = held(starts_at=evening - timedelta(hours=1), ends_at=evening)
        assert (session.held_on, session.day) == (date(2026, 1, 15), date(2026, 1, 15))
        assert (session.ends_at, session.ends_at.tzinfo) == (datetime(2026, 1, 16, 2, 30, tzinfo=UTC), UTC)
        record = TrainingRecord.classroom(uid(5), session=session, attendee=ANA, version=BLOODBORNE)
        assert (record.valid_from, record.time_zone) == (date(2026, 1, 15), "-06:00")
        assert replace(session, held_on=None).day == date(2026, 1, 16)

    @pytest.mark.parametrize("offset", [0, -6, 14])
    def test_where_its_place_is_known_offsets_only_name_a_moment(self, offset: int) -> None:
        """7 to 8:30 pm in Texas, whatever clock the times were read from."""
        end = datetime(2026, 1, 16, 2, 30, tzinfo=UTC).astimezone(timezone(timedelta(hours=offset)))
        texas = LocalDays("America/Chicago")
        session = held(starts_at=end - timedelta(minutes=90), ends_at=end, days=texas, location_id=uid(60))
        assert (session.day, session.time_zone, session.location_id) == (date(2026, 1, 15), "America/Chicago", uid(60))
        record = TrainingRecord.classroom(uid(5), session=session, attendee=ANA, version=BLOODBORNE)
        assert (record.valid_from, record.time_zone) == (date(2026, 1, 15), "America/Chicago")

    @pytest.mark.parametrize("hours", [-12, 14])
    def test_its_day_is_that_of_the_place_to_the_ends_of_the_earth(self, hours: float) -> None:
        place = timezone(timedelta(hours=hours))
        day = datetime(2026, 1, 15, 12, tzinfo=place)
        assert held(starts_at=day - timedelta(hours=1), ends_at=day).day == date(2026, 1, 15)

    def test_nobody_changes_it(self) -> None:
        with pytest.raises(FrozenInstanceError):
            held().summary = "Nothing."  # type: ignore[misc]  # that is the point

    def test_its_event_tells_of_the_session(self) -> None:
        assert SessionHeld(uid(1), uid(900), (uid(1), uid(2))).subject_id == uid(1)

    @for_each(
        ("wrong", "field"),
        [
            ({"ends_at": NOW}, ("ends_at",)),
            ({"ends_at": NOW - timedelta(seconds=1)}, ("ends_at",)),
            ({"starts_at": LATER - timedelta(days=7, seconds=1)}, ("ends_at",)),
            ({"now": LATER - timedelta(seconds=1)}, ("ends_at",)),
            ({"starts_at": datetime(1901, 1, 2, 9, tzinfo=UTC)}, ("starts_at",)),
            ({"starts_at": NOW.replace(tzinfo=None)}, ("starts_at",)),
            ({"ends_at": LATER.replace(tzinfo=None)}, ("ends_at",)),
            ({"starts_at": NOW.astimezone(timezone(timedelta(hours=-12, minutes=-1)))}, ("starts_at",)),
            ({"ends_at": LATER.astimezone(timezone(timedelta(hours=14, minutes=1)))}, ("ends_at",)),
            ({"location": "x" * 201}, ("location",)),
            ({"summary": "x" * 10_001}, ("summary",)),
            ({"trainers": ()}, ("trainers",)),
            ({"trainers": (DANA,) * 21}, ("trainers",)),
            ({"attendees": ()}, ("attendees",)),
            ({"attendees": tuple(replace(ANA, user_id=uid(n)) for n in range(501))}, ("attendees",)),
            ({"attendees": (ANA, BEN, ANA)}, ("attendees", 2, "user_id")),
            ({"attendees": (ANA, replace(ANA, full_name="Another name"))}, ("attendees", 1, "user_id")),
        ],
    )
    def test_what_cannot_be_is_refused(self, wrong: dict[str, Any], field: tuple[str | int, ...]) -> None:
        with pytest.raises(InvalidValue) as caught:
            held(**wrong)
        assert caught.value.field == field

    def test_a_week_is_the_longest(self) -> None:
        assert held(starts_at=LATER - timedelta(days=7)).ends_at == LATER


class TestTheBloodborneRule:
    """29 CFR 1910.1030(h)(2)(i): dates, contents or a summary, trainers' names and qualifications, who attended."""

    @for_each(
        ("lacking", "missing"),
        [
            ({"summary": ""}, [("summary",)]),
            ({"summary": " \n"}, [("summary",)]),
            ({"trainers": (Trainer("Dana"),)}, [("trainers", 0, "qualifications")]),
            ({"trainers": (DANA, Trainer("Kim", " "))}, [("trainers", 1, "qualifications")]),
            ({"attendees": (ANA, replace(BEN, full_name=None))}, [("attendees", 1, "full_name")]),
            ({"attendees": (replace(ANA, job_title=None), BEN)}, [("attendees", 0, "job_title")]),
            (
                {"summary": "", "trainers": (Trainer("Dana"),), "attendees": (ANA, NAMELESS)},
                [
                    ("summary",),
                    ("trainers", 0, "qualifications"),
                    ("attendees", 1, "full_name"),
                    ("attendees", 1, "job_title"),
                ],
            ),
        ],
    )
    def test_everything_that_is_missing_is_named(
        self, lacking: dict[str, Any], missing: list[tuple[str | int, ...]]
    ) -> None:
        with pytest.raises(SessionIncomplete, match=r"1910\.1030\(h\)\(2\)\(i\)") as caught:
            held(**lacking)
        assert list(caught.value.missing) == missing

    @pytest.mark.parametrize("citation", [None, "45 CFR 164.530(b)", "29 CFR 1910.1200(h)"])
    def test_other_modules_do_not_ask_for_it(self, citation: str | None) -> None:
        session = held(version(citation), summary="", location="", trainers=(Trainer("Dana"),), attendees=(NAMELESS,))
        assert session.attendees == (NAMELESS,)

    def test_the_place_is_not_asked_for(self) -> None:
        assert held(location="").location == ""


class TestRecords:
    def test_a_record_tells_of_the_session_and_who_attended(self) -> None:
        of = version("29 CFR 1910.1030", evidence=EvidenceTerms(valid_months=12, retention_years=3, credit_hours=1.0))
        session = held(of)
        record = TrainingRecord.classroom(uid(5), session=session, attendee=ANA, version=of)
        assert (record.id, record.person, record.delivery) == (uid(5), ANA, Delivery.CLASSROOM)
        assert (record.started_at, record.completed_at) == (NOW, LATER)
        assert (record.valid_from, record.valid_until, record.retention_until) == (
            date(2026, 3, 2),
            date(2027, 3, 2),
            date(2029, 3, 2),
        )
        assert (record.trainers, record.session_id, record.cycle_id) == ((DANA,), uid(1), None)
        assert (record.recorded_at, record.recorded_by, record.credit_hours) == (LATER, uid(9), 1.0)
        assert (record.training.summary, record.training.citation) == (
            "Exposure control plan, sharps.",
            "29 CFR 1910.1030",
        )
        assert (record.training.version_number, record.training.content_hash) == (1, of.content_hash)

    @pytest.mark.parametrize("summary", ["", "  "])
    def test_without_a_summary_of_its_own_it_has_the_modules(self, summary: str) -> None:
        of = version(summary="What the module teaches.")
        session = held(of, summary=summary)
        record = TrainingRecord.classroom(uid(5), session=session, attendee=ANA, version=of)
        assert record.training.summary == "What the module teaches."
