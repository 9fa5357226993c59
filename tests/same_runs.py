"""What two runs left behind, compared bit for bit."""

import numpy as np

from coachable import checkpoint
from teaching.log import read_log


def last(folder):
    """The last checkpoint of the run called ``run``."""
    return checkpoint.latest(folder / "run" / "checkpoints")[1]


def same(first, second):
    """Whether two nested states agree bit for bit, wall time left out."""
    if isinstance(first, dict):
        assert first.keys() == second.keys()
        return all(same(first[key], second[key]) for key in first if key != "seconds")
    if isinstance(first, np.ndarray):
        return first.dtype == second.dtype and first.tobytes() == second.tobytes()
    return first == second or (first != first and second != second)


def signals(folder):
    """What the log holds of a course, as bytes."""
    rows = read_log(folder / "run" / "feedback.sqlite")
    return [(int(r.record.step[0]), r.record.action.tobytes()) for r in rows]
