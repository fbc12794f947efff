"""Channels are found at start, and wrong declarations are refused there."""

from __future__ import annotations

from typing import Any

import pytest

from application.delivery.channels import discover_channels, open_channels
from application.kernel.ports import Clock
from application.kernel.wiring import Miswired
from kit.made_up_packages import Package
from kit.surroundings import FixedClock

CHANNEL = """
    from datetime import timedelta
    from application.delivery.channels import delivers
    from application.kernel.ports import Clock
    from domain.delivery.retries import STANDARD_WEBHOOKS

    @delivers("{name}")
    class {cls}:
        policy, deadline, concurrency = STANDARD_WEBHOOKS, timedelta(seconds=1), 1
        def __init__(self, clock: Clock) -> None:
            self.clock = clock
        async def wanted(self, events): ...
        def full(self): ...
        {deliver}
"""
DELIVER = "async def deliver(self, claim): ..."


def a_channel(name: str = "pigeons", cls: str = "Pigeons", deliver: str = DELIVER) -> str:
    return CHANNEL.format(name=name, cls=cls, deliver=deliver)


def test_a_channel_gets_what_it_asks_for(package: Package) -> None:
    found = discover_channels(package(pigeons=a_channel()))
    clock = FixedClock()
    objects: dict[type, Any] = {Clock: clock}
    opened = open_channels(found, objects.__getitem__)
    assert {name: vars(channel) for name, channel in opened.items()} == {"pigeons": {"clock": clock}}


def test_what_nothing_serves_stops_the_start(package: Package) -> None:
    objects: dict[type, Any] = {}
    with pytest.raises(Miswired, match=r"the channel Pigeons asks for .*Clock"):
        open_channels(discover_channels(package(pigeons=a_channel())), objects.__getitem__)


def test_two_of_one_name_stop_the_start(package: Package) -> None:
    with pytest.raises(Miswired, match="Doves and Pigeons are both the channel pigeons"):
        discover_channels(package(doves=a_channel(cls="Doves"), pigeons=a_channel()))


def test_one_that_cannot_deliver_stops_the_start(package: Package) -> None:
    with pytest.raises(Miswired, match="the channel Pigeons lacks deliver"):
        discover_channels(package(pigeons=a_channel(deliver="")))
