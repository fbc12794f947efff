"""The sections and questions of a module: they keep an order without gaps, under the module's version."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalogue.module_life import LastSection, ModuleEdited
from domain.catalogue.modules import MAX_SECTIONS, TrainingModule
from domain.catalogue.questions import Numeric
from domain.catalogue.sections import Lesson, QuestionNotFound, Quiz, SectionIsNotAQuiz, SectionNotFound, TooMany
from domain.kernel.errors import DomainError, InvalidValue, NotFound
from kit.about import for_each
from kit.examples import LATER, NOW, a_draft, a_lesson, a_published_module, a_question, a_quiz, uid

M = uid(900)


def order(module: TrainingModule) -> list[int]:
    assert [section.position for section in module.sections] == list(range(1, len(module.sections) + 1))
    return [section.id.int for section in module.sections]


def three_lessons() -> TrainingModule:
    return a_draft(a_lesson(1), a_lesson(2), a_lesson(3))


def assert_edited(module: TrainingModule, version: int = 2) -> None:
    assert (module.version, module.updated_at) == (version, LATER)
    (edited,) = module.take_events()
    assert isinstance(edited, ModuleEdited)
    assert (edited.module_id, edited.version) == (M, version)
    assert edited.section_ids or edited.question_ids


def assert_untouched(module: TrainingModule) -> None:
    assert (module.version, module.updated_at, module.take_events()) == (1, NOW, [])
    assert order(module) == [1, 2, 3]


@for_each(
    ("position", "expected"),
    [(None, [1, 2, 3, 9]), (1, [9, 1, 2, 3]), (2, [1, 9, 2, 3]), (4, [1, 2, 3, 9])],
)
def test_a_section_is_added_at_its_position_or_at_the_end(position: int | None, expected: list[int]) -> None:
    module = three_lessons()
    module.add_section(a_lesson(9), now=LATER, position=position)
    assert order(module) == expected
    assert_edited(module)


@pytest.mark.parametrize("position", [-1, 0, 5])
def test_a_section_cannot_be_added_beyond_the_ends(position: int) -> None:
    module = three_lessons()
    with pytest.raises(InvalidValue) as refusal:
        module.add_section(a_lesson(9), now=LATER, position=position)
    assert (str(refusal.value), refusal.value.field) == ("must be from 1 to 4", ("position",))
    assert_untouched(module)


def test_a_module_has_at_most_200_sections() -> None:
    module = a_draft(*(a_lesson(n) for n in range(1, MAX_SECTIONS)))
    module.add_section(a_lesson(200), now=LATER)
    with pytest.raises(TooMany, match=r"A module has at most 200 sections\.") as refusal:
        module.add_section(a_lesson(201), now=LATER)
    assert refusal.value.slug == "too-many"
    assert len(module.sections) == MAX_SECTIONS


def test_editing_a_section_changes_the_module() -> None:
    module = three_lessons()
    section = module.edit_section(uid(2), now=LATER, title="Gloves", content=Lesson("Wear them."))
    assert section is module.section(uid(2))
    assert (section.title, section.content) == ("Gloves", Lesson("Wear them."))
    assert_edited(module)


def test_removing_a_section_closes_the_gap() -> None:
    module = three_lessons()
    module.remove_section(uid(2), now=LATER)
    assert order(module) == [1, 3]
    assert_edited(module)


def test_a_draft_may_lose_its_last_section() -> None:
    module = a_draft(a_lesson(1))
    module.remove_section(uid(1), now=LATER)
    assert module.sections == []


def test_a_published_module_keeps_its_last_section() -> None:
    module = a_published_module(a_lesson(1), a_lesson(2))
    module.remove_section(uid(1), now=LATER)
    with pytest.raises(LastSection) as refusal:
        module.remove_section(uid(2), now=LATER)
    assert refusal.value.slug == "last-section"
    with pytest.raises(LastSection):
        module.replace_sections([], now=LATER)
    assert order(module) == [2]
    assert_edited(module, version=3)


def test_sections_are_put_in_another_order() -> None:
    module = three_lessons()
    module.reorder_sections([uid(3), uid(1), uid(2)], now=LATER)
    assert order(module) == [3, 1, 2]
    assert_edited(module)


@for_each("named", [[], [1, 2], [1, 2, 3, 3], [1, 2, 2], [1, 2, 9], [1, 2, 3, 9]])
def test_an_order_names_every_section_exactly_once(named: list[int]) -> None:
    module = three_lessons()
    with pytest.raises(InvalidValue, match="must name every section of the module exactly once") as refusal:
        module.reorder_sections([uid(n) for n in named], now=LATER)
    assert refusal.value.field == ("section_ids",)
    assert_untouched(module)


def test_all_sections_are_replaced() -> None:
    module = three_lessons()
    module.replace_sections([a_lesson(8, "Gloves"), a_lesson(7, "Masks")], now=LATER)
    assert order(module) == [8, 7]
    assert_edited(module)


def test_a_section_of_the_same_title_and_kind_keeps_its_id() -> None:
    module = a_draft(a_lesson(1, "Gloves"), a_quiz(2), a_lesson(3, "Masks"))
    module.replace_sections([a_quiz(7), a_lesson(8, "Knowledge check"), a_lesson(9, "Gloves")], now=LATER)
    assert order(module) == [2, 8, 1]
    assert_edited(module)


def test_sections_that_look_the_same_keep_their_ids_in_order() -> None:
    module = three_lessons()
    module.replace_sections([a_lesson(n) for n in (6, 7, 8, 9)], now=LATER)
    assert order(module) == [1, 2, 3, 9]


def test_questions_with_the_same_prompt_keep_their_ids_in_order() -> None:
    module = a_draft(a_quiz(1, *(a_question(n, prompt=prompt) for n, prompt in ((11, "A?"), (12, "B?"), (13, "A?")))))
    replaced = a_quiz(2, *(a_question(20 + i, prompt=prompt) for i, prompt in enumerate(("A?", "C?", "A?", "A?"))))
    module.replace_sections([replaced], now=LATER)
    assert order(module) == [1]
    assert [question.id.int for question in module.section(uid(1)).questions] == [11, 21, 13, 23]


def test_a_draft_may_have_all_its_sections_replaced_by_none() -> None:
    module = three_lessons()
    module.replace_sections([], now=LATER)
    assert order(module) == []
    assert_edited(module)


def test_not_more_than_200_sections_replace_the_present_ones() -> None:
    module = three_lessons()
    with pytest.raises(InvalidValue) as refusal:
        module.replace_sections([a_lesson(n) for n in range(1, 202)], now=LATER)
    assert refusal.value.field == ("sections",)
    assert (module.version, module.take_events()) == (1, [])


@for_each(
    ("act", "error"),
    [
        (lambda m: m.section(uid(9)), SectionNotFound),
        (lambda m: m.edit_section(uid(9), now=LATER), SectionNotFound),
        (lambda m: m.remove_section(uid(9), now=LATER), SectionNotFound),
        (lambda m: m.edit_section(uid(1), now=LATER, title=""), InvalidValue),
        (lambda m: m.edit_section(uid(1), now=LATER, content=Quiz()), InvalidValue),
    ],
)
def test_what_cannot_be_done_leaves_the_module_as_it_was(
    act: Callable[[TrainingModule], object], error: type[Exception]
) -> None:
    module = three_lessons()
    with pytest.raises(error):
        act(module)
    assert_untouched(module)


def test_an_unknown_section_is_not_found() -> None:
    with pytest.raises(NotFound, match=r"The module has no section with this id\.") as refusal:
        three_lessons().section(uid(9))
    assert refusal.value.slug == "section-not-found"


class TestQuestions:
    def test_adding_a_question_changes_the_module(self) -> None:
        module = a_draft(a_quiz(1, a_question(11)))
        module.add_question(uid(1), a_question(12), now=LATER, position=1)
        assert [(q.position, q.id) for q in module.section(uid(1)).questions] == [(1, uid(12)), (2, uid(11))]
        assert_edited(module)

    def test_editing_a_question_changes_the_module(self) -> None:
        module = a_draft(a_quiz(1, a_question(11)))
        question = module.edit_question(
            uid(1), uid(11), now=LATER, prompt="How many?", points=5, explanation="Count", metadata=Numeric(3)
        )
        assert question is module.section(uid(1)).question(uid(11))
        assert (question.prompt, question.points, question.explanation) == ("How many?", 5, "Count")
        assert question.metadata == Numeric(3)
        assert_edited(module)

    def test_removing_a_question_changes_the_module(self) -> None:
        module = a_draft(a_quiz(1, a_question(11), a_question(12)))
        module.remove_question(uid(1), uid(11), now=LATER)
        assert [(q.position, q.id) for q in module.section(uid(1)).questions] == [(1, uid(12))]
        assert_edited(module)

    @for_each(
        ("act", "error"),
        [
            (lambda m: m.add_question(uid(99), a_question(), now=LATER), SectionNotFound),
            (lambda m: m.edit_question(uid(99), uid(11), now=LATER), SectionNotFound),
            (lambda m: m.remove_question(uid(99), uid(11), now=LATER), SectionNotFound),
            (lambda m: m.edit_question(uid(1), uid(99), now=LATER), QuestionNotFound),
            (lambda m: m.remove_question(uid(1), uid(99), now=LATER), QuestionNotFound),
            (lambda m: m.add_question(uid(2), a_question(), now=LATER), SectionIsNotAQuiz),
            (lambda m: m.edit_question(uid(1), uid(11), now=LATER, points=0), InvalidValue),
            (lambda m: m.add_question(uid(1), a_question(), now=LATER, position=3), InvalidValue),
        ],
    )
    def test_what_cannot_be_done_leaves_the_module_as_it_was(
        self, act: Callable[[TrainingModule], object], error: type[DomainError]
    ) -> None:
        module = a_draft(a_quiz(1, a_question(11)), a_lesson(2))
        with pytest.raises(error):
            act(module)
        assert (module.version, module.updated_at, module.take_events()) == (1, NOW, [])


EDITS = st.lists(
    st.tuples(st.sampled_from(["add", "remove", "edit", "reorder", "replace"]), st.integers(0, 8)), max_size=25
)


@given(EDITS)
def test_positions_stay_gapless_whatever_is_done(edits: list[tuple[str, int]]) -> None:
    """A plain list beside the module is edited in the same way; each edit raises the version by one."""
    module, expected, version = a_draft(), list[int](), 1
    for number, (kind, place) in enumerate(edits, start=1):
        index = min(place, len(expected))
        if kind == "add":
            module.add_section(a_lesson(number), now=LATER, position=index + 1)
            expected.insert(index, number)
        elif kind == "reorder":
            expected = expected[index:] + expected[:index][::-1]
            module.reorder_sections([uid(n) for n in expected], now=LATER)
        elif kind == "replace":
            expected = [1_000 * number + n for n in range(place)]
            module.replace_sections([a_lesson(n, f"Step {n}") for n in expected], now=LATER)
        elif index == len(expected):
            continue
        elif kind == "remove":
            module.remove_section(uid(expected.pop(index)), now=LATER)
        else:
            module.edit_section(uid(expected[index]), now=LATER, title="Edited")
        version += 1
        assert order(module) == expected
        assert module.version == version


def dated(module: TrainingModule) -> dict[int, tuple[bool, bool]]:
    """Of each section and question, whether it was written and whether it was changed LATER."""
    parts = [part for section in module.sections for part in (section, *section.questions)]
    return {part.id.int: (part.created_at == LATER, part.updated_at == LATER) for part in parts}


OLD, CHANGED, NEW = (False, False), (False, True), (True, True)


@for_each(
    ("change", "expected"),
    [
        (lambda m: m.edit_section(uid(1), now=LATER, title="New"), {1: CHANGED, 2: OLD, 21: OLD, 22: OLD}),
        (lambda m: m.edit_section(uid(2), now=LATER, content=Quiz(draw=1)), {1: OLD, 2: CHANGED, 21: OLD, 22: OLD}),
        (lambda m: m.edit_section(uid(1), now=LATER), {1: OLD, 2: OLD, 21: OLD, 22: OLD}),
        (lambda m: m.edit_question(uid(2), uid(22), now=LATER, points=3), {1: OLD, 2: OLD, 21: OLD, 22: CHANGED}),
        (lambda m: m.add_section(a_lesson(9), now=LATER), {1: OLD, 2: OLD, 21: OLD, 22: OLD, 9: NEW}),
        (lambda m: m.add_section(a_lesson(9), now=LATER, position=2), {1: OLD, 9: NEW, 2: CHANGED, 21: OLD, 22: OLD}),
        (lambda m: m.add_question(uid(2), a_question(29), now=LATER), {1: OLD, 2: OLD, 21: OLD, 22: OLD, 29: NEW}),
        (lambda m: m.remove_question(uid(2), uid(21), now=LATER), {1: OLD, 2: OLD, 22: CHANGED}),
        (lambda m: m.remove_section(uid(1), now=LATER), {2: CHANGED, 21: OLD, 22: OLD}),
        (lambda m: m.reorder_sections([uid(2), uid(1)], now=LATER), {2: CHANGED, 21: OLD, 22: OLD, 1: CHANGED}),
        (
            lambda m: m.replace_sections([a_lesson(91), a_quiz(92, a_question(21)), a_lesson(93)], now=LATER),
            {1: OLD, 2: OLD, 21: OLD, 93: NEW},
        ),
    ],
)
def test_sections_and_questions_say_when_they_were_written_and_changed(
    change: Callable[[TrainingModule], object], expected: dict[int, tuple[bool, bool]]
) -> None:
    module = a_draft(a_lesson(1), a_quiz(2, a_question(21), a_question(22)))
    assert set(dated(module).values()) == {OLD}
    change(module)
    assert dated(module) == expected


class TestWhatAnEditNames:
    """Sections are 1 to 3 and questions above 10; the third section is a quiz."""

    @for_each(
        ("edit", "sections", "questions"),
        [
            (lambda m: m.edit_section(uid(2), now=LATER, title="New"), (2,), ()),
            (lambda m: m.edit_section(uid(2), now=LATER), (), ()),
            (lambda m: m.add_section(a_lesson(9), now=LATER), (9,), ()),
            (lambda m: m.add_section(a_lesson(9), now=LATER, position=2), (2, 3, 9), ()),
            (lambda m: m.remove_section(uid(1), now=LATER), (1, 2, 3), ()),
            (lambda m: m.remove_section(uid(3), now=LATER), (3,), (11, 12)),
            (lambda m: m.reorder_sections([uid(1), uid(3), uid(2)], now=LATER), (2, 3), ()),
            (lambda m: m.replace_sections([a_lesson(9, "Other")], now=LATER), (1, 2, 3, 9), (11, 12)),
            (lambda m: m.add_question(uid(3), a_question(13), now=LATER), (), (13,)),
            (lambda m: m.add_question(uid(3), a_question(13), now=LATER, position=1), (), (11, 12, 13)),
            (lambda m: m.edit_question(uid(3), uid(12), now=LATER, points=9), (), (12,)),
            (lambda m: m.remove_question(uid(3), uid(11), now=LATER), (), (11, 12)),
        ],
    )
    def test_it_is_what_is_not_as_it_was(
        self, edit: Callable[[TrainingModule], object], sections: tuple[int, ...], questions: tuple[int, ...]
    ) -> None:
        module = a_draft(a_lesson(1), a_lesson(2), a_quiz(3, a_question(11), a_question(12)))
        edit(module)
        assert module.take_events() == [ModuleEdited(M, 2, tuple(map(uid, sections)), tuple(map(uid, questions)))]
