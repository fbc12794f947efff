"""The command line, `unified-dental`. What a verb needs is imported when it runs, so that `--help` is quick."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from entrypoints.cli.audit import audit_key, export_audit, seal_audit, verify_audit
from entrypoints.cli.checking import check
from entrypoints.cli.delivering import dead_letters, worker
from entrypoints.cli.failures import expected_failure
from entrypoints.cli.people import grant_role, link_sign_in, merge_user, sync_users, token, unlink_sign_in
from entrypoints.cli.requirement_packs import import_requirements
from entrypoints.cli.resealing import reseal_secrets
from entrypoints.cli.restoring import after_restore
from entrypoints.cli.rosters import import_users
from entrypoints.cli.service_accounts import service_account
from entrypoints.cli.with_service import with_service

if TYPE_CHECKING:
    from uuid import UUID

    from entrypoints.bootstrap import Service
    from entrypoints.http.kit.demonstration import Demonstration

DEMO = Path(__file__).resolve().parents[1] / "demo"
HOST = click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
PORT = click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 takes a free one.",
)
CHECK = click.option("--check", "only", is_flag=True, help="Change nothing; exit with 1 if anything differs.")


class _Commands(click.Group):
    """The commands in the order in which they are needed; an expected failure becomes one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            message = expected_failure(error)
            if message is None:
                raise
            raise click.ClickException(message) from None


@click.group(cls=_Commands, context_settings={"max_content_width": 100})
@click.version_option(package_name="unified-dental-training", prog_name="unified-dental")
def main() -> None:
    """The system of record for a dental group's staff training.

    Settings come from the environment or a .env file, DATABASE_URL first of all; the README lists them.

    \b
    Examples:
      unified-dental demo                      # the API with demonstration data, on SQLite
      unified-dental migrate                   # prepare the database
      unified-dental serve --port 8000         # run the API
    """


@main.command()
@HOST
@PORT
@click.option(
    "--workers",
    type=click.IntRange(1, 128),
    help="Number of processes. A supervisor replaces those that end, and all on SIGHUP. Without it, one runs alone.",
)
def serve(host: str, port: int, workers: int | None) -> None:
    """Run the HTTP API.

    SIGTERM stops it after running requests have been answered. Each process has its own connections to the database
    and its own limits: docs/operations.md says how to size them.

    \b
    Examples:
      DATABASE_URL=postgresql://... unified-dental serve --host 0.0.0.0 --port 8000
      DATABASE_URL=postgresql://... unified-dental serve --workers 4
    """
    if workers is None:
        from entrypoints.cli.serving import serve as run

        run(host, port)
    else:
        from entrypoints.workers.serving import serve as run_several

        run_several(host, port, workers)


main.add_command(worker)
main.add_command(dead_letters)
main.add_command(reseal_secrets)


@main.command()
def migrate() -> None:
    """Bring the database to the newest migration. Safe to repeat.

    \b
    Example:
      DATABASE_URL=postgresql://... unified-dental migrate
    """
    with_service(lambda service: service.migrate(), ready=False)
    click.echo("The database is at the newest migration.")


main.add_command(after_restore)


@main.command()
@HOST
@PORT
def demo(host: str, port: int) -> None:
    """Load the demonstration data and run the HTTP API on them.

    Migrates the database, loads the modules, the roster and the requirements that come with the project, enrolls and
    trains people, and serves. Existing data are kept. A request without a token is a learner's, who may read the
    catalogue. The interactive page signs in by one click; `unified-dental token admin@unifieddental.example` gives the
    administrator's token. Refused in production.

    \b
    Example:
      unified-dental demo --port 8080
    """
    from entrypoints.cli.demo import load
    from entrypoints.cli.demo_examples import demonstration_of
    from entrypoints.cli.demo_obligations import add_obligations, compute
    from entrypoints.cli.serving import check_host
    from entrypoints.cli.serving import serve as run

    async def prepared(service: Service) -> tuple[UUID, Demonstration]:
        check_host(service, host)
        visitor = await load(service, DEMO, click.echo)
        await add_obligations(service, DEMO, click.echo)
        demonstration = await demonstration_of(service)
        await compute(service, click.echo)
        return visitor, demonstration

    run(host, port, *with_service(prepared, ready=False))


main.add_command(import_users)


@main.command("import-catalog")
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--starter", is_flag=True, help="Load the modules that come with the project, instead of a folder.")
def import_catalog(folder: Path | None, starter: bool) -> None:
    """Load a folder of training modules, one Markdown file each, and publish them.

    Each file has front matter (slug, title, ...), a `##` heading for each section, and quizzes as fenced
    YAML; docs/catalog-files.md describes it. Modules are known by slug, so loading again only changes what
    has changed. If any file is wrong nothing is loaded, and each mistake is shown with file and line.

    \b
    Examples:
      unified-dental import-catalog our-modules
      unified-dental import-catalog --starter
    """
    from entrypoints.cli.importing import import_catalog as run

    if starter == (folder is not None):
        raise click.UsageError("Name a folder, or use --starter.")
    chosen = folder or DEMO / "catalog"
    _report(with_service(lambda service: run(service, chosen, click.echo)))


main.add_command(import_requirements)
main.add_command(grant_role)
main.add_command(token)
main.add_command(link_sign_in)
main.add_command(unlink_sign_in)
main.add_command(merge_user)
main.add_command(sync_users)
main.add_command(service_account)
main.add_command(audit_key)
main.add_command(seal_audit)
main.add_command(export_audit)
main.add_command(verify_audit)
main.add_command(check)


@main.command()
def regrade() -> None:
    """Derive every stored quiz score again, from the questions as they were asked, the answers and the policy.

    Nothing is changed. Each score that comes out differently is shown in a line; exits with 1 when one does.

    \b
    Example:
      unified-dental regrade
    """
    from entrypoints.cli.regrading import regrade as run

    _report(with_service(lambda service: run(service, click.echo)))


@main.command()
@CHECK
def reproject(only: bool) -> None:
    """Let users and locations show what their histories say of today.

    Changes that were planned for a day take effect. The worker does this every hour. Each field that differs is shown
    in a line. Safe to repeat.

    \b
    Example:
      unified-dental reproject --check
    """
    from entrypoints.cli.reprojecting import reproject as run

    differences = with_service(lambda service: run(service, only, click.echo))
    _show(differences, only)


@main.command()
@CHECK
@click.option(
    "--processes",
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Processes that share the people; one for each core is the fastest. More than one needs PostgreSQL.",
)
def reconcile(only: bool, processes: int) -> None:
    """Compute again what everybody owes, and record what differs from what is stored.

    The service does this whenever something changes, so that nothing should differ. Each obligation that differs is
    shown in a line. People who cannot be computed are named, without holding back others: then the exit code is 1.
    Safe to repeat, and to stop.

    \b
    Examples:
      unified-dental reconcile --check
      unified-dental reconcile --processes 4   # for tens of thousands of people, such as after the first rules
    """
    from entrypoints.cli.reconciling import reconcile as run

    found = with_service(lambda service: run(service, only, click.echo, processes))
    _show(found.differences, only and not found.failed)
    if found.failed:
        click.echo("It could not be computed what these people owe. The others are not affected.")
        _report(found.failed)


@main.command()
def sweep() -> None:
    """Carry out what is due: grade overdue attempts, and complete modules that only lacked time.

    The worker does this every minute; use this command if it has not run for a while. Safe to repeat.

    \b
    Example:
      unified-dental sweep
    """
    from entrypoints.cli.sweeping import sweep as run

    _report(with_service(lambda service: run(service, click.echo)))


@main.command("refresh-reports")
def refresh_reports() -> None:
    """Refresh the reports now. On PostgreSQL the service does this every minute.

    \b
    Example:
      unified-dental refresh-reports
    """
    from application.kernel.access import Actor
    from application.reporting.commands import RefreshReports

    with_service(lambda service: service.bus.execute(RefreshReports(), Actor.system()))
    click.echo("The reports are up to date.")


@main.command()
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write; else standard output.")
def openapi(output: Path | None) -> None:
    """Write the OpenAPI 3.1 document of the API as JSON.

    \b
    Example:
      unified-dental openapi --output openapi.json
    """
    from entrypoints.cli.serving import openapi_json

    document = openapi_json()
    if output is None:
        click.echo(document)
    else:
        output.write_text(document + "\n", encoding="utf-8")


def _report(problems: list[str]) -> None:
    """Show the problems, one line each, and exit with 1; do nothing without problems."""
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        _fail()


def _show(differences: list[str], check: bool) -> None:
    """Show what was changed, a line each; with `check`, what differs, which is a failure."""
    if check:
        _report(differences)
    else:
        for line in differences:
            click.echo(line)


def _fail() -> NoReturn:
    sys.exit(1)
