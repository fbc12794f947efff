"""What `unified-dental check` verifies, and what `serve` refuses by itself. Each check is a small function."""
