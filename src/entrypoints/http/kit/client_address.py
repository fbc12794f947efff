"""How addresses of clients are counted."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

CUSTOMERS_PREFIX = 64
"""Bits of an IPv6 address that identify one customer, who can choose the others freely."""


@lru_cache(4_096)
def network_of(host: str) -> str | None:
    """The IPv4 address, or the /64 network of an IPv6 one; None when the host is no IP address."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped) if mapped else str(ip_network((address, CUSTOMERS_PREFIX), strict=False))
    return str(address)
