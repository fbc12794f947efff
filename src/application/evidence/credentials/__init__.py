"""Credentials: cards and licenses that somebody else issues."""
