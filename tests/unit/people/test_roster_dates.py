"""Dates of a roster: in the format that the mapping states, and never in a guessed one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.errors import InvalidValue
from domain.people.roster_dates import DateFormat, iso_date
from kit.about import for_each
from kit.random_examples import times


def refusal(text: str, written: str | None = None) -> str:
    with pytest.raises(InvalidValue) as refused:
        iso_date(text, DateFormat(written) if written else None)
    return str(refused.value)


@for_each(
    ("written", "text"),
    [
        *(("MM/DD/YYYY", "03/02/2026"), ("MM/DD/YYYY", "3/2/2026"), ("DD/MM/YYYY", "02/03/2026")),
        *(("DD.MM.YYYY", "2.3.2026"), ("YYYY/MM/DD", "2026/03/02"), ("DD-MMM-YYYY", "02-Mar-2026")),
        *(("DD MMM YYYY", "2 MARCH 2026"), ("MMM DD, YYYY", "Mar 2, 2026"), ("M-D-YYYY", "3-2-2026")),
        *(("MM/DD/YYYY", "2026-03-02"), ("MM/DD/YYYY", "2026-03-02T00:00:00"), (None, "2026-03-02 00:00:00.000")),
        *(("MM/DD/YYYY", "03/02/2026 12:00:00 AM"), ("MM/DD/YYYY", "3/2/2026 0:00"), (None, "2026\u201103\u201102")),
    ],
)
def test_a_date_in_the_stated_format_or_in_that_of_iso_is_read(written: str | None, text: str) -> None:
    assert iso_date(text, DateFormat(written) if written else None) == "2026-03-02"


@pytest.mark.parametrize("blank", ["", " ", "\u00a0"])
def test_an_empty_cell_stays_empty(blank: str) -> None:
    assert iso_date(blank, DateFormat("MM/DD/YYYY")) == iso_date(blank, None) == ""


@for_each("text", ["01/02/2026", "31.03.2026", "3-2-26", "2026/3/2"])
def test_without_a_format_the_message_asks_for_it(text: str) -> None:
    assert refusal(text) == (
        f"must be a date such as 2026-03-31, and is {text!r}. Say in a mapping how the file writes dates: "
        "`dates: MM/DD/YYYY` if the month comes first, `dates: DD/MM/YYYY` if the day does"
    )


@for_each(
    ("text", "told"),
    [
        (
            "46083",
            "must be a date such as 2026-03-31, and is '46083', as Excel counts days. Format the column as dates",
        ),
        ("2026-02-30", "is '2026-02-30', a day that does not exist"),
        ("2026-W14-2", "must be a date such as 2026-03-31"),
        ("2026-03-02 13:30:00", "must be a date such as 2026-03-31"),
        ("soon", "must be a date such as 2026-03-31"),
    ],
)
def test_what_is_no_date_is_refused(text: str, told: str) -> None:
    assert refusal(text) == told


@for_each(
    ("text", "told"),
    [
        (
            "25/12/2026",
            "is '25/12/2026', and MM/DD/YYYY means month 25, which does not exist. If the whole file has the day and "
            "the month in the other order, correct `dates` in the mapping; otherwise correct this date",
        ),
        ("02/30/2026", "is '02/30/2026', a day that does not exist"),
        ("00/01/2026", "is '00/01/2026', a day that does not exist"),
        ("01/02/0000", "is '01/02/0000', a day that does not exist"),
        (
            "3/2/26",
            "is '3/2/26', and must be a date written as MM/DD/YYYY or such as 2026-03-31; years have four digits",
        ),
        ("3-2-2026", "is '3-2-2026', and must be a date written as MM/DD/YYYY or such as 2026-03-31"),
    ],
)
def test_another_order_and_other_days_are_refused(text: str, told: str) -> None:
    assert refusal(text, "MM/DD/YYYY") == told


def test_a_month_has_its_english_name() -> None:
    assert refusal("02-Mai-2026", "DD-MMM-YYYY") == "is '02-Mai-2026', and 'Mai' is not the English name of a month"


@for_each("written", ["", "MM/DD/YY", "MM/DD", "MM/MM/YYYY", "YYYYMMDD", "MM/DD-YYYY", "%m/%d/%Y"])
def test_a_format_names_each_part_once(written: str) -> None:
    with pytest.raises(InvalidValue, match="must have YYYY, MM or MMM"):
        DateFormat(written)


FORMATS = ("MM/DD/YYYY", "DD.MM.YYYY", "YYYY-MM-DD", "DD-MMM-YYYY", "MMM DD, YYYY")
SIGNS = {"YYYY": "%Y", "MMM": "%b", "MM": "%m", "DD": "%d"}


@times(2)
@given(day=st.dates(), written=st.sampled_from(FORMATS))
def test_every_day_is_read_as_it_is_written(day: object, written: str) -> None:
    shown = written
    for sign, code in SIGNS.items():
        shown = shown.replace(sign, format(day, code).zfill(len(sign)))
    assert iso_date(shown, DateFormat(written)) == str(day)
