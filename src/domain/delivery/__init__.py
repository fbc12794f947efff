"""Events on their way to those who want them."""
