"""A point mass in a maze with hazards, in MuJoCo."""
