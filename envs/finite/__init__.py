"""Finite Markov decision processes: arrays, exact solvers, and the tasks made of them."""
