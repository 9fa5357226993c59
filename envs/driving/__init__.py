"""A driving task of our own, seen from above: `coachable/Driving-v0`."""
