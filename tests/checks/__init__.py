"""Checks of the whole: the API's contract, the proxy, coverage, and what source code shows about itself."""
