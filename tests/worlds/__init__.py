"""Worlds to test in: the service or a part of it, with people, modules, a clock and ids that tests can predict."""
