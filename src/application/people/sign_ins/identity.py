"""The identity that an access token proves, and the reasons for refusing a token.

No message of a refusal holds any part of the token.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.kernel.errors import DomainError
from domain.kernel.text import line
from domain.kernel.values import Email, fits
from domain.people.users import FullName


@dataclass(frozen=True, slots=True)
class Identity:
    """What a verified access token says of a person; times are UTC.

    `subject` is the issuer's UUID of the person in lower case. `email`, in lower case, and `full_name` are None
    when the token has none that we could keep. `email_verified` tells whether the address is proven to be the
    person's, `second_factor` whether a second factor was proven in this session.
    """

    subject: str
    email: Email | None
    email_verified: bool
    issued_at: datetime
    expires_at: datetime
    session_id: str | None
    full_name: FullName | None
    second_factor: bool = False


def address_of(text: str | None) -> Email | None:
    """The address as we keep it, in lower case; None when it is none that we could keep."""
    return text.lower() if text and fits(Email, text) else None


def name_of(metadata: object) -> FullName | None:
    """The person's name in an account's metadata, which are the person's own: what does not fit is passed over."""
    if not isinstance(metadata, dict):
        return None
    name = metadata.get("full_name") or metadata.get("name")
    if not isinstance(name, str):
        return None
    name = line(name)
    return name if fits(FullName, name) else None


@dataclass(frozen=True, slots=True)
class KeyFetches:
    """How often the issuer's signing keys were fetched, and when last; none yet if `fetched_at` is None."""

    fetched_at: datetime | None
    succeeded: int
    failed: int


class Tokens(Protocol):
    """The access tokens that people show."""

    async def verify(self, token: str) -> Identity:
        """Whose token this is. Raises TokenRefused, and KeysUnavailable when nobody can tell."""

    def knows(self, token: str) -> bool:
        """Whether the token was verified before and its owner is remembered."""

    def fetches(self) -> KeyFetches | None:
        """How fetching the signing keys went; None where they are not fetched."""

    async def close(self) -> None:
        """Close all connections."""


class KeysUnavailable(Exception):
    """The issuer's signing keys have never been seen yet: no token can be verified before they are."""


class NotAuthenticated(DomainError):
    """The request has no access token."""

    slug = "not-authenticated"
    title = "Sign in first"


class TokenRefused(NotAuthenticated):
    """The access token does not identify the caller."""

    slug = "token-refused"
    title = "The access token is refused"
    sentence = "The access token is not accepted."


class TokenTooLarge(TokenRefused):
    slug = "token-too-large"
    title = "The access token is too large"
    sentence = "The access token is longer than this service accepts. Keep less in the user's metadata."


class TokenMalformed(TokenRefused):
    slug = "token-malformed"
    title = "The access token is malformed"
    sentence = "The access token is not a signed JSON Web Token in its compact form."


class TokenHeaderRefused(TokenRefused):
    slug = "token-header"
    title = "The access token's header is refused"
    sentence = (
        "The access token's header lacks the id of its key, or requests a feature that this service does not support."
    )


class TokenAlgorithmRefused(TokenRefused):
    slug = "token-algorithm"
    title = "The access token's algorithm is refused"
    sentence = "The access token is not signed with an algorithm that this service and the key allow."


class TokenKeyUnknown(TokenRefused):
    slug = "token-key-unknown"
    title = "The access token's key is unknown"
    sentence = "The access token is signed with a key that its issuer does not publish."


class TokenSignatureWrong(TokenRefused):
    slug = "token-signature"
    title = "The access token's signature is wrong"
    sentence = "The access token's signature does not match its content."


class TokenClaimsWrong(TokenRefused):
    """`claim` is the name of the claim that is missing or has a value of the wrong kind."""

    slug = "token-claims"
    title = "The access token's claims are wrong"

    def __init__(self, claim: str) -> None:
        super().__init__(f"The access token's claim {claim!r} is missing or has the wrong type.")


class TokenIssuerWrong(TokenRefused):
    slug = "token-issuer"
    title = "The access token has another issuer"
    sentence = "The access token was not issued by the sign-in service that this service trusts."


class TokenAudienceWrong(TokenRefused):
    slug = "token-audience"
    title = "The access token has another audience"
    sentence = "The access token is not meant for signed-in people."


class TokenRoleWrong(TokenRefused):
    slug = "token-role"
    title = "The access token is not a person's"
    sentence = "The access token is not that of a signed-in person. Sign in, and send that token, not an API key."


class TokenAnonymous(TokenRefused):
    slug = "token-anonymous"
    title = "The access token is anonymous"
    sentence = "Anonymous sign-ins are not accepted. Sign in with your own account."


class TokenClientRefused(TokenRefused):
    slug = "token-client"
    title = "The access token is an application's"
    sentence = "The access token was issued to another application, which may not act for people here."


class TokenElsewhere(TokenRefused):
    slug = "token-elsewhere"
    title = "Tokens for development work on one machine only"
    sentence = "This service accepts tokens for development, and answers requests from its own machine only."


class TokenExpired(TokenRefused):
    slug = "token-expired"
    title = "The access token has expired"
    sentence = "The access token has expired. Refresh the session, then repeat the request."


class TokenNotYetValid(TokenRefused):
    slug = "token-not-yet-valid"
    title = "The access token is not valid yet"
    sentence = "The access token becomes valid later. Check that the clocks agree."
