"""What learners share: the interface, the loop on Stable-Baselines3, and the buffers."""
