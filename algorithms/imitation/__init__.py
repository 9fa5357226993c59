"""Cloning what the human does: behaviour cloning, HG-DAgger, intervention-weighted regression."""
