"""Leaves and last days of work in a roster: they are recorded with their days, and carried out on their day."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.memory.people.histories import EMPLOYMENT
from application.kernel.access import Actor, KeyRights
from application.people.histories.reprojecting import ReprojectUsers
from application.people.users.commands import DeactivateUsers
from domain.kernel.key_scopes import KeyScope
from domain.kernel.roles import Role
from domain.people.facts import FactSource
from domain.people.leavers import TooManyLeavers
from domain.people.roster import FieldChange, LineOutcome, RosterRejected
from kit.examples import uid
from worlds.roster_office import HIRED, OTHERS, Office, ana, changes, on, the_import, unchanged


@pytest.fixture
async def office() -> Office:
    office = Office()
    await office.takes(ana(), *OTHERS)
    return office


async def test_the_last_day_of_work_is_the_day_before_the_first_one_away(office: Office) -> None:
    line = ana(terminated_on=on(0))
    assert changes(await office.takes(line, dry_run=True)) == [("terminated_on", None, on(0))]
    done = await office.takes(line)
    assert (done.updated, done.deactivated, office.person().is_active) == (1, 0, True)
    assert office.states() == [f"hired {HIRED}", f"left {on(1)}"]
    await unchanged(office, line)


async def test_who_has_left_is_deactivated_from_that_day(office: Office) -> None:
    line = ana(status="Terminated", **{"termination date": on(-10)})
    shown = await office.takes(line, dry_run=True)
    assert (shown.deactivated, shown.lines[0].outcome) == (1, LineOutcome.DEACTIVATED)
    assert shown.lines[0].changes[-2:] == (
        FieldChange("terminated_on", None, on(-10)),
        FieldChange("is_active", "true", "false"),
    )
    assert office.person().is_active
    done = await office.takes(line)
    assert (done.deactivated, done.inactive, office.person().is_active) == (1, [], False)
    assert office.states() == [f"hired {HIRED}", f"left {on(-9)}"]
    assert "UsersDeactivated" in office.written
    facts = office.store.table(EMPLOYMENT).rows()
    assert {each.source for each in facts} == {FactSource.ROSTER}
    await unchanged(office, line)


async def test_what_is_planned_changes_nothing_today_and_is_carried_out_on_its_day(office: Office) -> None:
    version = office.person().version
    done = await office.takes(ana(terminated_on=on(5)))
    assert (done.deactivated, office.person().is_active) == (0, True)
    assert (office.person().version, (await office.does(ReprojectUsers())).differences) == (version + 1, [])
    office.clock.advance(timedelta(days=5))
    assert (await office.does(ReprojectUsers())).differences == []
    office.clock.advance(timedelta(days=1))
    assert [each.field for each in (await office.does(ReprojectUsers())).differences] == ["is_active"]
    assert not office.person().is_active


@pytest.mark.parametrize("status", ["", "Terminated"])
async def test_somebody_new_who_has_left_is_never_active(office: Office, status: str) -> None:
    bo = {"email": "bo@x.org", "full_name": "Bo", "hire date": HIRED, "terminated_on": on(-1), "status": status}
    done = await office.takes(ana(), bo)
    assert (done.created, office.person("bo@x.org").is_active) == (1, False)
    assert office.states("bo@x.org") == [f"hired {HIRED}", f"left {on(0)}"]
    await unchanged(office, ana(), bo)


async def test_a_leave_is_recorded_and_may_be_extended(office: Office) -> None:
    line = ana(leave_from=on(-3), leave_until=on(9), status="On leave")
    assert changes(await office.takes(line, dry_run=True))[-2:] == [
        ("leave_from", None, on(-3)),
        ("leave_until", None, on(9)),
    ]
    await office.takes(line)
    assert office.states() == [f"hired {HIRED}", f"on_leave {on(-3)}", f"returned {on(10)}"]
    assert office.person().is_active
    await unchanged(office, line)
    longer = ana(leave_from=on(-3), leave_until=on(20), status="On leave")
    assert changes(await office.takes(longer, dry_run=True)) == [("leave_until", on(9), on(20))]
    await office.takes(longer)
    assert office.states()[-1] == f"returned {on(21)}"
    await unchanged(office, longer)
    await unchanged(office, ana(leave_from=on(-3), status="On leave"))


async def test_an_open_leave_ends_when_its_last_day_is_known(office: Office) -> None:
    await office.takes(ana(leave_from=on(-30), status="LOA"))
    await office.takes(ana(leave_until=on(-1)))
    assert office.states() == [f"hired {HIRED}", f"on_leave {on(-30)}", f"returned {on(0)}"]
    await unchanged(office, ana(leave_until=on(-1)))


async def test_a_leave_goes_on_until_the_employment_ends(office: Office) -> None:
    line = ana(leave_from=on(-3), leave_until=on(30), terminated_on=on(10), status="On leave")
    await office.takes(line)
    assert office.states() == [f"hired {HIRED}", f"on_leave {on(-3)}", f"left {on(11)}"]
    await unchanged(office, line)


async def test_who_left_and_was_hired_again_has_both(office: Office) -> None:
    line = ana(terminated_on=on(-100), rehired_on=on(-50), status="Active")
    done = await office.takes(line)
    assert (done.updated, office.person().is_active, str(office.person().hired_on)) == (1, True, on(-50))
    assert office.states() == [f"hired {HIRED}", f"left {on(-99)}", f"rehired {on(-50)}"]
    await unchanged(office, line)
    bo = {**line, "email": "bo@x.org"}
    await office.takes(line, bo)
    assert office.states("bo@x.org") == office.states()
    await unchanged(office, line, bo)


async def test_a_last_day_just_before_the_known_rehire_is_refused_each_time(office: Office) -> None:
    """It was taken once for the end of the employment that begins then, and refused the next time."""
    await office.takes(ana(terminated_on=on(-30), rehired_on=on(-5)))
    states = [f"hired {HIRED}", f"left {on(-29)}", f"rehired {on(-5)}"]
    assert (office.states(), office.person().is_active) == (states, True)
    for _ in range(2):
        ((column, message),) = await office.refuses(ana(hired="", terminated_on=on(-6)))
        assert (column, message.partition(": ")[2]) == (
            "terminated_on",
            "left from February 25, 2026, but rehired from February 25, 2026, without a day in between. Correct one of "
            "the two days",
        )
    assert (office.states(), office.person().is_active) == (states, True)


async def test_who_stays_deactivated_keeps_the_employment_that_is_known(office: Office) -> None:
    """The hire became a later one once, as if the person had not worked here before."""
    await office.takes(ana(terminated_on=on(-30)))
    office.clock.advance(timedelta(days=1))
    for cells in ({"rehired_on": on(-5)}, {"hired": on(-5)}):
        done = await office.takes(ana(**cells))
        assert ([each.line for each in done.inactive], str(office.person().hired_on)) == ([2], HIRED)
        assert office.states() == [f"hired {HIRED}", f"left {on(-29)}"]
    await office.takes(ana(hired="2019-12-01"))
    assert office.states() == ["hired 2019-12-01", f"left {on(-29)}"], "a correction"
    again = ana(hired=on(-10), terminated_on=on(-5))
    await office.takes(again)
    assert office.states()[1:] == [f"left {on(-29)}", f"rehired {on(-10)}", f"left {on(-4)}"]
    await unchanged(office, again)


async def test_a_planned_rehire_is_recorded(office: Office) -> None:
    line = ana(terminated_on=on(-100), rehired_on=on(50))
    done = await office.takes(line)
    assert (done.deactivated, office.person().is_active) == (1, False)
    assert office.states() == [f"hired {HIRED}", f"left {on(-99)}", f"rehired {on(50)}"]
    await office.takes(line)
    assert office.states() == [f"hired {HIRED}", f"left {on(-99)}", f"rehired {on(50)}"]


async def test_the_day_of_a_deactivation_is_corrected_and_nobody_is_revived_by_a_last_day(office: Office) -> None:
    await office.does(DeactivateUsers((office.person().id,)))
    await office.takes(ana(terminated_on=on(-20), status="Terminated"))
    assert office.states() == [f"hired {HIRED}", f"left {on(-19)}"]
    done = await office.takes(ana(terminated_on=on(20)))
    assert ([each.line for each in done.inactive], office.person().is_active) == ([2], False)
    assert office.states() == [f"hired {HIRED}", f"left {on(-19)}"]


BAD = [
    (ana(terminated_on="2019-12-31"), "terminated_on", "is 2019-12-31, before the day of hire, 2020-01-01"),
    (ana("", terminated_on="2019-12-31"), "terminated_on", "is 2019-12-31, before the day of hire that is known"),
    (ana("", leave_from="2019-12-31"), "leave_from", "is 2019-12-31, before the day of hire that is known"),
    (ana(leave_from=on(5), leave_until=on(4)), "leave_until", f"is {on(4)}, before the leave begins on {on(5)}"),
    (ana(leave_until=on(4)), "leave_until", "does not fit what is known of the person: no leave is known"),
    (ana(leave_from=on(5), terminated_on=on(4)), "leave_from", f"is {on(5)}, after the last day of work, {on(4)}"),
    (ana(rehired_on=on(-9), terminated_on=on(4)), "rehired_on", f"is {on(-9)}, before the last day of work, {on(4)}"),
    (ana(terminated_on=on(-4), status="Active"), "terminated_on", f"is {on(-4)}, which has passed, and the status"),
    (ana(terminated_on="9999-12-31"), "terminated_on", "is 9999-12-31, which HR systems write for an open end"),
    (ana(leave_from=on(5), leave_until="2099-12-31"), "leave_until", "is 2099-12-31, which HR systems write"),
    (ana(terminated_on="soon"), "terminated_on", "must be a date"),
    (ana(terminated_on="0026-01-01"), "terminated_on", "must"),
]


@pytest.mark.parametrize(("line", "column", "told"), BAD)
async def test_mistakes_name_their_column(office: Office, line: dict[str, str], column: str, told: str) -> None:
    ((found, message),) = await office.refuses(line)
    assert (found, message[: len(told)]) == (column, told)


@pytest.mark.parametrize(("first", "last"), [(-5, 5), (-20, -10), (-20, None), (-9, -8), (5, 20)])
async def test_overlapping_leaves_are_refused(office: Office, first: int, last: int | None) -> None:
    await office.takes(ana(leave_from=on(-10), leave_until=on(10)))
    cells = {"leave_from": on(first)} | ({"leave_until": on(last)} if last is not None else {})
    ((column, message),) = await office.refuses(ana(**cells))
    assert column == "leave_from"
    assert "overlaps the leave" in message


async def test_administrators_and_oneself_do_not_leave_by_a_roster(office: Office) -> None:
    line = ana(terminated_on=on(5))
    office.person().role = Role.ADMIN
    ((_, message),) = await office.refuses(line)
    assert message.startswith("would end the employment of an administrator")
    with pytest.raises(RosterRejected) as refused:
        await office.bus.execute(the_import(line), Actor(office.person().id, Role.ADMIN))
    assert refused.value.problems[0].message.startswith("is about you")


async def test_a_service_account_plans_no_return_of_somebody_with_rights(office: Office) -> None:
    await office.takes(ana(terminated_on=on(-100)))
    office.person().role = Role.MANAGER
    key = Actor.machine(KeyRights(uid(7), frozenset({KeyScope.PEOPLE_WRITE})))
    line = ana(terminated_on=on(-100), rehired_on=on(5))
    with pytest.raises(RosterRejected) as refused:
        await office.bus.execute(the_import(line), key)
    assert refused.value.problems[0].column == "rehired_on"
    assert (await office.takes(line)).problems == []


async def test_last_days_count_for_the_limit(office: Office) -> None:
    leaving = [{**each, "terminated_on": on(n - 1)} for n, each in enumerate(OTHERS)]
    shown = await office.takes(*leaving[:3], dry_run=True)
    assert str(shown.would_refuse).startswith("3 of 25 active people")
    with pytest.raises(TooManyLeavers):
        await office.takes(*leaving[:3])
    assert (await office.takes(*leaving[:2])).deactivated == 1
    assert (await office.takes(*leaving[:9], force=True)).updated == 7


async def test_the_import_carries_out_what_was_planned_before(office: Office) -> None:
    await office.takes(ana(terminated_on=on(0)))
    office.clock.advance(timedelta(days=1))
    done = await office.takes(ana(terminated_on=on(0), badge="7"))
    assert (done.updated, done.deactivated, office.person().is_active) == (1, 0, False)
    assert office.states() == [f"hired {HIRED}", f"left {on(1)}"]


async def test_a_rehire_to_come_does_not_hide_that_somebody_worked_here_before(office: Office) -> None:
    bea = {"email": "bea@x.org", "full_name": "Bea", "terminated_on": on(-400), "rehired_on": on(1)}
    bea["leave_from"] = on(3)
    await office.takes(bea)
    assert office.states("bea@x.org") == [f"left {on(-399)}", f"rehired {on(1)}", f"on_leave {on(3)}"]
    done = await office.takes(bea)
    assert (done.unchanged, done.problems, len(office.states("bea@x.org"))) == (1, [], 3)


async def test_a_last_day_to_come_does_not_move_the_leaving_of_somebody_deactivated(office: Office) -> None:
    await office.does(DeactivateUsers((office.person().id,)))
    line = ana(terminated_on=on(0), rehired_on=on(400))
    await office.takes(line)
    assert office.states() == [f"hired {HIRED}", f"left {on(0)}", f"rehired {on(400)}"]
    assert not office.person().is_active
    await unchanged(office, line)
