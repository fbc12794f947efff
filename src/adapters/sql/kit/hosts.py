"""The hosts that a database's URL names."""

from __future__ import annotations

from sqlalchemy import URL


def postgresql_hosts(url: URL) -> list[str] | None:
    """The hosts of a PostgreSQL URL, a path for a socket; None for other databases.

    Empty if the URL names none, so that the environment decides.
    """
    if url.get_backend_name() != "postgresql":
        return None
    named = url.query.get("host", ())
    hosts = [url.host] if url.host else [named] if isinstance(named, str) else list(named)
    return [_without_port(host) for host in hosts]


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0] if host.count(":") == 1 else host
