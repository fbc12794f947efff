"""Where webhooks may be sent: the rule of their URLs, and of the network addresses that these lead to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from domain.delivery.addresses import is_public
from domain.kernel.errors import InvalidValue
from domain.kernel.values import Text

ReceiverUrl = Annotated[
    str, Text(2_000, pattern=r"https?://[!-~]+", hint="must be an https:// address, without spaces, in ASCII")
]
PORTS = (443, 8443)
"""The ports of HTTPS, so that no other service of a host is reached."""

_NAME = re.compile(
    r"(?=.{1,253}\.?\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])\.?", re.IGNORECASE
)
"""A name with as many letters as names may have (RFC 1035, section 2.3.4)."""


@dataclass(frozen=True, slots=True)
class Receivers:
    """Where webhooks may be sent. `local` is for development: plain HTTP too, and any port of any machine."""

    local: bool = False

    def require(self, url: str) -> None:
        """Raises InvalidValue, for the field `url`, unless a webhook may have this URL.

        Whether its host may be reached is asked whenever it is: names are given other addresses.
        """
        if problem := self._problem(url):
            raise InvalidValue(problem, "url")

    def may_reach(self, address: str) -> bool:
        """Whether a connection may be made to this network address."""
        return self.local or is_public(address)

    def _problem(self, url: str) -> str | None:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            return "is not a valid URL: check its host and port"
        if "@" in parts.netloc:
            return "must not contain a user name or a password: what is sent is signed instead"
        if parts.fragment or url.endswith("#"):
            return "must not have a fragment (#...), which is never sent"
        if not parts.hostname:
            return "must name a host"
        return None if self.local else _unfit_for_the_internet(parts, port)


def _unfit_for_the_internet(parts: SplitResult, port: int | None) -> str | None:
    if parts.scheme != "https":
        return "must begin with https://"
    if not _NAME.fullmatch(parts.hostname or ""):
        return "must name its host, such as hooks.example.com, not an IP address and not a name of the local network"
    if port is not None and port not in PORTS:
        return f"must use port {' or '.join(map(str, PORTS))}"
    return None
