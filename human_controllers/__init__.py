"""Real people at the controls."""
