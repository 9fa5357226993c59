"""COACH (MacGlashan et al. 2017): its gridworld, its gradient, and where E-COACH is needed."""
