"""The result of sending a webhook once, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from domain.delivery.deliveries import Delivered, Failed, Outcome, Refused

GONE = 410
"""The status by which a receiver says that it wants nothing any more."""


class SendError(StrEnum):
    """Why there is no answer."""

    NAME_UNKNOWN = "name-unknown"
    """The host has no address."""
    ADDRESS_NOT_PUBLIC = "address-not-public"
    """The host has an address that is not one of the public internet. Nothing was sent."""
    UNREACHABLE = "unreachable"
    """No connection could be made, or it broke."""
    TLS = "tls"
    """The certificate is not valid for the host, or TLS failed otherwise. Nothing was sent."""
    TIMEOUT = "timeout"
    """There was no answer in time."""
    MALFORMED = "malformed"
    """What came was no HTTP answer, or its head was too long."""


@dataclass(frozen=True, slots=True)
class WebhookAnswer:
    """The HTTP status, or why there is none; and how many milliseconds it took.

    `retry_after` is the wait that the receiver has asked for. Nothing else of the answer is kept: it could be anything.
    """

    status: int | None
    error: SendError | None
    milliseconds: int
    retry_after: timedelta | None = None

    @property
    def is_success(self) -> bool:
        """Whether the receiver has accepted the event: any 2xx. A redirection is none, and is not followed."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """Whether the receiver wants nothing any more."""
        return self.status == GONE

    @property
    def outcome(self) -> Outcome:
        """What the attempt means for the delivery."""
        if self.is_success:
            return Delivered()
        if self.is_gone:
            return Refused("answered", self.status)
        if self.error is not None:
            return Failed(self.error.value)
        return Failed("answered", self.status, self.retry_after)
