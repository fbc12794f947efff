"""The command that imports a roster."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from entrypoints.cli.with_service import with_service


@click.command("import-users")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Show what would change, line by line, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Write the result as one JSON object.")
@click.option("--partial", is_flag=True, help="Import the valid lines even if others are not.")
@click.option(
    "--same-person",
    multiple=True,
    metavar="EMAIL",
    help="The address still belongs to the same person, with a new name; repeatable.",
)
@click.option(
    "--new-person", multiple=True, metavar="EMAIL", help="The address belongs to somebody else now; repeatable."
)
@click.option(
    "--deactivate-missing",
    is_flag=True,
    help="Deactivate people who were on a roster before and are not in this file.",
)
@click.option("--force", is_flag=True, help="Deactivate them even if they are more than LEAVERS_LIMIT_PERCENT.")
@click.option(
    "--encoding",
    type=click.Choice(["utf-8", "utf-16", "windows-1252"]),
    default="utf-8",
    show_default=True,
    help="Encoding of a CSV file, if it has no byte order mark.",
)
@click.option("--sheet", metavar="NAME", help="The sheet of an Excel workbook; by default the first visible one.")
@click.option(
    "--mapping",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A YAML file that says which column is which, and how dates are written: docs/roster.md.",
)
def import_users(
    file: Path,
    dry_run: bool,
    as_json: bool,
    partial: bool,
    same_person: tuple[str, ...],
    new_person: tuple[str, ...],
    deactivate_missing: bool,
    force: bool,
    encoding: str,
    sheet: str | None,
    mapping: Path | None,
) -> None:
    """Import the roster, a CSV file or an Excel workbook (XLSX) exported from the HR system.

    The header names the columns: employee_id or email, full_name, department, job_title, location, hired_on (such as
    2026-03-31), and the days of rehires, transfers, leaves and last days of work that docs/roster.md describes. With
    is_primary (yes or no), people with several positions have a line for each. Other columns go to the profile's
    metadata. People are found by employee id and then by e-mail, and only differences are
    written. If a line is invalid nothing is imported, unless --partial. A line with another name and a later day of
    hire than the address has here is invalid until you say whose it is.

    \b
    Examples:
      unified-dental import-users --dry-run roster.csv
      unified-dental import-users roster.csv
      unified-dental import-users --deactivate-missing --dry-run roster.csv
      unified-dental import-users --new-person frontdesk@example.com roster.csv
      unified-dental import-users --partial roster.csv
      unified-dental import-users --mapping workday.yaml report.xlsx
    """
    from entrypoints.cli.roster_import import import_roster

    problems = with_service(
        lambda service: import_roster(
            service,
            file,
            click.echo,
            encoding=encoding,
            sheet=sheet,
            mapping=mapping,
            as_json=as_json,
            dry_run=dry_run,
            partial=partial,
            same_person=same_person,
            new_person=new_person,
            deactivate_missing=deactivate_missing,
            force=force,
        )
    )
    for problem in problems:
        click.echo(f"{file}:{problem.line}: {problem.column or 'line'} {problem.message}", err=True)
    if problems:
        sys.exit(1)
