"""Learners from any feedback that is a choice: reward-rational choice."""
