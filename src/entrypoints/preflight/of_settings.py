"""Checks that need the settings alone."""

from __future__ import annotations

from collections.abc import Callable

from entrypoints.composition.audit_keys import audit_keys
from entrypoints.preflight.findings import Finding
from entrypoints.production import (
    check_database_kind,
    check_public_url,
    check_supabase_url,
    is_on_this_machine,
    kind_of_database,
)
from entrypoints.settings import ConfigurationError, Settings


def environment(settings: Settings) -> Finding:
    """The settings could be read; otherwise `preflight` has reported those that are wrong."""
    return Finding("settings", detail=f"ENVIRONMENT is {settings.environment}")


def database_kind(settings: Settings) -> Finding:
    """Whether the kind of database is one that this environment allows."""
    kind = kind_of_database(settings)
    meant = ", as EMBEDDED_DATABASE says" if settings.embedded_database == kind else ""
    return _refusals("kind of database", lambda: check_database_kind(settings), f"{kind}{meant}")


def public_address(settings: Settings) -> Finding:
    """Whether the QR codes of certificates lead to this service."""
    found = _refusals("public address", lambda: check_public_url(settings), settings.public_url)
    if not found.problems and settings.environment == "production" and is_on_this_machine(settings.public_url):
        problem = (
            "PUBLIC_URL is an address of this machine alone, to which the QR codes of certificates would lead; set the "
            "address at which others reach the service"
        )
        return Finding(found.topic, [problem])
    return found


def supabase_address(settings: Settings) -> Finding:
    """Whether tokens are verified with keys that nobody could replace on the way."""
    detail = settings.supabase_url or "none; tokens for development are used"
    return _refusals("address of Supabase", lambda: check_supabase_url(settings), detail)


def webhooks(settings: Settings) -> Finding:
    """Whether the secrets of webhooks can be encrypted."""
    return Finding("webhooks", detail="set up" if settings.keys_of_secrets else "not set up: SECRETS_KEYS is not set")


def audit_key(settings: Settings) -> Finding:
    """Whether the audit ledger's checkpoints can be signed. Without a key it is sealed and not signed."""
    signer = None

    def read() -> None:
        nonlocal signer
        signer = audit_keys(settings).signer

    found = _refusals("audit key", read, "")
    return found if found.problems else Finding(found.topic, detail=str(signer or "none; checkpoints are not signed"))


SETTINGS_CHECKS: tuple[Callable[[Settings], Finding], ...] = (
    environment,
    database_kind,
    public_address,
    supabase_address,
    webhooks,
    audit_key,
)


def _refusals(topic: str, check: Callable[[], None], detail: str) -> Finding:
    try:
        check()
    except ConfigurationError as error:
        return Finding(topic, [str(error)], grave=True)
    return Finding(topic, detail=detail)
