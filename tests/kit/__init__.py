"""What tests share: examples of the domain, a clock and ids that they can predict, and small helpers."""
