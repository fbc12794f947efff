"""DEVELOPMENT ONLY: access tokens without Supabase, from the same machine that accepts them.

The process that serves and the one that issues a token share a random secret in a file that only its owner can read.
Anybody who can read it can impersonate anybody, so production must not construct this.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

from joserfc import jws
from joserfc.jwk import OctKey

from adapters.supabase.claims import ROLE, TokenRules
from adapters.supabase.key_file import random_secret, shared_secret
from adapters.supabase.keys import SharedSecret
from adapters.supabase.tokens import SupabaseTokens
from application.kernel.ports import Clock
from application.people.sign_ins.identity import Identity, KeyFetches
from domain.people.sign_ins import DEVELOPMENT

ISSUER = "unified-dental-development"


class DevelopmentTokens:
    """Issues and verifies tokens with the claims of Supabase's."""

    def __init__(self, key_file: Path, clock: Clock, new_secret: Callable[[], str] = random_secret) -> None:
        """Makes the key file, with a new secret, if there is none.

        Raises OSError, KeyFileUnsafe when others may know or choose the key, and ValueError when there is none in it.
        """
        secret = shared_secret(key_file, new_secret)
        self._clock = clock
        self._rules = TokenRules(ISSUER, confirms_email=True)
        self._verifier = SupabaseTokens(self._rules, SharedSecret(secret), clock)
        self._key = OctKey.import_key(secret)

    async def verify(self, token: str) -> Identity:
        identity = await self._verifier.verify(token)
        # Never an account of Supabase Auth.
        return replace(identity, subject=DEVELOPMENT + identity.subject)

    def knows(self, token: str) -> bool:
        return self._verifier.knows(token)

    def fetches(self) -> KeyFetches | None:
        return None

    async def close(self) -> None:
        """Nothing to close."""

    def issue(
        self,
        email: str,
        subject: UUID,
        lifetime: timedelta = timedelta(hours=1),
        *,
        second_factor: bool = False,
    ) -> str:
        """A token of the person with this address; the id is that of the development issuer."""
        now = int(self._clock.now().timestamp())
        claims = {
            "iss": ISSUER,
            "sub": str(subject),
            "aud": self._rules.audience,
            "exp": now + int(lifetime.total_seconds()),
            "iat": now,
            "email": email.lower(),
            "phone": "",
            "app_metadata": {"provider": "email", "providers": ["email"]},
            "user_metadata": {"email": email.lower(), "email_verified": True, "sub": str(subject)},
            "role": ROLE,
            "aal": "aal2" if second_factor else "aal1",
            "amr": [{"method": "password", "timestamp": now}],
            "session_id": str(uuid5(subject, str(now))),
            "is_anonymous": False,
        }
        return jws.serialize_compact({"alg": "HS256", "typ": "JWT"}, json.dumps(claims), self._key)


def development_subject(email: str) -> UUID:
    """The id that the development issuer gives to this address, always the same."""
    return uuid5(NAMESPACE_URL, f"{ISSUER}:{email.lower()}")
