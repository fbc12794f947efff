"""Access tokens as Supabase Auth signs them with the shared secret."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from joserfc import jwt
from joserfc.jwk import OctKey

from bench.dataset import SIGNED_IN, User

PROJECT = "https://benchproject.supabase.co"
SECRET = "a-secret-for-measuring-of-more-than-32-bytes"  # noqa: S105  # signs made-up people only
_LONG_AFTER = datetime(2100, 1, 1, tzinfo=SIGNED_IN.tzinfo)


def authorization(user: User) -> str:
    """The Authorization header of someone who has signed in."""
    claims: dict[str, Any] = {
        "iss": f"{PROJECT}/auth/v1",
        "sub": user.supabase_id,
        "aud": "authenticated",
        "exp": int(_LONG_AFTER.timestamp()),
        "iat": int(SIGNED_IN.timestamp()),
        "email": user.email,
        "phone": "",
        "app_metadata": {"provider": "email", "providers": ["email"]},
        "user_metadata": {"email": user.email, "email_verified": True, "full_name": user.full_name},
        "role": "authenticated",
        "aal": "aal1",
        "amr": [{"method": "password", "timestamp": int(SIGNED_IN.timestamp())}],
        "session_id": str(uuid5(NAMESPACE_URL, user.email)),
        "is_anonymous": False,
    }
    key = OctKey.import_key(SECRET)
    return f"Bearer {jwt.encode({'alg': 'HS256', 'typ': 'JWT'}, claims, key)}"


def settings(database_url: str) -> dict[str, str]:
    """The environment in which the service runs, as in production."""
    return {
        "DATABASE_URL": database_url,
        "ENVIRONMENT": "production",
        "EMBEDDED_DATABASE": "sqlite",
        "PUBLIC_URL": "https://training.example.com",
        "SUPABASE_URL": PROJECT,
        "SUPABASE_JWT_SECRET": SECRET,
        "SUPABASE_CONFIRMS_EMAIL": "true",
        "WRITES_PER_PERSON": "1000000",
        "LOG_LEVEL": "info",
    }
