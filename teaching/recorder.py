"""What teaching needs of a feedback log."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from teaching.feedback import Feedback, Kind


class Log(Protocol):
    """Where signals are kept; `teaching.log.FeedbackLog` is one."""

    def append(
        self,
        kind: Kind,
        record: Feedback,
        *,
        obs: np.ndarray | None = None,
        proposed_action: np.ndarray | None = None,
        episode_start: np.ndarray | None = None,
    ) -> None:
        """Keep a record, durably if the log is a person's."""
