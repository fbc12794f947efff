"""The secrets of webhooks: made, encrypted, and read with any of the keys."""

from __future__ import annotations

import base64

import pytest
from standardwebhooks.webhooks import Webhook

from adapters.webhooks.secrets import SealedSecrets
from application.delivery.webhooks.sending import SecretsKeyMissing, SecretUnreadable

OLD, NEW = (base64.urlsafe_b64encode(bytes([n]) * 32).decode() for n in (1, 2))


def test_a_secret_is_of_the_specifications_form_and_read_again() -> None:
    secrets = SealedSecrets([OLD])
    text, sealed = secrets.new()
    assert text.startswith("whsec_")
    assert len(base64.b64decode(text.removeprefix("whsec_"))) == 32
    Webhook(text)
    assert secrets.read(sealed) == text
    assert text.removeprefix("whsec_") not in sealed
    assert secrets.new()[0] != text


def test_a_new_key_in_front_reads_what_the_old_one_has_encrypted() -> None:
    text, sealed = SealedSecrets([OLD]).new()
    assert SealedSecrets([NEW, OLD]).read(sealed) == text
    renewed = SealedSecrets([NEW, OLD]).renewed(sealed)
    assert SealedSecrets([NEW]).read(renewed) == text


def test_another_key_reads_nothing() -> None:
    _, sealed = SealedSecrets([OLD]).new()
    for read in (SealedSecrets([NEW]).read, SealedSecrets([NEW]).renewed):
        for text in (sealed, "", "not encrypted", sealed[:-5]):
            with pytest.raises(SecretUnreadable):
                read(text)


def test_without_a_key_there_are_no_webhooks() -> None:
    none = SealedSecrets([])
    for use in (none.new, lambda: none.read("x"), lambda: none.renewed("x")):
        with pytest.raises(SecretsKeyMissing, match="SECRETS_KEYS"):
            use()


@pytest.mark.parametrize("key", ["short", "", "é" * 44, base64.urlsafe_b64encode(b"x" * 16).decode()])
def test_what_is_no_key_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(ValueError, match="32 random bytes") as refused:
        SealedSecrets([key])
    assert not key or key not in str(refused.value)
