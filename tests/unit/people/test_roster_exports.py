"""Exports of the usual HR systems, read with the mappings in docs/roster-mappings without being edited."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from adapters.files.roster import FileRoster
from domain.people.roster import RosterEntry
from domain.people.roster_columns import RosterColumns
from kit.workbooks import workbook

MAPPINGS = Path(__file__).parents[3] / "docs" / "roster-mappings"

ANA = {
    "employee_id": "00123",
    "full_name": "Ana Ruiz",
    "email": "ana.ruiz@example.com",
    "job_title": "Dental Hygienist",
    "department": "Hygiene",
    "location": "Austin North",
    "hired_on": "2026-03-02",
}
JOSE = {**ANA, "employee_id": "00124", "full_name": "José Núñez Jr.", "email": "jose@example.com", "location": ""}


def workday(path: Path) -> str:
    rows: Sequence[Sequence[object]] = [
        ("All Active Workers",),
        ("Company:", "Unified Dental"),
        (),
        (
            *("Worker ID", "Worker", "Email - Primary Work", "Business Title", "Cost Center", "Location", "Hire Date"),
            *("Worker Status", "Worker Type", "Time Type", *LEAVE, "Termination Date"),
        ),
        (
            *("00123", "Ana Ruiz", "ana.ruiz@example.com", "Dental Hygienist", "Hygiene", "Austin North"),
            *(date(2026, 3, 2), "Active", "Regular", "Full time", None, None, None),
        ),
        (
            *("00124", "José Núñez Jr.", "jose@example.com", "Dental Hygienist", "Hygiene", None),
            *("03/02/2026", "Active", "Regular", "Part time", None, None, None),
        ),
        (
            *("00125", "Eva Čapek (On Leave)", "eva@example.com", "Dentist", "Clinic", "Austin North"),
            *("03/02/2026", "On Leave", "Regular", "Full time", date(2026, 4, 1), "06/30/2026", "12/31/2026"),
        ),
    ]
    workbook(path, rows)
    return "utf-8"


def adp(path: Path) -> str:
    path.write_text(
        "Position ID,Associate ID,File Number,Payroll Name,Work Contact: Work Email,Home Department Description,"
        "Job Title Description,Location Description,Hire Date,Position Status,Rehire Date,Termination Date\r\n"
        'AB1000123,00123,123,"Ruiz, Ana",ana.ruiz@example.com,Hygiene,Dental Hygienist,Austin North,03/02/2026,Active,,'
        '\r\nAB1000124,00124,124,"Núñez Jr., José",jose@example.com,Hygiene,Dental Hygienist,,03/02/2026,Active,,\r\n'
        'AB1000125,00125,125,"Capek, Eva",eva@example.com,Clinic,Dentist,,03/02/2026,Terminated,,12/31/2026\r\n',
        encoding="cp1252",
        newline="",
    )
    return "windows-1252"


def paylocity(path: Path) -> str:
    path.write_text(
        '\ufeffEmployee Id,"Last Name, First Name",Work Email,Dept,Job Title,Cost Center 1,Hire Date,Employee Status,'
        "License State,SSN,Rehire Date,Term Date,LOA Start,LOA End\n"
        '="00123","Ruiz, Ana",Ana.Ruiz@example.com,Hygiene,Dental Hygienist,Austin North,3/2/2026,A,TX,000-00-00,,,,\n'
        '="00124","Núñez, Jr., José",jose@example.com,Hygiene,Dental Hygienist,,3/2/2026,A,TX,1,,,,\n,,,,,,,,,,,,,\n'
        '="00125","Čapek, Eva",eva@example.com,Clinic,Dentist,,3/2/2026,L,TX,,,12/31/2026,4/1/2026,6/30/2026\n',
        encoding="utf-8",
    )
    return "utf-8"


def ukg(path: Path) -> str:
    path.write_text(
        "Employee Number\tEmployee Name (Last Suffix, First MI)\tEmail Address\tOrg Level 1\tJob\tLocation\t"
        "Original Hire Date\tLast Hire Date\tEmployment Status\tTermination Date\tLeave Start Date\tLeave End Date\n"
        "00123\tRuiz, Ana\tana.ruiz@example.com\tHygiene\tDental Hygienist\tAustin North\t01/15/2019 12:00:00 AM\t"
        "03/02/2026 12:00:00 AM\tActive\t\t\t\n"
        "00124\tNúñez Jr., José\tjose@example.com\tHygiene\tDental Hygienist\t\t03/02/2026 12:00:00 AM\t"
        "03/02/2026 12:00:00 AM\tActive\t\t\t\n"
        "00125\tČapek, Eva\teva@example.com\tClinic\tDentist\t\t03/02/2026 12:00:00 AM\t03/02/2026 12:00:00 AM\tLeave\t"
        "12/31/2026 12:00:00 AM\t04/01/2026 12:00:00 AM\t06/30/2026 12:00:00 AM\n",
        encoding="utf-16",
    )
    return "utf-8"


LEAVE = ("First Day of Leave", "Last Day of Leave")
EXPORTS = {"workday": workday, "adp": adp, "paylocity": paylocity, "ukg": ukg}


def read(path: Path, encoding: str, system: str) -> list[dict[str, str]]:
    """The cells of each line by known names, each of which makes a line of a roster."""
    roster = FileRoster(path, encoding=encoding, mapping=MAPPINGS / f"{system}.yaml")
    lines = []
    for number, cells in roster.lines():
        assert isinstance(cells, dict), f"line {number}: {cells}"
        known = RosterColumns.of(tuple(cells), roster.mapping).cells(cells)
        assert RosterEntry.parse(number, known).hired_on == date(2026, 3, 2)
        lines.append(known)
    return lines


@pytest.mark.parametrize("system", EXPORTS)
def test_the_export_loads_without_editing(tmp_path: Path, system: str) -> None:
    path = tmp_path / "export"
    ana, jose, eva = read(path, EXPORTS[system](path), system)
    assert {**ana, "email": ana["email"].lower()}.items() >= ANA.items()
    assert jose.items() >= JOSE.items()
    days = {"terminated_on": "2026-12-31", "leave_from": "2026-04-01", "leave_until": "2026-06-30"}
    assert {name: eva.get(name) for name in days} == (
        days if system != "adp" else {**dict.fromkeys(days), "terminated_on": "2026-12-31"}
    )
    left_out = {
        "worker status",
        "position status",
        "employment status",
        "ssn",
        "time type",
        "file number",
        "original hire date",
    }
    assert left_out.isdisjoint({*ana, *jose})
    assert ana.get("license_state") == ("TX" if system == "paylocity" else None)


def test_every_mapping_has_an_export() -> None:
    assert {path.stem for path in MAPPINGS.glob("*")} == {*EXPORTS}
