"""Coactive learning: from paths that a person has made a little better (Jain et al. 2013)."""
