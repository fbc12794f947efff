"""The ports in memory: the whole service can run on them, without persistence."""
