"""What a row was turned into is remembered by the row's content, within bounds."""

from __future__ import annotations

from collections import Counter

import pytest

from adapters.sql.kit.row_memo import BYTES_A_ROW, RowMemo


class Made:
    """Turns bytes into upper case, and counts how often it did; a dash stands for nothing."""

    def __init__(self) -> None:
        self.times: Counter[bytes] = Counter()

    def __call__(self, row: bytes) -> bytes | None:
        self.times[row] += 1
        return None if row == b"-" else row.upper()


def test_a_row_is_turned_into_something_once() -> None:
    memo, make = RowMemo(), Made()
    assert memo.of("list", [b"ana", b"bo"], make) == [b"ANA", b"BO"]
    assert memo.of("list", [b"bo", b"cy", b"ana"], make) == [b"BO", b"CY", b"ANA"]
    assert make.times == {b"ana": 1, b"bo": 1, b"cy": 1}


def test_a_row_that_is_twice_in_a_list_is_twice_in_what_it_makes() -> None:
    make = Made()
    assert RowMemo().of("list", [b"ana", b"ana"], make) == [b"ANA", b"ANA"]
    assert make.times == {b"ana": 1}


def test_nothing_is_remembered_too() -> None:
    memo, make = RowMemo(), Made()
    assert memo.of("list", [b"-"], make) == memo.of("list", [b"-"], make) == [None]
    assert make.times == {b"-": 1}


def test_no_rows_make_nothing() -> None:
    assert RowMemo().of("list", [], Made()) == []


def test_lists_are_kept_apart() -> None:
    memo = RowMemo()
    assert memo.of("list", [b"ana"], Made()) == [b"ANA"]
    assert memo.of("other", [b"ana"], lambda row: row[::-1]) == [b"ana"[::-1]]
    assert memo.of("list", [b"ana"], Made()) == [b"ANA"]


def test_a_failure_is_not_remembered() -> None:
    def fail(_: bytes) -> bytes:
        raise ZeroDivisionError

    memo = RowMemo()
    with pytest.raises(ZeroDivisionError):
        memo.of("list", [b"ana"], fail)
    assert memo.of("list", [b"ana"], Made()) == [b"ANA"]


def test_what_was_not_needed_for_long_goes_first() -> None:
    memo, make = RowMemo(8 * (BYTES_A_ROW + 4)), Made()
    for number in range(40):
        memo.of("list", [b"aa"], make)
        memo.of("list", [b"%02d" % number], make)
    assert make.times[b"aa"] == 1
    memo.of("list", [b"00", b"39"], make)
    assert (make.times[b"00"], make.times[b"39"]) == (2, 1)


def test_it_stays_within_its_memory() -> None:
    memo, make = RowMemo(1_000_000), Made()
    for number in range(100):
        memo.of("list", [b"%05d" % number * 5_000], make)
    assert len(make.times) == 100
    # Of the hundred, with 50,000 bytes each, fewer than twenty-one may be left.
    again = Made()
    for number in range(100):
        memo.of("list", [b"%05d" % number * 5_000], again)
    assert sum(again.times.values()) >= 79


def test_a_row_for_which_there_is_no_room_is_turned_into_something_each_time() -> None:
    memo, make = RowMemo(0), Made()
    assert [memo.of("list", [b"ana", b"bo", b"ana"], make) for _ in range(2)] == 2 * [[b"ANA", b"BO", b"ANA"]]
