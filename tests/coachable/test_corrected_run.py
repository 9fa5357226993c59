import json
import signal

import pytest

from coachable.config import load
from coachable.progress import Silent
from coachable.stopping import Interrupted
from coachable.train import train
from teaching import UserError

QUICK = ["progress=false", "eval_every=0", "final_episodes=2", "log_every=20", "env.horizon=20"]


def run(tmp_path, task, *overrides, progress=None):
    words = [f"env={task}", "human=corrector", "algorithm=corrections", f"runs={tmp_path}"]
    return train(load([*words, *QUICK, "total_steps=90", *overrides]), progress)


@pytest.mark.parametrize("task", ["maze", "driving", "arm"])
def test_words_correct_a_student_from_the_command_line_and_are_in_tensorboard(tmp_path, task):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    result = run(tmp_path, task, "name=one")
    assert result["corrections_heard"] == 4 and result["human_seconds"] > 0
    events = EventAccumulator(str(tmp_path / "one"))
    events.Reload()
    tags = events.Tags()
    assert {"manner/speed", "words/clauses", "words/content_share"} <= set(tags["scalars"])
    assert any("words/utterances" in tag for tag in tags["tensors"])
    assert json.loads((tmp_path / "one" / "result.json").read_text())["algorithm"] == "corrections"


def test_a_run_may_be_the_student_of_another_in_its_own_task(tmp_path):
    run(tmp_path, "arm", "name=first")
    second = run(tmp_path, "arm", "name=second", f"algorithm.student={tmp_path}/first")
    assert second["corrections_heard"] == 4
    with pytest.raises(UserError, match="was taught env=arm, not maze"):
        run(tmp_path, "maze", f"algorithm.student={tmp_path}/first")


class _StopAt(Silent):
    def update(self, tracker):
        if tracker.steps == 50:
            signal.raise_signal(signal.SIGINT)


def test_a_stopped_run_of_corrections_resumes_to_the_same_end(tmp_path):
    whole = run(tmp_path, "arm", "name=whole")
    with pytest.raises(Interrupted):
        run(tmp_path, "arm", "name=halved", progress=_StopAt())
    again = run(tmp_path, "arm", "name=halved", "resume=true")
    assert {**again, "wall_seconds": 0, "name": ""} == {**whole, "wall_seconds": 0, "name": ""}
