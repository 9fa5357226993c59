"""Measurements against peers; nothing here is a bound in a test."""
