"""The keys of the audit ledger, as the settings name them."""

from __future__ import annotations

from adapters.audit_keys import Ed25519Keys, configured_keys, new_seed
from entrypoints.settings import ConfigurationError, Settings


def audit_keys(settings: Settings) -> Ed25519Keys:
    """The keys of the audit ledger's checkpoints. Raises ConfigurationError, which never shows the private key."""
    seed, path = settings.audit_signing_key, settings.audit_signing_key_file
    text = None if seed is None else seed.get_secret_value()
    is_development = settings.environment != "production"
    try:
        return configured_keys(_origin(settings), text, path, settings.audit_former_keys, development=is_development)
    except ValueError as error:
        raise ConfigurationError(str(error)) from None


def new_audit_key(settings: Settings) -> tuple[str, str]:
    """A new private key that signs checkpoints, and its public key."""
    seed = new_seed()
    return seed, str(Ed25519Keys(_origin(settings), seed).signer)


def _origin(settings: Settings) -> str:
    return settings.audit_origin or settings.public_url.partition("://")[2]
