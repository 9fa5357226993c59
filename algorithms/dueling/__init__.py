"""Learning from which of two trajectories was better (Pacchiano, Saha and Lee 2021)."""
