"""Target networks, with linear values, in control, and with networks."""
