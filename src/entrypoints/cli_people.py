"""The verbs about people: their tokens for development, their roles, their sign-ins."""

from __future__ import annotations

import click

from entrypoints.wired import with_service


@click.command("grant-role")
@click.argument("email")
@click.argument("role", type=click.Choice(["authenticated", "author", "manager", "compliance", "admin"]))
@click.option("--department", "departments", multiple=True, help="A department that a manager manages; repeatable.")
def grant_role(email: str, role: str, departments: tuple[str, ...]) -> None:
    """Give a person a role, the first administrator above all. Registers the person if need be.

    \b
    Examples:
      unified-dental grant-role ana@example.com admin
      unified-dental grant-role bo@example.com manager --department Hygiene --department Assisting
    """
    from application.access import Actor
    from application.users.roles import GrantRole
    from domain.users import Role

    command = GrantRole(email, Role(role), departments)
    granted = with_service(lambda service: service.bus.execute(command, Actor.system()))
    click.echo(f"{command.email} is now {role}{', and new here' if granted.is_new else ''}.")
    for unknown in granted.unknown_departments:
        click.echo(f"Warning: nobody works in the department {unknown}.", err=True)


@click.command()
@click.argument("email")
@click.option("--second-factor", is_flag=True, help="As after signing in with a second factor.")
def token(email: str, second_factor: bool) -> None:
    """Print an access token for development, valid for an hour. Refused in production and with Supabase set up.

    \b
    Example:
      curl -H "Authorization: Bearer $(unified-dental token ana@example.com)" http://127.0.0.1:8000/v1/users/me
    """
    from application.identity import address_of
    from entrypoints.bootstrap import development_subject, development_tokens
    from entrypoints.settings import load

    if address_of(email) is None:
        raise click.BadParameter("it must be an e-mail address such as ana@example.com", param_hint="EMAIL")
    click.echo(development_tokens(load()).issue(email, development_subject(email), second_factor=second_factor))


@click.command("sync-users")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
def sync_users(dry_run: bool) -> None:
    """Reconcile the users with the accounts of Supabase Auth.

    Accounts with a confirmed address become users or are linked to them, addresses and last sign-ins are brought
    up to date, and users whose account is gone are deactivated, never deleted.

    \b
    Examples:
      unified-dental sync-users --dry-run
      unified-dental sync-users
    """
    from entrypoints.bootstrap import admin_of
    from entrypoints.syncing import sync_users as run

    with_service(lambda service: run(service, admin_of(service.settings), dry_run, click.echo))
