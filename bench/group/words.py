"""The words of the group: cities, names of people, and what HR systems call their work."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class City:
    """Where offices are. Its time zone is not always that of most of its state."""

    short: str
    name: str
    state: str
    time_zone: str


CITIES = (
    City("AUS", "Austin", "TX", "America/Chicago"),
    City("DAL", "Dallas", "TX", "America/Chicago"),
    City("ELP", "El Paso", "TX", "America/Denver"),
    City("LAX", "Los Angeles", "CA", "America/Los_Angeles"),
    City("SAC", "Sacramento", "CA", "America/Los_Angeles"),
    City("NYC", "New York", "NY", "America/New_York"),
    City("BUF", "Buffalo", "NY", "America/New_York"),
    City("CHI", "Chicago", "IL", "America/Chicago"),
    City("PEO", "Peoria", "IL", "America/Chicago"),
    City("MIA", "Miami", "FL", "America/New_York"),
    City("PNS", "Pensacola", "FL", "America/Chicago"),
    City("PHX", "Phoenix", "AZ", "America/Phoenix"),
    City("DEN", "Denver", "CO", "America/Denver"),
    City("IND", "Indianapolis", "IN", "America/Indiana/Indianapolis"),
    City("EVV", "Evansville", "IN", "America/Chicago"),
    City("BNA", "Nashville", "TN", "America/Chicago"),
    City("TYS", "Knoxville", "TN", "America/New_York"),
    City("HNL", "Honolulu", "HI", "Pacific/Honolulu"),
    City("ANC", "Anchorage", "AK", "America/Anchorage"),
    City("SEA", "Seattle", "WA", "America/Los_Angeles"),
)

SYSTEMS = 4
"""Practices that have joined the group export from different HR systems, each with its own words."""


@dataclass(frozen=True, slots=True)
class Job:
    """What somebody works as. `titles` are its names in each of the HR systems."""

    code: str | None
    """None if nobody has mapped the titles."""
    department: str
    titles: tuple[str, str, str, str]
    weight: int
    """How many people have it, compared with the others."""
    clinical: bool = False
    """Whether it is done in several offices."""


JOBS = (
    Job("dentist", "Dentistry", ("General Dentist", "Dentist", "DDS - Associate", "DENTIST, GENERAL"), 12, True),
    Job(
        "hygienist",
        "Hygiene",
        ("Dental Hygienist", "Registered Dental Hygienist", "RDH", "HYGIENIST, DENTAL"),
        20,
        True,
    ),
    Job(
        "dental_assistant",
        "Assisting",
        ("Dental Assistant", "Chairside Assistant", "RDA II", "ASSISTANT, DENTAL"),
        28,
        True,
    ),
    Job("sterilization", "Sterilization", ("Sterilization Technician", "Sterile Tech", "SPT", "TECH, STERILE"), 6),
    Job("front_desk", "Front Desk", ("Patient Care Coordinator", "Receptionist", "PCC", "FRONT DESK"), 16),
    Job("billing", "Billing", ("Billing Specialist", "Insurance Coordinator", "Biller", "BILLING SPEC"), 7),
    Job("billing", "Claims", ("Claims Specialist", "Claims Processor", "Claims Rep", "CLAIMS SPEC"), 4),
    Job("office_manager", "Management", ("Office Manager", "Practice Manager", "OM", "MANAGER, OFFICE"), 4),
    Job("trainer", "Training", ("Training Coordinator", "Clinical Trainer", "L&D Coach", "TRAINER"), 1),
    Job(None, "Support", ("Float Team", "Floater", "Flex - Clinic Support", "FLOAT"), 2),
)

FIRST_NAMES = (
    *("Ana", "Bethany", "Carlos", "Denise", "Elijah", "Fatima", "Grace", "Hannah", "Isaac", "José", "Kim", "Latoya"),
    *("Mei", "Nadia", "Omar", "Priya", "Quinn", "Rosa", "Samuel", "Tanya", "Uma", "Victor", "Wendy", "Ximena"),
    *("Yusuf", "Zoë", "Andre", "Brianna", "Chloe", "Dmitri", "Esther", "Felix"),
)
LAST_NAMES = (
    *("Adams", "Bowman", "Castillo", "Diaz", "Edwards", "Fischer", "García", "Hughes", "Ibrahim", "Johnson", "Kim"),
    *("Lopez", "Müller", "Nguyen", "O'Brien", "Patel", "Quintero", "Ruiz", "Smith", "Tran", "Underwood", "Vargas"),
    *("Walker", "Xiong", "Young", "Zhang", "Abbott", "Baptiste", "Cohen", "Dubois", "Evans", "Flores", "Green"),
    *("Hernández", "Ito", "Jackson", "Kowalski", "Lee"),
)
HOURS = (16, 24, 30, 32, 36, 40)
"""In a week."""
