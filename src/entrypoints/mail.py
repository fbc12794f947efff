"""Where e-mails lead, and when people are reminded, as the settings say."""

from __future__ import annotations

from application.delivery.notices.letters import LetterLinks
from domain.delivery.quiet_hours import QuietHours
from domain.delivery.reminders import ReminderPolicy
from entrypoints.settings import Settings


def letter_links(settings: Settings) -> LetterLinks:
    """Where e-mails lead."""
    return LetterLinks(settings.training_url or settings.public_url, settings.public_url)


def reminder_policy(settings: Settings) -> ReminderPolicy:
    """When people are reminded."""
    return ReminderPolicy(
        before=settings.remind_days_before,
        on_day=settings.remind_on_due_day,
        after=settings.remind_days_after,
        until=settings.remind_until,
        expiring=settings.remind_days_before_expiry,
        digest_on=settings.digest_weekday,
    )


def quiet_hours(settings: Settings) -> QuietHours:
    """When no e-mail is sent."""
    begin, end = settings.quiet_hours
    return QuietHours(begin, end, settings.quiet_weekdays)
