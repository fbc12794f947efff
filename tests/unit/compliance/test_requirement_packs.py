"""Reading requirements from YAML files: what they say, and what is wrong with them, by file and line."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.files.requirement_packs import PackProblem, read_packs
from adapters.files.yaml_nodes import MOST_NAMED
from domain.compliance.audience import Audience
from domain.compliance.audience_clauses import All, Is, Not
from domain.compliance.audience_facts import Field, MetadataPath
from domain.compliance.citations import Basis, LegalSource
from domain.compliance.fulfillment import CategoryHours, Courses, CourseSet, HoursNeeded, Needs
from domain.compliance.permitted_relief import ReliefPermitted
from domain.compliance.requirement import Requirement, RunningCycles
from domain.compliance.requirement_errors import UnverifiedSource
from domain.compliance.rule_retention import Retention
from domain.compliance.schedule import AfterCompletion, Anchor, AtPeriodEnd, DaysAfter, EachPeriod, Guards
from domain.compliance.terms import Terms
from domain.compliance.written_requirements import WrittenRequirement
from kit.about import for_each
from kit.examples import uid
from kit.packs import MODULES, PACKS, ROUND_ROCK, names, read_pack

RULE = """\
requirements:
- code: sharps
  title: Handling sharps
  note: As OSHA asks.
  effective_on: 2026-01-01
  running: take
  transition_days: 30
  terms:
    audience:
      all:
      - {field: job_code, is: [dentist, hygienist]}
      - {field: location, is: TX-RR}
      - not: {metadata: [license, verified], is: no}
    fulfillment:
      kind: courses
      initial: {modules: [bloodborne-pathogens, infection-control], needs: any}
      renewal: {modules: [bloodborne-pathogens]}
    first_due: {kind: days_after, anchor: position, days: 0}
    repeats: {kind: after_completion, months: 12}
    guards: {max_interval_days: 365}
    relief: {delay: false}
    blocks: [work_with_blood]
    retention: {years: 3}
    notice_days: 45
    citation:
      text: 29 CFR 1910.1030
      basis: regulation
      jurisdiction: US
      source: https://www.ecfr.gov/current
"""
HOURS = """\
requirements:
- code: hours
  title: Hours
  note: As the board asks.
  terms:
    audience: {all: []}
    fulfillment:
      kind: hours
      hours: 25
      caps: [{category: bls, hours: 4}]
      live: 12.5
    first_due: {kind: at_period_end}
    repeats: {kind: each_period, first_day: 2020-07-01}
"""

Problems = Callable[[str], list[tuple[int, str]]]


@pytest.fixture
def problems(tmp_path: Path) -> Problems:
    def problems_of(content: str) -> list[tuple[int, str]]:
        with pytest.raises(PackProblem) as refusal:
            read_pack(tmp_path, content)
        assert {problem.file.name for problem in refusal.value.problems} == {"rules.yaml"}
        return [(problem.line, problem.message) for problem in refusal.value.problems]

    return problems_of


def test_a_requirement_is_read_whole_with_ids_for_names(tmp_path: Path) -> None:
    (found,) = read_pack(tmp_path, RULE)
    bloodborne, infection = MODULES["bloodborne-pathogens"], MODULES["infection-control"]
    assert (found.code, found.title, found.note) == ("sharps", "Handling sharps", "As OSHA asks.")
    assert (found.effective_on, found.running, found.transition_days) == (date(2026, 1, 1), RunningCycles.TAKE, 30)
    assert found.terms == Terms(
        audience=Audience(
            All(
                (
                    Is(Field.JOB_CODE, ("dentist", "hygienist")),
                    Is(Field.LOCATION, (ROUND_ROCK,)),
                    Not(Is(MetadataPath(("license", "verified")), ("no",))),
                )
            )
        ),
        fulfillment=Courses(CourseSet((bloodborne, infection), Needs.ANY), CourseSet((bloodborne,))),
        first_due=DaysAfter(Anchor.POSITION, 0),
        repeats=AfterCompletion(12),
        guards=Guards(max_interval_days=365),
        relief=ReliefPermitted(delay=False),
        blocks=("work_with_blood",),
        retention=Retention(3),
        notice_days=45,
        citation=LegalSource("29 CFR 1910.1030", Basis.REGULATION, "US", "https://www.ecfr.gov/current"),
    )


def test_what_is_left_out_is_as_usual_and_numbers_are_exact(tmp_path: Path) -> None:
    (found,) = read_pack(tmp_path, HOURS)
    assert (found.effective_on, found.running, found.transition_days) == (None, RunningCycles.NEXT, 0)
    hours = HoursNeeded(Decimal(25), caps=(CategoryHours("bls", Decimal(4)),), live=Decimal("12.5"))
    assert (found.terms.fulfillment, found.terms.first_due) == (hours, AtPeriodEnd())
    assert found.terms.repeats == EachPeriod(date(2020, 7, 1))


@for_each("value", ["null", "~", ""])
def test_an_empty_value_is_none(tmp_path: Path, value: str) -> None:
    (found,) = read_pack(tmp_path, f"{RULE}      verified_on: {value}\n")
    assert found.terms.citation is not None
    assert found.terms.citation.verified_on is None


@for_each("change", [lambda s: "\ufeff" + s, lambda s: s.replace("\n", "\r\n"), str.rstrip, lambda s: f"# Law.\n{s}"])
def test_marks_of_other_editors_make_no_difference(tmp_path: Path, change: Callable[[str], str]) -> None:
    assert read_pack(tmp_path, change(RULE)) == read_pack(tmp_path, RULE)


def test_an_audience_may_be_as_deep_as_the_domain_permits(tmp_path: Path) -> None:
    deep = "{field: state, is: TX}"
    for _ in range(7):
        deep = f"{{all: [{deep}]}}"
    assert read_pack(tmp_path, HOURS.replace("{all: []}", deep))
    with pytest.raises(PackProblem, match="is deeper than 8 levels"):
        read_pack(tmp_path, HOURS.replace("{all: []}", f"{{not: {deep}}}"))


@for_each(
    ("old", "new", "line", "message"),
    [
        ("code: sharps", "code: Sharps", 2, "requirements.0.code: must be lower-case letters, digits and single"),
        ("title: Handling sharps", "title: 7", 3, "sharps.title: must be text"),
        ("  title: Handling sharps\n", "", 2, "sharps.title: is missing"),
        ("note:", "notes:", 4, "sharps.notes: is not known here"),
        ("2026-01-01", "2026-02-30", 5, "sharps.effective_on: must be a date such as 2026-03-31"),
        ("running: take", "running: stop", 6, "sharps.running: must be 'keep', 'take' or 'next'"),
        ("  terms:\n", "  terms: []\n  more:\n", 8, "sharps.terms: must be an object"),
        ("[dentist, hygienist]", "[dentist, higienist]", 11, "sharps.terms.audience.all.0.is.1: is not one of the job"),
        ("[dentist, hygienist]", "dentists", 11, "sharps.terms.audience.all.0.is: is not one of the job codes: adm"),
        ("TX-RR", "Dallas", 12, "sharps.terms.audience.all.1.is: there is no location with the code or name 'Dallas'"),
        (
            "TX-RR",
            "[Springfield]",
            12,
            "sharps.terms.audience.all.1.is.0: 2 locations have the name 'Springfield'",
        ),
        ("TX-RR", "007", 12, "sharps.terms.audience.all.1.is: there is no location with the code or name '007'"),
        ("TX-RR", "{}", 12, "sharps.terms.audience.all.1.is: must be the id of a location"),
        ("field: location", "field: office", 12, "sharps.terms.audience.all.1.field: must be one of job_code,"),
        ("is: no", "as: no", 13, "sharps.terms.audience.all.2.not: has `as`, which does not go with `metadata`"),
        ("kind: courses", "kind: course", 15, "sharps.terms.fulfillment.kind: must be one of 'courses', 'credential'"),
        ("infection-control]", "sharps]", 16, "sharps.terms.fulfillment.initial.modules.1: there is no module with"),
        ("infection-control]", "[sharps]]", 16, "sharps.terms.fulfillment.initial.modules.1: must be a UUID such as"),
        ("needs: any", "needs: some", 16, "sharps.terms.fulfillment.initial.needs: must be 'all' or 'any'"),
        ("{modules: [bloodborne-pathogens]}", "all", 17, "sharps.terms.fulfillment.renewal: must be an object"),
        ("anchor: position", "anchor: job", 18, "sharps.terms.first_due.anchor: must be 'hire', 'position',"),
        ("kind: days_after, ", "", 18, "sharps.terms.first_due.kind: is missing"),
        ("months: 12", "months: 0", 19, "sharps.terms.repeats.months: must be from 1 to 240"),
        ("365", "a year", 20, "sharps.terms.guards.max_interval_days: must be a whole number"),
        ("delay: false", "delay: no", 21, "sharps.terms.relief.delay: must be true or false"),
        ("[work_with_blood]", "[a, a]", 22, "sharps.terms.blocks: must not repeat an item"),
        ("years: 3", "years: 3, from: hire", 23, "sharps.terms.retention.from: is not known here"),
        ("      source: https://www.ecfr.gov/current\n", "", 25, "sharps.terms.citation.source: must be given for any"),
        ("title: Handling", "title: &a Handling", 3, "is not YAML: anchors and aliases (& and *) are not supported"),
        ("title:", 'title: "\\0"\n  title:', 4, "requirements.0: the key 'title' occurs twice"),
        ("Handling sharps", '"\\0"', 3, "requirements.0.title: has the character U+0000, which is not text"),
        ("requirements:", "rules:", 1, "unknown key 'rules'; the keys here are requirements"),
        (RULE, "requirements: {}", 1, "requirements: must be a list"),
        (RULE, "requirements: [a]", 1, "requirements.0: must be an object"),
        (RULE, "# nothing\n", 1, "there are no keys or values here"),
    ],
)
def test_what_is_wrong_with_a_requirement_is_said_with_its_line(
    problems: Problems, old: str, new: str, line: int, message: str
) -> None:
    assert old in RULE
    found = problems(RULE.replace(old, new, 1))
    assert (line, message) in [(each, said[: len(message)]) for each, said in found]


def test_all_mistakes_are_shown_at_once(problems: Problems) -> None:
    wrong = RULE.replace("hygienist", "higienist").replace("TX-RR", "Dallas").replace("months: 12", "months: 0")
    assert [line for line, _ in problems(wrong + "- code: other\n")] == [11, 12, 19, 30, 30, 30]


def test_each_code_occurs_once_in_all_files(tmp_path: Path) -> None:
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_text(RULE)
    second.write_text(HOURS + RULE.removeprefix("requirements:\n"))
    with pytest.raises(PackProblem) as refusal:
        read_packs([first, second], names())
    assert str(refusal.value) == f"{second}:14: sharps.code: {first}:2 has this code already"


@for_each("content", [b"\xff", b"requirements:\n- code: \x07"])
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "rules.yaml"
    path.write_bytes(content)
    with pytest.raises(PackProblem, match=r"rules\.yaml:[12]: "):
        read_packs([path], names())


@pytest.fixture(scope="module")
def shipped() -> list[WrittenRequirement]:
    """The requirements that come with the project."""
    return [each.requirement for each in read_packs(sorted(PACKS.glob("*.yaml")), names())]


def test_of_thousands_of_mistakes_the_first_are_named_and_the_others_counted(tmp_path: Path) -> None:
    """A file that somebody generated wrongly, or means to keep the service busy with."""
    keys = "".join(f"  k{number}: 1\n" for number in range(20_000))
    with pytest.raises(PackProblem) as refused:
        read_pack(tmp_path, f"requirements:\n- code: a\n{keys}")
    first, *_, named, counted = refused.value.problems
    assert len(refused.value.problems) == MOST_NAMED + 1
    assert (first.line, named.line) == (2, 99)
    # Three keys are missing.
    assert counted.message == f"and {20_003 - MOST_NAMED:,} more mistakes from here on"


class TestTheShippedPacks:
    def test_they_are_read_and_name_the_modules_of_the_starter_catalogue(
        self, shipped: list[WrittenRequirement]
    ) -> None:
        assert len(shipped) >= 20
        courses = [each.terms.fulfillment for each in shipped]
        assert {module for each in courses if isinstance(each, Courses) for module in each.modules} == {
            *MODULES.values()
        }

    def test_each_has_a_source_that_counsel_must_confirm(self, shipped: list[WrittenRequirement]) -> None:
        for each in shipped:
            citation = each.terms.citation
            assert citation is not None, each.code
            assert citation.verified_on is None
            assert citation.source or citation.basis is Basis.POLICY
        for path in PACKS.glob("*.yaml"):
            header = path.read_text(encoding="utf-8").partition("\n\n")[0].replace("\n# ", " ")
            assert "Not legal advice: counsel must confirm" in header

    def test_only_a_policy_is_approved_without_an_acknowledgment(self, shipped: list[WrittenRequirement]) -> None:
        day, now = date(2026, 3, 2), datetime(2026, 3, 2, tzinfo=UTC)
        refused = set()
        for each in shipped:
            draft = Requirement.add(uid(1), code=each.code, title=each.title, now=now)
            each.load_into(draft, by=None, today=day, now=now)
            with suppress(UnverifiedSource):
                draft.approve(1, by=uid(2), now=now, today=day)
            if not draft.approved:
                refused.add(draft.code)
                draft.approve(1, by=uid(2), now=now, today=day, acknowledge=True)
            assert draft.approved
        assert len(refused) >= 18
        assert {code for code in refused if code.startswith("policy_")} == set()

    def test_bloodborne_pathogens_training_is_never_valid_for_longer_than_a_year(
        self, shipped: list[WrittenRequirement]
    ) -> None:
        (terms,) = (each.terms for each in shipped if each.code == "osha_bloodborne_pathogens")
        # 29 CFR 1910.1030(g)(2)(iv) and (h)(2)(ii).
        assert (terms.guards.max_interval_days, terms.retention) == (365, Retention(3))
        assert terms.relief == ReliefPermitted()
