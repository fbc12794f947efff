"""What is wrong with the text of a cell in any column."""

from __future__ import annotations

import re

UNDECODABLE = re.compile(r"[\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_CONTROL_OR_BREAK = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_QUOTED = re.compile(r'="([^"=]*)"')
"""How some systems keep Excel from changing a text, such as ="00123"."""
_MARKED = re.compile(r"'[\d.,+-]+")
_ERROR = re.compile(r"#(?:REF!|N/A|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!)|#{3,}")
_SCIENTIFIC = re.compile(r"\d\.\d+E\+\d\d")

NOT_UTF_8 = "has bytes that are not UTF-8; save the file as 'CSV UTF-8', or declare it as windows-1252"


def told_of_name(written: str) -> str | None:
    """What is wrong with the name of a column."""
    if UNDECODABLE.search(written) or "\ufffd" in written:
        return NOT_UTF_8
    if _CONTROL_OR_BREAK.search(written.strip()):
        return "has a control character or a line break"
    return None


def told_of_cell(cell: str, *, is_utf_8: bool) -> str | None:
    """What is wrong with a cell."""
    if not cell.isascii():
        if UNDECODABLE.search(cell):
            return NOT_UTF_8 if is_utf_8 else "has bytes that are not a character"
        if "\ufffd" in cell:
            return "has the character U+FFFD, which replaces a lost character; export the file again"
        if meant := _garbled(cell):
            return (
                f"is {cell.strip()[:40]!r}, which seems to be {meant.strip()[:40]!r} in UTF-8, read as windows-1252; "
                "export the file as UTF-8, and declare no other encoding"
            )
    if found := _CONTROL.search(cell):
        return f"has the control character U+{ord(found[0]):04X}"
    written = cell.strip()
    if written.startswith("="):
        return f"has the formula {written[:40]!r}; replace it by its result ('Paste Special', 'Values')"
    if _MARKED.fullmatch(written):
        return f"is {written[:40]!r}; remove the apostrophe, with which Excel marks text"
    if _ERROR.fullmatch(written):
        return f"is {written[:20]!r}, the error of a formula or of a column that is too narrow; type the value"
    if _SCIENTIFIC.fullmatch(written):
        return f"is {written[:40]!r}, a number that Excel has shortened; format the column as text, and enter it again"
    return None


def plain(cell: str) -> str:
    """The text of a cell, without the formula around it that keeps Excel from changing it."""
    if cell.startswith("=") and (quoted := _QUOTED.fullmatch(cell.strip())):
        return quoted[1]
    return cell


def _garbled(cell: str) -> str | None:
    """What the cell says if it is UTF-8 that was read as Windows-1252."""
    try:
        return cell.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return None
