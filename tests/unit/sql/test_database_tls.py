"""How the connection to the database is protected when nobody says so."""

from __future__ import annotations

from typing import Any

from pydantic import SecretStr

from adapters.sql.kit.engine import database_url
from adapters.sql.kit.hosts import postgresql_hosts
from entrypoints.bootstrap import database_tls
from entrypoints.settings import Settings
from kit.about import for_each

FAR = "postgresql://someone@database.example.com/training"


def settings(url: str, **more: Any) -> Settings:
    return Settings(database_url=SecretStr(url), **more)


@for_each(
    ("url", "said", "production", "mode"),
    [
        (FAR, None, True, "require"),
        (FAR, None, False, "prefer"),
        (FAR, "verify-full", True, "verify-full"),
        (FAR, "disable", True, "disable"),
        ("postgresql://someone@127.0.0.1/training", None, True, "prefer"),
        ("postgresql://someone@[::1]:5433/training", None, True, "prefer"),
        ("postgresql://someone@localhost/training", "require", True, "require"),
        ("postgresql://someone@/training?host=/run/postgresql", None, True, "prefer"),
        ("postgresql://someone@/training?host=/run/postgresql&host=db.example.com:5433", None, True, "require"),
        ("postgresql:///training", None, True, "require"),
        ("sqlite:///training.db", None, True, "prefer"),
    ],
)
def test_what_is_asked_for(url: str, said: Any, production: bool, mode: str) -> None:
    environment: Any = "production" if production else "development"
    assert database_tls(settings(url, environment=environment, database_tls=said)) == mode


@for_each(
    ("url", "hosts"),
    [
        ("postgresql://a@db.example.com:5433/x", ["db.example.com"]),
        ("postgresql://a@[2001:db8::1]:5433/x", ["2001:db8::1"]),
        ("postgresql://a@/x?host=one:1&host=[::1]:2", ["one", "::1"]),
        ("postgresql:///x", []),
        ("sqlite:///x.db", None),
    ],
)
def test_the_hosts_of_a_url(url: str, hosts: list[str] | None) -> None:
    assert postgresql_hosts(database_url(url)) == hosts
