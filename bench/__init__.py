"""Measures the service against the data guide's design, that design tuned, and the least a server can do.

`make bench` runs it all; docs/performance.md is what it writes. It uses the service through its public ways in only.
"""
