"""Serving with several processes."""

from __future__ import annotations

import asyncio
import socket
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from entrypoints.logs import configure_logs, log_what_python_says
from entrypoints.settings import ConfigurationError, Settings, load
from entrypoints.workers.supervisor import Supervisor


def serve(host: str, port: int, workers: int) -> None:
    """Serve with that many processes until interrupted, and exit. Raises ConfigurationError, and OSError where the
    address cannot be used.
    """
    settings = load()
    check_shared(settings)
    configure_logs(settings)
    log_what_python_says()
    listeners = bound(host, port)
    with TemporaryDirectory(prefix="unified-dental-") as folder:
        status = asyncio.run(_supervised(listeners, workers, host, Path(folder), settings.stop_timeout))
    sys.exit(status)


async def _supervised(
    listeners: list[socket.socket], workers: int, host: str, folder: Path, stop_timeout: float
) -> int:
    return await Supervisor(listeners, workers, host=host, folder=folder, stop_timeout=stop_timeout).run()


def check_shared(settings: Settings) -> None:
    """Raises ConfigurationError when each process would have a database of its own."""
    url = settings.database_url.get_secret_value()
    if url.startswith("memory://") or url.rstrip("/") in ("sqlite:", "sqlite:///:memory:"):
        raise ConfigurationError(
            "DATABASE_URL names a database in memory, which belongs to one process: leave out --workers"
        )


def bound(host: str, port: int) -> list[socket.socket]:
    """Sockets bound to all addresses of the host; for port 0 all to the same free port. Raises OSError."""
    listeners: list[socket.socket] = []
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    for family, kind, protocol, _, address in dict.fromkeys(found):
        listener = socket.socket(family, kind, protocol)
        listeners.append(listener)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        taken = listeners[0].getsockname()[1] if len(listeners) > 1 else port
        listener.bind((address[0], taken, *address[2:]))
    return listeners
