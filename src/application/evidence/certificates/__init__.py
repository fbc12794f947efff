"""Certificates: shown, printed, verified, revoked."""
