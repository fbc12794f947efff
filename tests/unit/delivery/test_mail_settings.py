"""What the settings of e-mail mean, which of them are refused, and the figures that show whether it works."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from adapters.mail.smtp import MailServer, NoMailer, Protection, SmtpMailer
from application.delivery.notices.figures import NoticeFigures
from application.delivery.notices.letters import Letter, LetterLinks, Mailer, MailStopped
from application.delivery.ports import DeliveryReader
from domain.delivery.notices import NoticeKind
from domain.delivery.quiet_hours import QuietHours
from domain.delivery.reminders import ReminderPolicy
from entrypoints.composition.mail import mail_objects
from entrypoints.http.kit.service_metrics import ServiceMetrics
from entrypoints.settings import ConfigurationError, Settings
from kit.about import for_each
from kit.examples import NOW, uid
from worlds.post_office import PostOffice

SERVER = {"smtp_url": "smtps://training:p%40ss@mail.example.com", "mail_from": "training@example.com"}


def settings(**given: Any) -> Settings:
    known = {"database_url": "memory://", "public_url": "https://training.example.com"}
    return Settings(_env_file=None, **{**known, **given})  # type: ignore[call-arg]  # pydantic takes it


async def test_without_a_mail_server_nothing_is_sent() -> None:
    found = mail_objects(settings())
    assert isinstance(found[Mailer], NoMailer)
    assert not found[Mailer].is_set_up
    letter = Letter(uid(1), NoticeKind.DUE, "ana@example.com", None, date(2026, 3, 2), NOW, ())
    with pytest.raises(MailStopped):
        await found[Mailer].send(letter)


def test_what_is_set_up() -> None:
    found = mail_objects(settings(**SERVER, training_url="https://learn.example.com/"))
    assert isinstance(found[Mailer], SmtpMailer)
    assert found[LetterLinks] == LetterLinks("https://learn.example.com", "https://training.example.com")
    assert (found[QuietHours], found[ReminderPolicy]) == (QuietHours(), ReminderPolicy())


def test_reminders_and_quiet_hours_of_ones_own() -> None:
    found = mail_objects(
        settings(
            remind_days_before="14",
            remind_on_due_day=False,
            remind_days_after="",
            remind_until=10,
            remind_days_before_expiry="60, 30",
            digest_weekday="Friday",
            quiet_hours="18:30-08:00",
            quiet_weekdays="Saturday, sunday",
        )
    )
    assert found[ReminderPolicy] == ReminderPolicy(
        (14,), on_day=False, after=(), until=10, expiring=(60, 30), digest_on=4
    )
    assert found[QuietHours] == QuietHours(time(18, 30), time(8), frozenset({5, 6}))


@for_each(
    ("given", "said"),
    [
        ({"smtp_url": "smtps://mail.example.com"}, "MAIL_FROM"),
        ({**SERVER, "smtp_url": "mail.example.com:587"}, "SMTP_URL"),
        ({**SERVER, "mail_from": "training"}, "MAIL_FROM"),
        ({**SERVER, "mail_link_secrets": "short"}, "MAIL_LINK_SECRETS"),
        ({**SERVER, "environment": "production", "smtp_url": "smtp://mail.example.com?tls=none"}, "plain text"),
    ],
)
def test_what_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as refused:
        mail_objects(settings(**given))
    assert "p%40ss" not in str(refused.value)


def test_a_mail_server_on_the_same_machine_may_be_reached_in_plain_text() -> None:
    local = {**SERVER, "environment": "production", "smtp_url": "smtp://127.0.0.1:25?tls=none"}
    assert isinstance(mail_objects(settings(**local))[Mailer], SmtpMailer)
    assert MailServer("127.0.0.1", 25, Protection.NONE).user is None


@for_each(
    "given",
    [
        {"remind_days_before": "30,soon"},
        {"remind_days_after": "0"},
        {"digest_weekday": "someday"},
        {"quiet_hours": "20-7"},
        {"quiet_weekdays": "monday,tuesday,wednesday,thursday,friday,saturday,sunday"},
        {"remind_until": 400},
        {"smtp_total_timeout": 90},
    ],
)
def test_values_that_are_none(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        settings(**given)


async def test_the_metrics_show_what_was_missed() -> None:
    office = PostOffice()
    await office.office()
    await office.owes(await office.person(), await office.requirement(), date(2026, 3, 2))
    office.clock.advance(timedelta(hours=12))
    figures = NoticeFigures(office.service.bus, office.clock)
    metrics = ServiceMetrics(office.clock, None, lambda: None, None, figures)
    assert b"notices_missed_reminders 1.0" in await metrics.of_the_database()
    await office.work()
    # For five minutes they are those of before.
    assert b"notices_missed_reminders 1.0" in await metrics.of_the_database()
    office.clock.advance(timedelta(minutes=5))
    shown = await metrics.of_the_database()
    assert b"notices_missed_reminders 0.0" in shown
    assert b'notices{kind="due",state="sent"} 1.0' in shown


async def test_mail_that_waits_for_quiet_hours_to_end_is_not_late() -> None:
    office = PostOffice(quiet_hours="20:00-10:00")
    await office.office()
    await office.owes(await office.person(), await office.requirement(), date(2026, 3, 2))
    await office.work()
    metrics = ServiceMetrics(office.clock, None, lambda: None, office.service.resolve(DeliveryReader))
    late = b'deliveries_oldest_due_age_seconds{channel="mail"} '
    shown = await metrics.of_the_database()
    assert b'deliveries_waiting{channel="mail"} 1.0' in shown
    assert late + b"0.0" in shown
    office.clock.advance(timedelta(hours=2))
    assert late + b"3600.0" in await metrics.of_the_database()
