"""Makes access tokens of every kind, the good and the bad, byte by byte where a library would refuse to."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey

from kit.surroundings import NOON

ISSUER = "https://abcdefgh.supabase.co/auth/v1"
SUBJECT = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
SESSION = "9b2f8c1e-7a53-4a0e-8a42-5b1f2d3c4e5f"
NOW = int(NOON.timestamp())
SECRET = "a-shared-secret-of-more-than-thirty-two-bytes"

Signer = Callable[[bytes], bytes]


def b64(raw: bytes) -> str:
    """Base64url without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def signer(algorithm: str, key: Any) -> Signer:
    """Signs with an algorithm whatever the header says."""
    model = jws.JWSRegistry.algorithms[algorithm]
    return lambda content: model.sign(content, key)


def unsigned(content: bytes) -> bytes:
    return b""


def token_of(header: dict[str, Any] | bytes, claims: dict[str, Any] | bytes, sign: Signer) -> str:
    """The compact form of these, signed over."""
    content = f"{b64(_raw(header))}.{b64(_raw(claims))}"
    return f"{content}.{b64(sign(content.encode()))}"


class Forge:
    """The keys of an issuer and of those who would like to be it."""

    def __init__(self) -> None:
        weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505  # breakable: to be refused
        self.ec = ECKey.generate_key("P-256")
        self.rsa = RSAKey.generate_key(2048)
        self.p384 = ECKey.generate_key("P-384")
        self.weak = RSAKey(weak, weak)
        self.secret = OctKey.import_key(SECRET)
        self.leaked = ECKey.generate_key("P-256")
        self.thief = ECKey.generate_key("P-256")

    def jwks(self) -> dict[str, Any]:
        """A key set with two good keys and all kinds of unusable ones."""
        return {
            "keys": [
                {**self.ec.as_dict(private=False), "kid": "ec", "alg": "ES256", "use": "sig", "key_ops": ["verify"]},
                {**self.rsa.as_dict(private=False), "kid": "rsa"},
                {**self.thief.as_dict(private=False), "kid": "ec"},
                {**self.p384.as_dict(private=False), "kid": "p384"},
                {**self.p384.as_dict(private=False), "kid": "p384-as-p256", "crv": "P-256"},
                {**self.weak.as_dict(private=False), "kid": "weak"},
                {**self.secret.as_dict(), "kid": "oct"},
                {**self.leaked.as_dict(private=True), "kid": "leaked"},
                {**self.thief.as_dict(private=False), "kid": "encryption", "use": "enc"},
                {**self.thief.as_dict(private=False), "kid": "signing-only", "key_ops": ["sign"]},
                {**self.thief.as_dict(private=False), "kid": "other-algorithm", "alg": "RS256"},
                {**self.thief.as_dict(private=False), "kid": 7},
                {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "off-the-curve"},
                {"kty": "EC", "crv": "P-256", "x": ["AA"], "y": None, "kid": "nonsense"},
                {"kty": "RSA", "n": "AA", "e": "AQAB", "kid": "tiny"},
                {"kid": "nothing"},
                "not a key",
            ]
        }

    def token(
        self,
        header: dict[str, Any] | bytes | None = None,
        claims: dict[str, Any] | bytes | None = None,
        sign: Signer | None = None,
    ) -> str:
        """A good ES256 token, but for what is given: the whole header, the whole claims, or the signer."""
        header = {"alg": "ES256", "kid": "ec", "typ": "JWT"} if header is None else header
        claims = good_claims() if claims is None else claims
        return token_of(header, claims, sign or signer("ES256", self.ec))


def good_claims(*without: str, **changes: Any) -> dict[str, Any]:
    """The claims of a signed-in person, without some and with changes in others."""
    claims = {
        "iss": ISSUER,
        "sub": SUBJECT,
        "aud": "authenticated",
        "exp": NOW + 3600,
        "iat": NOW,
        "email": "Ana.Silva@unifieddental.example",
        "phone": "",
        "app_metadata": {"provider": "email", "providers": ["email"]},
        "user_metadata": {"email_verified": True, "full_name": "Ana Silva", "sub": SUBJECT},
        "role": "authenticated",
        "aal": "aal1",
        "amr": [{"method": "password", "timestamp": NOW}],
        "session_id": SESSION,
        "is_anonymous": False,
    }
    return {name: value for name, value in {**claims, **changes}.items() if name not in without}


def claims_text(old: str, new: str) -> bytes:
    """The good claims as JSON text with one passage replaced, for what `json` would not write."""
    text = json.dumps(good_claims())
    assert old in text
    return text.replace(old, new, 1).encode()


def _raw(value: dict[str, Any] | bytes) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value).encode()
