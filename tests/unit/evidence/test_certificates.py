"""Certificates and their serials."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalogue.completion_rules import EvidenceTerms
from domain.evidence.certificates import (
    ALPHABET,
    Certificate,
    CertificateIssued,
    CertificateRevoked,
    CertificateWasRevoked,
    read_serial,
    serial_of,
)
from domain.evidence.records import TrainingRecord
from domain.kernel.days import LocalDays
from domain.kernel.errors import InvalidValue
from domain.kernel.validity import CertificateState, state_on
from kit.about import for_each
from kit.examples import LATER, NOW, UTC_DAYS, a_user, a_version, an_enrollment, uid

SERIAL = "UD-0123-4567-89AB-CDEF-P"
NUMBERS = st.integers(0, 2**80 - 1)


def a_certificate(days: LocalDays = UTC_DAYS, now: datetime = LATER) -> Certificate:
    record = TrainingRecord.online(
        uid(7),
        days=days,
        user=a_user(),
        version=a_version(evidence=EvidenceTerms(valid_months=12)),
        enrollment=an_enrollment(),
        recorded_by=None,
        now=NOW,
    )
    return Certificate.issue(SERIAL, record.recorded, now=now)


@for_each(("zone", "day"), [("UTC", 2), ("Pacific/Auckland", 2), ("Pacific/Honolulu", 1), ("-10:00", 1)])
def test_it_is_issued_on_a_day_of_its_records_zone(zone: str, day: int) -> None:
    certificate = a_certificate(LocalDays(zone), now=datetime(2026, 3, 2, 9, 59, tzinfo=UTC))
    assert certificate.issued_on == date(2026, 3, day)


class TestSerials:
    def test_the_alphabet_has_nothing_that_one_mistakes(self) -> None:
        assert len(set(ALPHABET)) == 32
        assert not set(ALPHABET) & set("OILU")

    @given(NUMBERS)
    def test_one_can_read_it_aloud(self, number: int) -> None:
        assert re.fullmatch(f"UD(-[{ALPHABET}]{{4}}){{4}}-[{ALPHABET}]", serial_of(number))

    @given(NUMBERS, NUMBERS)
    def test_each_of_the_80_bits_counts(self, one: int, other: int) -> None:
        assert (serial_of(one) == serial_of(other)) is (one == other)

    @given(st.integers(0, 79))
    def test_no_bit_is_lost(self, bit: int) -> None:
        digits = serial_of(1 << bit).removeprefix("UD").replace("-", "")[:-1]
        assert sum(ALPHABET.index(digit) << 5 * place for place, digit in enumerate(reversed(digits))) == 1 << bit

    def test_the_first_and_the_last(self) -> None:
        assert (serial_of(0), serial_of(2**80 - 1)) == ("UD-0000-0000-0000-0000-0", "UD-ZZZZ-ZZZZ-ZZZZ-ZZZZ-M")


class TestReadingSerials:
    @given(NUMBERS)
    def test_a_serial_is_read_as_it_is(self, number: int) -> None:
        assert read_serial(serial_of(number)) == serial_of(number)

    @for_each(
        "text",
        [
            "ud-0123-4567-89ab-cdef-p",
            "UD0123456789ABCDEFP",
            "0123456789ABCDEFP",
            "0123-4567-89AB-CDEFP",
            "  UD-0123 4567 89AB CDEF P\n",
            "U D - 0 1 2 3 - 4567-89AB-CDEF-P",
            "UD\u20130123\u20144567\u201089AB\u2212CDEF\u2212P",
            "UD\u00a00123\t4567.89AB_CDEF.P",
            "UD-Oi23-4567-89AB-CDEF-P",
            "UD-oL23-4567-89AB-CDEF-P",
        ],
    )
    def test_what_people_mistype_is_forgiven(self, text: str) -> None:
        assert read_serial(text) == SERIAL

    @for_each(
        "text",
        [
            "",
            "UD",
            "UD-",
            "UD-0123-4567-89AB-CDE-P",
            "UD-0123-4567-89AB-CDEF",
            SERIAL + "0",
            "UD-0123-4567-89AB-CDEU-P",
            SERIAL * 2,
            "٠" * 17,
            "é" * 17,
        ],
    )
    def test_what_is_none_is_refused(self, text: str) -> None:
        assert read_serial(text) == ""

    @given(NUMBERS, st.integers(0, 16), st.sampled_from(ALPHABET))
    def test_a_wrong_digit_is_noticed(self, number: int, place: int, digit: str) -> None:
        right = serial_of(number).removeprefix("UD").replace("-", "")
        wrong = right[:place] + digit + right[place + 1 :]
        assert (read_serial(wrong) == "") is (wrong != right)

    @given(NUMBERS, st.integers(0, 16), st.integers(0, 16))
    def test_two_digits_that_changed_places_are_noticed(self, number: int, one: int, other: int) -> None:
        right = serial_of(number).removeprefix("UD").replace("-", "")
        wrong = list(right)
        wrong[one], wrong[other] = right[other], right[one]
        assert (read_serial("".join(wrong)) == "") is ("".join(wrong) != right)

    @given(st.text() | st.text(st.characters(categories=("Cs", "Cc", "Nd", "Zs", "Pd"))))
    def test_nothing_breaks_it(self, text: str) -> None:
        assert re.fullmatch(f"(UD(-[{ALPHABET}]{{4}}){{4}}-[{ALPHABET}])?", read_serial(text))

    @given(st.text(st.sampled_from(f"{ALPHABET}{ALPHABET.lower()}oOiIlL- "), max_size=40))
    def test_reading_again_changes_nothing(self, text: str) -> None:
        assert read_serial(read_serial(text)) == read_serial(text)


class TestCertificates:
    def test_it_certifies_the_record(self) -> None:
        certificate = a_certificate()
        assert (certificate.serial, certificate.record_id, certificate.user_id) == (SERIAL, uid(7), uid(1))
        assert (certificate.valid_from, certificate.valid_until) == (date(2026, 3, 2), date(2027, 3, 2))
        assert (certificate.issued_at, certificate.updated_at, certificate.version) == (LATER, LATER, 1)
        assert (certificate.revoked_at, certificate.revoked_by, certificate.revocation_reason) == (None, None, None)
        (issued,) = certificate.take_events()
        assert issued == CertificateIssued(uid(7), SERIAL, uid(1))
        assert issued.subject_id == uid(7)

    def test_it_is_revoked_with_a_reason(self) -> None:
        certificate = a_certificate()
        certificate.take_events()
        later = LATER + timedelta(days=1)
        certificate.revoke("Issued for the wrong person.", by=uid(9), now=later)
        assert (certificate.revoked_at, certificate.revoked_by) == (later, uid(9))
        assert certificate.revocation_reason == "Issued for the wrong person."
        assert (certificate.version, certificate.updated_at) == (2, later)
        assert certificate.take_events() == [CertificateWasRevoked(uid(7), SERIAL, uid(1))]

    def test_it_is_revoked_once(self) -> None:
        certificate = a_certificate()
        certificate.revoke("Wrong person.", by=uid(9), now=LATER)
        certificate.take_events()
        with pytest.raises(CertificateRevoked):
            certificate.revoke("Another reason.", by=uid(8), now=LATER + timedelta(days=1))
        assert (certificate.revoked_by, certificate.revocation_reason) == (uid(9), "Wrong person.")
        assert (certificate.version, certificate.take_events()) == (2, [])

    @pytest.mark.parametrize("reason", ["", " \n", "x" * 1_001])
    def test_the_reason_is_said(self, reason: str) -> None:
        with pytest.raises(InvalidValue) as caught:
            a_certificate().revoke(reason, by=uid(9), now=LATER)
        assert caught.value.field == ("revocation_reason",)


class TestState:
    @pytest.mark.parametrize(
        ("day", "state"),
        [
            (date(2026, 3, 2), CertificateState.VALID),
            (date(2027, 3, 2), CertificateState.VALID),
            (date(2027, 3, 3), CertificateState.EXPIRED),
        ],
    )
    def test_the_last_day_is_included(self, day: date, state: CertificateState) -> None:
        assert state_on(day, valid_until=date(2027, 3, 2), revoked_at=None) is state

    def test_without_an_end_it_never_expires(self) -> None:
        assert state_on(date(9999, 12, 31), valid_until=None, revoked_at=None) is CertificateState.VALID

    @for_each("day", [date(2026, 3, 2), date(2030, 1, 1)])
    @for_each("valid_until", [None, date(2027, 3, 2)])
    def test_what_is_revoked_stays_revoked(self, day: date, valid_until: date | None) -> None:
        assert state_on(day, valid_until=valid_until, revoked_at=NOW) is CertificateState.REVOKED
