"""Situations in which people change, or who may do what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

from application.evidence.credentials.commands import SubmitCredential
from application.people.roster import ImportRoster
from application.people.sign_ins.accounts import EndAccount, FollowAccount
from application.people.sign_ins.linking import ConfirmSignIn, EndSignIn, LinkSignIn, UnlinkSignIn
from application.people.sign_ins.signing_in import SignIn
from application.people.users.commands import DeactivateUsers, EditUser, RegisterUser
from application.people.users.demonstration import MarkDemonstration
from application.people.users.roles import GrantRole
from application.privacy.personal_data import EraseUser
from domain.kernel.roles import Role
from domain.people.roster_mapping import AS_WRITTEN
from domain.people.sign_ins import LinkReason
from situations import Sent, situation
from situations.stage import NAME, OFFICER, SYSTEM, TELLTALE, Stage, email_of

ACCOUNT = UUID(int=7_001)


class Rows:
    """A roster of these lines."""

    mapping = AS_WRITTEN

    def __init__(self, *rows: dict[str, str]) -> None:
        self.rows = rows

    def lines(self) -> Iterator[tuple[int, dict[str, str] | str]]:
        return enumerate(self.rows, start=2)


@situation(RegisterUser)
async def somebody_new(stage: Stage) -> Sent:
    known = {TELLTALE: TELLTALE}
    command = RegisterUser(
        email_of("eva"), NAME, TELLTALE, TELLTALE, TELLTALE, None, Role.MANAGER, known, (TELLTALE,), "E-1"
    )
    return command, OFFICER


@situation(EditUser)
async def another_name(stage: Stage) -> Sent:
    changes = {
        "full_name": f"Eva {NAME}",
        "email": email_of("eva"),
        "employee_id": "E-1",
        "profile_metadata": {TELLTALE: TELLTALE},
    }
    return EditUser(await stage.person(), **changes), OFFICER  # type: ignore[arg-type]  # each as it must be


@situation(EditUser)
async def another_role(stage: Stage) -> Sent:
    return EditUser(await stage.person(), role=Role.MANAGER, managed_departments=(TELLTALE,)), OFFICER


@situation(EditUser)
async def a_role_that_makes_the_sign_in_wait(stage: Stage) -> Sent:
    await stage.do(SignIn(stage.identity()))
    return EditUser(await stage.somebody(), role=Role.AUTHOR), OFFICER


@situation(EditUser)
async def somebody_who_leaves(stage: Stage) -> Sent:
    return EditUser(await stage.person(), is_active=False), OFFICER


@situation(EditUser)
async def somebody_who_returns(stage: Stage) -> Sent:
    user_id = await stage.person()
    await stage.do(DeactivateUsers((user_id,)))
    return EditUser(user_id, is_active=True), OFFICER


@situation(DeactivateUsers)
async def several_who_leave(stage: Stage) -> Sent:
    gone = await stage.person("cy")
    await stage.do(DeactivateUsers((gone,)))
    return DeactivateUsers((await stage.person(), await stage.person("ben"), gone)), OFFICER


@situation(ImportRoster)
async def a_roster_with_somebody_new_and_somebody_changed(stage: Stage) -> Sent:
    await stage.person()
    await stage.person("ben")
    new = {"email": email_of("eva"), "full_name": NAME, "badge": TELLTALE}
    changed, same = {"email": email_of("ana"), "location": "Austin"}, {"email": email_of("ben")}
    return ImportRoster(Rows(new, changed, same)), OFFICER


@situation(ImportRoster)
async def a_roster_that_gives_an_address_to_somebody_else(stage: Stage) -> Sent:
    await stage.do(SignIn(stage.identity()))
    line = {"email": email_of("ana"), "full_name": f"Eva {TELLTALE}", "hired_on": date(2026, 12, 1).isoformat()}
    return ImportRoster(Rows(line), new_person=(email_of("ana"),)), OFFICER


@situation(ImportRoster)
async def a_roster_that_no_longer_lists_somebody(stage: Stage) -> Sent:
    lines = [{"email": email_of(f"p{n}"), "full_name": NAME} for n in range(10)]
    await stage.do(ImportRoster(Rows(*lines)))
    return ImportRoster(Rows(*lines[1:]), deactivate_missing=True), OFFICER


@situation(EraseUser)
async def somebody_who_wants_to_be_forgotten(stage: Stage) -> Sent:
    """With an attempt that is open and has an answer in words, and a credential that waits for verification."""
    course, user_id = await stage.enrolled()
    attempt_id = await stage.attempt(course, user_id)
    await stage.answer(course, user_id, attempt_id)
    await stage.do(SubmitCredential(user_id, "bls", TELLTALE, stage.now().date(), number=TELLTALE))
    await stage.do(GrantRole(email_of("ana"), Role.AUTHOR, (), ACCOUNT))
    return EraseUser(user_id), OFFICER


@situation(LinkSignIn)
async def a_sign_in_that_an_administrator_links(stage: Stage) -> Sent:
    """Replaces another sign-in."""
    user_id = await stage.person()
    await stage.do(LinkSignIn(user_id, UUID(stage.subject(2)), LinkReason.CONFIRMED))
    return LinkSignIn(user_id, ACCOUNT, LinkReason.NEW_ACCOUNT, TELLTALE), OFFICER


@situation(UnlinkSignIn)
async def a_sign_in_that_an_administrator_ends(stage: Stage) -> Sent:
    user_id = await stage.person()
    await stage.do(LinkSignIn(user_id, ACCOUNT, LinkReason.CONFIRMED))
    return UnlinkSignIn(user_id, LinkReason.COMPROMISED, TELLTALE), OFFICER


@situation(GrantRole)
async def a_role_for_somebody_new(stage: Stage) -> Sent:
    return GrantRole(email_of("eva"), Role.MANAGER, (TELLTALE,), ACCOUNT), SYSTEM


@situation(GrantRole)
async def a_role_for_somebody_known(stage: Stage) -> Sent:
    await stage.person()
    return GrantRole(email_of("ana"), Role.ADMIN), SYSTEM


@situation(SignIn)
async def somebody_nobody_knows_signs_in(stage: Stage) -> Sent:
    return SignIn(stage.identity()), SYSTEM


@situation(SignIn)
async def somebody_on_the_roster_signs_in(stage: Stage) -> Sent:
    await stage.person()
    return SignIn(stage.identity()), SYSTEM


@situation(SignIn)
async def a_manager_signs_in_for_the_first_time(stage: Stage) -> Sent:
    await stage.person(role=Role.MANAGER)
    return SignIn(stage.identity()), SYSTEM


@situation(SignIn)
async def the_next_day(stage: Stage) -> Sent:
    await stage.do(SignIn(stage.identity()))
    stage.clock.advance(timedelta(days=1))
    return SignIn(stage.identity()), SYSTEM


@situation(SignIn)
async def another_address(stage: Stage) -> Sent:
    await stage.do(SignIn(stage.identity()))
    stage.clock.advance(timedelta(minutes=1))
    return SignIn(stage.identity("eva")), SYSTEM


@situation(FollowAccount)
async def an_account_nobody_knows(stage: Stage) -> Sent:
    return FollowAccount(stage.account()), SYSTEM


@situation(FollowAccount)
async def an_account_of_somebody_on_the_roster(stage: Stage) -> Sent:
    await stage.person()
    return FollowAccount(stage.account()), SYSTEM


@situation(FollowAccount)
async def an_account_of_a_manager(stage: Stage) -> Sent:
    await stage.person(role=Role.MANAGER)
    return FollowAccount(stage.account()), SYSTEM


@situation(FollowAccount)
async def an_account_with_another_address(stage: Stage) -> Sent:
    await stage.do(FollowAccount(stage.account()))
    stage.clock.advance(timedelta(days=1))
    return FollowAccount(stage.account("eva")), SYSTEM


@situation(FollowAccount)
async def an_account_that_was_restored(stage: Stage) -> Sent:
    await stage.do(FollowAccount(stage.account()))
    await stage.do(EndAccount(stage.subject()))
    await stage.do(EditUser(await stage.somebody(), is_active=True))
    stage.clock.advance(timedelta(days=1))
    return FollowAccount(stage.account()), SYSTEM


@situation(EndAccount)
async def an_account_that_is_gone(stage: Stage) -> Sent:
    await stage.do(FollowAccount(stage.account()))
    return EndAccount(stage.subject()), SYSTEM


@situation(EndAccount)
async def an_account_that_waited_and_is_gone(stage: Stage) -> Sent:
    await stage.person(role=Role.MANAGER)
    await stage.do(FollowAccount(stage.account()))
    return EndAccount(stage.subject()), SYSTEM


@situation(ConfirmSignIn)
async def a_sign_in_that_waits(stage: Stage) -> Sent:
    await stage.person(role=Role.ADMIN)
    await stage.do(SignIn(stage.identity()))
    return ConfirmSignIn(email_of("ana")), SYSTEM


@situation(EndSignIn)
async def a_sign_in_that_an_operator_ends(stage: Stage) -> Sent:
    await stage.do(SignIn(stage.identity()))
    return EndSignIn(email_of("ana"), LinkReason.OTHER), SYSTEM


@situation(MarkDemonstration)
async def people_who_do_not_exist(stage: Stage) -> Sent:
    await stage.person()
    for name in ("ben", "cy"):
        await stage.do(RegisterUser(f"{name}.{TELLTALE}@office.example"))
    return MarkDemonstration(), SYSTEM
