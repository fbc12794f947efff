"""Sign-ins: whose they are, how they are linked and ended, and what Supabase Auth tells of its accounts."""
