import time

from benchmarks.log import BOUND, share_of_training


def test_the_feedback_log_takes_less_than_a_twentieth_of_training(tmp_path):
    # In processor time, with a human who signals at every step: nothing logs more.
    share, rows = share_of_training(tmp_path, steps=400, clock=time.process_time)
    assert rows == 400
    assert 0 < share < BOUND
