"""Deep TAMER: a network that models praise and blame, with each step weighed by the delay."""
