"""Service accounts: programs that sign in with keys."""
