"""What production refuses of its settings. Each rule raises ConfigurationError, which names the setting and the fix."""

from __future__ import annotations

from urllib.parse import urlsplit

from entrypoints.loopback import is_loopback
from entrypoints.settings import ConfigurationError, Settings

EMBEDDED = ("sqlite", "memory")


def check_database_kind(settings: Settings) -> None:
    """Raises ConfigurationError for SQLite or memory in production unless it is said to be meant.

    Otherwise a forgotten DATABASE_URL would put the records into a file that the next deployment deletes.
    """
    kind = kind_of_database(settings)
    if settings.environment != "production" or kind not in EMBEDDED or settings.embedded_database == kind:
        return
    raise ConfigurationError(
        f"DATABASE_URL is {'SQLite' if kind == 'sqlite' else 'memory'} where ENVIRONMENT is production: give the URL "
        f"of PostgreSQL, or set EMBEDDED_DATABASE={kind} if this is meant"
    )


def check_addresses(settings: Settings) -> None:
    """Raises ConfigurationError when people's tokens or certificates would travel in plain text in production."""
    check_supabase_url(settings)
    check_public_url(settings)


def check_public_url(settings: Settings) -> None:
    """Raises ConfigurationError unless certificates lead to an address with https in production."""
    if settings.environment == "production" and not settings.public_url.startswith("https://"):
        raise ConfigurationError("set PUBLIC_URL, which must begin with https:// where ENVIRONMENT is production")


def check_supabase_url(settings: Settings) -> None:
    """Raises ConfigurationError when Supabase would be reached in plain text in production, unless on this machine."""
    url = settings.supabase_url
    if settings.environment == "production" and url and not url.startswith("https://") and not is_on_this_machine(url):
        raise ConfigurationError("SUPABASE_URL must begin with https:// where ENVIRONMENT is production")


def kind_of_database(settings: Settings) -> str:
    """The first part of DATABASE_URL, without the driver: `postgresql`, `sqlite` or `memory`."""
    return settings.database_url.get_secret_value().partition(":")[0].partition("+")[0]


def is_on_this_machine(url: str) -> bool:
    """Whether the host of the URL is this machine."""
    return is_loopback(urlsplit(url).hostname or "")
