"""Users: their profiles, roles and whether they are active."""
