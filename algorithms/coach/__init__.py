"""COACH and E-COACH: feedback as an unbiased guess of the learner's own advantage."""
