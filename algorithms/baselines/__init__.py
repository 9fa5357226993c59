"""Stable-Baselines3's own algorithms on the true reward: what learning without a human costs."""
