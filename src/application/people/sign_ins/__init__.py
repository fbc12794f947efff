"""Sign-ins: identifying callers, linking and ending sign-ins, and following the accounts of Supabase Auth."""
