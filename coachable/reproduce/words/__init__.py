"""Reproductions of what agents learn from what people say."""
