"""Origins as browsers write them (https://html.spec.whatwg.org/multipage/browsers.html#origin)."""

from __future__ import annotations

import re

ANY_ORIGIN = "*"
_ORIGIN = re.compile(r"(https?)://([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:[1-9][0-9]{0,4})?")


def checked_origins(found: tuple[str, ...]) -> tuple[str, ...]:
    """The same origins. Raises ValueError for what no browser sends: it would be a setting without effect."""
    if ANY_ORIGIN in found:
        if len(found) > 1:
            raise ValueError("`*` means every origin; use it alone, or name origins without it")
        return found
    for origin in found:
        parts = _ORIGIN.fullmatch(origin)
        if parts is None or (parts[1], parts[4]) in (("http", ":80"), ("https", ":443")):
            raise ValueError(
                "write each as browsers do, https://HOST or http://HOST:PORT: no path, no slash, no default port"
            )
    return found
