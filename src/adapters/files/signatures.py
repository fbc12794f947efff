"""What kind of file it is, by its first bytes, since names and declared types are often wrong."""

from __future__ import annotations

from domain.people.roster import RosterUnreadable

XLSX = "xlsx"
CSV = "csv"

_SAVE_AGAIN = "Open it in Excel, save it as 'Excel Workbook (.xlsx)' without a password, and import that file."
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_REFUSED = (
    (_OLE, f"The file is an Excel 97-2003 workbook (.xls), or protected with a password. {_SAVE_AGAIN}"),
    (b"%PDF", "The file is a PDF document. Export the roster as CSV or as an Excel workbook (.xlsx)."),
    (b"\x1f\x8b", "The file is compressed (gzip). Unpack it, and import the file inside."),
)
_MARKUP = (b"<?xml", b"<!doctype", b"<html", b"<table", b"<meta", b"<workbook")


def signature_of(start: bytes) -> str:
    """XLSX or CSV. Raises RosterUnreadable for the kinds of files that people take for one of them."""
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return XLSX
    for signature, told in _REFUSED:
        if start.startswith(signature):
            raise RosterUnreadable(told)
    if start.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t").lower().startswith(_MARKUP):
        raise RosterUnreadable(f"The file is a web page or XML, though its name may end in .xls. {_SAVE_AGAIN}")
    return CSV
