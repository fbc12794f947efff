"""DEVELOPMENT ONLY: access tokens without Supabase, from the same machine that accepts them.

The process that serves and the one that issues a token share a random secret in a file that only its owner
can read. Whoever can read it can be anybody, so nothing in production may construct this.
"""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from datetime import timedelta
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

from joserfc import jws
from joserfc.jwk import OctKey

from adapters.supabase.claims import ROLE, TokenRules
from adapters.supabase.keys import SharedSecret
from adapters.supabase.tokens import SupabaseTokens
from application.identity import Identity
from application.ports import Clock

ISSUER = "unified-dental-development"


class DevelopmentTokens:
    """Issues and verifies tokens with the claims of Supabase's."""

    def __init__(self, key_file: Path, clock: Clock) -> None:
        """Makes the key file if there is none. Raises OSError, and ValueError when it holds no key."""
        secret = _shared_secret(key_file)
        self._clock = clock
        self._rules = TokenRules(ISSUER, confirms_email=True)
        self._verifier = SupabaseTokens(self._rules, SharedSecret(secret), clock)
        self._key = OctKey.import_key(secret)

    async def verify(self, token: str) -> Identity:
        return await self._verifier.verify(token)

    async def close(self) -> None:
        """Nothing is open."""

    def issue(self, email: str, subject: UUID, lifetime: timedelta = timedelta(hours=1)) -> str:
        """A token of the person with this address and this id in the issuer's eyes."""
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
            "aal": "aal1",
            "amr": [{"method": "password", "timestamp": now}],
            "session_id": str(uuid5(subject, str(now))),
            "is_anonymous": False,
        }
        return jws.serialize_compact({"alg": "HS256", "typ": "JWT"}, json.dumps(claims), self._key)


def development_subject(email: str) -> UUID:
    """The id that the development issuer gives to this address: the same each time."""
    return uuid5(NAMESPACE_URL, f"{ISSUER}:{email.lower()}")


def _shared_secret(path: Path) -> str:
    """The secret in the file. Of two processes that make it at once, both get the same one."""
    if not path.exists():
        # mkstemp's files are their owner's alone; a link appears whole, and not where there is a file already.
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32))
        try:
            os.link(name, path)
        except FileExistsError:
            pass
        finally:
            os.unlink(name)
    return path.read_text(encoding="ascii").strip()
