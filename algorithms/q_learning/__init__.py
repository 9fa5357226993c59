"""Q-learning on praise and blame, taken for reward."""
