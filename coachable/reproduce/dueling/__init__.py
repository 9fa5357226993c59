"""Reproductions of what is known about learning from comparisons of trajectories."""
