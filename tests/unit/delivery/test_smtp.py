"""Letters go to a mail server, and each of its answers means what it should."""

from __future__ import annotations

import ssl
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters.mail.messages import Messages, UnusableAddress, read_address
from adapters.mail.smtp import MailServer, Protection, SmtpMailer, read_server
from application.delivery.notices.letters import (
    AddressRefused,
    CalendarEntry,
    Letter,
    LetterLine,
    LetterLinks,
    LetterRefused,
    MailDelayed,
    MailStopped,
)
from domain.delivery.notices import NoticeKind
from kit.about import for_each
from kit.examples import uid
from kit.mail_server import MailBox, mail_server, plain_login

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
LINKS = LetterLinks("https://learn.example.com", "https://training.example.com")
MESSAGES = Messages("Training <training@example.com>", "Unified Dental", LINKS)
LETTER = Letter(
    id=uid(1),
    kind=NoticeKind.DUE,
    to="ana@example.com",
    name="Ana Ruiz",
    today=date(2026, 3, 2),
    written_at=NOW,
    lines=(LetterLine("Sharps", date(2026, 3, 9)),),
    unsubscribe="https://training.example.com/v1/unsubscribe/abc",
)


def mailer(box: MailBox, **changes: Any) -> SmtpMailer:
    server = MailServer("127.0.0.1", box.port, Protection.NONE, connect_timeout=5, total_timeout=5)
    tls = changes.pop("tls", None)
    return SmtpMailer(replace(server, **changes), MESSAGES, tls)


async def test_a_letter_arrives() -> None:
    async with mail_server(MailBox()) as box:
        await mailer(box).send(LETTER)
    ((sender, recipient, _),) = box.received
    (message,) = box.messages
    assert (sender, recipient) == ("training@example.com", "ana@example.com")
    assert message["To"] == "Ana Ruiz <ana@example.com>"
    assert message["From"] == "Training <training@example.com>"
    assert message["Subject"] == "Training due: Sharps"
    assert message["Message-ID"] == f"<{uid(1)}@example.com>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe"] == "<https://training.example.com/v1/unsubscribe/abc>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    text = message.get_body(("plain",))
    assert text is not None
    assert text.get_content().replace("\r\n", "\n") == (
        "Hello Ana Ruiz,\n\nThis training is due soon.\n\n- Sharps, due on March 9, 2026\n\n"
        "Open your training: https://learn.example.com\n\nUnified Dental\n\n"
        "Turn off messages of this kind: https://training.example.com/v1/unsubscribe/abc\n"
    )


HOSTILE = "Eve\r\nBcc: all@example.com\u2028<script>alert(1)</script>\x00 {{ 7 * 7 }}"


@for_each("kind", NoticeKind, ids=str)
def test_hostile_names_stay_names(kind: NoticeKind) -> None:
    line = LetterLine(HOSTILE, date(2026, 3, 2), who=HOSTILE, link="https://a.example/?a=1&b=%22%3E")
    letter = replace(LETTER, kind=kind, name=HOSTILE, lines=(line, line), more=2)
    message = MESSAGES.message(letter)
    plain = message_of(message.as_bytes())
    assert plain["Bcc"] is None
    assert plain["To"].addresses[0].addr_spec == "ana@example.com"
    assert len(plain["To"].addresses) == 1
    bodies = [plain.get_body((each,)) for each in ("plain", "html")]
    text, page = [body.get_content() for body in bodies if body is not None]
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "{{ 7 * 7 }}" in text
    assert "{{ 7 * 7 }}" in page
    assert "\nBcc" not in text


def test_a_rejection_says_why() -> None:
    line = LetterLine("bls of AHA", reason="The back is missing.\r\nBcc: <b>all@example.com</b>")
    message = message_of(MESSAGES.message(replace(LETTER, kind=NoticeKind.REJECTED, lines=(line,))).as_bytes())
    text, page = (message.get_body((each,)).get_content() for each in ("plain", "html"))
    assert text.splitlines()[4:6] == ["- bls of AHA", "  Reason: The back is missing. Bcc: <b>all@example.com</b>"]
    assert message["Bcc"] is None
    assert "Reason: The back is missing. Bcc: &lt;b&gt;all@example.com&lt;/b&gt;" in page
    other = MESSAGES.message(replace(LETTER, kind=NoticeKind.EXPIRING, lines=(line,)))
    assert b"Reason" not in other.as_bytes()


ENCODED_WORDS = [
    "=?utf-8?q?=0D=0ABcc:_all@example.com?=",
    "A =?utf-8?b?DQpCY2M6IGFAYi5jb20=?=",
    "=?utf-7?q?+2AA-?=",
]


@for_each("name", ENCODED_WORDS)
def test_encoded_words_in_names_are_not_decoded(name: str) -> None:
    """The standard library would decode them, and write their line ends as the begin of other headers."""
    letter = replace(LETTER, name=name, lines=(LetterLine(name),))
    sender = Messages(f"{name} <training@example.com>", "Unified Dental", LINKS)
    message = message_of(sender.message(letter).as_bytes())
    assert message.keys() == message_of(sender.message(replace(LETTER, name="Ana")).as_bytes()).keys()
    assert message["Subject"] == "Training due: " + name.replace("=?", "= ?")
    assert [message[each].addresses[0].addr_spec for each in ("To", "From")] == [LETTER.to, "training@example.com"]


def message_of(raw: bytes) -> Any:
    return message_from_bytes(raw, policy=default)


@for_each("kind", NoticeKind, ids=str)
def test_each_kind_of_letter_can_be_written(kind: NoticeKind) -> None:
    lines = (LetterLine("Sharps"), LetterLine("Privacy", date(2026, 3, 1)), LetterLine("Fire", date(2026, 3, 2)))
    text = MESSAGES.message(replace(LETTER, kind=kind, lines=lines, name=None, unsubscribe=None)).get_body(("plain",))
    assert text is not None
    content = text.get_content()
    assert content.startswith("Hello,\n")
    assert ("was due on March 1, 2026" in content) is (
        kind in (NoticeKind.DUE, NoticeKind.OVERDUE, NoticeKind.DIGEST, NoticeKind.ASSIGNED)
    )
    assert "Turn off" not in content
    assert all(each.title in content for each in lines)


def test_a_due_day_for_calendars() -> None:
    entry = CalendarEntry("one@unified-dental", 2, "Sharps, really; all", date(2026, 3, 9))
    message = MESSAGES.message(replace(LETTER, calendar=(entry,)))
    (attached,) = message.iter_attachments()
    assert attached.get_content_type() == "text/calendar"
    lines = attached.get_payload(decode=True).decode().split("\r\n")  # type: ignore[union-attr]  # a part without parts
    for expected in (
        *("METHOD:PUBLISH", "UID:one@unified-dental", "SEQUENCE:2", "DTSTAMP:20260302T150000Z"),
        *("DTSTART;VALUE=DATE:20260309", "DTEND;VALUE=DATE:20260310", "SUMMARY:Due: Sharps\\, really\\; all"),
    ):
        assert expected in lines


def test_a_link_that_is_not_https_is_not_for_one_click() -> None:
    message = MESSAGES.message(replace(LETTER, unsubscribe="http://127.0.0.1:8000/v1/unsubscribe/abc"))
    assert message["List-Unsubscribe-Post"] is None
    assert message["List-Unsubscribe"] is not None


@for_each(
    ("answers", "error", "status"),
    [
        ({"RCPT": "550 no such user"}, AddressRefused, 550),
        ({"RCPT": "550 5.1.1 no such user"}, AddressRefused, 550),
        ({"RCPT": "550 5.7.1 relaying denied"}, LetterRefused, 550),
        ({"RCPT": "530 5.7.0 sign in first"}, MailStopped, None),
        ({"RCPT": "452 mailbox full"}, MailDelayed, 452),
        ({"END": "554 looks like spam"}, LetterRefused, 554),
        ({"END": "451 come back later"}, MailDelayed, 451),
        ({"DATA": "554 no"}, LetterRefused, 554),
        ({"END": ""}, MailDelayed, None),
        ({"CONNECT": ""}, MailDelayed, None),
        ({"CONNECT": "421 too busy"}, MailDelayed, 421),
        ({"MAIL": "550 you may not send from there"}, MailStopped, None),
        ({"MAIL": "451 not now"}, MailDelayed, 451),
        ({"EHLO": ""}, MailDelayed, None),
    ],
)
async def test_each_answer_means_what_it_should(
    answers: dict[str, str | list[str]], error: type[Exception], status: int | None
) -> None:
    async with mail_server(MailBox(answers)) as box:
        with pytest.raises(error) as raised:
            await mailer(box).send(LETTER)
    assert getattr(raised.value, "status", None) == status
    assert "ana" not in str(raised.value)


async def test_a_server_that_does_not_answer_costs_a_little_time() -> None:
    async with mail_server(MailBox(silent=frozenset({"END"}))) as box:
        with pytest.raises(MailDelayed, match=r"timeout|disconnected"):
            await mailer(box, total_timeout=0.2).send(LETTER)
    async with mail_server(MailBox(silent=frozenset({"CONNECT"}))) as box:
        with pytest.raises(MailDelayed):
            await mailer(box, connect_timeout=0.2).send(LETTER)


async def test_nobody_is_there() -> None:
    async with mail_server(MailBox()) as box:
        pass
    with pytest.raises(MailDelayed, match="unreachable"):
        await mailer(box).send(LETTER)


async def test_the_service_signs_in() -> None:
    async with mail_server(MailBox(offers=("AUTH PLAIN",))) as box:
        await mailer(box, user="training", password="a secret").send(LETTER)  # of a test
    assert plain_login("training", "a secret") in box.said


@for_each(("answer", "error"), [("535 wrong password", MailStopped), ("454 not now", MailDelayed)])
async def test_a_sign_in_that_is_refused(answer: str, error: type[Exception]) -> None:
    async with mail_server(MailBox({"AUTH": answer}, offers=("AUTH PLAIN",))) as box:
        with pytest.raises(error):
            await mailer(box, user="training", password="a secret").send(LETTER)  # of a test
    assert box.received == []


async def test_an_address_that_cannot_be_one_is_refused_without_asking() -> None:
    async with mail_server(MailBox()) as box:
        for address in (
            "ana@",
            "änä@example.com",
            "ana@example.com\r\nRCPT TO:<eve@example.com>",
            "",
            "a b@example.com",
        ):
            with pytest.raises(AddressRefused):
                await mailer(box).send(replace(LETTER, to=address))
    assert box.said == []


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


class TestEncryption:
    async def test_from_the_first_byte_on(self, authority: Authority) -> None:
        async with mail_server(MailBox(), tls=authority.server("localhost")) as box:
            await mailer(box, host="localhost", protection=Protection.TLS, tls=authority.client()).send(LETTER)
        assert len(box.received) == 1

    async def test_after_the_greeting(self, authority: Authority) -> None:
        async with mail_server(MailBox(), starttls=authority.server("localhost")) as box:
            await mailer(box, host="localhost", protection=Protection.STARTTLS, tls=authority.client()).send(LETTER)
        assert len(box.received) == 1
        assert "STARTTLS" in box.said

    async def test_without_it_nothing_is_sent(self, authority: Authority) -> None:
        async with mail_server(MailBox(offers=("AUTH PLAIN",))) as box:
            with pytest.raises(MailStopped, match="encryption"):
                await mailer(
                    box,
                    protection=Protection.STARTTLS,
                    tls=authority.client(),
                    user="training",
                    password="a secret",  # of a test
                ).send(LETTER)
        assert [each for each in box.said if each.startswith(("AUTH", "MAIL"))] == []

    @for_each("protection", [Protection.TLS, Protection.STARTTLS], ids=str)
    async def test_a_server_of_another_name_or_authority_is_not_trusted(
        self, authority: Authority, protection: Protection
    ) -> None:
        def served(context: ssl.SSLContext) -> dict[str, ssl.SSLContext]:
            return {"tls" if protection is Protection.TLS else "starttls": context}

        for name, trusted in (("mail.example.com", authority.client()), ("localhost", ssl.create_default_context())):
            async with mail_server(MailBox(), **served(authority.server(name))) as box:
                with pytest.raises(MailStopped, match="certificate"):
                    await mailer(box, host="localhost", protection=protection, tls=trusted).send(LETTER)
            assert box.received == []


class Authority:
    """Issues certificates for servers."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An authority of tests")])
        builder = self._builder(self._name, self._key.public_key())
        authority = x509.BasicConstraints(ca=True, path_length=None)
        self._own = builder.add_extension(authority, critical=True).sign(self._key, hashes.SHA256())

    def _builder(self, subject: x509.Name, key: Any) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
        )

    def client(self) -> ssl.SSLContext:
        """Trusts this authority alone."""
        return ssl.create_default_context(cadata=self._own.public_bytes(serialization.Encoding.PEM).decode())

    def server(self, name: str) -> ssl.SSLContext:
        """Shows a certificate for this name."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        names = x509.SubjectAlternativeName([x509.DNSName(name)])
        certificate = self._builder(subject, key.public_key()).add_extension(names, critical=False)
        shown = certificate.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with TemporaryDirectory() as folder:
            path = Path(folder) / "chain.pem"
            path.write_bytes(private + shown)
            context.load_cert_chain(path)
        return context


@for_each(
    ("url", "expected"),
    [
        ("smtp://mail.example.com", MailServer("mail.example.com", 587)),
        ("smtps://mail.example.com", MailServer("mail.example.com", 465, Protection.TLS)),
        ("smtp://localhost:1025?tls=none", MailServer("localhost", 1025, Protection.NONE)),
        (
            "smtps://training%40example.com:p%40ss@mail.example.com:2465",
            MailServer("mail.example.com", 2465, Protection.TLS, "training@example.com", "p@ss"),
        ),
    ],
)
def test_where_the_server_is(url: str, expected: MailServer) -> None:
    assert read_server(url) == expected
    assert "p@ss" not in repr(expected)


@for_each(
    "url",
    ["mail.example.com", "http://mail.example.com", "smtp://", "smtps://a?tls=none", "smtp://a?x=1", "smtp://:b@a"],
)
def test_what_is_no_server(url: str) -> None:
    with pytest.raises(ValueError, match="it "):
        read_server(url)


def test_senders() -> None:
    assert str(read_address("training@example.com")) == "training@example.com"
    assert str(read_address("Unified Dental <training@example.com>")) == "Unified Dental <training@example.com>"
    for text in ("training", "Training <>", "a@b@c", ""):
        with pytest.raises(UnusableAddress):
            read_address(text)
