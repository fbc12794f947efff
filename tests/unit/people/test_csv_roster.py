"""Reading the roster from a CSV file: what is taken, and what is said of every line that is not."""

from __future__ import annotations

import contextlib
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.files.roster import ENCODINGS, FileRoster
from application.people.roster_lines import CHARSETS, RosterLine
from domain.people.roster import LineProblem, RosterUnreadable
from kit.random_examples import times

NOT_UTF_8 = "has bytes that are not UTF-8; save the file as 'CSV UTF-8', or declare it as windows-1252"
Lines = list[RosterLine]
Read = Callable[[bytes], Lines]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read_file(content: bytes) -> Lines:
        path = tmp_path / "roster.csv"
        path.write_bytes(content)
        return list(FileRoster(path).lines())

    return read_file


def test_each_line_is_given_by_column_name(read: Read) -> None:
    assert read(b"email,full_name\nana@example.com,Ana\nbo@example.com,\n") == [
        (2, {"email": "ana@example.com", "full_name": "Ana"}),
        (3, {"email": "bo@example.com", "full_name": ""}),
    ]


def test_names_of_columns_are_trimmed_and_lower_case(read: Read) -> None:
    assert read(b" License , EMAIL\n1,ana@example.com\n") == [(2, {"license": "1", "email": "ana@example.com"})]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_every_usual_line_end_is_understood(read: Read, end: bytes) -> None:
    assert read(end.join([b"email", b"a@example.com", b"", b"b@example.com"])) == [
        (2, {"email": "a@example.com"}),
        (4, {"email": "b@example.com"}),
    ]


def test_a_byte_order_mark_and_accents_are_read(read: Read) -> None:
    assert read('\ufeff"email",full_name\na@example.com,Minh Lê\n'.encode()) == [
        (2, {"email": "a@example.com", "full_name": "Minh Lê"})
    ]


def test_a_quoted_cell_may_span_lines_and_the_row_counts_from_its_first(read: Read) -> None:
    assert read(b'email,note\na@example.com,"two\r\nlines, and ""more"""\n\n  \nb@example.com,x\n') == [
        (2, {"email": "a@example.com", "note": 'two\r\nlines, and "more"'}),
        (6, {"email": "b@example.com", "note": "x"}),
    ]


def test_a_roster_is_read_from_its_beginning_each_time(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_bytes(b"email\na@example.com\n")
    roster = FileRoster(path)
    assert list(roster.lines()) == list(roster.lines()) == [(2, {"email": "a@example.com"})]


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        (b"a@example.com", "has 1 cells, and the header names 2 columns"),
        (b"a@example.com,Ana,x", "has 3 cells, and the header names 2 columns"),
        (b"a@example.com,A\x00na", LineProblem(3, "full_name", "has the control character U+0000")),
        (b"a@example.com,A\x1bna", LineProblem(3, "full_name", "has the control character U+001B")),
        (b"a@example.com,A\xc2\x85na", LineProblem(3, "full_name", "has the control character U+0085")),
        (b"a@example.com,Le\xf3n", LineProblem(3, "full_name", NOT_UTF_8)),
        (b"a@example.com,\xed\xa0\x80", LineProblem(3, "full_name", NOT_UTF_8)),
        (
            b'a@example.com,"Ana" M',
            "has text after the closing quotation mark of a cell; inside a cell, write quotation marks twice",
        ),
        (b'a@example.com,"Ana', "has a quoted cell that is not closed"),
        (b"a@example.com," + b"x" * 65_536, "is longer than 65,536 characters"),
        (b"a@example.com," + b"x" * 500_000, "is longer than 65,536 characters"),
        (b"a@example.com,\xc3" + b"x" * 500_000, "is longer than 65,536 characters"),
    ],
)
def test_a_bad_line_is_reported_and_the_others_are_read(read: Read, bad: bytes, problem: str | LineProblem) -> None:
    good = {"email": "b@example.com", "full_name": "Bo"}
    lines = read(b"email,full_name\nb@example.com,Bo\n" + bad + b"\nb@example.com,Bo\r\n")
    assert lines == [(2, good), (3, problem), (4, good)]


def test_a_stray_quote_costs_one_line_even_far_from_the_end(read: Read) -> None:
    lines = read(b'email\n"a@example.com\n' + b"b@example.com\n" * 200)
    assert lines[0] == (2, "has a quoted cell that is not closed within 50 lines")
    assert lines[1:] == [(number, {"email": "b@example.com"}) for number in range(3, 203)]


def test_long_quoted_lines_together_are_too_long_a_row(read: Read) -> None:
    lines = read(b'email,note\na@example.com,"' + (b"x" * 30_000 + b"\n") * 3 + b'"\nb@example.com,y\n')
    assert lines[0] == (2, "is longer than 65,536 characters")
    assert lines[-1] == (6, {"email": "b@example.com", "note": "y"})


def test_a_row_of_the_greatest_length_is_read(read: Read) -> None:
    assert read(b"email\n" + b"x" * 65_534 + b"\r\na@example.com\n") == [
        (2, {"email": "x" * 65_534}),
        (3, {"email": "a@example.com"}),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "Line 1 must name the columns, and is blank."),
        (b"\n\n", "Line 1 must name the columns, and is blank."),
        (
            b"\nemail\na@example.com\n",
            "Line 1 does not name the columns, and line 2 seems to. Remove the lines above it, or "
            "say `header: 2` in a mapping.",
        ),
        (
            b"full_name\nAna\n",
            "There is no column named 'email' or 'employee_id'. Columns are separated by commas, semicolons or tabs.",
        ),
        (
            b"email|full_name\n",
            "There is no column named 'email' or 'employee_id'. Columns are separated by commas, semicolons or tabs.",
        ),
        (b"email,,x\n", "Column 2 has no name."),
        (b"email, ,x\n", "Column 2 has no name."),
        (b"email,Email \n", "Columns 1 and 2 have the same name."),
        (b"email,a\x07b\n", "The name of column 2 has a control character or a line break."),
        (b'email,"a\nb"\n', "The name of column 2 has a control character or a line break."),
        (b"email,se\xf1or\n", f"The name of column 2 {NOT_UTF_8}."),
        (b"email," + b"x" * 121 + b"\n", "The name of column 2 is longer than 120 characters."),
        (b"email" + b"".join(b",c%d" % n for n in range(100)), "There are 101 columns; at most 100 are allowed."),
        (b'"email\n', "Line 1, which must name the columns, cannot be read: has a quoted cell that is not closed."),
        (
            "email\n".encode("utf-16-le"),
            "The file seems to be UTF-16 without a byte order mark. Declare it as utf-16, or save it as 'CSV UTF-8'.",
        ),
    ],
)
def test_without_a_usable_header_the_file_is_refused(read: Read, content: bytes, message: str) -> None:
    with pytest.raises(RosterUnreadable) as refusal:
        read(content)
    assert str(refusal.value) == message


def test_a_hundred_columns_with_names_of_120_characters_are_taken(read: Read) -> None:
    header = ["email", *(f"{n:0>120}" for n in range(99))]
    [(number, cells)] = read(",".join(header).encode() + b"\na@example.com" + b"," * 99)
    assert number == 2
    assert isinstance(cells, dict)
    assert list(cells) == header


@pytest.mark.parametrize(("name", "reason"), [("missing.csv", "No such file or directory"), (".", "Is a directory")])
def test_a_file_that_cannot_be_opened_is_refused(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(RosterUnreadable, match=f"cannot be opened: {reason}"):
        next(FileRoster(tmp_path / name).lines())


def test_progress_adds_up_to_the_size_of_the_file_in_several_steps(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_bytes("\ufeffemail,full_name\r\n".encode() + "ana@example.com,Zoë\r\n".encode() * 5_000)
    steps: list[int] = []
    for _ in FileRoster(path, steps.append).lines():
        assert sum(steps) <= path.stat().st_size
    assert sum(steps) == path.stat().st_size
    assert len(steps) > 5
    assert min(steps) > 0


@pytest.mark.parametrize(
    "rows", [b"ana@example.com," + b"x" * 2_000 + b"\n", b'"' + b"x" * 2_000 + b"\n", b"x" * 1_000_000 + b"\n"]
)
def test_memory_does_not_grow_with_the_file(tmp_path: Path, rows: bytes) -> None:
    path = tmp_path / "roster.csv"
    path.write_bytes(b"email,full_name\n" + rows * (4_000_000 // len(rows)))
    tracemalloc.start()
    try:
        for _ in FileRoster(path).lines():
            pass
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000


CSV_LIKE = st.lists(
    st.one_of(st.sampled_from([b'"', b",", b"\n", b"\r", b"\r\n", b'""', b'x","', b"a@example.com"]), st.binary())
).map(b"".join)


@times(3)
@given(header=st.sampled_from([b"", b"email\n", b"email,x\r\n"]), rest=CSV_LIKE)
def test_no_file_breaks_the_reader(tmp_path_factory: pytest.TempPathFactory, header: bytes, rest: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(header + rest)
    last = 1
    with contextlib.suppress(RosterUnreadable):
        for number, cells in FileRoster(path).lines():
            assert number > last
            assert cells
            last = number


ANA = {"email": "ana@example.com", "full_name": "Ana Garcia", "department": "Hygiene"}


class TestFilesAsPeopleSendThem:
    @pytest.mark.parametrize(
        "content",
        [
            b"email,full_name,department,,\nana@example.com,Ana Garcia,Hygiene,,\n",
            b"email,full_name,department, ,\nana@example.com,Ana Garcia,Hygiene\n",
            b"email,full_name,department\nana@example.com,Ana Garcia,Hygiene, ,\n",
            b"email,full_name,department\nana@example.com,Ana Garcia,Hygiene\n,,\n,,\n, , ,,\n",
            b"email;full_name;department\r\nana@example.com;Ana Garcia;Hygiene\r\n;;\r\n",
            b"email\tfull_name\tdepartment\nana@example.com\tAna Garcia\tHygiene\n\t\t\n",
            "\ufeffemail,full_name,department\nana@example.com,Ana Garcia,Hygiene\n".encode(),
            "email\tfull_name\tdepartment\r\nana@example.com\tAna Garcia\tHygiene\r\n".encode("utf-16"),
            "\ufeffemail,full_name,department\r\nana@example.com,Ana Garcia,Hygiene\r\n".encode("utf-16-be"),
            "email,full_\u200bname\u00a0,department\nana@example.com,Ana Garcia,Hygiene\n".encode(),
        ],
    )
    def test_each_is_read_alike(self, read: Read, content: bytes) -> None:
        assert read(content) == [(2, ANA)]

    def test_the_separator_can_be_said_before_the_header(self, read: Read) -> None:
        assert read(b"sep=;\r\nemail;full_name;department\r\nana@example.com;Ana Garcia;Hygiene\r\n") == [(3, ANA)]

    def test_other_separators_in_a_header_are_no_separators(self, read: Read) -> None:
        assert read(b"email,a;b;c\nana@example.com,1;2;3\n") == [(2, {"email": "ana@example.com", "a;b;c": "1;2;3"})]

    def test_a_value_beside_the_columns_is_not_lost(self, read: Read) -> None:
        assert read(b"email,full_name,\nana@example.com,Garcia, Ana\n") == [
            (2, "has 3 cells, and the header names 2 columns")
        ]

    def test_windows_1252_is_read_where_it_is_said(self, tmp_path: Path) -> None:
        path = tmp_path / "roster.csv"
        path.write_bytes(
            "email,full_name\nzoe@example.com,Zoë Núñez – “Z”\n".encode("cp1252") + b"b@example.com,\x81\n"
        )
        read_as_said = list(FileRoster(path, encoding="windows-1252").lines())
        assert read_as_said == [
            (2, {"email": "zoe@example.com", "full_name": "Zoë Núñez – “Z”"}),
            (3, LineProblem(3, "full_name", "has bytes that are not a character")),
        ]
        assert [line for _, line in FileRoster(path).lines()] == [
            LineProblem(number, "full_name", NOT_UTF_8) for number in (2, 3)
        ]

    def test_a_byte_order_mark_takes_precedence_over_what_was_said(self, tmp_path: Path) -> None:
        path = tmp_path / "roster.csv"
        path.write_bytes("\ufeffemail,full_name\nzoe@example.com,Zoë\n".encode())
        assert list(FileRoster(path, encoding="windows-1252").lines()) == [
            (2, {"email": "zoe@example.com", "full_name": "Zoë"})
        ]

    def test_what_was_lost_before_is_reported(self, read: Read) -> None:
        assert read("email,full_name\nzoe@example.com,Zo\ufffd\n".encode()) == [
            (
                2,
                LineProblem(
                    2,
                    "full_name",
                    "has the character U+FFFD, which replaces a lost character; export the file again",
                ),
            )
        ]

    def test_utf_16_that_is_cut_off_is_reported(self, read: Read) -> None:
        ((_, told),) = read("email,full_name\nzoe@example.com,Zoë".encode("utf-16")[:-1])
        assert isinstance(told, LineProblem)
        assert "which replaces a lost character" in told.message


def test_every_charset_that_is_offered_can_be_read() -> None:
    assert set(ENCODINGS) == set(CHARSETS)
