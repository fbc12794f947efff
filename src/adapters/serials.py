"""Serials of certificates, by the machine's randomness."""

from __future__ import annotations

import secrets

from domain.evidence.certificates import serial_of


class RandomSerials:
    """Serials with 80 bits from the operating system's source of randomness."""

    def new(self) -> str:
        return serial_of(secrets.randbits(80))
