"""The key of tokens for development, and what an operator must know about it."""

from __future__ import annotations

from pathlib import Path

DEVELOPMENT_KEY = Path(".unified-dental-development-key")
"""In the working directory, so that all processes of one installation share it."""

DEVELOPMENT_WARNING = (
    f"Tokens for development are accepted, from this machine only: anybody who can read {DEVELOPMENT_KEY} "
    f"can impersonate anybody."
)

DEVELOPMENT_SECRETS_KEY = "ZGV2ZWxvcG1lbnQtb25seS1rbm93bi10by1ldmVyeW8="
"""Encrypts the secrets of webhooks in development, where SECRETS_KEYS may be left out."""
