"""The commands about service accounts and their keys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from entrypoints.cli.with_service import with_service

if TYPE_CHECKING:
    from application.people.service_accounts.commands import ServiceAccountWithKey
    from application.people.service_accounts.queries import ServiceAccountKeyView, ServiceAccountView
    from entrypoints.bootstrap import Service

DAYS = click.option(
    "--days", default=90, show_default=True, type=click.IntRange(1, 366), help="Days that the key is valid."
)
NAME = click.argument("name")


@click.group("service-account")
def service_account() -> None:
    """Manage service accounts: programs that sign in with keys, such as an HR system.

    A key is shown once, when it is made: put it into the program's secret store. The program sends it as
    `Authorization: Bearer udt_...`. docs/access.md says what each scope opens.

    \b
    Examples:
      unified-dental service-account create "HR system" --purpose "Nightly roster" --scope people:write
      unified-dental service-account list
      unified-dental service-account rotate "HR system" --days 90 --overlap-hours 48
    """


@service_account.command()
@NAME
@click.option("--purpose", required=True, help="What it is for, and which department asked for it.")
@click.option("--scope", "scopes", required=True, multiple=True, help="What it may do; repeatable. See docs/access.md.")
@click.option(
    "--department", "departments", multiple=True, help="Limits it to the people of this department; repeatable."
)
@DAYS
def create(name: str, purpose: str, scopes: tuple[str, ...], departments: tuple[str, ...], days: int) -> None:
    """Create a service account and print its key, once.

    \b
    Examples:
      unified-dental service-account create "HR system" --purpose "Nightly roster" --scope people:write
      unified-dental service-account create BI --purpose Dashboards --scope reports:read --scope records:read
      unified-dental service-account create Lab --purpose "Lab's page" --scope enrollments:read --department Lab
    """
    from application.kernel.access import Actor
    from application.people.service_accounts.commands import CreateServiceAccount
    from domain.kernel.key_scopes import KeyScope

    known = [scope.value for scope in KeyScope]
    if unknown := [scope for scope in scopes if scope not in known]:
        raise click.BadParameter(f"{', '.join(unknown)} is none of {', '.join(known)}", param_hint="--scope")
    command = CreateServiceAccount(name, purpose, tuple(map(KeyScope, scopes)), days, departments or None)
    _show_key(with_service(lambda service: service.bus.execute(command, Actor.system())))


@service_account.command("list")
def list_all() -> None:
    """List the service accounts with their keys, newest first. No key is shown.

    \b
    Example:
      unified-dental service-account list
    """

    async def every(service: Service) -> tuple[list[ServiceAccountView], datetime]:
        from application.kernel.access import Actor
        from application.people.service_accounts.queries import ListServiceAccounts

        found, cursor = list[Any](), None
        while True:
            page = await service.bus.ask(ListServiceAccounts(cursor=cursor, limit=200), Actor.system())
            found += page.items
            cursor = page.next
            if cursor is None:
                return found, service.clock.now()

    accounts, now = with_service(every)
    for account in accounts:
        limits = "the whole organization" if account.departments is None else ", ".join(account.departments)
        click.echo(f"{account.name}{'' if account.is_active else ' (disabled)'}: {account.purpose}")
        click.echo(f"  {account.id}, {', '.join(account.scopes)}, for {limits}")
        for key in account.keys:
            click.echo(f"  key {key.id.hex}: {_state(key, now)}")


@service_account.command()
@NAME
@DAYS
@click.option(
    "--overlap-hours",
    default=168,
    show_default=True,
    type=click.IntRange(0, 720),
    help="Hours that the earlier key remains valid; 0 ends it at once.",
)
def rotate(name: str, days: int, overlap_hours: int) -> None:
    """Make another key for a service account and print it, once. The earlier key ends after the overlap.

    \b
    Examples:
      unified-dental service-account rotate "HR system"
      unified-dental service-account rotate "HR system" --overlap-hours 0    # the earlier key has leaked
    """
    from application.people.service_accounts.commands import RotateServiceAccountKey

    _show_key(_change(name, lambda account: RotateServiceAccountKey(account.id, days, overlap_hours)))


@service_account.command()
@NAME
@click.argument("key")
def revoke(name: str, key: str) -> None:
    """End a key at once. KEY is its id as `list` shows it, a part of the key itself.

    \b
    Example:
      unified-dental service-account revoke "HR system" 0190b5f07a1c7cc398c4dc0c0c07398f
    """
    from uuid import UUID

    from application.people.service_accounts.commands import RevokeServiceAccountKey

    try:
        key_id = UUID(key)
    except ValueError:
        raise click.BadParameter("it must be the id of a key, as `list` shows it", param_hint="KEY") from None
    _change(name, lambda account: RevokeServiceAccountKey(account.id, key_id))
    click.echo(f"The key {key_id.hex} of {name} is revoked.")


@service_account.command()
@NAME
def disable(name: str) -> None:
    """Disable a service account: none of its keys is accepted. This can be undone with `enable`.

    \b
    Example:
      unified-dental service-account disable "HR system"
    """
    _set_active(name, False)
    click.echo(f"{name} is disabled.")


@service_account.command()
@NAME
def enable(name: str) -> None:
    """Enable a service account that was disabled. Its keys are accepted again until they expire.

    \b
    Example:
      unified-dental service-account enable "HR system"
    """
    _set_active(name, True)
    click.echo(f"{name} is active.")


def _set_active(name: str, is_active: bool) -> None:
    from application.people.service_accounts.commands import EditServiceAccount

    _change(name, lambda account: EditServiceAccount(account.id, is_active=is_active))


def _change(name: str, command: Callable[[ServiceAccountView], Any]) -> Any:
    """Carry out the command about the service account with this name."""

    async def work(service: Service) -> Any:
        from application.kernel.access import Actor
        from application.people.service_accounts.queries import ListServiceAccounts

        found = (await service.bus.ask(ListServiceAccounts(name=name), Actor.system())).items
        if not found:
            raise click.ClickException(f"There is no service account called {name}; `list` shows all.")
        return await service.bus.execute(command(found[0]), Actor.system())

    return with_service(work)


def _show_key(made: ServiceAccountWithKey) -> None:
    """The key alone goes to standard output, so that it can be piped into a secret store."""
    newest = made.keys[-1]
    click.echo(f"The key of {made.name}, valid until {newest.expires_at:%Y-%m-%d}. It is not shown again:", err=True)
    click.echo(made.key)
    for unknown in made.unknown_departments:
        click.echo(f"Warning: nobody works in the department {unknown}.", err=True)


def _state(key: ServiceAccountKeyView, now: datetime) -> str:
    if key.revoked_at is not None:
        state = f"revoked on {key.revoked_at:%Y-%m-%d}"
    elif key.expires_at <= now:
        state = f"expired on {key.expires_at:%Y-%m-%d}"
    else:
        state = f"valid until {key.expires_at:%Y-%m-%d}"
    used = f"last used on {key.last_used_at:%Y-%m-%d}" if key.last_used_at else "never used"
    return f"{state}, {used}"
