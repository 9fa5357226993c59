"""A memory of what was learned from words, for tasks that are like those where it was said."""
