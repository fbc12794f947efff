"""The design of a certificate: centered, with one accent color and much white space."""

from __future__ import annotations

from io import BytesIO

import segno

from adapters.pdf.page import Box, Sheet, Style
from adapters.pdf.typeface import printable
from application.evidence.certificates.queries import CertificateSheet
from domain.kernel.days import in_words

_TEAL = (15, 92, 92)
_INK = (34, 38, 42)
_GREY = (105, 112, 116)
_PALE = (178, 202, 200)

_ISSUER = Style(15, _TEAL, tracking=0.16, small_capitals=True)
_HEADING = Style(43, _INK, tracking=0.012)
_PHRASE = Style(15.5, _GREY, "I")
_NAME = Style(47, _TEAL)
_TITLE = Style(26, _INK)
_LABEL = Style(10.5, _GREY, tracking=0.12, small_capitals=True)
_FACT = Style(14, _INK, rest=0)
_SIGNED = Style(14, _INK, rest=1)
_SERIAL = Style(14, _INK, tracking=0.04, rest=1)
_VERIFY = Style(9.5, _GREY)

_MIDDLE = Sheet.width / 2
_TEXT_WIDTH = 600
_FACTS_WIDTH = 632
_SIDE = 80
"""The distance of the lowest row from the page's sides."""
_SIDE_WIDTH = 226
_QR_SIZE = 74


def draw(certificate: CertificateSheet) -> bytes:
    """The PDF, with substitutes for characters that the typeface lacks."""
    title = f"Certificate of Completion {certificate.serial}"
    with Sheet(title, certificate.issued_by, certificate.issued_at) as sheet:
        _border(sheet)
        sheet.write(printable(certificate.issued_by), _centred(64, 26), _ISSUER)
        sheet.write("Certificate of Completion", _centred(94, 56), _HEADING)
        sheet.write("This certifies that", _centred(160, 20), _PHRASE)
        sheet.write(printable(certificate.full_name), _centred(183, 61), _NAME)
        sheet.rule(_MIDDLE - 130, 248, 260, 0.75, _PALE)
        sheet.write("has completed", _centred(257, 20), _PHRASE)
        sheet.write(printable(certificate.title), _centred(281, 68), _TITLE)
        sheet.write(f"on {in_words(certificate.completed_on)}", _centred(353, 20), _PHRASE)
        _facts(sheet, certificate)
        _lowest_row(sheet, certificate)
        return sheet.bytes()


def _border(sheet: Sheet) -> None:
    """A fine double line whose inner line is indented at the corners."""
    sheet.outline(_frame(26, 0), 1.5, _TEAL)
    sheet.outline(_frame(33, 13), 0.6, _TEAL)


def _frame(inset: float, step: float) -> list[tuple[float, float]]:
    left, top, right, bottom = inset, inset, Sheet.width - inset, Sheet.height - inset
    return [
        (left + step, top), (right - step, top), (right - step, top + step), (right, top + step),
        (right, bottom - step), (right - step, bottom - step), (right - step, bottom), (left + step, bottom),
        (left + step, bottom - step), (left, bottom - step), (left, top + step), (left + step, top + step),
    ]  # fmt: skip


def _facts(sheet: Sheet, certificate: CertificateSheet) -> None:
    """The facts about the certificate, side by side, in one column each."""
    facts = [
        ("Valid from", in_words(certificate.valid_from)),
        ("Valid until", in_words(certificate.valid_until) if certificate.valid_until else "No expiration"),
    ]
    if certificate.credit_hours is not None:
        facts.append(("Credit hours", f"{certificate.credit_hours:g}"))
    if certificate.citation is not None:
        facts.append(("Required by", printable(certificate.citation)))
    width = _FACTS_WIDTH / max(len(facts), 3)
    left = _MIDDLE - width * len(facts) / 2
    for column, (label, value) in enumerate(facts):
        here = left + column * width
        if column:
            sheet.rule(here, 394, 0.5, 36, _PALE)
        sheet.write(label, Box(here + 10, 390, width - 20, 14), _LABEL)
        sheet.write(value, Box(here + 10, 406, width - 20, 33), _FACT)


def _lowest_row(sheet: Sheet, certificate: CertificateSheet) -> None:
    """The responsible people, and how to verify the certificate."""
    left, right = _SIDE, Sheet.width - _SIDE - _SIDE_WIDTH
    # No-break spaces keep each trainer's name on one line.
    who = "; ".join(printable(trainer).replace(" ", "\u00a0") for trainer in certificate.trainers)
    role = "Trainer" if len(certificate.trainers) == 1 else "Trainers"
    if not who:
        who, role = printable(certificate.issued_by), "Issued by"
    for here, value, style, label in (
        (left, who, _SIGNED, role),
        (right, certificate.serial, _SERIAL, "Serial number"),
    ):
        sheet.write(value, Box(here, 456, _SIDE_WIDTH, 54), style)
        sheet.rule(here, 514, _SIDE_WIDTH, 0.5, _PALE)
        sheet.write(label, Box(here, 518, _SIDE_WIDTH, 14), _LABEL)
    qr = Box(_MIDDLE - _QR_SIZE / 2, 458, _QR_SIZE, _QR_SIZE)
    sheet.picture(_qr(certificate.verify_url), qr, certificate.verify_url, "QR code of the address that verifies this")
    zone = f" ({certificate.time_zone})" if certificate.time_zone else ""
    address = f"Issued {in_words(certificate.issued_on)}{zone} · Verify at {certificate.verify_url}"
    sheet.write(address, _centred(538, 22), _VERIFY, link=certificate.verify_url)


def _centred(top: float, height: float) -> Box:
    return Box(_MIDDLE - _TEXT_WIDTH / 2, top, _TEXT_WIDTH, height)


def _qr(address: str) -> bytes:
    png = BytesIO()
    segno.make_qr(address, error="m").save(png, kind="png", scale=8, border=0, dark=_TEAL)
    return png.getvalue()
