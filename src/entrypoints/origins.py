"""Addresses in settings: origins as browsers write them (https://html.spec.whatwg.org/multipage/browsers.html#origin),
and addresses of services.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

ANY_ORIGIN = "*"
_ORIGIN = re.compile(r"(https?)://([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:[1-9][0-9]{0,4})?")
_HOST = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?\.?|[0-9a-f:.]+")
_VISIBLE = re.compile("[!-~]+")


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


def checked_address(url: str) -> str:
    """The same address. Raises ValueError for one that leads nowhere, or that contains a password."""
    problem = "write https://HOST or https://HOST:PORT, in visible ASCII characters and without a user name"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError(problem) from None
    if not host or "@" in parts.netloc or _HOST.fullmatch(host) is None or _VISIBLE.fullmatch(url) is None:
        raise ValueError(problem)
    return url
