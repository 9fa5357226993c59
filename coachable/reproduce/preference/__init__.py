"""Learning from comparisons, rankings and corrections, beside learning from the true reward."""
