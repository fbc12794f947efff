"""Rules that have one home: what they rest on is read there, and where SQL decides for the sake of speed.

There the contract suites compare SQL with the domain: `tests/contracts/learning/rules.py`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SRC = Path(__file__).resolve().parents[2] / "src"

ON_OFFER = {
    "domain/catalogue/module_life.py",  # the home: ModuleOffer.is_open and offered_version
    "domain/catalogue/modules.py",  # publishes, and keeps the last section of what is published
    "adapters/sql/learning/eligibility.py",  # is_offered, for what must be completed first
    "entrypoints/cli/demo.py",  # lists what is published
}
HOMES = {
    ("ModuleStatus", "PUBLISHED"): ON_OFFER,
    ("evidence", "valid_months"): {"domain/evidence/retention.py"},
    ("evidence", "retention_years"): {"domain/evidence/retention.py"},
}


def reads(source: str) -> Iterator[tuple[str, str]]:
    """Each attribute that the source reads, with the last name of what it is read from."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            owner = node.value
            yield (owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")), node.attr


@pytest.mark.parametrize("rule", HOMES, ids=".".join)
def test_what_a_rule_rests_on_is_read_in_its_home_only(rule: tuple[str, str]) -> None:
    sources = ((path, path.read_text(encoding="utf-8")) for path in SRC.rglob("*.py"))
    found = {
        path.relative_to(SRC).as_posix() for path, source in sources if rule[1] in source and rule in reads(source)
    }
    assert found == HOMES[rule]


def test_reading_it_elsewhere_would_be_noticed() -> None:
    assert ("evidence", "valid_months") in reads("until = version.settings.evidence.valid_months")
    assert ("ModuleStatus", "PUBLISHED") in reads("if module.status is ModuleStatus.PUBLISHED: pass")
