"""The ports in memory: the whole service runs on them, and forgets everything when it stops."""
