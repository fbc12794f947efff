"""Rules about audiences, and facts about people, at random and the same each time for the same chance.

Values are chosen so that rules and facts meet often: spellings of the same few words, numbers and texts that look
alike, and values of every kind where a rule expects another kind.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from contracts.people.locations import location_id

DAY = date(2026, 3, 2)
"""The day on which people are looked at."""
WORDS = (
    *("Hygiene", "HYGIENE", "  hygiene ", "Hygiène", "hygie\u0300ne", "Ｈygiene", "Front-Desk", "front\u2013desk"),
    *("Front -- Desk", "front - desk", "St. Mary's", "ST. MARY\u2019S", "st mary`s", "Straße", "STRASSE", "İzmir"),
    *("izmir", "ﬁrst aid", "first aid", "日本", "TX", "tx", "5", "5.0", "true", "null", "2026-03-02", "2026-02-30"),
    *(
        "O(1)_%",
        "a\nb",
        "a b",
        "\u212aelvin",
        "kelvin",
        "100%",
        "1e2",
        "['a']",
        "\U0001f9b7",
        "Žan",
        "zan",
        "-",
        "\u2014",
    ),
)
NUMBERS = (0, 1, 5, 5.0, 5.5, -3, 0.1, 0.1 + 0.2, 0.3, 1e-9, 2**53 + 1, -(2**63), 100, 1e12, 999_999_999_999.9)
DAYS = tuple(DAY + timedelta(days) for days in (-4000, -400, -366, -30, -1, 0, 1))
CODES = ("hygienist", "dentist", "dental_assistant", "front_desk")
STATES = ("TX", "CA", "IL")
OFFICES = tuple(range(1, 5))
EMPLOYMENT = ("hired", "rehired", "returned", "on_leave", "left")
NAMES = (
    "a",
    "A",
    "b",
    "license",
    "0",
    "ключ",
    "with space",
    "a.b",
    "$",
    "#",
    "[0]",
    "it's",
    "%",
    "_x",
    "-1",
    "a:b",
    "?",
)
ORDERS = ("at_least", "at_most", "more_than", "less_than")


def word(chance: Random) -> str:
    """A word in one of its spellings."""
    return chance.choice(WORDS)


def a_rule(chance: Random, depth: int = 4) -> dict[str, Any]:
    """The document of a rule."""
    kind = chance.random() if depth > 1 else 1.0
    if kind < 0.2:
        return {"all": [a_rule(chance, depth - 1) for _ in range(chance.randrange(4))]}
    if kind < 0.4:
        return {"any": [a_rule(chance, depth - 1) for _ in range(chance.randrange(1, 4))]}
    if kind < 0.6:
        return {"not": a_rule(chance, depth - 1)}
    return chance.choice(_CLAUSES)(chance)


def metadata(chance: Random, depth: int = 3) -> dict[str, Any]:
    """The metadata of a profile."""
    return {name: _json(chance, depth) for name in chance.sample(NAMES, chance.randrange(len(NAMES)))}


def _json(chance: Random, depth: int) -> Any:
    kind = chance.random()
    if kind < 0.4:
        return word(chance)
    if kind < 0.55:
        return chance.choice(NUMBERS)
    if kind < 0.65:
        return chance.choice((True, False, None))
    if kind < 0.75:
        return chance.choice(DAYS).isoformat()
    if depth <= 1:
        return chance.choice(([], {}, [1], ["a"]))
    if kind < 0.85:
        return [_json(chance, depth - 1) for _ in range(chance.randrange(3))]
    return {name: _json(chance, depth - 1) for name in chance.sample(NAMES, chance.randrange(6))}


def _some(chance: Random, values: Any, most: int = 3) -> Any:
    return [chance.choice(values) for _ in range(chance.randint(1, most))]


def _text(chance: Random) -> dict[str, Any]:
    return {"field": chance.choice(["department", "city"]), "is": _some(chance, ONE_LINE, 12)}


def _code(chance: Random) -> dict[str, Any]:
    field, values = chance.choice(
        [
            ("job_code", CODES),
            ("state", STATES),
            ("employment_state", EMPLOYMENT),
            ("location", [str(location_id(each)) for each in OFFICES]),
        ]
    )
    return {"field": field, "is": _some(chance, values)}


def _day(chance: Random) -> dict[str, Any]:
    field, day = chance.choice(["hire_day", "position_start"]), chance.choice(DAYS).isoformat()
    return {"field": field, chance.choice(["is", *ORDERS]): day}


def _count(chance: Random) -> dict[str, Any]:
    field = chance.choice(["days_since_hire", "days_since_position_start"])
    return {"field": field, chance.choice(["is", *ORDERS]): chance.choice([0, 1, 29, 30, 365, 400, 4000])}


def _metadata_is(chance: Random) -> dict[str, Any]:
    values = [*WORDS, *_IN_RULES, True, False, *(each.isoformat() for each in DAYS)]
    return {**_path(chance), "is": _some(chance, values, 12)}


def _metadata_order(chance: Random) -> dict[str, Any]:
    value: Any = chance.choice([*_IN_RULES, *(each.isoformat() for each in DAYS)])
    return {**_path(chance), chance.choice(ORDERS): value}


def _absent(chance: Random) -> dict[str, Any]:
    fields = (
        *("job_code", "department", "location", "state", "city", "position_start", "employment_state"),
        "hire_day",
    )
    subject = _path(chance) if chance.random() < 0.5 else {"field": chance.choice(fields)}
    return {**subject, "absent": True}


def _path(chance: Random) -> dict[str, Any]:
    return {"metadata": [chance.choice(NAMES[:6]) for _ in range(chance.choice([1, 1, 1, 1, 2, 3]))]}


ONE_LINE = tuple(each for each in WORDS if "\n" not in each)
_IN_RULES = tuple(each for each in NUMBERS if abs(each) <= 1e12)
_CLAUSES = (_text, _code, _day, _count, *(_metadata_is, _metadata_order, _absent) * 2)
