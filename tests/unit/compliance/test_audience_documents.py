"""Rules about audiences as documents: what is refused says where and what to write instead."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from contracts.make import uid, user_id
from contracts.people.locations import location_id
from domain.compliance.audience import MOST_CLAUSES, MOST_DEPTH, MOST_VALUES, Audience
from domain.compliance.audience_clauses import Not, Rule
from domain.compliance.audience_documents import document_of, parsed
from domain.compliance.audience_facts import EmploymentStatus, PersonOnDay, Place, PositionOnDay
from domain.compliance.audience_forms import canonical
from domain.kernel.errors import InvalidValue
from domain.kernel.states import State
from kit.about import for_each
from kit.random_audiences import CODES, DAY, DAYS, STATES, a_rule, metadata, word

TX: dict[str, Any] = {"field": "state", "is": "TX"}
NO_CITY: dict[str, Any] = {"field": "city", "absent": True}


def nested(levels: int) -> Any:
    document: Any = TX
    for _ in range(levels - 1):
        document = {"not": document}
    return document


@for_each(
    ("document", "path", "message"),
    [
        (None, (), "must be an object with `all`, `any`, `not`, `field` or `metadata`"),
        ([TX], (), "must be an object"),
        ({}, (), "must have exactly one of `all`, `any`, `not`, `field` or `metadata`"),
        ({"all": TX}, ("all",), "must be a list of rules"),
        ({"all": [TX, "x"]}, ("all", 1), "must be an object"),
        ({"any": []}, ("any",), '{"all": []} is everybody'),
        ({"not": {"all": [None]}}, ("not", "all", 0), "must be an object"),
        ({"all": [], "field": "state"}, (), "has `field`, which does not go with `all`"),
        ({"all": [], "any": []}, (), "has `any`, which does not go with `all`"),
        ({**TX, "metadata": ["a"]}, (), "must have exactly one of"),
        ({"field": "state"}, (), "`is`, `at_least`, `at_most`, `more_than`, `less_than` or `absent`"),
        ({**TX, "absent": True}, (), "Put two of them into two rules in `all`"),
        ({**TX, "isnt": 1}, (), "has `isnt`"),
        ({5: 1, "field": "state", "is": "TX"}, (), "has `5`"),
        ({"field": "job", "is": "x"}, ("field",), "must be one of job_code, department"),
        ({"field": ["state"], "is": "x"}, ("field",), "must be one of"),
        ({"field": "state", "is": "Texas"}, ("is",), "two letters of a state"),
        ({"field": "state", "is": ["TX", 5]}, ("is", 1), "two letters of a state"),
        ({"field": "state", "is": []}, ("is",), f"must have 1 to {MOST_VALUES} values"),
        ({"field": "state", "is": ["TX"] * 201}, ("is",), "and has 201"),
        ({"field": "state", "at_least": "TX"}, ("at_least",), "does not go with the state, which has no order"),
        ({"field": "job_code", "is": "Dental Assistant"}, ("is",), "must be a job code such as dental_assistant"),
        ({"field": "job_code", "is": None}, ("is",), "must be text"),
        ({"field": "department", "is": " "}, ("is",), "must not be blank"),
        ({"field": "department", "is": "a\0"}, ("is",), "control character"),
        ({"field": "location", "is": "Austin"}, ("is",), "must be the id of a location"),
        ({"field": "employment_state", "is": "fired"}, ("is",), "must be one of hired, rehired"),
        ({"field": "hire_day", "at_least": "2026-02-30"}, ("at_least",), "must be a day such as 2026-03-31"),
        ({"field": "hire_day", "at_least": 20260230}, ("at_least",), "must be a day"),
        ({"field": "hire_day", "is": True}, ("is",), "must be a day"),
        ({"field": "days_since_hire", "at_least": "30"}, ("at_least",), "must be a number"),
        ({"field": "days_since_hire", "at_least": True}, ("at_least",), "must be a number"),
        ({"field": "days_since_hire", "at_least": 1.5}, ("at_least",), "must be a whole number of days"),
        ({"field": "days_since_hire", "at_least": -1}, ("at_least",), "must be from 0"),
        ({"field": "state", "absent": False}, ("absent",), "must be true"),
        ({"metadata": "a", "is": 1}, ("metadata",), "must be a list of 1 to 6 names"),
        ({"metadata": [], "is": 1}, ("metadata",), "must be a list of 1 to 6 names"),
        ({"metadata": ["a"] * 7, "is": 1}, ("metadata",), "must be a list of 1 to 6 names"),
        ({"metadata": ["a", 5], "is": 1}, ("metadata", 1), "must be text"),
        ({"metadata": ['a"'], "is": 1}, ("metadata", 0), "without quotation marks"),
        ({"metadata": ["a"], "is": None}, ("is",), "For a missing value write `absent`"),
        ({"metadata": ["a"], "is": [[1]]}, ("is", 0), "must be text, a number, true or false"),
        ({"metadata": ["a"], "is": float("nan")}, ("is",), "must be from"),
        ({"metadata": ["a"], "is": 10**13}, ("is",), "must be from"),
        ({"metadata": ["a"], "at_most": "soon"}, ("at_most",), "must be a day"),
        ({"metadata": ["a"], "at_most": [5]}, ("at_most",), "must be a number, or a day"),
        (nested(MOST_DEPTH + 1), ("not",) * MOST_DEPTH, "is deeper than 8 levels"),
        ({"all": [TX] * MOST_CLAUSES}, ("all", MOST_CLAUSES - 1), "is one of more than 200 parts"),
    ],
)
def test_what_is_refused(document: Any, path: tuple[str | int, ...], message: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        parsed(document)
    assert refused.value.field == path
    assert message in str(refused.value)


def test_a_document_of_any_depth_is_refused() -> None:
    with pytest.raises(InvalidValue, match="deeper"):
        parsed(nested(100_000))


def test_a_tree_beyond_the_limits_is_refused_however_it_is_made() -> None:
    rule: Rule = parsed(nested(MOST_DEPTH)).rule
    with pytest.raises(InvalidValue, match="deeper"):
        Audience(Not(rule))


def test_limits_are_included() -> None:
    assert parsed(nested(MOST_DEPTH))
    assert parsed({"all": [TX] * (MOST_CLAUSES - 1)})
    assert parsed({"field": "state", "is": ["TX"] * MOST_VALUES})


def test_documents_come_back_in_their_normal_form() -> None:
    given = {
        "all": [
            {"field": "location", "is": str(uid(5)).upper()},
            {"field": "state", "is": "tx"},
            {"field": "department", "is": ["  Front   Desk "]},
            {"not": {"metadata": ["license", "state"], "absent": True}},
            {"any": [{"field": "hire_day", "less_than": "2026-03-31"}, {"metadata": ["a"], "at_least": 5.0}]},
        ]
    }
    written = {
        "all": [
            {"field": "location", "is": [str(uid(5))]},
            {"field": "state", "is": ["TX"]},
            {"field": "department", "is": ["Front Desk"]},
            {"not": {"metadata": ["license", "state"], "absent": True}},
            {"any": [{"field": "hire_day", "less_than": "2026-03-31"}, {"metadata": ["a"], "at_least": 5}]},
        ]
    }
    assert document_of(parsed(given)) == written


@for_each("seed", range(5))
def test_any_rule_survives_being_written_down(seed: int) -> None:
    chance = Random(seed)
    for _ in range(100):
        audience = parsed(a_rule(chance))
        assert parsed(document_of(audience)) == audience


def test_rules_that_differ_are_not_equal() -> None:
    assert parsed({"metadata": ["a"], "is": 1}) != parsed({"metadata": ["a"], "is": True})
    assert parsed({"metadata": ["a"], "is": 1}) == parsed({"metadata": ["a"], "is": 1.0})


class TestCanonicalForm:
    @for_each(
        ("one", "other"),
        [
            ({"field": "city", "is": ["B", "a"]}, {"field": "city", "is": ["A", "b", "a"]}),
            ({"not": {"not": TX}}, TX),
            ({"all": [TX, TX]}, TX),
            ({"any": [{"all": [{"all": [TX]}]}]}, TX),
            ({"not": {"all": [{"not": TX}]}}, {"any": [TX]}),
            ({"all": [TX, {"all": [NO_CITY]}]}, {"all": [NO_CITY, TX]}),
            ({"metadata": ["a"], "is": [1, 1.0]}, {"metadata": ["a"], "is": 1}),
            ({"field": "department", "is": "Hygiène"}, {"field": "department", "is": "HYGIENE"}),
        ],
    )  # fmt: skip
    def test_equal(self, one: Any, other: Any) -> None:
        assert canonical(parsed(one)) == canonical(parsed(other))

    @for_each(
        ("one", "other"),
        [
            ({"metadata": ["a"], "is": "1"}, {"metadata": ["a"], "is": 1}),
            ({"metadata": ["a"], "is": 1}, {"metadata": ["a"], "is": True}),
            ({"metadata": ["a"], "at_least": 1}, {"metadata": ["a"], "more_than": 1}),
            ({"metadata": ["a", "b"], "is": 1}, {"metadata": ["a', 'b"], "is": 1}),
            ({"metadata": ["a"], "is": ["x", "y"]}, {"metadata": ["a"], "is": "x' or 'y"}),
            ({"all": [TX]}, {"all": []}),
            ({"all": [TX, {"not": TX}]}, {"any": [TX, {"not": TX}]}),
        ],
    )
    def test_different(self, one: Any, other: Any) -> None:
        assert canonical(parsed(one)) != canonical(parsed(other))

    @for_each("seed", range(5))
    def test_what_is_shuffled_stays_the_same_and_concerns_the_same_people(self, seed: int) -> None:
        chance = Random(seed)
        people = [a_person_at_random(chance, n) for n in range(20)]
        for _ in range(60):
            document = a_rule(chance)
            one, other = parsed(document), parsed(shuffled(document, chance))
            assert canonical(one) == canonical(other)
            for person in people:
                assert one.positions_under(person) == other.positions_under(person)
                for verdict in one.verdicts(person):
                    assert verdict.is_under is one.covers(person, verdict.position)


def shuffled(document: dict[str, Any], chance: Random) -> dict[str, Any]:
    """The same rule in another order, with parts repeated and wrapped."""
    made = dict(document)
    for name in ("all", "any"):
        if name in made:
            parts = [shuffled(part, chance) for part in made[name]]
            parts += parts[:1]
            made[name] = chance.sample(parts, len(parts))
    if "not" in made:
        made["not"] = shuffled(made["not"], chance)
    if isinstance(made.get("is"), list):
        made["is"] = chance.sample(made["is"] * 2, len(made["is"]) * 2)
    return {"all": [made]} if chance.random() < 0.1 else made


def a_person_at_random(chance: Random, n: int) -> PersonOnDay:
    def a_position(number: int) -> PositionOnDay:
        place = Place(location_id(chance.randrange(1, 5)), "Office", word(chance), State(chance.choice(STATES)))
        return PositionOnDay(
            uid(number),
            chance.choice(DAYS),
            number == 1,
            chance.choice([None, word(chance)]),
            chance.choice([None, *CODES]),
            chance.choice([None, place]),
        )

    return PersonOnDay(
        user_id(n),
        DAY,
        chance.choice([None, *EmploymentStatus]),
        chance.choice([None, *DAYS]),
        tuple(map(a_position, range(1, chance.randrange(1, 4)))),
        metadata(chance),
    )
