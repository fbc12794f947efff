"""Moving incomplete enrollments to a new version when it is published with that option."""

from __future__ import annotations

from collections.abc import Sequence

from application.catalogue.ports import Versions
from application.kernel.access import Actor
from application.kernel.lists import Present
from application.kernel.ports import Calendar, Clock
from application.kernel.reactions import reacts
from application.kernel.settling import SettleFirst
from application.kernel.units import Events
from application.learning.ports import VersionMove
from application.learning.settling import SettleEnrollment
from domain.catalogue.module_life import ModulePublished
from domain.kernel.aggregate import in_sets
from domain.learning.enrollment_events import EnrollmentsMoved


@reacts(ModulePublished)
async def move_open_enrollments(
    events: Sequence[ModulePublished],
    actor: Actor,
    moving: VersionMove,
    versions: Versions,
    happened: Events,
    clock: Clock,
    calendar: Calendar,
) -> None:
    """Every incomplete enrollment is moved to the version; completed sections that still count are kept.

    Learners with nothing left to do complete the module. Due changes count in the earlier version, and are made first.
    Nobody is enrolled meanwhile, since publishing with a move locks the module.
    """
    now = clock.now()
    for event in events:
        if not event.moves_enrollments:
            continue
        module_id = event.module_id
        if due := await moving.due(module_id, now):
            raise SettleFirst(*(SettleEnrollment(module_id, user_id) for user_id in due))
        version = await versions.get(module_id, event.version_number)
        for number in await moving.versions(module_id):
            if number != version.number:
                earlier = await versions.get(module_id, number)
                moved = await moving.move(module_id, number, version.number, earlier.still_counts(version), now)
                for some in in_sets(moved):
                    happened.record(EnrollmentsMoved(module_id, number, version.number, some))
        done = await moving.all_done(module_id, version.number, len(version.sections))
        people = [each.user_id for each in done]
        eligibility = await moving.finishing(module_id, people, Present.at(now, calendar)) if done else {}
        for enrollment in done:
            enrollment.finish(version, eligibility[enrollment.user_id], now=now)
        await moving.keep(done)
