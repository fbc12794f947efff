"""Connections to receivers: to addresses that were checked, and to no others."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from httpcore import SOCKET_OPTION, AnyIOBackend, AsyncNetworkBackend, AsyncNetworkStream, ConnectError, ConnectTimeout

Resolve = Callable[[str], Awaitable[Sequence[str]]]
"""The network addresses of a host, as text. Raises OSError if it has none."""

MOST_ADDRESSES = 4
"""Addresses of a host that are tried."""
RESOLVING = 16
"""Names that are resolved at the same time. Those that nobody answers for do not hold up other work in threads."""


class NameUnknown(ConnectError):
    """The host has no address."""


class AddressNotAllowed(ConnectError):
    """The host has an address that must not be connected to."""


class CheckedConnections(AsyncNetworkBackend):
    """Connects to hosts all of whose addresses are allowed.

    The name is resolved here, once for each connection, and the connection goes to an address that was checked: what
    the name means a moment later (DNS rebinding) makes no difference. TLS still verifies the name.
    """

    def __init__(self, resolve: Resolve, may_reach: Callable[[str], bool]) -> None:
        self._resolve = resolve
        self._may_reach = may_reach
        self._network = AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # as the library calls it
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        """Raises NameUnknown, AddressNotAllowed, and the errors of the addresses' connections."""
        try:
            async with asyncio.timeout(timeout):
                addresses = [*dict.fromkeys(await self._resolve(host))]
        except TimeoutError:
            raise ConnectTimeout from None
        except (OSError, UnicodeError):
            raise NameUnknown from None
        if not addresses:
            raise NameUnknown
        if not all(map(self._may_reach, addresses)):
            raise AddressNotAllowed
        return await self._first_of(addresses[:MOST_ADDRESSES], port, timeout)

    async def _first_of(self, addresses: Sequence[str], port: int, seconds: float | None) -> AsyncNetworkStream:
        """A connection to the first address that answers; one that does not takes no more than its share of time."""
        share = None if seconds is None else seconds / len(addresses)
        for address in addresses[:-1]:
            try:
                return await self._network.connect_tcp(address, port, share)
            except (ConnectError, ConnectTimeout):
                continue
        return await self._network.connect_tcp(addresses[-1], port, share)


class SystemResolver:
    """Resolves names as this machine does, in threads of its own."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(RESOLVING, "webhook-names")

    async def __call__(self, host: str) -> Sequence[str]:
        found = await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        )
        return [str(address[0]) for *_, address in found]
