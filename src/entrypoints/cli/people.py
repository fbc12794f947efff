"""The commands about people: development tokens, roles and sign-ins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from entrypoints.cli.with_service import with_service

if TYPE_CHECKING:
    from uuid import UUID


@click.command("grant-role")
@click.argument("person")
@click.argument("role", type=click.Choice(["authenticated", "author", "manager", "compliance", "admin"]))
@click.option("--department", "departments", multiple=True, help="A department that a manager manages; repeatable.")
@click.option("--subject", type=click.UUID, help="The person's account in Supabase, whose sign-in this confirms.")
def grant_role(person: str, role: str, departments: tuple[str, ...], subject: UUID | None) -> None:
    """Give a person a role. This makes the first administrator.

    PERSON is an e-mail address or an employee id. Somebody with a new address is registered.

    A sign-in that was linked by its address alone waits for `link-sign-in` when its person may now do more than learn.

    \b
    Examples:
      unified-dental grant-role ana@example.com admin
      unified-dental grant-role bo@example.com manager --department Hygiene --department Assisting
    """
    from application.kernel.access import Actor
    from application.people.users.roles import GrantRole
    from domain.kernel.roles import Role

    if role == "manager" and not departments:
        raise click.ClickException("A manager manages departments: add --department NAME, once for each.")
    if role != "manager" and departments:
        raise click.ClickException(
            f"--department is for managers, and {person} would be {role}: leave it out, or grant the role manager."
        )
    command = GrantRole(person, Role(role), departments, subject)
    granted = with_service(lambda service: service.bus.execute(command, Actor.system()))
    click.echo(f"{command.person} is now {role}{', and new here' if granted.is_new else ''}.")
    for unknown in granted.unknown_departments:
        click.echo(f"Warning: nobody works in the department {unknown}.", err=True)
    if granted.sign_in_waits:
        click.echo(f"The sign-in of {command.person} waits until link-sign-in confirms it.", err=True)


@click.command()
@click.argument("email")
@click.option("--second-factor", is_flag=True, help="As if a second factor had been used.")
def token(email: str, second_factor: bool) -> None:
    """Print an access token for development, valid for an hour. Refused in production and with Supabase set up.

    It is signed with a key in a file of the working directory, which the service must share: start both in the same
    folder. Standard error shows where the file is, and what it is for.

    \b
    Example:
      curl -H "Authorization: Bearer $(unified-dental token ana@example.com)" http://127.0.0.1:8000/v1/users/me
    """
    from application.people.sign_ins.identity import address_of
    from entrypoints.bootstrap import development_subject, development_tokens
    from entrypoints.development import DEVELOPMENT_KEY
    from entrypoints.settings import load

    if address_of(email) is None:
        raise click.BadParameter("it must be an e-mail address such as ana@example.com", param_hint="EMAIL")
    click.echo(development_tokens(load()).issue(email, development_subject(email), second_factor=second_factor))
    click.echo(
        f"The key of this token: {DEVELOPMENT_KEY.resolve()}. Services started in this folder accept what it signs; "
        "anybody who can read it can act as any person.",
        err=True,
    )


REASON = click.option(
    "--reason",
    type=click.Choice(["confirmed", "new-account", "pilot-ended", "wrong-person", "compromised", "other"]),
    default="confirmed",
    show_default=True,
    help="The reason, which is stored in the outbox.",
)


@click.command("link-sign-in")
@click.argument("person")
@click.option(
    "--subject", type=click.UUID, help="The account's id in Supabase; by default that of the waiting sign-in."
)
@REASON
def link_sign_in(person: str, subject: UUID | None, reason: str) -> None:
    """Confirm that a sign-in belongs to a person, or replace another one.

    PERSON is an e-mail address or an employee id. Somebody without an address signs in only with an account that is
    linked.

    Somebody who may do more than learn is not linked by e-mail alone: the first sign-in waits until an administrator,
    or this command, confirms it. The first administrator signs in once, is refused, and is confirmed here.

    \b
    Examples:
      unified-dental link-sign-in ana@example.com
      unified-dental link-sign-in E-10472 --subject 8f14e45f-ceea-467f-9c1b-6a2f5d6e0b11 --reason new-account
    """
    from application.kernel.access import Actor
    from application.people.sign_ins.linking import ConfirmSignIn
    from domain.people.sign_ins import LinkReason

    command = ConfirmSignIn(person, subject, LinkReason(reason))
    linked = with_service(lambda service: service.bus.execute(command, Actor.system()))
    click.echo(f"{person} signs in with {linked} from now on.")


@click.command("unlink-sign-in")
@click.argument("person")
@REASON
def unlink_sign_in(person: str, reason: str) -> None:
    """End a person's sign-in, and decline one that waits. The same account is not linked again by its address.

    PERSON is an e-mail address or an employee id.

    \b
    Example:
      unified-dental unlink-sign-in ana@example.com --reason compromised
    """
    from application.kernel.access import Actor
    from application.people.sign_ins.linking import EndSignIn
    from domain.people.sign_ins import LinkReason

    with_service(lambda service: service.bus.execute(EndSignIn(person, LinkReason(reason)), Actor.system()))
    click.echo(f"{person} has no sign-in any more.")


@click.command("merge-user")
@click.argument("duplicate")
@click.argument("into")
@click.option("--reason", required=True, help="Why they are one person. It is stored with the merge.")
@click.option(
    "--different-employee-ids", is_flag=True, help="Both employee ids are of the same person. That of INTO stays."
)
@click.option("--preview", is_flag=True, help="Show what would happen and what stands against it. Change nothing.")
def merge_user(duplicate: str, into: str, reason: str, different_employee_ids: bool, preview: bool) -> None:
    """Merge a user, the DUPLICATE, into another who is the same person and stays: INTO.

    Each is an e-mail address, an employee id, or the id of a user.

    Records, certificates and attempts of the duplicate are not changed, and count for the user who stays. The duplicate
    becomes inactive and loses its rights. Its sign-in is handed over if INTO has none. Safe to repeat.

    \b
    Examples:
      unified-dental merge-user a.ruiz@example.com ana@example.com --reason "Hired twice by mistake" --preview
      unified-dental merge-user a.ruiz@example.com ana@example.com --reason "Hired twice by mistake"
      unified-dental merge-user E-10472 E-20981 --reason "Rehired" --different-employee-ids
    """
    from entrypoints.cli.merging import merge_user as run

    obstacles = with_service(
        lambda service: run(
            service,
            duplicate,
            into,
            reason,
            click.echo,
            different_employee_ids=different_employee_ids,
            preview=preview,
        )
    )
    if obstacles:
        raise click.ClickException(" ".join(obstacles))


@click.command("sync-users")
@click.option("--dry-run", is_flag=True, help="Show what would be done, and change nothing.")
@click.option("--force", is_flag=True, help="Deactivate people even if they are more than LEAVERS_LIMIT_PERCENT.")
def sync_users(dry_run: bool, force: bool) -> None:
    """Reconcile the users with the accounts of Supabase Auth.

    Accounts with a confirmed address become users or are linked to them, addresses and last sign-ins are brought up to
    date, and users whose account was deleted are deactivated, never deleted. If these are more than 10 percent of those
    who have accounts (LEAVERS_LIMIT_PERCENT), nobody is deactivated without --force.

    \b
    Examples:
      unified-dental sync-users --dry-run
      unified-dental sync-users
    """
    from entrypoints.bootstrap import admin_of
    from entrypoints.cli.syncing import sync_users as run

    with_service(lambda service: run(service, admin_of(service.settings), dry_run, click.echo, force=force))
