"""Corrections in words: how a thing should be done otherwise."""
