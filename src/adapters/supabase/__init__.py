"""Signing in with Supabase Auth: its access tokens, verified without asking it."""
