"""The catalogue of training modules."""
