"""E-mail to people, as the settings say."""

from __future__ import annotations

from typing import Any

from adapters.mail.opening import open_mailer
from adapters.mail.unsubscribing import SignedLinks
from application.delivery.notices.letters import LetterLinks, Mailer, UnsubscribeLinks
from domain.delivery.quiet_hours import QuietHours
from domain.delivery.reminders import ReminderPolicy
from entrypoints.loopback import is_loopback
from entrypoints.mail_values import hours, numbers, weekday, weekdays
from entrypoints.settings import ConfigurationError, Settings


def mail_objects(settings: Settings, mailer: Mailer | None = None) -> dict[type, Any]:
    """What sends e-mail, where it leads, and when people are reminded, by type. Raises ConfigurationError."""
    links = LetterLinks(settings.training_url or settings.public_url, settings.public_url)
    begin, end = hours(settings.quiet_hours)
    url, secrets = settings.smtp_url, settings.mail_link_secrets
    try:
        return {
            Mailer: mailer
            or open_mailer(
                url.get_secret_value() if url else None,
                settings.mail_from,
                settings.issuer_name,
                links,
                may_be_plain=lambda host: settings.environment != "production" or is_loopback(host),
                connect_timeout=settings.smtp_connect_timeout,
                total_timeout=settings.smtp_total_timeout,
            ),
            UnsubscribeLinks: SignedLinks(settings.public_url, secrets.get_secret_value() if secrets else None),
            LetterLinks: links,
            QuietHours: QuietHours(begin, end, weekdays(settings.quiet_weekdays)),
            ReminderPolicy: ReminderPolicy(
                before=numbers(settings.remind_days_before),
                on_day=settings.remind_on_due_day,
                after=numbers(settings.remind_days_after),
                until=settings.remind_until,
                expiring=numbers(settings.remind_days_before_expiry),
                digest_on=weekday(settings.digest_weekday),
            ),
        }
    except ValueError as error:
        raise ConfigurationError(str(error)) from None
