"""What a Supabase project knows: its people, their sessions and its signing keys. `double` speaks for it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

from application.kernel.ports import Clock
from kit.surroundings import CountingIds

PASSWORD = "correct horse"


class Refused(Exception):
    """An error as GoTrue answers it."""

    def __init__(self, status: int, code: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.more = status, code, message, more


@dataclass
class Account:
    """A row of auth.users. Times are RFC 3339."""

    id: UUID
    email: str
    password: str
    metadata: dict[str, Any]
    created_at: str
    confirmed_at: str | None
    last_sign_in_at: str | None = None
    updated_at: str | None = None
    deleted_at: str | None = None
    banned: bool = False
    anonymous: bool = False

    @property
    def app_metadata(self) -> dict[str, Any]:
        return {} if self.anonymous else {"provider": "email", "providers": ["email"]}

    @property
    def user_metadata(self) -> dict[str, Any]:
        if self.anonymous:
            return self.metadata
        verified = {"email_verified": self.confirmed_at is not None, "phone_verified": False}
        return {"email": self.email, **verified, "sub": str(self.id), **self.metadata}

    def shown(self) -> dict[str, Any]:
        """The user object of the API."""
        times = {
            "created_at": self.created_at,
            "updated_at": self.updated_at or self.created_at,
            "last_sign_in_at": self.last_sign_in_at,
        }
        identity = {
            "identity_id": str(self.id),
            "id": str(self.id),
            "user_id": str(self.id),
            "identity_data": self.user_metadata,
            "provider": "email",
            "email": self.email,
            **times,
        }
        return {
            "id": str(self.id),
            "aud": "authenticated",
            "role": "authenticated",
            "email": self.email,
            "email_confirmed_at": self.confirmed_at,
            "confirmed_at": self.confirmed_at,
            "phone": "",
            "app_metadata": self.app_metadata,
            "user_metadata": self.user_metadata,
            "identities": [] if self.anonymous else [identity],
            "is_anonymous": self.anonymous,
            **({"deleted_at": self.deleted_at} if self.deleted_at else {}),
            **times,
        }


@dataclass
class Session:
    """One sign-in: its current refresh token, and those that were exchanged for it."""

    id: UUID
    account: Account
    refresh_token: str = ""
    used: set[str] = field(default_factory=set)


class SupabaseProject:
    """One project, in memory."""

    def __init__(
        self, clock: Clock, *, issuer: str = "https://double.supabase.co/auth/v1", legacy_secret: str | None = None
    ) -> None:
        """With `legacy_secret` it signs HS256 with it and publishes no keys, as old projects do."""
        self.issuer = issuer
        self.token_lifetime = timedelta(hours=1)
        self.accounts: dict[UUID, Account] = {}
        self.sessions: dict[UUID, Session] = {}
        self._clock = clock
        self._ids = CountingIds()
        self._secret = OctKey.import_key(legacy_secret) if legacy_secret else None
        self._keys: list[ECKey | RSAKey] = []
        self.rotate()

    def rotate(self, algorithm: Literal["ES256", "RS256"] = "ES256", *, keep_old: bool = True) -> str:
        """Sign with a new key from now on; says its id. Old keys stay published if they are kept."""
        kid = str(self._ids.new())
        kind = ECKey if algorithm == "ES256" else RSAKey
        key = kind.generate_key(parameters={"kid": kid, "alg": algorithm, "use": "sig"})
        self._keys = [*(self._keys if keep_old else ()), key]
        return kid

    def published(self) -> list[dict[str, Any]]:
        """The public keys, as members of the key set."""
        keys = () if self._secret else self._keys
        return [{**key.as_dict(private=False), "key_ops": ["verify"], "ext": True} for key in keys]

    def add_user(self, email: str, password: str = PASSWORD, **metadata: Any) -> Account:
        """A person who has signed up and confirmed the address."""
        now = self._clock.now().isoformat()
        account = Account(self._ids.new(), email.lower(), password, metadata, now, now)
        self.accounts[account.id] = account
        return account

    def by_email(self, email: str) -> Account | None:
        return next((one for one in self.accounts.values() if one.email and one.email == email.lower()), None)

    def change_email(self, account: Account, email: str) -> None:
        """The person has another address now, and has confirmed it."""
        account.email, account.updated_at = email.lower(), self._clock.now().isoformat()

    def delete_user(self, user_id: UUID) -> None:
        """Gone, with all sessions; access tokens live on until they expire."""
        account = self.accounts.pop(user_id)
        self.end_sessions(session for session in self.sessions.values() if session.account is account)

    def end_sessions(self, ending: Iterable[Session]) -> None:
        """End these sessions; access tokens live on until they expire."""
        for session in list(ending):
            del self.sessions[session.id]

    def open_session(self, account: Account) -> Session:
        """Sign the person in."""
        account.last_sign_in_at = self._clock.now().isoformat()
        session = Session(self._ids.new(), account)
        self.sessions[session.id] = session
        return session

    def access_token(self, account: Account, **claims: Any) -> str:
        """An access token of a new session, with some claims changed."""
        return self.sign({**self.claims(self.open_session(account)), **claims})

    def grant(self, session: Session) -> dict[str, Any]:
        """An access token and the next refresh token, as the API answers them."""
        if session.refresh_token:
            session.used.add(session.refresh_token)
        session.refresh_token = secrets.token_urlsafe(9)
        claims = self.claims(session)
        return {
            "access_token": self.sign(claims),
            "token_type": "bearer",
            "expires_in": claims["exp"] - claims["iat"],
            "expires_at": claims["exp"],
            "refresh_token": session.refresh_token,
            "user": session.account.shown(),
        }

    def refresh(self, refresh_token: str) -> dict[str, Any]:
        """Exchange a refresh token, once: the second time ends the session. Raises Refused."""
        for session in self.sessions.values():
            if refresh_token in session.used:
                self.end_sessions([session])
                raise Refused(400, "refresh_token_already_used", "Invalid Refresh Token: Already Used")
            if refresh_token == session.refresh_token:
                if session.account.banned:
                    raise Refused(400, "user_banned", "Invalid Refresh Token: User Banned")
                return self.grant(session)
        raise Refused(400, "refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found")

    def session_of(self, access_token: str) -> Session:
        """The session that an access token belongs to. Raises Refused."""
        try:
            claims = json.loads(jws.deserialize_compact(access_token, self._secret or KeySet([*self._keys])).payload)
        except (JoseError, ValueError):
            raise Refused(403, "bad_jwt", "invalid JWT: unable to parse or verify signature") from None
        if claims["exp"] <= self._clock.now().timestamp():
            raise Refused(403, "bad_jwt", "invalid JWT: unable to parse or verify signature, token is expired")
        if UUID(claims["sub"]) not in self.accounts:
            raise Refused(403, "user_not_found", "User from sub claim in JWT does not exist")
        if session := self.sessions.get(UUID(claims["session_id"])):
            return session
        raise Refused(403, "session_not_found", "Session from session_id claim in JWT does not exist")

    def claims(self, session: Session) -> dict[str, Any]:
        """What an access token says, in GoTrue's order."""
        now, account = int(self._clock.now().timestamp()), session.account
        return {
            "aal": "aal1",
            "amr": [{"method": "anonymous" if account.anonymous else "password", "timestamp": now}],
            "app_metadata": account.app_metadata,
            "aud": "authenticated",
            "email": account.email,
            "exp": now + int(self.token_lifetime.total_seconds()),
            "iat": now,
            "is_anonymous": account.anonymous,
            "iss": self.issuer,
            "phone": "",
            "role": "authenticated",
            "session_id": str(session.id),
            "sub": str(account.id),
            "user_metadata": account.user_metadata,
        }

    def sign(self, claims: dict[str, Any]) -> str:
        """A token with the newest key, or the legacy secret."""
        key = self._keys[-1]
        header = {"alg": "HS256" if self._secret else key.alg, "kid": key.kid, "typ": "JWT"}
        return jws.serialize_compact(header, json.dumps(claims, separators=(",", ":")), self._secret or key)
