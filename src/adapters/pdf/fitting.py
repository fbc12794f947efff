"""Fits text into a box by reducing its size and breaking it into more lines. All lengths are in the same unit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

_SMALLER = 0.97
"""The factor by which a size that does not fit is reduced."""
_WORDS_STAY_WHOLE = 1 / 3
"""Words are broken only below this share of the full size."""


def fit(
    text: str, width: float, height: float, size: float, measure: Callable[[str], float]
) -> tuple[float, list[str]]:
    """The largest size up to the given one at which the text fits, with its lines.

    `measure` returns the width of a text at size 1; a line is as high as the size.
    """
    words = {word: measure(word) for word in text.split(" ")}
    in_turn, space = text.split(" "), measure(" ")
    smallest = size * _WORDS_STAY_WHOLE
    while True:
        room = width / size
        if max(words.values()) > room and size <= smallest:
            in_turn = [piece for word in in_turn for piece in _pieces(word, room, measure)]
            words = {piece: measure(piece) for piece in in_turn}
        lines = _lines(in_turn, words, space, room)
        if max(words.values()) <= room and len(lines) * size <= height:
            return size, _balanced(in_turn, words, space, room, lines)
        size *= _SMALLER


def _lines(in_turn: list[str], words: dict[str, float], space: float, room: float) -> list[str]:
    """The words in lines that are as full as possible."""
    lines: list[list[str]] = []
    used = room
    for word in in_turn:
        used += space + words[word]
        if used > room:
            lines.append([])
            used = words[word]
        lines[-1].append(word)
    return [" ".join(line) for line in lines]


def _balanced(in_turn: list[str], words: dict[str, float], space: float, room: float, lines: list[str]) -> list[str]:
    """The same number of lines, but of similar lengths, so that the last line is not a single word."""
    narrow, wide = max(words.values()), room
    while wide - narrow > room / 100:
        middle = (narrow + wide) / 2
        attempt = _lines(in_turn, words, space, middle)
        if len(attempt) == len(lines):
            wide, lines = middle, attempt
        else:
            narrow = middle
    return lines


def _pieces(word: str, room: float, measure: Callable[[str], float]) -> Iterator[str]:
    """The word in pieces that each fill a line, except the last, so that no line contains two pieces."""
    ends, used = [0], 0.0
    for place, sign in enumerate(word):
        wide = measure(sign)
        if used + wide > room and place:
            ends.append(place)
            used = 0.0
        used += wide
    for start, end in pairwise([*ends, len(word)]):
        yield word[start:end]
