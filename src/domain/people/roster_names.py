"""Names of people in a roster, whose halves may be in two columns, or in one as `Ruiz, Ana`."""

from __future__ import annotations

import re

from domain.kernel.errors import InvalidValue
from domain.kernel.typography import folded

_AFTER_NAMES = frozenset(
    [
        *("jr", "junior", "sr", "senior", "ii", "iii", "iv", "v", "esq", "md", "do", "dds", "dmd", "phd"),
        *("drph", "edd", "ms", "msd", "mph", "mba", "mha", "msn", "bs", "ba", "bsdh", "msdh", "dnp", "rn"),
        *("lpn", "np", "pa", "rdh", "rdhap", "crdh", "lrdh", "rda", "rdaef", "da", "cda", "cdt", "edda"),
        *("efda", "efoda", "cpda", "comsa", "cdpma", "chp", "rpht", "aadom", "faadom", "fagd", "magd", "facd"),
        *("ficd", "facp", "facs", "fada", "cpa", "shrm", "phr", "sphr"),
    ]
)
"""What follows a name after a comma, dental degrees and certifications included."""
_NOT_AT_WORK = re.compile(r"\((?:on leave|leave of absence|terminated|inactive)\)\s*$", re.IGNORECASE)


def last_name_first(text: str) -> str:
    """The full name of `Ruiz, Ana M.` or `Ruiz, Ana, DDS`: first name, last name, and what follows. Raises
    InvalidValue.
    """
    if not text.strip():
        return ""
    parts = [part.strip() for part in text.split(",")]
    after: list[str] = []
    while len(parts) > 2 and _follows(parts[-1]):
        after.insert(0, parts.pop())
    if len(parts) == 3 and _follows(parts[1]):
        parts = [f"{parts[0]} {parts[1]}", parts[2]]
    if len(parts) != 2 or not all(parts) or _follows(parts[1]):
        raise InvalidValue("must be the last name, one comma, and the first name, as the mapping says", "full_name")
    return ", ".join([f"{parts[1]} {parts[0]}", *after])


def require_first_name_first(text: str) -> None:
    """Raises InvalidValue for a name such as `Ruiz, Ana`, which certificates would print as it is."""
    _, comma, rest = text.partition(",")
    if comma and not all(_follows(part) for part in rest.split(",")):
        raise InvalidValue(
            "seems to be a last name, a comma and a first name, and would be printed so on certificates. Say in a "
            "mapping that the column is 'last_name, first_name', or that it is 'full_name' if the name is right",
            "full_name",
        )


def without_status(text: str, *, is_said: bool) -> str:
    """The name without a status such as in `Ana Ruiz (On Leave)`.

    Raises InvalidValue unless the line says since when it is so.
    """
    found = _NOT_AT_WORK.search(text)
    if found is None or is_said:
        return text if found is None else text[: found.start()].rstrip()
    raise InvalidValue(
        f"ends with {found[0].strip()!r}, and a roster lists only people who work here now. Give the last day of work "
        "under 'terminated_on' or the first day of leave under 'leave_from'; or remove the line, or export the name "
        "without the status",
        "full_name",
    )


def _follows(text: str) -> bool:
    words = [re.sub(r"[\W_]", "", word) for word in folded(text).split()]
    return bool(words) and all(word in _AFTER_NAMES for word in words)
