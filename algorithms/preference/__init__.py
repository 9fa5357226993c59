"""A deep learner from comparisons, rankings and corrections of segments."""
