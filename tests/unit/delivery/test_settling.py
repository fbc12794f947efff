"""The state of a delivery after each attempt, and when it is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.delivery.deliveries import (
    Claim,
    Delivered,
    DeliveryState,
    Dropped,
    Failed,
    Outcome,
    Postponed,
    Refused,
    Settled,
    settle,
)
from domain.delivery.events import Place, StoredEvent
from domain.delivery.retries import STANDARD_WEBHOOKS, RetryPolicy
from kit.examples import uid

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
EVENT = StoredEvent(Place(1, 1), uid(1), "ModuleStarted", 1, uid(2), uid(3), {}, NOW, None, "system")
MINUTE = timedelta(minutes=1)


def a_claim(attempt: int = 1) -> Claim:
    return Claim(uid(9), "hooks", uid(8), EVENT, attempt, 4, NOW)


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Delivered(), Settled(DeliveryState.DELIVERED, 3, None, None)),
        (Dropped("removed"), Settled(DeliveryState.DROPPED, 3, None, "removed")),
        (Refused("answered", 410), Settled(DeliveryState.DEAD, 3, None, "answered 410")),
        (Postponed("paused", MINUTE), Settled(DeliveryState.WAITING, 2, NOW + MINUTE, "paused")),
        (Failed("answered", 503), Settled(DeliveryState.WAITING, 3, NOW + 30 * MINUTE, "answered 503")),
        (Failed("busy", 429, 60 * MINUTE), Settled(DeliveryState.WAITING, 3, NOW + 60 * MINUTE, "busy 429")),
        (Failed("busy", 429, MINUTE), Settled(DeliveryState.WAITING, 3, NOW + 30 * MINUTE, "busy 429")),
        (
            Failed("busy", 429, timedelta(days=400)),
            Settled(DeliveryState.WAITING, 3, NOW + timedelta(hours=24), "busy 429"),
        ),
    ],
)
def test_each_result_has_its_state(outcome: Outcome, expected: Settled) -> None:
    assert settle(a_claim(3), outcome, STANDARD_WEBHOOKS, NOW, chance=0) == expected


def test_after_the_last_attempt_it_is_given_up() -> None:
    last = STANDARD_WEBHOOKS.attempts
    assert settle(a_claim(last - 1), Failed("timeout"), STANDARD_WEBHOOKS, NOW, 0).state is DeliveryState.WAITING
    given_up = settle(a_claim(last), Failed("timeout"), STANDARD_WEBHOOKS, NOW, 0)
    assert given_up == Settled(DeliveryState.DEAD, last, None, "timeout")


def test_the_standard_schedule_has_ten_attempts_in_about_three_days() -> None:
    waits = [STANDARD_WEBHOOKS.wait(failed, 0) for failed in range(STANDARD_WEBHOOKS.attempts)]
    whole = sum((wait for wait in waits if wait is not None), timedelta())
    assert len(waits) == 10
    assert timedelta(days=3) < whole < timedelta(days=3, hours=4)


@given(st.integers(0, 20), st.floats(0, 1), st.floats(0, 1))
def test_chance_only_lengthens_a_wait_and_by_little(failed: int, chance: float, jitter: float) -> None:
    policy = RetryPolicy(STANDARD_WEBHOOKS.delays, jitter)
    wait, least = policy.wait(failed, chance), policy.wait(failed, 0)
    assert (wait is None) is (least is None) is (failed >= policy.attempts)
    if wait is not None and least is not None:
        assert least <= wait <= least * (1 + jitter)


def test_events_of_a_learner_and_of_a_thing_are_ordered() -> None:
    assert EVENT.ordered_by == uid(3)
    about_a_module = StoredEvent(Place(1, 2), uid(1), "ModuleEdited", 1, uid(2), None, {}, NOW, None, None)
    assert about_a_module.ordered_by == uid(2)
