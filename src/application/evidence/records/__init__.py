"""Training records: what proves who learned what."""
