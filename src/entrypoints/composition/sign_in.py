"""Who may sign in, and what Supabase may report, as the settings say."""

from __future__ import annotations

from adapters.supabase.admin import AdminUnavailable, SupabaseAdmin
from adapters.supabase.claims import TokenRules
from adapters.supabase.development import DevelopmentTokens, development_subject
from adapters.supabase.hooks import SupabaseHooks
from adapters.supabase.jwks import JwksCache
from adapters.supabase.key_endpoint import inspect_keys
from adapters.supabase.key_file import KeyFileUnsafe
from adapters.supabase.keys import SharedSecret
from adapters.supabase.tokens import SupabaseTokens
from adapters.system import SystemClock
from application.kernel.ports import Clock
from application.people.sign_ins.hooks import Hooks
from entrypoints.development import DEVELOPMENT_KEY
from entrypoints.preflight.inspection import Inspected
from entrypoints.production import check_supabase_url
from entrypoints.settings import ConfigurationError, Settings

__all__ = [
    "AdminUnavailable",
    "admin_of",
    "development_subject",
    "development_tokens",
    "signing_keys",
    "supabase_hooks",
    "tokens_of",
]


def development_tokens(settings: Settings, clock: Clock | None = None) -> DevelopmentTokens:
    """The issuer that stands in for Supabase. Raises ConfigurationError where Supabase is set up, and in production."""
    if settings.environment == "production":
        raise ConfigurationError("ENVIRONMENT is production: set SUPABASE_URL, so that people can sign in")
    if settings.supabase_url or settings.supabase_jwt_secret:
        raise ConfigurationError("Supabase is set up: use its tokens")
    try:
        return DevelopmentTokens(DEVELOPMENT_KEY, clock or SystemClock())
    except KeyFileUnsafe as error:
        raise ConfigurationError(
            f"{DEVELOPMENT_KEY} {error}: others could make tokens for development. Remove the file, and work in "
            "a folder of your own"
        ) from None
    except ValueError as error:
        raise ConfigurationError(f"{DEVELOPMENT_KEY}: {error}; remove the file") from None


def tokens_of(settings: Settings, clock: Clock | None = None) -> SupabaseTokens | DevelopmentTokens:
    """What verifies tokens. Raises ConfigurationError."""
    if settings.supabase_url is None:
        if settings.supabase_jwt_secret is not None:
            raise ConfigurationError("SUPABASE_JWT_SECRET is set without SUPABASE_URL, which names the issuer")
        return development_tokens(settings, clock)
    auth, clock = _auth(settings), clock or SystemClock()
    rules = TokenRules(
        auth,
        allow_anonymous=settings.supabase_allows_anonymous,
        confirms_email=settings.supabase_confirms_email,
        oauth_clients=frozenset(settings.supabase_oauth_clients),
    )
    if settings.supabase_jwt_secret is None:
        return SupabaseTokens(rules, JwksCache(f"{auth}/.well-known/jwks.json", clock), clock)
    try:
        return SupabaseTokens(rules, SharedSecret(settings.supabase_jwt_secret.get_secret_value()), clock)
    except ValueError as error:
        raise ConfigurationError(f"SUPABASE_JWT_SECRET: {error}") from None


async def signing_keys(settings: Settings) -> Inspected:
    """The keys that Supabase publishes, and what is wrong with them."""
    return await inspect_keys(_auth(settings), has_secret=settings.supabase_jwt_secret is not None)


def _auth(settings: Settings) -> str:
    return f"{settings.supabase_url}/auth/v1"


def admin_of(settings: Settings) -> SupabaseAdmin:
    """The admin API of Supabase Auth. Raises ConfigurationError without its address and key."""
    if settings.supabase_url is None or settings.supabase_service_role_key is None:
        raise ConfigurationError("set SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY to reach the admin API")
    check_supabase_url(settings)
    return SupabaseAdmin(
        _auth(settings),
        settings.supabase_service_role_key.get_secret_value(),
        confirms_email=settings.supabase_confirms_email,
    )


def supabase_hooks(settings: Settings, clock: Clock) -> Hooks:
    """What verifies that a hook comes from Supabase. Raises ConfigurationError."""
    signing, webhook = settings.supabase_hook_secrets, settings.supabase_webhook_secret
    try:
        return SupabaseHooks(
            clock,
            signing_secrets=signing.get_secret_value() if signing else None,
            webhook_secret=webhook.get_secret_value() if webhook else None,
        )
    except ValueError as error:
        raise ConfigurationError(str(error)) from None
