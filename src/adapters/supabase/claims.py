"""The claims of an access token of Supabase Auth, and the identity that they prove."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from application.people.sign_ins.identity import (
    Identity,
    TokenAnonymous,
    TokenAudienceWrong,
    TokenClaimsWrong,
    TokenClientRefused,
    TokenExpired,
    TokenIssuerWrong,
    TokenNotYetValid,
    TokenRoleWrong,
    address_of,
    name_of,
)
from domain.kernel.values import Email

ROLE = "authenticated"
THROUGH_THE_MAILBOX = frozenset({"email/signup", "magiclink", "invite", "recovery", "email_change"})
"""Methods of sign-in (the claim `amr`) that only the owner of the address can use."""
ONE_TIME_PASSWORD = "otp"  # noqa: S105  # the name of a method
"""The method of magic links without PKCE and of one-time passwords, by e-mail or by telephone."""
_LATEST = 253_402_300_799
"""The last second that a datetime can represent, in the year 9999."""


@dataclass(frozen=True, slots=True)
class TokenRules:
    """What tokens are accepted. `issuer` must match to the letter; `leeway` is how far clocks may differ.

    `confirms_email` says that the issuer lets nobody in whose address is not confirmed. `oauth_clients` are the ids of
    applications that may act for people with their own tokens.
    """

    issuer: str
    audience: str = "authenticated"
    confirms_email: bool = False
    allow_anonymous: bool = False
    oauth_clients: frozenset[str] = frozenset()
    leeway: timedelta = timedelta(seconds=5)
    max_bytes: int = 8_192


def identity_of(claims: dict[str, Any], rules: TokenRules, now: datetime) -> Identity:
    """Raises TokenRefused when a claim is missing, of the wrong kind, or not what the rules ask for."""
    if _text(claims, "iss") != rules.issuer:
        raise TokenIssuerWrong
    if rules.audience not in _audience(claims):
        raise TokenAudienceWrong
    if _text(claims, "role") != ROLE:
        raise TokenRoleWrong
    if _flag(claims, "is_anonymous") and not rules.allow_anonymous:
        raise TokenAnonymous
    if (client := claims.get("client_id")) is not None and not (
        isinstance(client, str) and client in rules.oauth_clients
    ):
        raise TokenClientRefused
    identity = Identity(
        subject=_uuid(claims, "sub"),
        email=_email(claims),
        email_verified=rules.confirms_email or _went_through_the_mailbox(claims),
        issued_at=_moment(claims, "iat"),
        expires_at=_moment(claims, "exp"),
        session_id=_uuid(claims, "session_id") if claims.get("session_id") else None,
        full_name=name_of(claims.get("user_metadata")),
        second_factor=claims.get("aal") == "aal2",
    )
    valid_from = max(identity.issued_at, _moment(claims, "nbf") if "nbf" in claims else identity.issued_at)
    if valid_from - rules.leeway > now:
        raise TokenNotYetValid
    check_not_expired(identity, rules, now)
    return identity


def check_not_expired(identity: Identity, rules: TokenRules, now: datetime) -> None:
    """Raises TokenExpired."""
    if now - rules.leeway >= identity.expires_at:
        raise TokenExpired


def _text(claims: dict[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str):
        raise TokenClaimsWrong(name)
    return value


def _flag(claims: dict[str, Any], name: str) -> bool:
    value = claims.get(name, False)
    if not isinstance(value, bool):
        raise TokenClaimsWrong(name)
    return value


def _audience(claims: dict[str, Any]) -> list[str]:
    value = claims.get("aud")
    audience = [value] if isinstance(value, str) else value
    if not isinstance(audience, list) or not all(isinstance(one, str) for one in audience):
        raise TokenClaimsWrong("aud")
    return audience


def _uuid(claims: dict[str, Any], name: str) -> str:
    """Only in the form that Supabase writes: other spellings of one id would be taken for other people."""
    value = _text(claims, name)
    try:
        written = str(UUID(value))
    except ValueError:
        raise TokenClaimsWrong(name) from None
    if written != value:
        raise TokenClaimsWrong(name)
    return value


def _moment(claims: dict[str, Any], name: str) -> datetime:
    value = claims.get(name)
    # Booleans are integers in Python. A number too large for a float is read as infinity, and is out of range.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= _LATEST:
        raise TokenClaimsWrong(name)
    return datetime.fromtimestamp(value, UTC)


def _email(claims: dict[str, Any]) -> Email | None:
    """Empty for people who sign in by telephone."""
    value = claims.get("email")
    if value is not None and not isinstance(value, str):
        raise TokenClaimsWrong("email")
    return address_of(value)


def _went_through_the_mailbox(claims: dict[str, Any]) -> bool:
    """Whether the sign-in proves access to the mailbox.

    `email_verified` in the metadata proves nothing, since its owner can edit it.
    """
    methods = claims.get("amr")
    if not isinstance(methods, list):
        return False
    names = {name for each in methods if isinstance(each, dict) and isinstance(name := each.get("method"), str)}
    return not THROUGH_THE_MAILBOX.isdisjoint(names) or (ONE_TIME_PASSWORD in names and not _has_a_telephone(claims))


def _has_a_telephone(claims: dict[str, Any]) -> bool:
    """Whether the one-time password may have been sent to a telephone, as far as the token tells."""
    metadata = claims.get("app_metadata")
    known = metadata if isinstance(metadata, dict) else {}
    providers = known.get("providers")
    listed = providers if isinstance(providers, list) else []
    return claims.get("phone") != "" or "phone" in (known.get("provider"), *listed)
