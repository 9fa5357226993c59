"""Experts in one file each: small networks that act with NumPy alone, and those that come along."""
