"""Recording classroom sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from application.catalogue.ports import Modules, Versions
from application.catalogue.visibility import require_visible
from application.evidence.ports import Sessions
from application.evidence.sessions.queries import SessionView
from application.kernel.access import Actor, Oversight, overseers, oversight_of
from application.kernel.handlers import handles
from application.kernel.messages import Command
from application.kernel.ports import Clock, Ids
from application.kernel.wiring import PortSet
from application.people.locations.ports import LocationHistories
from application.people.ports import Staff
from domain.catalogue.module_life import ModuleNotFound, ModuleNotPublished
from domain.evidence.persons import Person
from domain.evidence.records import RecordedBefore
from domain.evidence.sessions import ClassroomSession, SessionIncomplete, Trainers, days_of, version_taught
from domain.kernel.errors import InvalidValue
from domain.kernel.values import Items, Notes, ShortName, Text
from domain.people.locations import LocationNotFound, LocationProfile
from domain.people.users import FullName


@dataclass(frozen=True, slots=True)
class NewAttendee:
    """An attendee. Given fields are of that day and replace those of the profile.

    A name is taken only where the profile has none.
    """

    user_id: UUID
    full_name: FullName | None = None
    job_title: ShortName | None = None
    department: ShortName | None = None
    location: ShortName | None = None


@dataclass(frozen=True, slots=True)
class RecordSession(Command[SessionView]):
    """Record a classroom session of a module that was published by then.

    The day of the training is that of `ends_at` at the location, if `location_id` names it. Otherwise it is that of the
    offset that `ends_at` is given with: `2026-01-15T20:30:00-06:00` is January 15. `location` says in words where it
    was held; without it, it is the name that the location had then.
    """

    module_id: UUID
    starts_at: datetime
    ends_at: datetime
    trainers: Trainers
    attendees: Annotated[tuple[NewAttendee, ...], Items(500, min=1)]
    location: Annotated[str, Text(200, min=0)] = ""
    summary: Notes = ""
    location_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Attendance(PortSet):
    """Where a session was held, and who attended it."""

    staff: Staff
    locations: LocationHistories
    ids: Ids

    async def place(self, location_id: UUID, moment: datetime) -> LocationProfile:
        """Where it was held, as the location was at this moment. Raises InvalidValue."""
        try:
            return (await self.locations.of(location_id, self.ids.new, alone=False)).at(moment)
        except LocationNotFound:
            raise InvalidValue("is not a location; GET /v1/locations lists them", "location_id") from None

    async def people(self, command: RecordSession, oversight: Oversight) -> list[Person]:
        """Each attendee as of that day. Raises InvalidValue for a user who does not exist or is out of scope."""
        found, people = await self.staff.many([each.user_id for each in command.attendees]), list[Person]()
        for index, each in enumerate(command.attendees):
            if each.user_id == oversight.decided_by:
                raise InvalidValue(
                    "is yourself; somebody else must record your attendance", "attendees", index, "user_id"
                )
            user = found.get(each.user_id)
            # A merged user is within the scope of everyone only; the refusal names the user that stays.
            if user is None or not oversight.covers(user.id, None if user.merged_into else user.department):
                raise InvalidValue("is not a user whose attendance you may record", "attendees", index, "user_id")
            try:
                person = Person.attending(
                    user,
                    command.starts_at,
                    full_name=each.full_name,
                    job_title=each.job_title,
                    department=each.department,
                    location=each.location,
                )
            except InvalidValue as error:
                raise InvalidValue(str(error), "attendees", index, *error.field) from None
            people.append(person)
        return people


@handles(RecordSession, allow=overseers, raises=(ModuleNotFound, ModuleNotPublished, RecordedBefore, SessionIncomplete))
async def record_session(
    command: RecordSession,
    actor: Actor,
    modules: Modules,
    versions: Versions,
    attendance: Attendance,
    sessions: Sessions,
    ids: Ids,
    clock: Clock,
) -> SessionView:
    """Managers (for their departments), compliance officers and administrators record a session that was held.

    Nobody records their own attendance. A session teaches the version offered at the time. The same session
    is recorded once: somebody who has a record of it already is refused.

    Each attendee gets a record and a certificate. Where the module cites 29 CFR 1910.1030, a session without
    contents, the trainers' qualifications, or the attendees' names and job titles is refused.
    """
    offer = require_visible(await modules.offer(command.module_id), actor)
    publications = await versions.publications(command.module_id)
    place = None if command.location_id is None else await attendance.place(command.location_id, command.ends_at)
    days = days_of(command.ends_at, None if place is None else place.time_zone)
    number = version_taught(offer, publications, command.ends_at, days.day_of)
    version = await versions.get(command.module_id, number)
    session = ClassroomSession.hold(
        ids.new(),
        version,
        starts_at=command.starts_at,
        ends_at=command.ends_at,
        location=command.location or (place.name if place else ""),
        summary=command.summary,
        trainers=command.trainers,
        attendees=await attendance.people(command, oversight_of(actor)),
        recorded_by=actor.id,
        now=clock.now(),
        location_id=command.location_id,
        days=days,
    )
    await sessions.add(session)
    return SessionView.of(session)
