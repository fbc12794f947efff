"""Which URLs webhooks may have."""

from __future__ import annotations

import pytest

from domain.delivery.receivers import Receivers
from domain.kernel.errors import InvalidValue

INTERNET, HERE = Receivers(), Receivers(local=True)

FIT = [
    "https://hooks.example.com/training",
    "https://hooks.example.com",
    "https://HOOKS.example.com:443/a?b=c&d=%20",
    "https://hooks.example.com:8443/",
    "https://xn--zahnrzte-0za.example/",
    "https://a_b.example.com/",
    "https://hooks.example.com./",
    f"https://{'a' * 63}.example.com/",
    f"https://{'a.' * 121}example.com/",
]
UNFIT = [
    ("http://hooks.example.com/", "https"),
    ("https://hooks.example.com:80/", "port"),
    ("https://hooks.example.com:5432/", "port"),
    ("https://hooks.example.com:70000/", "valid URL"),
    ("https://hooks.example.com:x/", "valid URL"),
    ("https://[::1/", "valid URL"),
    ("https://ana:secret@hooks.example.com/", "password"),
    ("https://@hooks.example.com/", "password"),
    (r"https://hooks.example.com\@evil.example/", "password"),
    ("https://hooks.example.com/#part", "fragment"),
    ("https://hooks.example.com/#", "fragment"),
    ("https:///path", "host"),
    ("https://:443/", "host"),
    ("https://localhost/", "host"),
    ("https://intranet/", "host"),
    ("https://127.0.0.1/", "host"),
    ("https://2130706433/", "host"),
    ("https://0x7f.0x0.0x0.0x1/", "host"),
    ("https://1.1.1.1/", "host"),
    ("https://[2606:4700:4700::1111]/", "host"),
    ("https://hooks..example.com/", "host"),
    ("https://-.example.com/", "host"),
    ("https://hooks.example.com%2f.evil.example/", "host"),
    (r"https://evil.example\.example.com/", "host"),
    (f"https://{'a' * 64}.example.com/", "host"),
    (f"https://{'a.' * 122}example.com/", "host"),
]


@pytest.mark.parametrize("url", FIT)
def test_a_url_of_the_internet(url: str) -> None:
    INTERNET.require(url)


@pytest.mark.parametrize(("url", "why"), UNFIT)
def test_a_url_that_is_refused_says_why(url: str, why: str) -> None:
    with pytest.raises(InvalidValue, match=why) as refused:
        INTERNET.require(url)
    assert refused.value.field == ("url",)


@pytest.mark.parametrize("url", ["http://localhost:9000/hook", "http://127.0.0.1:1/", "https://[::1]:8443/", *FIT])
def test_development_may_send_to_this_machine(url: str) -> None:
    HERE.require(url)
    assert HERE.may_reach("127.0.0.1")


@pytest.mark.parametrize("url", ["http://ana@localhost/", "http://localhost/#x", "http:///x"])
def test_development_needs_a_plain_url_too(url: str) -> None:
    with pytest.raises(InvalidValue):
        HERE.require(url)


def test_the_internet_is_reached_at_public_addresses_alone() -> None:
    assert INTERNET.may_reach("1.1.1.1")
    assert not INTERNET.may_reach("127.0.0.1")
