"""Requirements and whom they concern."""
