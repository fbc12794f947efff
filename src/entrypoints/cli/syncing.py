"""Reconciling users with the accounts of Supabase Auth, from the command line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from application.kernel.access import Actor
from application.people.sign_ins.accounts import Directory, EndAccount, FollowAccount, Followed, LinkedAccounts
from application.people.sign_ins.signing_in import retry_on_conflict
from domain.people.leavers import LeaverLimit
from entrypoints.bootstrap import AdminUnavailable, Service
from entrypoints.settings import ConfigurationError

SAID_APART = (Followed.WAITING, Followed.WITHDRAWN, Followed.KEPT)


async def sync_users(
    service: Service, directory: Directory, dry_run: bool, say: Callable[[str], None], *, force: bool = False
) -> None:
    """Follow every account, then deactivate the users whose account was deleted.

    Raises ConfigurationError when the accounts cannot be trusted to be all of the right project; then nobody is
    deactivated, and neither if they are more than the limit allows, unless by `force`: TooManyLeavers.
    """
    limit = LeaverLimit(service.settings.leavers_limit_percent)
    outcomes: Counter[Followed] = Counter()
    # Read before the accounts, so that somebody who signs up meanwhile is not taken for deleted.
    linked = await _linked(service)
    there: set[str] = set()
    columns = (SpinnerColumn(), TextColumn("{task.description}: {task.completed}"), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Accounts", total=None)
        try:
            async for account in directory.accounts():
                there.add(account.subject)
                outcomes[await retry_on_conflict(service.bus, FollowAccount(account, dry_run))] += 1
                progress.advance(task)
            missing = linked - there
            if linked and missing == linked:
                raise AdminUnavailable(
                    f"None of the {len(linked)} people who sign in here has an account there; check SUPABASE_URL"
                )
            task = progress.add_task("Missing accounts", total=len(missing))
            # The list may have skipped an account while others were deleted.
            gone = [subject for subject in sorted(missing) if not await directory.has(subject)]
        except AdminUnavailable as error:
            raise ConfigurationError(f"{error}. Nobody was deactivated") from None
        refusal = None if force else limit.refusal(await _leaving(service, gone), len(linked))
        if refusal and not dry_run:
            raise refusal
        for subject in gone:
            outcomes[await retry_on_conflict(service.bus, EndAccount(subject, dry_run))] += 1
            progress.advance(task)
    if waiting := outcomes[Followed.WAITING]:
        say(f"{waiting} sign-ins of people who may do more than learn wait for an administrator, or for link-sign-in.")
    if withdrawn := outcomes[Followed.WITHDRAWN]:
        say(f"{withdrawn} sign-ins that waited for an administrator are gone with their accounts.")
    if outcomes[Followed.KEPT]:
        say("The account of the last active administrator is gone. Make somebody else an administrator: grant-role.")
    say(
        ", ".join(f"{outcomes[outcome]} {outcome}" for outcome in Followed if outcome not in SAID_APART)
        + (" (dry run)." if dry_run else ".")
    )
    if refusal:
        say(f"Without --force nobody would be deactivated: {refusal}.")


async def _leaving(service: Service, gone: list[str]) -> int:
    """How many people would be deactivated because these accounts are gone."""
    return [await service.bus.execute(EndAccount(subject, dry_run=True), Actor.system()) for subject in gone].count(
        Followed.DEACTIVATED
    )


async def _linked(service: Service) -> set[str]:
    """The subjects of all active users that have a sign-in, and of those that wait."""
    linked: set[str] = set()
    after = ""
    while subjects := await service.bus.ask(LinkedAccounts(after), Actor.system()):
        linked.update(subjects)
        after = subjects[-1]
    return linked
