"""Nobody decides about their own training, and nobody removes their own obstacles."""

from __future__ import annotations

import pytest

from domain.kernel.oversight import OwnLearning, OwnTraining, require_other
from kit.examples import uid

MODULE, OTHER, FIRST, SECOND, DONE, DEEP, FREE = (uid(n) for n in range(1, 8))
OWN = OwnLearning({MODULE, OTHER}, {MODULE: (FIRST, SECOND), FIRST: (DEEP,), DEEP: (MODULE,), FREE: (DONE,)})


def test_the_service_itself_decides_about_everybody() -> None:
    require_other(None, uid(1))
    require_other(uid(2), uid(1))
    with pytest.raises(OwnTraining):
        require_other(uid(1), uid(1))


def test_nobody_drops_their_own_prerequisites() -> None:
    for kept in ((), (FIRST,), (SECOND, DONE)):
        with pytest.raises(OwnTraining) as refused:
            OWN.require_not_dropping(MODULE, kept)
        assert [str(each) in str(refused.value) for each in (FIRST, SECOND)] == [
            each not in kept for each in (FIRST, SECOND)
        ]


def test_nor_what_comes_before_that() -> None:
    with pytest.raises(OwnTraining, match=str(DEEP)):
        OWN.require_not_dropping(FIRST, ())
    with pytest.raises(OwnTraining, match=str(DEEP)):
        OWN.require_not_archiving(DEEP)


def test_what_does_not_hold_oneself_up_may_go() -> None:
    OWN.require_not_dropping(FREE, ())
    OWN.require_not_dropping(MODULE, (SECOND, FIRST))
    OWN.require_not_dropping(MODULE, (FIRST, SECOND, DONE))
    OWN.require_not_dropping(OTHER, ())
    OWN.require_not_dropping(uid(9), ())


def test_nobody_archives_their_own_prerequisites() -> None:
    for each in (FIRST, SECOND):
        with pytest.raises(OwnTraining, match=str(each)):
            OWN.require_not_archiving(each)
    for each in (OTHER, DONE, FREE):
        OWN.require_not_archiving(each)


def test_nobody_moves_their_own_enrollment() -> None:
    for each in (MODULE, OTHER):
        with pytest.raises(OwnTraining, match="have not completed it"):
            OWN.require_not_moving(each)
    OWN.require_not_moving(FIRST)
