"""Learners: one folder each, one interface."""
