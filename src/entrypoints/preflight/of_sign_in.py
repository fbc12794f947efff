"""Checks of how people sign in."""

from __future__ import annotations

from entrypoints.bootstrap import signing_keys, tokens_of
from entrypoints.development import DEVELOPMENT_WARNING
from entrypoints.preflight.findings import Finding
from entrypoints.settings import ConfigurationError, Settings


async def sign_in(settings: Settings) -> Finding:
    """Whether tokens can be verified with these settings."""
    try:
        await tokens_of(settings).close()
    except ConfigurationError as error:
        return Finding("sign-in", [str(error)], grave=True)
    return Finding("sign-in", detail="tokens of Supabase" if settings.supabase_url else DEVELOPMENT_WARNING)


async def supabase(settings: Settings) -> Finding:
    """Whether Supabase is reachable, and publishes keys that verify its tokens."""
    if settings.supabase_url is None:
        return Finding("supabase", skipped="SUPABASE_URL is not set")
    detail, problems = await signing_keys(settings)
    return Finding("supabase", problems, detail)
