"""The normal form of text: what looks the same is the same, and what nobody sees is not there."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.text import MARKS_ON_ONE_LETTER, is_blank, line, lines, plain, same_name, unwelcome, unwelcome_within
from kit.about import for_each

ODD = st.text(
    st.sampled_from(
        "aé\u0301\u0316\u200b\u200c\u200d\ufe0f\ufe00\u00ad\ufeff \t\n\r\u00a0\u2028می\u094d\u0915❤👩⚕1\u20e3"
    )
    | st.characters(),
    max_size=30,
)


@for_each(
    ("typed", "kept"),
    [
        ("Hygiene", "Hygiene"),
        ("Hygiene ", "Hygiene"),
        ("\ufeff Front\u00a0 \tDesk\n", "Front Desk"),
        ("Hygiene\u200b", "Hygiene"),
        ("Hy\u00adgiene", "Hygiene"),
        ("Hygie\u0300ne", "Hygiène"),
        ("Hygie\u200b\u0300ne", "Hygiène"),
        ("Ana\u200e", "Ana"),
        ("A\u200dna", "Ana"),
        ("Ana\ufe0f", "Ana"),
        ("Ana\U000e0041", "Ana"),
        ("\u3164", ""),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("ක්\u200dර", "ක්\u200dර"),
        ("👩🏽\u200d⚕\ufe0f ❤\ufe0f 1\ufe0f\u20e3", "👩🏽\u200d⚕\ufe0f ❤\ufe0f 1\ufe0f\u20e3"),
        ("葛\U000e0100城", "葛\U000e0100城"),
        ("½ ﬁ Ａ x²", "½ ﬁ Ａ x²"),
    ],
)
def test_a_line_is_kept_in_one_form(typed: str, kept: str) -> None:
    assert line(typed) == kept


@for_each(
    ("typed", "kept"),
    [
        ("# A\r\n\r\n    code\r\rend ", "# A\n\n    code\n\nend "),
        ("a\u2028b\u2029c\u0085d\ve", "a\nb\nc\nd\ne"),
        ("\ufeff# Cafe\u0301\n", "# Café\n"),
        ("\tindented\n", "\tindented\n"),
    ],
)
def test_the_lines_of_a_longer_text_stay(typed: str, kept: str) -> None:
    assert lines(typed) == kept
    assert unwelcome(kept, one_line=False) is None


@given(ODD)
def test_normalizing_twice_is_normalizing_once(text: str) -> None:
    assert line(line(text)) == line(text)
    assert lines(lines(text)) == lines(text)


@given(ODD)
def test_equivalent_spellings_have_one_form(text: str) -> None:
    # Only where the spelling does not put a joiner beside another letter.
    assert line(unicodedata.normalize("NFD", text)) == line(unicodedata.normalize("NFC", text))


@for_each(
    ("text", "problem"),
    [
        ("Ana\x1bB", "must not contain the control character U+001B (at character 4)"),
        ("Ana\x9f", "must not contain the control character U+009F (at character 4)"),
        (
            "\u202egro.evil",
            "must not contain the character U+202E, which changes the direction of writing (at character 1)",
        ),
        ("a\u2066b", "must not contain the character U+2066, which changes the direction of writing (at character 2)"),
        ("Zo\ufffd", "must not contain the character U+FFFD, which replaces a lost character (at character 3)"),
        ("a\ud800", "must not contain the character U+D800 (at character 2)"),
        ("a" + "\u0301" * (MARKS_ON_ONE_LETTER + 1), "must not have more than 30 combining marks on one letter"),
    ],
)
def test_what_cannot_be_put_right_is_refused_in_words(text: str, problem: str) -> None:
    assert unwelcome(line(text), one_line=True) == problem
    if "\ufffd" not in text:
        assert unwelcome(lines(text), one_line=False) == problem


@for_each("text", ["Zoë Núñez", "Nguyễn Thị Hương", "日本語", "Hand hygiene 🧼", "O’Brien–Smith", "می\u200cخواهم"])
def test_names_as_people_write_them_are_welcome(text: str) -> None:
    assert line(text) == text
    assert unwelcome(text, one_line=True) is None


@for_each("text", ["", "  ", "\u200b", "\ufeff\u00ad\u200d", "\u3164\u2800"])
def test_what_has_nothing_to_see_is_blank(text: str) -> None:
    assert is_blank(text)


@for_each("around", ["", "A", "naïve", "\N{HIRAGANA LETTER A}"])
def test_each_control_character_is_named_wherever_it_stands(around: str) -> None:
    controls = {chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))}
    for sign in map(chr, range(0x100)):
        for text in (f"{around}{sign}", f"{sign}{around}", f"{around}{sign}{around}"):
            within = unwelcome(text, one_line=False)
            assert (within is not None) == (sign in controls - {"\t", "\n"}), repr(text)
            assert (unwelcome(text, one_line=True) is not None) == (sign in controls), repr(text)
            assert within is None or f"U+{ord(sign):04X}" in within


def test_marks_without_end_take_no_time_without_end() -> None:
    """Ordering combining marks takes time by the square of their number: these would take a minute."""
    heap = "a" + "\u0301\u0316" * 200_000
    assert line(heap) == lines(heap) == heap
    assert unwelcome(heap, one_line=False) == "must not have more than 30 combining marks on one letter"


def test_json_values_are_put_in_order_throughout() -> None:
    typed = {"Lic\u200bense ": ["TX\u00a0", {"e\u0301": 1}], "n": None, "x": True, "f": 1.5}
    assert plain(typed) == {"License": ["TX", {"é": 1}], "n": None, "x": True, "f": 1.5}
    assert (
        unwelcome_within({"a": ["b", {"c": "d\x00"}]})
        == "must not contain the control character U+0000 (at character 2)"
    )
    assert unwelcome_within({"a": {"b\u202e": 1}}) is not None
    assert unwelcome_within(plain(typed)) is None
    assert unwelcome_within(plain({"a": [{"b": 1, "b ": 2}]})) == "must not have two members named 'b'"


@for_each(
    ("one", "other"),
    [
        ("José Núñez", "nunez, jose"),
        ("Ngô Thị Ánh", "NGO THI ANH"),
        ("مُحَمَّد", "محمد"),
        ("שָׂרָה", "שרה"),
        ("राम  शर्मा", "शर्मा, राम"),
        ("O'Neil", "O\u2019Neil"),
    ],
)
def test_one_name_in_two_spellings(one: str, other: str) -> None:
    assert same_name(one, other)


@for_each(
    ("one", "other"),
    [
        ("राम", "रोमी"),
        ("राम", "रम"),
        ("さとう", "ざとう"),
        ("กุ", "กู"),
        ("ཀུ", "ཀི"),
        ("---", "***"),
        ("José", "Josef"),
    ],
)
def test_two_names_that_share_letters(one: str, other: str) -> None:
    """In many scripts vowels are marks on letters; who has another one is another person."""
    assert not same_name(one, other)
