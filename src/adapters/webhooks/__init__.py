"""Webhooks: sending them, and the secrets that sign them."""
