"""Moving those who are under way to a new version."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from application.catalogue.modules.obstacles import own_learning
from application.catalogue.ports import Versions
from application.kernel.settling import SettleFirst
from application.kernel.units import Events
from application.learning.settling import SettleEnrollment
from application.learning.under_way import UnderWay
from domain.catalogue.versions import ModuleVersion
from domain.learning.enrollment_events import EnrollmentsMoved


async def prepare_to_move(module_id: UUID, by: UUID | None, under_way: UnderWay, *, now: datetime, today: date) -> None:
    """Let nobody join meanwhile. Raises SettleFirst while time has brought what counts in the version of before.

    Raises OwnTraining where the author would be moved: what is left to do is not for the learner to decide.
    """
    await under_way.close(module_id)
    (await own_learning(by, [module_id], under_way, today)).require_not_moving(module_id)
    if due := await under_way.due(module_id, now):
        raise SettleFirst(*(SettleEnrollment(module_id, user_id) for user_id in due))


async def move_open_enrollments(
    version: ModuleVersion, versions: Versions, under_way: UnderWay, events: Events, *, now: datetime, today: date
) -> None:
    """Pin every enrollment that is not completed to this version; what still counts of the older ones is kept.

    Whom that leaves with nothing to do has completed the module.
    """
    module_id = version.module_id
    for number in await under_way.versions(module_id):
        if number != version.number:
            earlier = await versions.get(module_id, number)
            moved = await under_way.move(module_id, number, version.number, earlier.still_counts(version), now)
            events.record(EnrollmentsMoved(module_id, number, version.number, moved.user_ids, moved.attempt_ids))
    done = await under_way.all_done(module_id, version.number, len(version.sections))
    eligibility = await under_way.finishing(module_id, [each.user_id for each in done], today) if done else {}
    for enrollment in done:
        enrollment.finish(version, eligibility[enrollment.user_id], now=now)
    await under_way.keep(done)
