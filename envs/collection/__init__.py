"""Collecting coloured objects: the task of rewards learned from language (Sumers et al. 2021)."""
