"""Rate limits: so much per minute for each person and each address."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Protocol

from application.kernel.access import Actor
from application.kernel.bounded import remember
from application.kernel.ports import Clock
from entrypoints.http.kit.client_address import network_of
from entrypoints.http.kit.problems import Problem
from entrypoints.http.kit.replies import RawHeaders
from entrypoints.http.kit.requests import NOBODY, HttpRequest

if TYPE_CHECKING:
    from entrypoints.http.kit.actors import Authenticate

MOST_NAMES = 50_000
"""Names remembered at a time, about 10 MB. Those inactive for longest are forgotten first."""
MINUTE = 60.0
BATCH = 1 / 20
"""The part of a limit that a process grants before it counts that in the shared storage."""
ALONE = 5.0
"""Seconds for which a process counts alone after the shared storage has not answered."""
ROUNDING = 1e-6
RATE_LIMITS = "rate_limits"
"""The key of a request's state with the limits that applied to it."""

log = logging.getLogger("unified_dental.rate_limits")


class Allowances(Protocol):
    """What each name has left to spend."""

    async def take(self, name: str, cost: float, a_minute: float) -> float:
        """Take so much; 0.0 when there was enough, else the seconds until there is, and nothing was taken.

        After a minute without taking any, a name may take `a_minute` at once.
        """

    def left(self, name: str, a_minute: float) -> tuple[int, int]:
        """What is left as far as this process knows, and the seconds until all of it is there again."""


class LocalAllowances:
    """Allowances of this process (the generic cell rate algorithm: one number for each name)."""

    def __init__(self, clock: Clock, most_names: int = MOST_NAMES) -> None:
        self._clock = clock
        self._most_names = most_names
        self._paid_until: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """Until when each name has spent its allowance, and when it last took some."""

    async def take(self, name: str, cost: float, a_minute: float) -> float:
        now, paid_until = self._paid(name)
        paid_then = paid_until + cost / a_minute * MINUTE
        if paid_then - now > MINUTE and paid_until > now:
            return paid_then - now - MINUTE
        remember(self._paid_until, name, (paid_then, now), self._most_names)
        return 0.0

    def left(self, name: str, a_minute: float) -> tuple[int, int]:
        now, paid_until = self._paid(name)
        return int((now + MINUTE - paid_until) / MINUTE * a_minute + ROUNDING), ceil(paid_until - now)

    def _paid(self, name: str) -> tuple[float, float]:
        now = self._clock.now().timestamp()
        paid_until, taken_at = self._paid_until.get(name, (now, now))
        if taken_at > now:  # The clock was set back: the name begins again.
            return now, now
        # Only what costs more than an allowance has led further ahead than a minute.
        return now, min(max(paid_until, now), now + MINUTE)


class SharedCounter(Protocol):
    """Counts in a storage that processes share."""

    async def use(self, name: str, amount: int, a_minute: int) -> tuple[bool, int, float]:
        """Count so much for the name in its present minute: whether it was within the limit, what is left, and when the
        next minute begins (seconds since 1970, UTC). Raises any exception when the storage does not answer.
        """


@dataclass(slots=True)
class _Tally:
    """A name's present minute: what this process has not counted in the storage yet, and what is left as it last said.

    `is_over` when the storage has refused more.
    """

    ends_at: float
    left: float
    pending: float = 0.0
    is_over: bool = False


class SharedAllowances:
    """Allowances that processes share.

    Each process applies the limit alone first, and adds what it has granted to the shared count at every twentieth of
    the limit, or each time once it could be exceeded. So all processes together grant at most the limit in a minute,
    and a twentieth of it more for each process. If the storage does not answer, each process counts alone.
    """

    def __init__(self, local: LocalAllowances, shared: SharedCounter, clock: Clock) -> None:
        self._local = local
        self._shared = shared
        self._clock = clock
        self._tallies: OrderedDict[str, _Tally] = OrderedDict()
        self._alone_until = 0.0

    async def take(self, name: str, cost: float, a_minute: float) -> float:
        now = self._clock.now().timestamp()
        tally = self._present(name, now)
        if tally is not None and tally.is_over:
            return tally.ends_at - now
        if seconds := await self._local.take(name, cost, a_minute):
            return seconds
        if tally is None:
            tally = _Tally(now + MINUTE, a_minute)
            remember(self._tallies, name, tally, MOST_NAMES)
        tally.pending += cost
        # Longer than that it is alone only if the clock was set back.
        is_alone = now < self._alone_until <= now + ALONE
        if tally.pending < min(a_minute * BATCH, tally.left + 1) or is_alone:
            return 0.0
        amount, tally.pending = max(1, round(tally.pending)), 0.0
        try:
            is_within, left, ends_at = await self._shared.use(name, amount, max(1, int(a_minute)))
        except Exception as error:
            self._alone_until = now + ALONE
            log.warning("rate limits are counted by this process alone for %g s: %s", ALONE, type(error).__name__)
            return 0.0
        # Clocks may differ: a minute has never more than its seconds to go.
        tally.left, tally.ends_at = left, min(ends_at, now + MINUTE)
        tally.is_over = not is_within
        return max(1.0, tally.ends_at - now) if tally.is_over else 0.0

    def left(self, name: str, a_minute: float) -> tuple[int, int]:
        now = self._clock.now().timestamp()
        tally = self._present(name, now)
        left, seconds = self._local.left(name, a_minute)
        if tally is None:
            return left, seconds
        return max(0, min(left, int(tally.left - tally.pending))), max(seconds, ceil(tally.ends_at - now))

    def _present(self, name: str, now: float) -> _Tally | None:
        tally = self._tallies.get(name)
        return tally if tally is not None and now < tally.ends_at <= now + MINUTE else None


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
    """What each person and each address may spend per minute on costly operations, and how often a person may write."""

    allowances: Allowances
    per_person: float
    per_address: float
    writes: float = 1_000_000

    def charged(self, authenticate: Authenticate, operation: str, cost: float, *, writes: bool = False) -> Authenticate:
        """As `authenticate`, and the cost is taken from what the person and the address have left for the operation;
        if it `writes`, one write is taken from those of the person, too.

        Raises Problem when it is not enough.
        """

        async def authenticate_and_charge(request: HttpRequest) -> Actor:
            actor = await authenticate(request)
            if actor.id not in (None, NOBODY):
                if writes:
                    await self._take(request, "writes", f"writes by {actor.id}", 1, self.writes)
                if cost:
                    await self._take(request, operation, f"{operation} by {actor.id}", cost, self.per_person)
            if cost and (address := address_of(request)):
                await self._take(request, "address", f"{operation} from {address}", cost, self.per_address)
            return actor

        return authenticate_and_charge

    async def _take(self, request: HttpRequest, policy: str, name: str, cost: float, a_minute: float) -> None:
        seconds = await self.allowances.take(name, cost, a_minute)
        left, until_full = self.allowances.left(name, a_minute)
        if seconds:
            left, until_full = 0, ceil(seconds)
        request.scope["state"].setdefault(RATE_LIMITS, []).append((policy, int(a_minute), left, until_full))
        if seconds:
            raise too_many_requests(seconds)


def rate_limit_headers(limits: Sequence[tuple[str, int, int, int]]) -> RawHeaders:
    """The limits that applied to a request, by draft-ietf-httpapi-ratelimit-headers-10: the name of each with its quota
    in a window of a minute, and what is left until when.
    """
    policies = ", ".join(f'"{policy}";q={quota};w={MINUTE:.0f}' for policy, quota, _, _ in limits)
    present = ", ".join(f'"{policy}";r={left};t={seconds}' for policy, _, left, seconds in limits)
    return (b"ratelimit-policy", policies.encode()), (b"ratelimit", present.encode())


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
        f"Too many requests of this kind in a short time. Send it again in {ceil(seconds)} s.",
        headers=(("retry-after", str(ceil(seconds))),),
    )
