"""What became due with time and must take effect before a message can be handled."""

from __future__ import annotations

from typing import Any

from application.kernel.messages import Command


class SettleFirst(Exception):
    """The state that the message needs is out of date: something became due that has not been carried out yet.

    Raised by a handler. The bus undoes what the handler did, carries out these commands on the service's own account,
    each in a unit of work of its own, and sends the message to its handler again.
    """

    def __init__(self, *commands: Command[Any]) -> None:
        super().__init__(*commands)
        self.commands = commands
