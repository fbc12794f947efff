"""Which network addresses webhooks may be sent to."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.delivery.addresses import is_public

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.1",
    "168.63.129.15",
    "169.253.255.255",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "192.167.255.255",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2606:4700:4700::1111",
    "2a00:1450:4001:82b::200e",
    "2001:200::1",
    "::ffff:8.8.8.8",
    "::8.8.8.8",
    "64:ff9b::8.8.8.8",
    "2002:808:808::1",
    # The client of Teredo is in the last 32 bits, inverted: 8.8.8.8, served by 1.1.1.1.
    "2001:0:101:101::f7f7:f7f7",
]
NOT_PUBLIC = [
    *("0.0.0.0", "0.1.2.3"),  # noqa: S104
    *("10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.1", "192.168.255.255"),
    *("100.64.0.0", "100.100.100.200", "100.127.255.255"),
    *("127.0.0.1", "127.255.255.255"),
    *("169.254.0.1", "169.254.169.254", "168.63.129.16", "192.0.0.192"),
    *("192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1", "198.19.255.255", "192.88.99.1"),
    *("224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::2", "100::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "ff0e::1"),
    *("2001:db8::1", "3fff::1", "2001:2::1", "2001:10::1", "2001:20::1", "4000::1", "5f00::1", "e000::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:100.64.0.1", "::ffff:0.0.0.0"),
    *("::ffff:7f00:1", "::127.0.0.1", "::10.0.0.1", "::ffff:0:127.0.0.1"),
    *("64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::8.8.8.8", "64:ff9b:1:a00::1"),
    *("2002:7f00:1::1", "2002:a00:1::1", "2002:a9fe:a9fe::1", "2002:c0a8:101::"),
    # Teredo of 127.0.0.1, and of 8.8.8.8 served by 10.0.0.1.
    *("2001:0:101:101::80ff:fffe", "2001:0:a00:1::f7f7:f7f7"),
    *("fe80::1%eth0", "2606:4700:4700::1111%1"),
]
NO_ADDRESSES = [
    "",
    " ",
    "localhost",
    "127.1",
    "0x7f.0.0.1",
    "2130706433",
    "010.0.0.1",
    "1.1.1.1.",
    "[::1]",
    "1.1.1.1/32",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", [*NOT_PUBLIC, *NO_ADDRESSES])
def test_an_address_that_is_not_public(address: str) -> None:
    assert not is_public(address)


@given(st.ip_addresses(v=4))
def test_however_an_ipv4_address_is_written_it_is_as_public(address: IPv4Address) -> None:
    number = int(address)
    written = [
        IPv6Address(0xFFFF << 32 | number),
        IPv6Address(number),
        IPv6Address(0x64FF9B << 96 | number),
        IPv6Address(0x2002 << 112 | number << 80 | 1),
        IPv6Address(0x20010000 << 96 | 0x01010101 << 64 | ~number & 0xFFFFFFFF),
    ]
    assert {is_public(str(each)) for each in written} == {is_public(str(address))}


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_what_python_calls_special_is_never_public(address: IPv4Address | IPv6Address) -> None:
    special = (
        address.is_private,
        address.is_loopback,
        address.is_link_local,
        address.is_multicast,
        address.is_reserved,
        address.is_unspecified,
    )
    within = isinstance(address, IPv6Address) and (address.ipv4_mapped or address.sixtofour or address.teredo)
    if any(special) and not within and ip_address(address).packed[:12] != b"\0\x64\xff\x9b" + bytes(8):
        assert not is_public(str(address))
