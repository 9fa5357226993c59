"""Learners from language."""
