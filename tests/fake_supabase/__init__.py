"""A Supabase project for tests: its accounts, keys and tokens, and the service that trusts it."""
