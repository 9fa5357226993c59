"""TAMER+RL: what the human would say, combined with a learner from reward."""
