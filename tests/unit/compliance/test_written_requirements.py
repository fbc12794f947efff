"""What follows when a file of requirements is loaded: drafts, and nothing if nothing has changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from domain.compliance.citations import Basis, LegalSource
from domain.compliance.requirement import Requirement, RunningCycles
from domain.compliance.requirement_errors import AnotherDraft, RequirementIsRetired, TwoVersionsOneDay
from domain.compliance.schedule import AfterCompletion
from domain.compliance.written_requirements import Loaded, WrittenRequirement
from kit.about import for_each
from kit.compliance import rule
from kit.examples import uid

TODAY, LATER = date(2026, 3, 2), date(2026, 9, 1)
NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
OFFICER, OTHER = uid(1), uid(2)
SOURCE = LegalSource("29 CFR 1910.1030", Basis.REGULATION, "US", "https://www.ecfr.gov/current")
TERMS = replace(rule().terms, citation=SOURCE)
OTHER_TERMS = replace(TERMS, repeats=AfterCompletion(24))
FILE = WrittenRequirement("sharps", "Handling sharps", "As OSHA asks.", TERMS)


def added(file: WrittenRequirement = FILE) -> Requirement:
    requirement = Requirement.add(uid(9), code=file.code, title=file.title, now=NOW)
    assert load(requirement, file) is Loaded.ADDED
    return requirement


def approved(file: WrittenRequirement = FILE) -> Requirement:
    requirement = added(file)
    requirement.approve(1, by=OFFICER, now=NOW, today=TODAY, acknowledge=True)
    return requirement


def load(requirement: Requirement, file: WrittenRequirement = FILE, *, today: date = TODAY, **how: Any) -> Loaded:
    return file.load_into(requirement, **{"by": None, "today": today, "now": NOW, **how})


def test_a_new_requirement_is_a_draft_from_the_day_on_which_it_is_loaded() -> None:
    (version,) = added().versions
    assert (version.terms, version.note, version.effective_on) == (TERMS, "As OSHA asks.", TODAY)
    assert (version.is_approved, version.drafted_by, version.running) == (False, None, RunningCycles.NEXT)


@for_each("requirement", [added(), approved()])
def test_the_same_file_changes_nothing_on_another_day_too(requirement: Requirement) -> None:
    before = (requirement.version, requirement.versions)
    assert load(requirement, today=LATER) is Loaded.UNCHANGED
    assert (requirement.version, requirement.versions) == before


def test_a_changed_file_changes_its_draft() -> None:
    requirement = added()
    changes: dict[str, Any] = {
        "note": "Checked.",
        "running": RunningCycles.TAKE,
        "transition_days": 30,
        "effective_on": LATER,
    }
    for name, value in changes.items():
        file = replace(FILE, **{name: value})
        assert load(requirement, file) is Loaded.CHANGED, name
        assert getattr(requirement.of_number(1), name) == value
        assert load(requirement, file, today=LATER) is Loaded.UNCHANGED
    assert load(requirement, replace(FILE, terms=OTHER_TERMS)) is Loaded.CHANGED
    assert requirement.of_number(1).terms == OTHER_TERMS


def test_a_changed_file_drafts_another_version_of_what_is_approved() -> None:
    requirement = approved()
    file = replace(FILE, terms=OTHER_TERMS, running=RunningCycles.TAKE, transition_days=30)
    assert load(requirement, file, today=LATER) is Loaded.DRAFTED
    first, second = requirement.versions
    assert (first.terms, second.terms, second.effective_on) == (TERMS, OTHER_TERMS, LATER)
    assert (second.running, second.transition_days, second.is_approved) == (RunningCycles.TAKE, 30, False)
    assert load(requirement, file, today=date(2026, 10, 1)) is Loaded.UNCHANGED


def test_another_version_takes_effect_after_the_one_before_it() -> None:
    requirement = approved(replace(FILE, effective_on=LATER))
    load(requirement, replace(FILE, terms=OTHER_TERMS))
    assert requirement.of_number(2).effective_on == date(2026, 9, 2)
    with pytest.raises(TwoVersionsOneDay):
        load(requirement, replace(FILE, terms=OTHER_TERMS, effective_on=LATER))


def test_a_file_that_is_as_before_again_discards_its_draft() -> None:
    requirement = approved()
    load(requirement, replace(FILE, terms=OTHER_TERMS))
    assert load(requirement) is Loaded.CHANGED
    assert [each.number for each in requirement.versions] == [1]


def test_how_a_version_begins_is_no_other_version() -> None:
    requirement = approved()
    assert load(requirement, replace(FILE, note="Checked.", running=RunningCycles.TAKE)) is Loaded.UNCHANGED


def test_another_title_is_taken() -> None:
    requirement = approved()
    assert load(requirement, replace(FILE, title="Sharps")) is Loaded.CHANGED
    assert (requirement.title, len(requirement.versions)) == ("Sharps", 1)


def test_the_draft_of_somebody_else_is_never_changed() -> None:
    requirement = approved()
    requirement.draft(OTHER_TERMS, effective_on=LATER, note="Ours.", by=OTHER, now=NOW)
    assert load(requirement) is Loaded.UNCHANGED
    assert load(requirement, replace(FILE, terms=OTHER_TERMS)) is Loaded.UNCHANGED
    with pytest.raises(AnotherDraft):
        load(requirement, replace(FILE, terms=replace(TERMS, notice_days=7)))
    assert requirement.of_number(2).note == "Ours."


class TestVerification:
    VERIFIED = replace(TERMS, citation=replace(SOURCE, verified_on=TODAY))

    def test_what_somebody_has_verified_since_stays(self) -> None:
        requirement = approved(replace(FILE, terms=self.VERIFIED))
        assert load(requirement) is Loaded.UNCHANGED

    def test_a_verification_does_not_cover_a_change(self) -> None:
        requirement = approved(replace(FILE, terms=self.VERIFIED))
        load(requirement, replace(FILE, terms=OTHER_TERMS), today=LATER)
        citation = requirement.of_number(2).terms.citation
        assert citation is not None
        assert citation.verified_on is None

    def test_a_file_that_was_verified_drafts_a_version_that_says_so(self) -> None:
        requirement = approved()
        assert load(requirement, replace(FILE, terms=self.VERIFIED), today=LATER) is Loaded.DRAFTED


def test_a_retired_requirement_is_left_alone_unless_the_file_asks_for_something_else() -> None:
    requirement = approved()
    requirement.retire(LATER, NOW)
    assert load(requirement) is Loaded.UNCHANGED
    with pytest.raises(RequirementIsRetired):
        load(requirement, replace(FILE, terms=OTHER_TERMS))
