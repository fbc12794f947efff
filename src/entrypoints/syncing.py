"""Reconciling our users with the accounts of Supabase Auth, at the command line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from application.access import Actor
from application.users.following import EndAccount, FollowAccount, Followed, LinkedAccounts
from entrypoints.bootstrap import AdminUnavailable, Service, admin_of
from entrypoints.settings import ConfigurationError

BATCH = 1_000


async def sync_users(service: Service, dry_run: bool, say: Callable[[str], None]) -> None:
    """Follow every account, then deactivate the users whose account is gone. Raises ConfigurationError."""
    outcomes: Counter[Followed] = Counter()
    there: set[str] = set()
    columns = (SpinnerColumn(), TextColumn("{task.description}: {task.completed}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("Accounts", total=None)
        try:
            async for account in admin_of(service.settings).accounts():
                there.add(account.subject)
                outcomes[await service.bus.execute(FollowAccount(account, dry_run), Actor.system())] += 1
                progress.advance(task)
        except AdminUnavailable as error:
            # Whoever was not listed yet must not be taken for gone.
            raise ConfigurationError(f"{error}. Nobody was deactivated") from None
        task = progress.add_task("Users with a sign-in", total=None)
        after = ""
        while subjects := await service.bus.ask(LinkedAccounts(after, BATCH), Actor.system()):
            for subject in subjects:
                if subject not in there:
                    outcomes[await service.bus.execute(EndAccount(subject, dry_run), Actor.system())] += 1
                progress.advance(task)
            after = subjects[-1]
    say(", ".join(f"{outcomes[outcome]} {outcome}" for outcome in Followed) + (" (dry run)." if dry_run else "."))
