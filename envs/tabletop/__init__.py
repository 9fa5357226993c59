"""Carrying objects past a person: what a good path is depends on the object and the user."""
