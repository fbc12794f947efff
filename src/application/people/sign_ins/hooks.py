"""Whether a hook may be believed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from application.people.sign_ins.identity import NotAuthenticated


class HookRefused(NotAuthenticated):
    slug = "hook-refused"
    title = "The signature of the hook is invalid"
    sentence = "The signature or the secret is missing, malformed, too old or wrong."


class Hooks(Protocol):
    """Verifies what comes in from Supabase."""

    def verify_signature(self, headers: Mapping[str, str], body: bytes) -> None:
        """Check an auth hook by its Standard Webhooks headers, names in lower case. Raises HookRefused."""

    def verify_secret(self, given: str) -> None:
        """Check the shared secret of a database webhook, in constant time. Raises HookRefused."""
