"""Deep COACH: COACH with a network, and replay of windows of experience."""
