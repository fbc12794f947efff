"""Training records: what proves who learnt what."""
