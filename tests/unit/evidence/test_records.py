"""Training records: what they keep, and how long they count and must be kept."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalogue.completion_rules import CompletionRules, EvidenceTerms
from domain.catalogue.versions import ModuleVersion
from domain.evidence.external_training import ExternalTraining
from domain.evidence.persons import Person, Trainer
from domain.evidence.record_events import Delivery
from domain.evidence.records import Result, TrainingRecord
from domain.evidence.retention import kept_until, terms
from domain.kernel.days import LocalDays, months_later
from domain.kernel.errors import InvalidValue
from domain.learning.enrollments import Enrollment
from domain.learning.section_completions import QuizPass, SectionCompletion
from kit.about import for_each
from kit.examples import LATER, NOW, UTC_DAYS, a_lesson, a_quiz, a_user, a_version, an_attestation, an_enrollment, uid
from kit.random_examples import times

TODAY = NOW.date()
USER = a_user(full_name="Ana Müller", job_title="Hygienist", department="Hygiene", location="Austin")
DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))


def version(**settings: Any) -> ModuleVersion:
    """A lesson, two quizzes and an attestation, with these settings."""
    plain = a_version(a_lesson(10), a_quiz(20), a_quiz(30), an_attestation(40))
    return replace(plain, settings=replace(plain.settings, **settings))


def completed(*passed: tuple[int, int, float], after: timedelta = timedelta(hours=1)) -> Enrollment:
    """An enrollment with these quizzes passed: section, number of the attempt, score."""
    enrollment = an_enrollment()
    enrollment.started_at, enrollment.completed_at = NOW, NOW + after
    enrollment.completions = [SectionCompletion(uid(10), NOW)]
    for section, number, score in passed:
        quiz = QuizPass(uid(1_000 + section), number, score, 80)
        enrollment.completions.append(SectionCompletion(uid(section), NOW, quiz=quiz))
    enrollment.completions.append(SectionCompletion(uid(40), NOW, attestation="I have read it."))
    return enrollment


def online(enrollment: Enrollment, of: ModuleVersion, *, now: datetime = LATER) -> TrainingRecord:
    return TrainingRecord.online(
        uid(1), days=UTC_DAYS, user=USER, version=of, enrollment=enrollment, recorded_by=USER.id, now=now
    )


def external(*, counts_for: ModuleVersion | None = None, user: Any = USER, **training: Any) -> TrainingRecord:
    given = {"title": "Basic life support", "issuer": "Red Cross", "completed_on": TODAY, **training}
    return TrainingRecord.external(
        uid(1),
        days=UTC_DAYS,
        user=user,
        training=ExternalTraining(**given),
        counts_for=counts_for,
        recorded_by=uid(9),
        now=NOW,
    )


class TestCalendar:
    @for_each(
        ("day", "months", "later"),
        [
            (date(2026, 1, 31), 1, date(2026, 2, 28)),
            (date(2024, 1, 31), 1, date(2024, 2, 29)),
            (date(2024, 2, 29), 12, date(2025, 2, 28)),
            (date(2024, 2, 29), 48, date(2028, 2, 29)),
            (date(2096, 2, 29), 48, date(2100, 2, 28)),
            (date(2025, 2, 28), 36, date(2028, 2, 28)),
            (date(2026, 12, 15), 1, date(2027, 1, 15)),
            (date(2026, 11, 30), 1, date(2026, 12, 30)),
            (date(2026, 8, 31), 6, date(2027, 2, 28)),
            (date(2026, 3, 2), 0, date(2026, 3, 2)),
        ],
    )
    def test_months_are_those_of_the_calendar(self, day: date, months: int, later: date) -> None:
        assert months_later(day, months) == later

    @given(DAYS, st.integers(0, 600))
    def test_it_is_the_same_day_or_the_last_of_that_month(self, day: date, months: int) -> None:
        later = months_later(day, months)
        assert (later.year - day.year) * 12 + later.month - day.month == months
        assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)

    @given(DAYS, st.none() | DAYS, st.integers(1, 50))
    def test_what_is_valid_is_kept(self, completed_on: date, valid_until: date | None, years: int) -> None:
        kept = kept_until(completed_on, valid_until, years)
        assert kept >= months_later(completed_on, 12 * years)
        assert valid_until is None or kept >= valid_until
        assert kept in (valid_until, months_later(completed_on, 12 * years))

    def test_the_terms_are_those_of_the_version(self) -> None:
        yearly = version(evidence=EvidenceTerms(valid_months=12, retention_years=3))
        assert terms(yearly, date(2024, 2, 29)) == (date(2025, 2, 28), date(2027, 2, 28))
        assert terms(version(), date(2024, 2, 29)) == (None, date(2030, 2, 28))
        longer = version(evidence=EvidenceTerms(valid_months=120, retention_years=1))
        assert terms(longer, date(2026, 3, 2)) == (date(2036, 3, 2), date(2036, 3, 2))

    def test_bloodborne_training_is_kept_as_long_as_the_standard_asks(self) -> None:
        short = EvidenceTerms(retention_years=1)
        assert terms(version(citation="29 CFR 1910.1030(g)", evidence=short), date(2026, 3, 2))[1] == date(2029, 3, 2)
        assert terms(version(citation="45 CFR 164.530", evidence=short), date(2026, 3, 2))[1] == date(2027, 3, 2)


class TestOnline:
    def test_the_pass_mark_is_that_of_the_attempt(self) -> None:
        stricter = version(rules=CompletionRules(pass_mark=90))
        record = online(completed((20, 1, 85.0)), stricter)
        assert record.result is not None
        assert (record.result.score, record.result.pass_mark) == (85.0, 80)

    def test_it_keeps_who_learned_what_and_how(self) -> None:
        of = version(
            summary="What to know.",
            citation="29 CFR 1910.1030",
            evidence=EvidenceTerms(valid_months=12, retention_years=3, credit_hours=1.5),
        )
        enrollment = completed((20, 1, 85.0), (30, 2, 90.5))
        record = online(enrollment, of)
        assert record.person == Person(USER.id, "Ana Müller", "Hygienist", "Hygiene", "Austin")
        training = record.training
        assert (training.title, training.summary, training.citation) == (
            "Bloodborne pathogens",
            "What to know.",
            "29 CFR 1910.1030",
        )
        assert (training.module_id, training.version_number, training.content_hash) == (uid(900), 1, of.content_hash)
        assert record.delivery is Delivery.ONLINE
        assert (record.started_at, record.completed_at) == (NOW, LATER)
        assert (record.valid_from, record.valid_until, record.retention_until) == (
            date(2026, 3, 2),
            date(2027, 3, 2),
            date(2029, 3, 2),
        )
        assert (record.recorded_at, record.recorded_by, record.credit_hours) == (LATER, USER.id, 1.5)
        assert record.result == Result(90.5, 80, uid(1_030), 2)
        assert record.attestations == ("I have read it.",)
        assert (record.cycle_id, record.session_id, record.trainers) == (enrollment.cycle_id, None, ())
        assert (record.issuer, record.reference) == (None, None)

    @for_each(
        ("passed", "attempt"),
        [
            ([(20, 1, 85.0), (30, 1, 90.0)], 1_030),
            ([(30, 1, 90.0), (20, 1, 85.0)], 1_030),
            ([(20, 1, 85.0)], 1_020),
            ([(20, 1, 0.0)], 1_020),
        ],
    )
    def test_the_result_is_that_of_the_versions_last_quiz(
        self, passed: list[tuple[int, int, float]], attempt: int
    ) -> None:
        result = online(completed(*passed), version()).result
        assert result is not None
        assert result.attempt_id == uid(attempt)

    def test_without_a_quiz_there_is_no_result(self) -> None:
        assert online(completed(), version()).result is None

    def test_moments_that_are_not_known_are_that_of_completion(self) -> None:
        enrollment = completed()
        enrollment.started_at = None
        assert online(enrollment, version()).started_at == LATER
        enrollment.completed_at = None
        record = online(enrollment, version(), now=NOW)
        assert (record.started_at, record.completed_at, record.valid_from) == (NOW, NOW, TODAY)

    def test_nothing_that_happens_to_the_user_touches_it(self) -> None:
        user = a_user(full_name="Ana", department="Hygiene")
        record = TrainingRecord.online(
            uid(1),
            days=UTC_DAYS,
            user=user,
            version=version(),
            enrollment=completed(),
            recorded_by=None,
            now=LATER,
        )
        user.erase(now=LATER)
        assert record.person == Person(user.id, "Ana", None, "Hygiene", None)

    @for_each("field", ["person", "valid_until", "retention_until", "extra"])
    def test_nobody_changes_it(self, field: str) -> None:
        with pytest.raises((FrozenInstanceError, TypeError)):
            setattr(online(completed(), version()), field, None)


class TestDays:
    """A record's days are those of its time zone, which shows its times on these days."""

    @given(
        st.sampled_from(["America/Chicago", "Pacific/Honolulu", "Pacific/Kiritimati", "America/Santiago", "-06:00"]),
        st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
        st.integers(1, 240),
    )
    @times(2)
    def test_they_are_those_of_its_zone(self, zone: str, moment: datetime, months: int) -> None:
        days, lasting = LocalDays(zone), version(evidence=EvidenceTerms(valid_months=min(months, 120)))
        enrollment = completed()
        enrollment.started_at = enrollment.completed_at = moment
        online = TrainingRecord.online(
            uid(1), days=days, user=USER, version=lasting, enrollment=enrollment, recorded_by=None, now=moment
        )
        training = ExternalTraining("Course", "Academy", days.day_of(moment))
        external = TrainingRecord.external(
            uid(2), days=days, user=USER, training=training, counts_for=lasting, recorded_by=None, now=moment
        )
        for record in (online, external):
            assert (record.time_zone, record.valid_from) == (zone, days.day_of(moment))
            assert days.day_of(record.completed_at) == days.day_of(record.started_at) == record.valid_from
            assert record.valid_until == months_later(record.valid_from, min(months, 120))
            assert record.completed_at <= record.recorded_at

    def test_training_elsewhere_lies_ahead_until_its_day_begins_where_the_person_is(self) -> None:
        moment = datetime(2026, 7, 4, 1, 30, tzinfo=UTC)
        for zone, begun in (("America/Los_Angeles", False), ("UTC", True)):
            training = ExternalTraining("Course", "Academy", date(2026, 7, 4))
            with nullcontext() if begun else pytest.raises(InvalidValue, match="future"):
                TrainingRecord.external(
                    uid(2),
                    days=LocalDays(zone),
                    user=USER,
                    training=training,
                    counts_for=None,
                    recorded_by=None,
                    now=moment,
                )


class TestValidity:
    def test_both_days_are_included(self) -> None:
        record = online(completed(), version(evidence=EvidenceTerms(valid_months=1)))
        # A class in the East, whose day has not begun here, has ended all the same.
        days = [date(2026, 3, 1), date(2026, 3, 2), date(2026, 4, 2), date(2026, 4, 3)]
        assert [record.counts_on(day, revoked=False) for day in days] == [True, True, True, False]

    def test_without_an_end_it_stays_valid(self) -> None:
        record = online(completed(), version())
        assert [record.counts_on(day, revoked=False) for day in (date(2026, 3, 2), date.max)] == [True, True]


class TestExternal:
    def test_it_keeps_who_certified_it(self) -> None:
        record = external(
            reference="eCard 2260",
            summary="Adult, child and infant.",
            completed_on=date(2026, 2, 14),
            valid_until=date(2028, 2, 29),
            citation="22 TAC 104.1",
            credit_hours=4.0,
        )
        assert record.person == Person.of(USER)
        training = record.training
        assert (training.title, training.summary, training.citation) == (
            "Basic life support",
            "Adult, child and infant.",
            "22 TAC 104.1",
        )
        assert (training.module_id, training.version_number, training.content_hash) == (None, None, None)
        assert record.delivery is Delivery.EXTERNAL
        assert record.started_at == record.completed_at == datetime(2026, 2, 14, tzinfo=UTC)
        assert (record.valid_from, record.valid_until, record.retention_until) == (
            date(2026, 2, 14),
            date(2028, 2, 29),
            date(2032, 2, 14),
        )
        assert (record.issuer, record.reference, record.credit_hours) == ("Red Cross", "eCard 2260", 4.0)
        assert (record.recorded_at, record.recorded_by) == (NOW, uid(9))
        assert (record.cycle_id, record.session_id, record.result) == (None, None, None)

    def test_on_its_own_it_is_valid_until_its_certificate_says(self) -> None:
        assert external().valid_until is None
        far = date(2040, 1, 1)
        record = external(valid_until=far)
        assert (record.valid_until, record.retention_until) == (far, far)

    def test_where_it_counts_for_a_module_the_modules_terms_stand_in(self) -> None:
        yearly = version(evidence=EvidenceTerms(valid_months=12, retention_years=10, credit_hours=2.0))
        record = external(counts_for=yearly)
        assert record.training.module_id == yearly.module_id
        assert (record.training.version_number, record.training.content_hash) == (None, None)
        assert (record.valid_until, record.retention_until) == (date(2027, 3, 2), date(2036, 3, 2))
        assert record.credit_hours is None

    def test_what_its_certificate_says_goes_before(self) -> None:
        yearly = version(evidence=EvidenceTerms(valid_months=12))
        assert external(counts_for=yearly, valid_until=date(2026, 6, 1)).valid_until == date(2026, 6, 1)
        assert external(counts_for=version()).valid_until is None

    @for_each(
        ("wrong", "field"),
        [
            ({"completed_on": TODAY + timedelta(days=1)}, "completed_on"),
            ({"valid_until": TODAY - timedelta(days=1)}, "valid_until"),
            ({"title": " "}, "title"),
            ({"issuer": ""}, "issuer"),
            ({"reference": "x" * 201}, "reference"),
            ({"summary": "x" * 10_001}, "summary"),
            ({"citation": ""}, "citation"),
            ({"credit_hours": -1}, "credit_hours"),
            ({"credit_hours": float("nan")}, "credit_hours"),
        ],
    )
    def test_what_cannot_be_is_refused(self, wrong: dict[str, Any], field: str) -> None:
        with pytest.raises(InvalidValue) as caught:
            external(**wrong)
        assert caught.value.field == (field,)

    def test_it_is_valid_to_the_end_of_its_last_day(self) -> None:
        record = external(valid_until=TODAY + timedelta(days=1))
        assert record.counts_on(TODAY + timedelta(days=1), revoked=False)
        assert not record.counts_on(TODAY + timedelta(days=2), revoked=False)

    @for_each(
        ("changes", "field"),
        [
            ({"completed_on": date(26, 11, 2)}, "completed_on"),
            ({"completed_on": date(1949, 12, 31)}, "completed_on"),
            ({"valid_until": TODAY}, "valid_until"),
            ({"valid_until": date(TODAY.year + 20, TODAY.month, TODAY.day + 1)}, "valid_until"),
        ],
    )
    def test_its_days_are_plausible(self, changes: dict[str, Any], field: str) -> None:
        with pytest.raises(InvalidValue) as caught:
            external(**changes)
        assert caught.value.field == (field,)

    def test_the_longest_validity_is_twenty_years(self) -> None:
        assert external(valid_until=date(TODAY.year + 20, TODAY.month, TODAY.day)).valid_until

    def test_nobody_is_trained_elsewhere_after_having_left(self) -> None:
        user = a_user(4, now=NOW - timedelta(days=9))
        user.deactivate(now=NOW - timedelta(days=2))
        assert external(user=user, completed_on=TODAY - timedelta(days=2))
        with pytest.raises(InvalidValue) as caught:
            external(user=user, completed_on=TODAY - timedelta(days=1))
        assert caught.value.field == ("completed_on",)

    def test_it_is_kept_as_long_as_every_rule_asks_that_is_cited(self) -> None:
        short = version(evidence=EvidenceTerms(retention_years=1))
        cites = version(citation="29 CFR 1910.1030", evidence=EvidenceTerms(retention_years=1))
        assert external(counts_for=short).retention_until == date(TODAY.year + 1, TODAY.month, TODAY.day)
        assert external(counts_for=cites).retention_until == date(TODAY.year + 3, TODAY.month, TODAY.day)
        assert external(counts_for=short, citation="29 CFR 1910.1030").retention_until.year == TODAY.year + 3

    @pytest.mark.parametrize("profile", [{"full_name": "Ana"}, {"job_title": "Hygienist"}, {}])
    def test_where_a_rule_asks_for_names_somebody_without_one_has_no_evidence(self, profile: dict[str, Any]) -> None:
        nameless = a_user(4, **profile)
        assert external(user=nameless)
        for asked in ({"citation": "29 CFR 1910.1030"}, {"counts_for": version(citation="29 CFR 1910.1030")}):
            with pytest.raises(InvalidValue) as caught:
                external(user=nameless, **asked)
            assert caught.value.field == ("user_id",)


class TestPeople:
    def test_what_is_given_stands_in_for_the_profile(self) -> None:
        given: dict[str, Any] = {"job_title": "Lead", "department": "Lab", "location": "Dallas"}
        assert Person.attending(USER, NOW, **given) == replace(Person.of(USER), **given)

    def test_a_name_fills_an_empty_one_and_replaces_none(self) -> None:
        nameless = a_user(4)
        assert Person.attending(nameless, NOW, full_name="Kim Oh").full_name == "Kim Oh"
        assert Person.attending(USER, NOW, full_name="müller, ana").full_name == "Ana Müller"
        with pytest.raises(InvalidValue, match="Ana Müller") as caught:
            Person.attending(USER, NOW, full_name="Kim Oh")
        assert caught.value.field == ("full_name",)

    def test_nobody_attends_after_having_left(self) -> None:
        user = a_user(4)
        user.deactivate(now=NOW)
        assert Person.attending(user, NOW)
        with pytest.raises(InvalidValue) as caught:
            Person.attending(user, LATER)
        assert caught.value.field == ("user_id",)

    @pytest.mark.parametrize("wrong", [{"job_title": "x" * 121}, {"department": "x" * 121}, {"location": "x" * 121}])
    def test_names_have_limits(self, wrong: dict[str, str]) -> None:
        with pytest.raises(InvalidValue):
            Person.attending(USER, NOW, **wrong)

    @pytest.mark.parametrize(
        "wrong", [{"name": ""}, {"name": "x" * 201}, {"name": "Dana", "qualifications": "x" * 1_001}]
    )
    def test_trainers_have_names(self, wrong: dict[str, str]) -> None:
        with pytest.raises(InvalidValue):
            Trainer(**wrong)
