"""The service in memory with a mail server: what is decided is sent, as far as a test lets it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from adapters.memory.delivery.notices import NOTICES
from adapters.memory.kit.discovery import memory_units
from adapters.memory.kit.outbox import OUTBOX
from adapters.memory.kit.store import MemoryStore
from application.catalogue.modules.commands import CreateModule, NewSection, PublishModule
from application.compliance.ports import ObligationKey, ObligationStates
from application.delivery.notices.letters import Letter, Mailer
from application.kernel.access import Actor
from application.kernel.messages import Command
from application.kernel.ports import Ids
from application.kernel.units import Unit
from application.people.ports import Users
from domain.catalogue.sections import Lesson
from domain.compliance.citations import Basis, LegalSource
from domain.compliance.obligations import ObligationState
from domain.compliance.requirement import Requirement
from domain.compliance.standing import FulfillmentAxis, Timing
from domain.compliance.terms import Terms
from domain.delivery.notices import Notice
from domain.kernel.states import State
from domain.people.locations import Location, LocationProfile
from entrypoints.bootstrap import bootstrap
from entrypoints.settings import Settings
from kit.compliance import rule
from kit.examples import a_user, uid
from kit.saving import save_all
from kit.surroundings import LINK_SECRET, CountingIds, FixedClock

SYSTEM = Actor.system()
CHICAGO = uid(71)
BASIS: dict[bool, LegalSource] = {
    True: LegalSource("29 CFR 1910.1030(g)(2)", Basis.REGULATION, "US", "https://www.osha.gov", date(2026, 1, 1)),
    False: LegalSource("House rules", Basis.POLICY, "Unified Dental"),
}


class RecordingMailer:
    """Implements application.delivery.notices.letters.Mailer. `before` is called with each letter, and may raise."""

    is_set_up = True

    def __init__(self) -> None:
        self.sent: list[Letter] = []
        self.before: Callable[[Letter], None] = lambda letter: None
        self.after: Callable[[Letter], None] = lambda letter: None

    async def send(self, letter: Letter) -> None:
        self.before(letter)
        self.sent.append(letter)
        self.after(letter)


class PostOffice:
    """A store with the service on it. It is Monday, March 2, 2026, 9 o'clock in Chicago."""

    def __init__(self, mailer: Mailer | None = None, ids: Ids | None = None, **settings: Any) -> None:
        self.clock = FixedClock(datetime(2026, 3, 2, 15, 0, tzinfo=UTC))
        self.store = MemoryStore(self.clock.now)
        self.units = memory_units(self.store)
        self.mailer = RecordingMailer()
        said = {"database_url": "memory://", "organization_time_zone": "America/Chicago", "quiet_hours": "00:00-00:00"}
        said |= {
            "quiet_weekdays": "none",
            "mail_link_secrets": LINK_SECRET,
            "public_url": "https://training.example.com",
        }
        self.service = bootstrap(
            Settings(_env_file=None, **{**said, **settings}),  # type: ignore[call-arg]  # pydantic takes it
            clock=self.clock,
            ids=ids or CountingIds(),
            mailer=mailer or self.mailer,
            store=self.store,
        )
        self.worker = self.service.worker(lambda channel, result: None)

    async def do(self, command: Command[Any], actor: Actor = SYSTEM) -> Any:
        return await self.service.bus.execute(command, actor)

    async def work(self, **later: float) -> None:
        """Let this much time pass, and do all that is due then."""
        self.clock.advance(timedelta(**later))
        await self.worker.once()

    async def holds(self, *aggregates: object) -> None:
        await save_all(self.units, *aggregates)

    async def office(self, responsible_id: UUID | None = None) -> None:
        """A location in Chicago."""
        profile = LocationProfile(
            code="C",
            name="Loop",
            city="Chicago",
            state=State.ILLINOIS,
            time_zone="America/Chicago",
            responsible_id=responsible_id,
        )
        await self.holds(Location.add(CHICAGO, profile, self.clock.now()))

    async def person(self, n: int = 1, **facts: Any) -> UUID:
        """User n, who works in Chicago."""
        known = {"email": f"user{n}@example.com", "full_name": f"User {n}", "location_id": CHICAGO}
        await self.holds(a_user(n, **{**known, **facts}))
        return uid(n)

    async def moves_to(self, who: UUID, address: str) -> None:
        """The person has another address."""

        async def work(unit: Unit) -> None:
            (await unit.port(Users).get(who)).email = address

        await self.units.run(work)

    async def course(self) -> UUID:
        """A published module."""
        section = NewSection("Read", Lesson("Gloves."))
        module = await self.do(CreateModule("Infection control", sections=(section,)))
        await self.do(PublishModule(module.id))
        module_id: UUID = module.id
        return module_id

    async def requirement(self, n: int = 1, *, statutory: bool = False) -> UUID:
        """Requirement n, in force."""
        terms: Terms = replace(rule().terms, citation=BASIS[statutory])
        requirement = Requirement(uid(300 + n), code=f"rule_{n}", title=f"Rule {n}", now=self.clock.now())
        requirement.draft(terms, effective_on=date(2026, 1, 1), note="First.", by=uid(900), now=self.clock.now())
        requirement.approve(1, by=uid(901), now=self.clock.now(), today=date(2026, 1, 1), acknowledge=True)
        requirement.take_events()
        await self.holds(requirement)
        return requirement.id

    async def owes(self, who: UUID, requirement_id: UUID, due_on: date | None, **facts: Any) -> None:
        """The person has owed it since January 1."""
        opened = date(2026, 1, 1)
        state = ObligationState(
            *(opened, None),
            **{
                "cycle": 1,
                "version": 1,
                "fulfillment": FulfillmentAxis.UNMET,
                "timing": Timing.UPCOMING,
                "opened_on": opened,
                "due_on": due_on,
                "is_open": True,
                **facts,
            },
        )
        states = {ObligationKey(who, requirement_id): (state,)}
        await self.units.run(lambda unit: unit.port(ObligationStates).replace(states))

    @property
    def sent(self) -> list[Letter]:
        return self.mailer.sent

    def notices(self, *kinds: str) -> list[Notice]:
        """The notices of these kinds, or all, as they were decided."""
        found = (each for each in self.store.table(NOTICES).rows() if not kinds or each.kind in kinds)
        return sorted(found, key=lambda each: (each.decided_at, each.id))

    def outcomes(self) -> list[tuple[str, ...]]:
        """What has become of each notice: its kind, state and reason."""
        return [tuple(filter(None, (each.kind, each.state, each.reason))) for each in self.notices()]

    def told(self, but: Collection[str] = ()) -> list[str]:
        """The names of the events."""
        rows = self.store.table(OUTBOX).rows()
        return [name for each in rows if (name := type(each.event).__name__) not in but]
