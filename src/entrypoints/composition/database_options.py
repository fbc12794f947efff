"""How to connect to the database, as the settings say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pydantic import SecretStr

from adapters.sql.kit.hosts import postgresql_hosts
from adapters.sql.kit.options import DatabaseOptions, Tls, database_url
from entrypoints.loopback import is_loopback
from entrypoints.settings import ConfigurationError, Settings


def database_tls(settings: Settings, url: SecretStr | None = None, setting: str = "DATABASE_URL") -> Tls:
    """How connections to the database are protected. Raises ConfigurationError if they might not be."""
    parsed = database_url((url or settings.database_url).get_secret_value(), setting)
    hosts = postgresql_hosts(parsed)
    if settings.environment != "production" or hosts is None:
        return settings.database_tls or "prefer"
    here = bool(hosts) and all(host.startswith("/") or is_loopback(host) for host in hosts)
    if here:
        return settings.database_tls or "prefer"
    asked = parsed.query.get("sslmode", settings.database_tls)
    if asked is not None and asked not in ("disable", "require", "verify-ca", "verify-full"):
        raise ConfigurationError(
            f"DATABASE_TLS, or sslmode in {setting}, is {asked!r}, which may fall back to plain text: where "
            "ENVIRONMENT is production use require or verify-full, or disable in a network of your own"
        )
    return settings.database_tls or "require"


_PLAIN_OPTIONS = (
    *("schema", "pool_size", "max_overflow", "pool_timeout", "pool_recycle", "pool_pre_ping", "pooler", "tls_ca"),
    *("connect_timeout", "statement_timeout", "lock_timeout", "idle_timeout", "command_timeout", "long_timeout"),
)


def options_of(settings: Settings, url: SecretStr) -> DatabaseOptions:
    """How to connect to the database at this URL. Raises ConfigurationError."""
    same: Any = {name: getattr(settings, f"database_{name}") for name in _PLAIN_OPTIONS}
    tls, reading_role = database_tls(settings, url), settings.reading_role
    return DatabaseOptions(url=url.get_secret_value(), tls=tls, reading_role=reading_role, **same)


def with_replica(settings: Settings, options: DatabaseOptions) -> DatabaseOptions:
    """The same with the replica of the settings, if there is one. Raises ConfigurationError."""
    if (url := settings.replica_database_url) is None:
        return options
    tls = database_tls(settings, url, "REPLICA_DATABASE_URL")
    return replace(
        options, replica_url=url.get_secret_value(), replica_tls=tls, replica_timeout=settings.replica_timeout
    )
