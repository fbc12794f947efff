"""The data for a first look: a catalogue and a roster that load without a problem."""

from __future__ import annotations

from pathlib import Path

from adapters.files.catalog import read_catalog
from adapters.files.roster import FileRoster
from domain.people.roster import RosterEntry

DEMO = Path(__file__).parents[3] / "src" / "entrypoints" / "demo"


def test_the_catalogue_offers_what_a_dental_group_must_teach() -> None:
    modules = read_catalog(DEMO / "catalog")
    assert len(modules) >= 6
    assert {module.slug for module in modules} >= {
        "new-hire-orientation",
        "hipaa-privacy-security",
        "bloodborne-pathogens",
        "hazard-communication",
        "infection-control",
        "claims-and-cdt-coding",
    }
    for module in modules:
        assert {section.content.kind for section in module.sections} >= {"lesson", "quiz"}, module.slug


def test_the_catalogue_shows_every_kind_of_question() -> None:
    kinds = {
        question.metadata.kind
        for module in read_catalog(DEMO / "catalog")
        for section in module.sections
        for question in section.questions
    }
    assert kinds == {
        "single_choice",
        "multiple_choice",
        "true_false",
        "short_text",
        "numeric",
        "ordering",
        "matching",
    }


def test_the_catalogue_shows_the_rules_of_completion() -> None:
    rules = [module.rules for module in read_catalog(DEMO / "catalog")]
    assert {each.sections_in_order for each in rules} == {True, False}
    assert any(each.minimum_minutes for each in rules)
    assert any(each.attempts_allowed and each.wait_minutes for each in rules)


def test_records_are_kept_as_long_as_the_law_asks() -> None:
    evidence = {module.slug: module.evidence for module in read_catalog(DEMO / "catalog")}
    # 29 CFR 1910.1030(g)(2)(ii)(B) and (h)(2)(ii); 45 CFR 164.530(j)(2); 31 U.S.C. 3731(b)(2).
    yearly = evidence["bloodborne-pathogens"]
    assert (yearly.valid_months, yearly.retention_years >= 3) == (12, True)
    assert evidence["hipaa-privacy-security"].retention_years >= 6
    assert evidence["claims-and-cdt-coding"].retention_years >= 10


def test_the_roster_lists_two_hundred_people_and_the_administrator() -> None:
    people: set[str] = set()
    for number, cells in FileRoster(DEMO / "roster.csv").lines():
        assert isinstance(cells, dict), f"line {number} {cells}"
        people.add(RosterEntry.parse(number, cells).person)
    assert len(people) == 201
