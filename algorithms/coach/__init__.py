"""COACH, E-COACH and Deep COACH: feedback as an unbiased guess of the learner's own advantage."""
