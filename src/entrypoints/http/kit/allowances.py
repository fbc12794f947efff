"""Allowances for costly operations: so much per minute for each person and each address."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Protocol

from application.kernel.access import Actor
from application.kernel.bounded import remember
from application.kernel.ports import Clock
from entrypoints.http.kit.client_address import network_of
from entrypoints.http.kit.problems import Problem
from entrypoints.http.kit.requests import NOBODY, HttpRequest

if TYPE_CHECKING:
    from entrypoints.http.kit.actors import Authenticate

MOST_NAMES = 50_000
"""Names remembered at a time, about 10 MB. Those inactive for longest are forgotten first."""
MINUTE = 60.0


class Allowances(Protocol):
    """What each name has left to spend. Processes of an installation may share an implementation."""

    async def take(self, name: str, cost: float, a_minute: float) -> float:
        """Take so much; 0.0 when there was enough, else the seconds until there is, and nothing was taken.

        After a minute without taking any, a name may take `a_minute` at once.
        """


class LocalAllowances:
    """Allowances of this process (the generic cell rate algorithm: one number for each name)."""

    def __init__(self, clock: Clock, most_names: int = MOST_NAMES) -> None:
        self._clock = clock
        self._most_names = most_names
        self._paid_until: OrderedDict[str, float] = OrderedDict()
        """Until when each name has spent its allowance."""

    async def take(self, name: str, cost: float, a_minute: float) -> float:
        now = self._clock.now().timestamp()
        # A balance can be at most a minute ahead, unless the clock was set back.
        paid_until = min(max(self._paid_until.get(name, now), now), now + MINUTE)
        paid_then = paid_until + cost / a_minute * MINUTE
        if paid_then - now > MINUTE and paid_until > now:
            return paid_then - now - MINUTE
        remember(self._paid_until, name, paid_then, self._most_names)
        return 0.0


class Refusals:
    """Addresses whose tokens were refused so often that they must wait."""

    def __init__(self, allowances: Allowances, clock: Clock, a_minute: float) -> None:
        self._allowances = allowances
        self._clock = clock
        self._a_minute = a_minute
        self._until: OrderedDict[str, float] = OrderedDict()

    def __bool__(self) -> bool:
        """Whether any address must wait."""
        return bool(self._until)

    def check(self, address: str | None) -> None:
        """Raises Problem when the address must wait."""
        until = self._until.get(address) if address else None
        if address is None or until is None:
            return
        seconds = until - self._clock.now().timestamp()
        if 0 < seconds <= MINUTE:
            raise too_many_requests(seconds)
        del self._until[address]

    async def count(self, address: str | None) -> None:
        """A token from this address was refused."""
        if address is None:
            return
        if seconds := await self._allowances.take(f"refused tokens from {address}", 1, self._a_minute):
            self._until[address] = self._clock.now().timestamp() + seconds
            if len(self._until) > MOST_NAMES:
                self._until.popitem(last=False)


@dataclass(frozen=True, slots=True)
class Spending:
    """What each person and each address may spend per minute on costly operations."""

    allowances: Allowances
    per_person: float
    per_address: float

    def charged(self, authenticate: Authenticate, operation: str, cost: float) -> Authenticate:
        """As `authenticate`, and the cost is taken from what the person and the address have left for the operation.

        Raises Problem when it is not enough.
        """

        async def authenticate_and_charge(request: HttpRequest) -> Actor:
            actor = await authenticate(request)
            if actor.id not in (None, NOBODY):
                await self._take(f"{operation} by {actor.id}", cost, self.per_person)
            if address := address_of(request):
                await self._take(f"{operation} from {address}", cost, self.per_address)
            return actor

        return authenticate_and_charge

    async def _take(self, name: str, cost: float, a_minute: float) -> None:
        if seconds := await self.allowances.take(name, cost, a_minute):
            raise too_many_requests(seconds)


def address_of(request: HttpRequest) -> str | None:
    """The client's network, as the server determined it from its trusted proxies."""
    client = request.scope.get("client")
    return network_of(client[0]) if client else None


def too_many_requests(seconds: float) -> Problem:
    """The client must wait for so many seconds."""
    return Problem(
        429,
        "too-many-requests",
        "Too many requests",
        f"Too many costly requests in a short time. Send it again in {ceil(seconds)} s.",
        headers=(("retry-after", str(ceil(seconds))),),
    )
