"""Letters become messages with a plain text, a page of HTML, and a calendar file where there are due days."""

from __future__ import annotations

import unicodedata
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any
from uuid import UUID

from jinja2 import Environment, PackageLoader, StrictUndefined

from adapters.mail.calendars import calendar_file
from application.delivery.notices.letters import Letter, LetterLinks
from domain.kernel.days import in_words

LONGEST_NAME = 100
ONE_CLICK = "List-Unsubscribe=One-Click"


class UnusableAddress(ValueError):
    """No message can be addressed to this."""


class Messages:
    """Writes messages from one sender."""

    def __init__(self, sender: str, issuer: str, links: LetterLinks) -> None:
        """`sender` is an address with or without a name. Raises UnusableAddress."""
        self._from = read_address(sender)
        self._issuer = issuer
        self._links = links
        text, page = (_environment(escape) for escape in (False, True))
        self._subject = text.get_template("subject.txt")
        self._text = text.get_template("letter.txt")
        self._page = page.get_template("letter.html")

    @property
    def envelope_from(self) -> str:
        """The address that the mail server is given as the sender."""
        return self._from.addr_spec

    def message(self, letter: Letter) -> EmailMessage:
        """Raises UnusableAddress."""
        given: dict[str, Any] = {"letter": letter, "issuer": self._issuer, "links": self._links}
        message = EmailMessage(policy=SMTP)
        message["Message-ID"] = self.message_id(letter.id)
        message["Date"] = letter.written_at
        message["From"] = self._from
        message["To"] = _address(letter.to, letter.name)
        message["Subject"] = _in_header(self._subject.render(given))
        message["Auto-Submitted"] = "auto-generated"
        if letter.unsubscribe:
            message["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
            if letter.unsubscribe.startswith("https://"):
                # RFC 8058 permits no other scheme.
                message["List-Unsubscribe-Post"] = ONE_CLICK
        message.set_content(self._text.render(given))
        message.add_alternative(self._page.render(given), subtype="html")
        if letter.calendar:
            content = calendar_file(letter.calendar, letter.written_at)
            message.add_attachment(
                content, maintype="text", subtype="calendar", filename="due-days.ics", params={"method": "PUBLISH"}
            )
        return message

    def message_id(self, mail_id: UUID) -> str:
        """The same for each attempt, so that a mail server that has the message already can drop another copy."""
        return f"<{mail_id}@{self._from.domain}>"


def read_address(text: str) -> Address:
    """`name@example.com`, or `Some Name <name@example.com>`. Raises UnusableAddress."""
    name, opened, rest = text.rpartition("<")
    return _address(rest.removesuffix(">") if opened else text.strip(), name.strip() or None)


def _address(address: str, name: str | None) -> Address:
    try:
        address.encode("ascii")
        return Address(display_name=_in_header((name or "")[:LONGEST_NAME]), addr_spec=address)
    except Exception as error:  # the parser of the standard library raises several kinds, also IndexError
        raise UnusableAddress(type(error).__name__) from None


def _in_header(text: str) -> str:
    """The text on a line, with nothing in it that is read as an encoded word (RFC 2047).

    The standard library decodes what looks like one, and writes the line ends that it may hold into the message: the
    rest would be other headers.
    """
    return on_a_line(text).replace("=?", "= ?")


def on_a_line(text: str) -> str:
    """The text without line ends and other control characters, which could begin another header."""
    plain = "".join(" " if unicodedata.category(each) in ("Cc", "Cf", "Zl", "Zp") else each for each in text)
    return " ".join(plain.split())


def _environment(escape: bool) -> Environment:
    environment = Environment(
        loader=PackageLoader(__package__, "templates"),
        autoescape=escape,  # noqa: S701  # plain text is not escaped; HTML is
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["in_words"] = in_words
    environment.filters["line"] = on_a_line
    return environment
