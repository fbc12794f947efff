"""What Supabase says of a sign-in: what is news, and what is not worth a write."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.people.sign_ins import SIGN_IN_PRECISION, has_moved, is_behind, is_overdue
from kit.about import for_each
from kit.examples import NOW, a_user

DAY = timedelta(days=1)


@dataclass
class Reached:
    """What is known of someone's address and last sign-in."""

    email: str = "ana@example.com"
    email_confirmed: bool = True
    email_as_of: datetime | None = None
    last_sign_in: datetime | None = NOW


class TestNews:
    """What Supabase says is news, or it is not worth a write."""

    @for_each(
        ("known", "email", "verified", "moved"),
        [
            (Reached(), "ana@example.com", True, False),
            (Reached(), "ANA@example.com", True, False),
            (Reached(), "new@example.com", True, True),
            (Reached(), "new@example.com", False, False),
            (Reached(), None, True, False),
            (Reached(email_confirmed=False), "ana@example.com", True, True),
            (Reached(email_confirmed=False), "ana@example.com", False, False),
            (Reached(email_confirmed=False), None, True, False),
        ],
    )
    def test_only_a_verified_address_moves_anything(
        self, known: Reached, email: str | None, verified: bool, moved: bool
    ) -> None:
        assert has_moved(known, email, verified) is moved
        assert is_behind(known, email, verified, NOW) is moved
        assert is_behind(known, email, verified, None) is moved

    @for_each(
        ("known", "signed_in_at", "overdue"),
        [
            (None, None, False),
            (NOW, None, False),
            (None, NOW, True),
            (NOW, NOW, False),
            (NOW, NOW - DAY, False),
            (NOW, NOW + SIGN_IN_PRECISION - timedelta(microseconds=1), False),
            (NOW, NOW + SIGN_IN_PRECISION, True),
        ],
    )
    def test_a_sign_in_is_followed_within_the_hour(
        self, known: datetime | None, signed_in_at: datetime | None, overdue: bool
    ) -> None:
        assert is_overdue(known, signed_in_at) is overdue
        assert is_behind(Reached(last_sign_in=known), None, False, signed_in_at) is overdue

    def test_a_user_knows_what_is_news(self) -> None:
        user = a_user(email="ana@example.com", email_confirmed=True)
        user.last_sign_in = NOW
        assert is_behind(user, "ana@example.com", True, NOW) is False
        assert is_behind(user, "new@example.com", True, NOW) is True
        assert is_behind(user, "ana@example.com", True, NOW + DAY) is True

    @for_each(
        ("as_of", "moved"),
        [(NOW - DAY, False), (NOW, False), (NOW + timedelta(microseconds=1), True), (None, True)],
    )
    def test_word_no_newer_than_what_was_followed_says_nothing_of_the_address(
        self, as_of: datetime | None, moved: bool
    ) -> None:
        known = Reached(email_as_of=NOW)
        assert has_moved(known, "new@example.com", True, as_of) is moved
        assert is_behind(known, "new@example.com", True, None, as_of) is moved
        assert is_behind(known, "new@example.com", True, NOW + DAY, as_of) is True

    def test_where_nothing_was_followed_any_word_is_news(self) -> None:
        assert has_moved(Reached(), "new@example.com", True, NOW - DAY) is True
