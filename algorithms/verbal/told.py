"""What learners from language tell TensorBoard of what they heard."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from stable_baselines3.common.logger import Logger

_TEXT = "words/utterances"


def report(
    logger: Logger,
    told: Sequence[tuple[str, str]],
    clauses: np.ndarray,
    recalled: int,
) -> None:
    """Record what was said since the last point of the curves, and how much is understood.

    Args:
        logger: of the learner.
        told: (text, meaning) of what was said just now.
        clauses: [2], heard so far, and understood among them.
        recalled: of earlier tasks, when learning began.

    """
    logger.record("words/clauses", float(clauses[0]))
    logger.record("words/recalled", float(recalled))
    logger.record("words/understood_share", float(clauses[1] / max(clauses[0], 1)))
    # What was said since the last point is shown with the next.
    earlier = str(logger.name_to_value.get(_TEXT, ""))
    lines = [f"**{said}**  \n{meant}" for said, meant in told]
    logger.record(_TEXT, "\n\n".join([text for text in (earlier, *lines) if text]))
