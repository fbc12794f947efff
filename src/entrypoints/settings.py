"""The settings: environment variables, or a `.env` file in the working directory. All of them are here."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from domain.values import Text, settle

OTHERS_SCHEMAS = frozenset(
    (
        *("public", "information_schema", "api", "auth", "storage", "realtime", "_realtime", "_analytics"),
        *("extensions", "graphql", "graphql_public", "vault", "cron", "net", "pgsodium", "pgsodium_masks", "pgbouncer"),
    )
)
"""Schemas of PostgreSQL's, of Supabase's, and those that its Data API serves: whoever has the anonymous key could ask
for what is in them, and what is done to protect ours would be done to what is there of others."""


class ConfigurationError(Exception):
    """The service must not start like this. Says which setting, and how to mend it, in one line."""


def _words(text: object) -> object:
    return tuple(word.strip().lower() for word in text.split(",") if word.strip()) if isinstance(text, str) else text


def _origin(url: object) -> object:
    return url.removesuffix("/") if isinstance(url, str) else url


def _on_a_line(text: str) -> str:
    kept, problem = settle(Text(120), text)
    if problem:
        raise ValueError(problem)
    return str(kept)


def _own_schema(name: str) -> str:
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", name):
        raise ValueError("it must be a name of lower-case letters, digits and underscores, at most 63")
    if name in OTHERS_SCHEMAS or name.startswith(("pg_", "supabase_")):
        raise ValueError(f"{name} belongs to others; it must be a schema of our own, such as training")
    return name


class Settings(BaseSettings):
    """What differs between one installation and another. Each field is the variable of the same name."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    database_url: SecretStr = Field(
        default=SecretStr("sqlite:///unified-dental.db"),
        description="`postgresql://user:password@host:5432/database`, `sqlite:///file.db`, `sqlite://` (SQLite in "
        "memory) or `memory://` (no database at all); the last two forget everything at the end",
    )
    environment: Literal["development", "production"] = Field(
        default="development",
        description="`production` wherever real people are trained: nothing that is for development starts there",
    )
    supabase_url: Annotated[str, BeforeValidator(_origin), Field(pattern=r"^https?://[^/?#]+$")] | None = Field(
        default=None,
        description="the project's address, `https://PROJECT.supabase.co`; without it tokens for development are used",
    )
    supabase_jwt_secret: SecretStr | None = Field(
        default=None,
        description="the legacy HS256 secret; when set, only tokens signed with it are accepted",
    )
    supabase_confirms_email: bool = Field(
        default=False,
        description="whether the project lets people in only after they have confirmed their address (its setting "
        "`Confirm email`); then any sign-in or account proves it, else only sign-ins that went through the mailbox",
    )
    supabase_allows_anonymous: bool = Field(default=False, description="whether anonymous sign-ins are accepted")
    supabase_service_role_key: SecretStr | None = Field(
        default=None, description="for `sync-users` only: the key of the admin API"
    )
    supabase_hook_secrets: SecretStr | None = Field(
        default=None,
        description="the auth hooks' secrets, `v1,whsec_...`, joined by `|`; without it the hooks answer 401",
    )
    supabase_webhook_secret: SecretStr | None = Field(
        default=None, description="what the database webhook sends as a bearer token; without it that answers 401"
    )
    allowed_email_domains: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)] = Field(
        default=(),
        description="domains, joined by commas, whose people may sign up without being on the roster",
    )
    issuer_name: Annotated[str, AfterValidator(_on_a_line)] = Field(
        default="Unified Dental", description="who issues the certificates, as they say themselves"
    )
    public_url: Annotated[str, BeforeValidator(_origin), Field(pattern=r"^https?://[^?#]+$")] = Field(
        default="http://127.0.0.1:8000",
        description="where the public reaches this service: certificates name it as the place to verify them",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="the least severity that is logged"
    )
    max_connections: Annotated[int, Field(ge=1, le=100_000)] = Field(
        default=1_000, description="connections of clients at a time, in each process"
    )
    max_connections_per_address: Annotated[int, Field(ge=1, le=100_000)] = Field(
        default=100,
        description="of these, from one IPv4 address or one IPv6 network of /64; trusted proxies "
        "(`FORWARDED_ALLOW_IPS`) may have more",
    )
    head_timeout: Annotated[float, Field(gt=0, le=300)] = Field(
        default=10, description="seconds within which the head of a request must arrive"
    )
    body_timeout: Annotated[float, Field(gt=0, le=300)] = Field(
        default=30, description="seconds within which a body must arrive, or 64 KiB more of it"
    )
    answer_timeout: Annotated[float, Field(gt=0, le=300)] = Field(
        default=30, description="seconds within which a client must take an answer, or 64 KiB more of it"
    )
    database_schema: Annotated[str, AfterValidator(_own_schema)] = Field(
        default="training",
        description="the PostgreSQL schema of all that is ours and of nothing else; not one that Supabase serves",
    )
    database_pool_size: Annotated[int, Field(ge=1, le=500)] = Field(
        default=10,
        description="connections kept open for writing; reads have a pool of their own, of up to this and the overflow",
    )
    database_max_overflow: Annotated[int, Field(ge=0, le=500)] = Field(
        default=10, description="connections opened beyond these under load"
    )
    database_pool_timeout: Annotated[float, Field(gt=0, le=300)] = Field(
        default=10, description="seconds to wait for a connection before answering 503"
    )
    database_pool_recycle: Annotated[int, Field(ge=1)] = Field(
        default=1_800,
        description="seconds after which a connection for writing is replaced, and an idle one for reading",
    )
    database_pool_pre_ping: bool = Field(
        default=True, description="whether a connection is tested before it is used for writing"
    )
    database_pooler: Literal["session", "transaction"] = Field(
        default="session",
        description="`transaction` behind Supavisor on port 6543 or PgBouncer in transaction mode",
    )
    database_tls: Literal["disable", "prefer", "require", "verify-full"] = Field(
        default="prefer",
        description="as libpq's `sslmode`, which takes precedence in the URL; `verify-full` also checks who answers",
    )
    database_tls_ca: str | None = Field(
        default=None, description="path of the certificate authority's file for `verify-full`; else the system's"
    )


def load() -> Settings:
    """The settings of this process. Raises ConfigurationError naming the variable, never its value."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise ConfigurationError(f"{str(first['loc'][0]).upper()}: {first['msg']}") from None
