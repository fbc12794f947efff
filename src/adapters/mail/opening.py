"""What sends e-mail, as an operator has set it up."""

from __future__ import annotations

from collections.abc import Callable

from adapters.mail.messages import Messages, UnusableAddress
from adapters.mail.smtp import NoMailer, Protection, SmtpMailer, read_server
from application.delivery.notices.letters import LetterLinks


def open_mailer(
    url: str | None,
    sender: str | None,
    issuer: str,
    links: LetterLinks,
    *,
    may_be_plain: Callable[[str], bool],
    connect_timeout: float,
    total_timeout: float,
) -> SmtpMailer | NoMailer:
    """What sends by the mail server at the `url`. `may_be_plain` says which hosts may be reached without encryption.

    Raises ValueError, which names the setting.
    """
    if url is None:
        return NoMailer()
    if sender is None:
        raise ValueError("SMTP_URL is set without MAIL_FROM, the sender of e-mails")
    try:
        server = read_server(url, connect_timeout=connect_timeout, total_timeout=total_timeout)
    except ValueError as error:
        raise ValueError(f"SMTP_URL: {error}") from None
    if server.protection is Protection.NONE and not may_be_plain(server.host):
        raise ValueError("SMTP_URL asks for plain text where ENVIRONMENT is production: remove tls=none")
    try:
        return SmtpMailer(server, Messages(sender, issuer, links))
    except UnusableAddress:
        raise ValueError("MAIL_FROM must be like training@example.com, or Name <training@example.com>") from None
