"""Documents that tests read, write or run."""
