"""What must be learned before what: never in a circle, so that everything can be learned."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalogue.module_life import ModuleEdited, ModuleIsArchived, ModuleOffer, ModuleStatus
from domain.catalogue.prerequisites import (
    PrerequisiteCircle,
    PrerequisiteNotOffered,
    modules_behind,
    require_no_circle,
    require_offered,
    still_required,
)
from domain.kernel.errors import Conflict, InvalidValue
from kit.about import for_each
from kit.examples import LATER, NOW, a_draft, a_lesson, an_archived_module, uid

A, B, C, D = (uid(n) for n in range(1, 5))


def test_a_chain_is_no_circle() -> None:
    require_no_circle(A, [B], {A: (), B: (C,), C: (D,), D: ()})


def test_two_ways_to_the_same_module_are_no_circle() -> None:
    require_no_circle(A, [B, C], {A: (), B: (D,), C: (D,), D: ()})


@for_each(
    ("prerequisites", "catalogue"),
    [
        ([A], {A: ()}),
        ([B], {A: (), B: (A,)}),
        ([B], {A: (), B: (C,), C: (D,), D: (A,)}),
        ([C, B], {A: (), B: (A,), C: ()}),
    ],
)
def test_a_circle_is_refused(prerequisites: list[UUID], catalogue: dict[UUID, tuple[UUID, ...]]) -> None:
    with pytest.raises(PrerequisiteCircle, match="has this one as a prerequisite") as refusal:
        require_no_circle(A, prerequisites, catalogue)
    assert isinstance(refusal.value, Conflict)
    assert refusal.value.slug == "prerequisite-circle"


def test_what_does_not_exist_cannot_come_first() -> None:
    with pytest.raises(InvalidValue, match="there is no such module") as refusal:
        require_no_circle(A, [B, D], {A: (), B: ()})
    assert refusal.value.field == ("prerequisites", 1)


def test_a_deleted_draft_leads_nowhere() -> None:
    require_no_circle(A, [B], {A: (), B: (D,)})


def test_what_a_module_comes_before_by_any_way() -> None:
    catalogue = {A: (), B: (A,), C: (B, A), D: (B,)}
    assert [modules_behind(each, catalogue) for each in (A, B, C, uid(9))] == [[B, C, D], [C, D], [], []]


def test_a_module_takes_its_prerequisites_in_place_of_the_former() -> None:
    module = a_draft(number=1)
    module.require_first([B, C], {A: (), B: (), C: ()}, now=LATER)
    assert (module.prerequisites, module.version, module.updated_at) == ((B, C), 2, LATER)
    assert module.take_events() == [ModuleEdited(A, 2)]
    module.require_first([], {A: (), B: (), C: ()}, now=LATER)
    assert module.prerequisites == ()


@pytest.mark.parametrize(
    "prerequisites", [[B, B], [uid(n) for n in range(10, 31)]], ids=["twice the same", "more than twenty"]
)
def test_prerequisites_keep_the_limits(prerequisites: list[UUID]) -> None:
    module = a_draft(number=1)
    with pytest.raises(InvalidValue) as refusal:
        module.require_first(prerequisites, dict.fromkeys(prerequisites, ()), now=LATER)
    assert refusal.value.field == ("prerequisites",)
    assert (module.version, module.updated_at) == (1, NOW)


def test_those_of_an_archived_module_do_not_change() -> None:
    with pytest.raises(ModuleIsArchived):
        an_archived_module(a_lesson(), number=1).require_first([], {}, now=LATER)


Catalogue = dict[UUID, tuple[UUID, ...]]


def leads_to(catalogue: Catalogue, start: UUID, goal: UUID) -> bool:
    """Whether one comes from the start to the goal, by following every way step by step."""
    reached = {start}
    for _ in catalogue:
        reached |= {each for module in reached for each in catalogue[module]}
    return goal in reached


@given(st.lists(st.tuples(st.integers(1, 8), st.integers(1, 8)), max_size=40))
def test_exactly_what_would_close_a_circle_is_refused_and_all_the_rest_can_be_learned(
    edges: list[tuple[int, int]],
) -> None:
    catalogue: Catalogue = {uid(n): () for n in range(1, 9)}
    for owner, first in edges:
        module_id, added = uid(owner), uid(first)
        closes = leads_to(catalogue, added, module_id)
        asked = (*catalogue[module_id], added)
        if closes:
            with pytest.raises(PrerequisiteCircle):
                require_no_circle(module_id, asked, catalogue)
        else:
            require_no_circle(module_id, asked, catalogue)
            catalogue[module_id] = asked
    learned: set[UUID] = set()
    while open_now := {each for each in catalogue if each not in learned and learned.issuperset(catalogue[each])}:
        learned |= open_now
    assert learned == set(catalogue)


def test_what_is_on_offer_waits_for_no_draft() -> None:
    published, archived = (ModuleOffer(status, 1) for status in (ModuleStatus.PUBLISHED, ModuleStatus.ARCHIVED))
    require_offered({})
    require_offered({B: published, C: archived})
    with pytest.raises(PrerequisiteNotOffered, match=str(C)):
        require_offered({B: published, C: ModuleOffer(ModuleStatus.DRAFT, None)})


def test_a_module_that_is_not_offered_blocks_nobody() -> None:
    offers = {
        A: ModuleOffer(ModuleStatus.PUBLISHED, 1),
        B: ModuleOffer(ModuleStatus.PUBLISHED, 2),
        C: ModuleOffer(ModuleStatus.ARCHIVED, 1),
        uid(4): ModuleOffer(ModuleStatus.DRAFT, None),
    }
    asked = [uid(9), uid(4), C, B, A]
    assert still_required(asked, offers, frozenset()) == (A, B)
    assert still_required(asked, offers, {A, C}) == (B,)
    assert still_required([B], offers, {B}) == ()
