"""The settings: environment variables, or a `.env` file in the working directory. All of them are here."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


class ConfigurationError(Exception):
    """The service must not start like this. Says which setting, and how to mend it, in one line."""


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
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="the least severity that is logged"
    )
    database_pool_size: Annotated[int, Field(ge=1, le=500)] = Field(
        default=10, description="connections kept open for writing; reads may use as many again"
    )
    database_max_overflow: Annotated[int, Field(ge=0, le=500)] = Field(
        default=10, description="connections opened beyond these under load"
    )
    database_pool_timeout: Annotated[float, Field(gt=0, le=300)] = Field(
        default=10, description="seconds to wait for a connection before answering 503"
    )
    database_pool_recycle: Annotated[int, Field(ge=1)] = Field(
        default=1_800, description="seconds after which a connection is replaced"
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
