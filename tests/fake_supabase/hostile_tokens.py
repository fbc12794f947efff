"""Tokens that must not be believed: what each tries, how it is made, and the code that it is refused with."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from joserfc.jwk import OctKey

from fake_supabase.token_forge import ISSUER, NOW, SECRET, SUBJECT, Forge, claims_text, good_claims, signer, unsigned

Maker = Callable[[Forge], str]

ES256 = {"alg": "ES256", "kid": "ec", "typ": "JWT"}
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def header(**changes: Any) -> Maker:
    """A good signature over another header."""
    return lambda forge: forge.token({**ES256, **changes})


def header_without(name: str) -> Maker:
    return lambda forge: forge.token({key: value for key, value in ES256.items() if key != name})


def raw_header(raw: bytes) -> Maker:
    return lambda forge: forge.token(raw)


def claims(*without: str, **changes: Any) -> Maker:
    """A good signature over other claims."""
    return lambda forge: forge.token(claims=good_claims(*without, **changes))


def raw_claims(raw: bytes) -> Maker:
    return lambda forge: forge.token(claims=raw)


def without_signature(algorithm: object) -> Maker:
    return lambda forge: forge.token({**ES256, "alg": algorithm}, sign=unsigned)


def hmac_with(secret: Callable[[Forge], bytes], algorithm: str = "HS256", kid: str = "ec") -> Maker:
    """Signed by HMAC with bytes that an attacker knows."""

    def make(forge: Forge) -> str:
        # Built around the library's refusal to take a public key for a secret.
        key = OctKey(secret(forge), secret(forge))
        return forge.token({"alg": algorithm, "kid": kid}, sign=signer(algorithm, key))

    return make


def signature(of: Callable[[bytes, Forge], bytes]) -> Maker:
    return lambda forge: forge.token(sign=lambda content: of(content, forge))


def rewritten(change: Callable[[str], str]) -> Maker:
    """A good token, written down otherwise."""
    return lambda forge: change(forge.token())


def with_key(name: str, kid: str, algorithm: str) -> Maker:
    """Truly signed with this key of the forge."""
    return lambda forge: forge.token({"alg": algorithm, "kid": kid}, sign=signer(algorithm, getattr(forge, name)))


def _with_a_payload_of_another(forge: Forge) -> str:
    good, other = forge.token().split("."), forge.token(claims=good_claims(sub=ISSUER)).split(".")
    return ".".join((good[0], other[1], good[2]))


def _next_character(token: str) -> str:
    """The last character's unused bits changed: a lax reader sees the same signature."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) + 1]


def _embedded(forge: Forge) -> str:
    """Brings its own key, and is truly signed with it."""
    return forge.token({**ES256, "jwk": forge.thief.as_dict(private=False)}, sign=signer("ES256", forge.thief))


def _der(content: bytes, forge: Forge) -> bytes:
    raw = signer("ES256", forge.ec)(content)
    return encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))


DEEP = b'{"a":' + b"[" * 2_500 + b"]" * 2_500 + b"}"

_FORM: list[tuple[str, Maker, str]] = [
    ("nothing at all", lambda forge: "", "token-malformed"),
    ("only dots", lambda forge: "..", "token-malformed"),
    ("a word", lambda forge: "hunter2", "token-malformed"),
    ("two parts", rewritten(lambda token: token.rpartition(".")[0]), "token-malformed"),
    ("four parts", rewritten(lambda token: token + ".e30"), "token-malformed"),
    ("five parts, as if encrypted", rewritten(lambda token: token + ".e30.e30"), "token-malformed"),
    ("a line end after it", rewritten(lambda token: token + "\n"), "token-malformed"),
    ("a space before it", rewritten(lambda token: " " + token), "token-malformed"),
    ("a line end within", rewritten(lambda token: token.replace(".", ".\r\n", 1)), "token-malformed"),
    ("the scheme repeated", rewritten(lambda token: "Bearer " + token), "token-malformed"),
    ("padding", rewritten(lambda token: token + "=="), "token-malformed"),
    ("the other base64 alphabet", rewritten(lambda token: token[:-2] + "+/"), "token-malformed"),
    ("a NUL character", rewritten(lambda token: token + "\0"), "token-malformed"),
    ("full-width dots", rewritten(lambda token: token.replace(".", "．")), "token-malformed"),
    ("half a surrogate pair", rewritten(lambda token: token + "\ud800"), "token-malformed"),
    ("a header that is not base64", rewritten(lambda token: "A" + token[token.index(".") :]), "token-malformed"),
    ("a header that is no JSON", raw_header(b"alg=ES256"), "token-malformed"),
    ("a header that is a list", raw_header(b'["ES256"]'), "token-malformed"),
    ("a header in UTF-16", raw_header(json.dumps(ES256).encode("utf-16")), "token-malformed"),
    ("a header after a byte order mark", raw_header(b"\xef\xbb\xbf" + json.dumps(ES256).encode()), "token-malformed"),
    ("two algorithms", raw_header(b'{"alg":"none","kid":"ec","alg":"ES256"}'), "token-malformed"),
    ("two key ids", raw_header(b'{"alg":"ES256","kid":"ec","kid":"rsa"}'), "token-malformed"),
    ("a header that is too deep", raw_header(DEEP), "token-malformed"),
    ("claims that are no JSON", raw_claims(b"sub=1"), "token-malformed"),
    ("claims that are a list", raw_claims(b"[]"), "token-malformed"),
    ("claims that are null", raw_claims(b"null"), "token-malformed"),
    ("two subjects", raw_claims(claims_text('"sub"', '"sub": "x", "sub"')), "token-malformed"),
    ("two names in the metadata", raw_claims(claims_text('"full_name"', '"sub": 1, "full_name"')), "token-malformed"),
    ("claims that are too deep", raw_claims(DEEP), "token-malformed"),
    ("an integer of 5000 digits", raw_claims(claims_text(f"{NOW + 3600}", "9" * 5_000)), "token-malformed"),
    ("more than 8 KiB", claims(user_metadata={"padding": "x" * 8_000}), "token-too-large"),
    ("a megabyte of anything", lambda forge: "." * 1_000_000, "token-too-large"),
]

_ALGORITHM: list[tuple[str, Maker, str]] = [
    *((f"algorithm {name!r}", without_signature(name), "token-algorithm") for name in ("none", "None", "NONE", "nOnE")),
    ("none, and yet signed", header(alg="none"), "token-algorithm"),
    ("no algorithm", header_without("alg"), "token-algorithm"),
    ("algorithm null", header(alg=None), "token-algorithm"),
    ("an empty algorithm", header(alg=""), "token-algorithm"),
    ("a list of algorithms", header(alg=["ES256"]), "token-algorithm"),
    ("algorithm in lower case", header(alg="es256"), "token-algorithm"),
    *((f"algorithm {name}", header(alg=name), "token-algorithm") for name in ("ES384", "RS512", "PS256", "EdDSA")),
    ("HMAC with the public key as PEM", hmac_with(lambda forge: forge.ec.as_pem()), "token-algorithm"),
    ("HMAC with the RSA key as PEM", hmac_with(lambda forge: forge.rsa.as_pem(), kid="rsa"), "token-algorithm"),
    (
        "HMAC with the public key as JWK",
        hmac_with(lambda forge: json.dumps(forge.ec.as_dict(private=False)).encode()),
        "token-algorithm",
    ),
    ("HMAC with a published symmetric key", hmac_with(lambda forge: SECRET.encode(), kid="oct"), "token-algorithm"),
    ("HMAC with nothing", hmac_with(lambda forge: b"\0", "HS512"), "token-algorithm"),
    ("RS256 with the key of ES256", header(alg="RS256"), "token-algorithm"),
    ("ES256 with the key of RS256", header(kid="rsa"), "token-algorithm"),
]

_HEADER: list[tuple[str, Maker, str]] = [
    ("no key id", header_without("kid"), "token-header"),
    ("key id null", header(kid=None), "token-header"),
    ("key id a number", header(kid=7), "token-header"),
    ("key id a list", header(kid=["ec"]), "token-header"),
    ("another type", header(typ="at+jwt"), "token-header"),
    ("type null", header(typ=None), "token-header"),
    ("type a number", header(typ=1), "token-header"),
    ("keys from an address", header(jku="https://evil.example/jwks.json"), "token-header"),
    ("a certificate from an address", header(x5u="https://evil.example/cert.pem"), "token-header"),
    ("a certificate brought along", header(x5c=["MIIB"]), "token-header"),
    ("a certificate's thumbprint", header(x5t="AAAA"), "token-header"),
    ("its own key brought along", _embedded, "token-header"),
    ("a critical extension", header(crit=["exp"], exp=1), "token-header"),
    ("no critical extension at all", header(crit=[]), "token-header"),
    ("a payload as it is", header(b64=False, crit=["b64"]), "token-header"),
    ("compression", header(zip="DEF"), "token-header"),
]

_KEY: list[tuple[str, Maker, str]] = [
    ("an unknown key id", header(kid="stranger"), "token-key-unknown"),
    ("an empty key id", header(kid=""), "token-key-unknown"),
    ("a key id that is a path", header(kid="../../../../dev/null"), "token-key-unknown"),
    ("a key id that is SQL", header(kid="' UNION SELECT 'x"), "token-key-unknown"),
    ("a key id with half a surrogate pair", header(kid="\ud800"), "token-key-unknown"),
    ("a key of another curve", with_key("p384", "p384", "ES384"), "token-algorithm"),
    ("a key of another curve as ES256", header(kid="p384"), "token-key-unknown"),
    ("a point of another curve", header(kid="p384-as-p256"), "token-key-unknown"),
    ("a weak RSA key", with_key("weak", "weak", "RS256"), "token-key-unknown"),
    ("a symmetric key", header(kid="oct"), "token-key-unknown"),
    ("a key whose private half is published", with_key("leaked", "leaked", "ES256"), "token-key-unknown"),
    ("a key for encryption", with_key("thief", "encryption", "ES256"), "token-key-unknown"),
    ("a key that may not verify", with_key("thief", "signing-only", "ES256"), "token-key-unknown"),
    ("a key for another algorithm", with_key("thief", "other-algorithm", "ES256"), "token-key-unknown"),
    ("a second key of a known id", with_key("thief", "ec", "ES256"), "token-signature"),
]

_SIGNATURE: list[tuple[str, Maker, str]] = [
    ("the signature cut off", signature(lambda content, forge: b""), "token-signature"),
    ("the signature of another token", _with_a_payload_of_another, "token-signature"),
    ("r and s zero", signature(lambda content, forge: bytes(64)), "token-signature"),
    ("r and s the order", signature(lambda content, forge: P256_ORDER.to_bytes(32, "big") * 2), "token-signature"),
    ("a signature too short", signature(lambda content, forge: b"x" * 63), "token-signature"),
    ("a signature too long", signature(lambda content, forge: b"x" * 65), "token-signature"),
    ("a signature in DER", signature(_der), "token-signature"),
    ("a signature with bits left over", rewritten(_next_character), "token-signature"),
    ("somebody else's signature", lambda forge: forge.token(sign=signer("ES256", forge.thief)), "token-signature"),
    (
        "RSA of zeros",
        lambda forge: forge.token({"alg": "RS256", "kid": "rsa"}, sign=lambda content: bytes(256)),
        "token-signature",
    ),
    (
        "RSA-PSS instead of PKCS1",
        lambda forge: forge.token({"alg": "RS256", "kid": "rsa"}, sign=signer("PS256", forge.rsa)),
        "token-signature",
    ),
]

_CLAIMS: list[tuple[str, Maker, str]] = [
    *((f"no {name}", claims(name), "token-claims") for name in ("iss", "sub", "aud", "exp", "iat", "role")),
    *(
        (f"{name} of {value!r}", claims(**{name: value}), "token-claims")
        for name, value in (
            ("iss", None),
            ("iss", [ISSUER]),
            ("aud", {"authenticated": True}),
            ("aud", ["authenticated", 1]),
            ("aud", None),
            ("role", ["authenticated"]),
            ("sub", 7),
            ("sub", ""),
            ("sub", "admin"),
            ("sub", SUBJECT * 10),
            ("sub", SUBJECT.upper()),
            ("sub", "{" + SUBJECT + "}"),
            ("sub", f"urn:uuid:{SUBJECT}"),
            ("sub", SUBJECT + "\n"),
            ("exp", str(NOW + 3600)),
            ("exp", True),
            ("exp", None),
            ("exp", -1),
            ("exp", [NOW + 3600]),
            ("exp", 10**400),
            ("exp", 253_402_300_800),
            ("iat", "now"),
            ("nbf", "now"),
            ("nbf", None),
            ("is_anonymous", "false"),
            ("is_anonymous", 0),
            ("email", 7),
            ("session_id", "../etc/passwd"),
            ("session_id", 7),
        )
    ),
    *(
        (f"exp of {text}", raw_claims(claims_text(f"{NOW + 3600}", text)), code)
        for text, code in (("NaN", "token-malformed"), ("Infinity", "token-malformed"), ("1e400", "token-claims"))
    ),
    ("the issuer with a slash after it", claims(iss=ISSUER + "/"), "token-issuer"),
    ("the issuer in capitals", claims(iss=ISSUER.upper()), "token-issuer"),
    ("another project", claims(iss="https://zyxwvuts.supabase.co/auth/v1"), "token-issuer"),
    ("an API key's issuer", claims(iss="supabase"), "token-issuer"),
    ("another audience", claims(aud="other"), "token-audience"),
    ("other audiences", claims(aud=["other", "AUTHENTICATED"]), "token-audience"),
    ("no audience in the list", claims(aud=[]), "token-audience"),
    ("the service role", claims(role="service_role"), "token-role"),
    ("the anonymous role", claims(role="anon"), "token-role"),
    ("an anonymous sign-in", claims(is_anonymous=True), "token-anonymous"),
    ("expired a second beyond the leeway", claims(exp=NOW - 6), "token-expired"),
    ("expired exactly at the leeway", claims(exp=NOW - 5), "token-expired"),
    ("expired in 1970", claims(exp=0), "token-expired"),
    ("not before a later moment", claims(nbf=NOW + 6), "token-not-yet-valid"),
    ("issued in the future", claims(iat=NOW + 6), "token-not-yet-valid"),
]

HOSTILE = [*_FORM, *_ALGORITHM, *_HEADER, *_KEY, *_SIGNATURE, *_CLAIMS]

HOSTILE_TO_A_SECRET: list[tuple[str, Maker, str]] = [
    ("ES256", lambda forge: forge.token(), "token-algorithm"),
    ("RS256", with_key("rsa", "rsa", "RS256"), "token-algorithm"),
    ("none", without_signature("none"), "token-algorithm"),
    ("HS384 with the secret", hmac_with(lambda forge: SECRET.encode(), "HS384"), "token-algorithm"),
    ("HS512 with the secret", hmac_with(lambda forge: SECRET.encode(), "HS512"), "token-algorithm"),
    ("another secret", hmac_with(lambda forge: SECRET.encode() + b"!"), "token-signature"),
    ("the public key as secret", hmac_with(lambda forge: forge.ec.as_pem()), "token-signature"),
    ("ES256's signature as HS256", header(alg="HS256"), "token-signature"),
    ("no signature", without_signature("HS256"), "token-signature"),
    ("a key brought along", lambda forge: forge.token({"alg": "HS256", "jwk": {"kty": "oct"}}), "token-header"),
    ("key id a number", header(alg="HS256", kid=7), "token-header"),
]
