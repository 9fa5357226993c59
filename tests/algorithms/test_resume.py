"""Same seed, same weights; and a run that goes on in another process ends with the same weights."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_learners import CASES, STEPS, build, digest

from algorithms.core.learner import Callback
from coachable import checkpoint

ROOT = Path(__file__).parents[2]


class SaveAt(Callback):
    """Saves at the first boundary from `step` on where the learner can be resumed, and stops."""

    def __init__(self, step, path):
        self.step, self.path, self.saved_at = step, path, None

    def on_step(self, learner, infos, rewards, dones):
        return self.saved_at is None

    def on_boundary(self, learner):
        if self.saved_at is None and learner.num_timesteps >= self.step and learner.resumable:
            self.saved_at = learner.num_timesteps
            checkpoint.save(self.path, learner.state_dict())


@pytest.fixture(scope="module")
def uninterrupted():
    return {name: digest(build(name).learn(STEPS)) for name in CASES}


@pytest.fixture(scope="module")
def resumed(tmp_path_factory):
    """Each learner's weights after a run that went on in a fresh process, and where it stopped."""
    folder = tmp_path_factory.mktemp("checkpoints")
    stops = {}
    for name in CASES:
        saver = SaveAt(STEPS // 2, folder / f"{name}.ckpt")
        build(name).learn(STEPS, saver)
        stops[name] = saver.saved_at
    done = subprocess.run(
        [sys.executable, "-m", "tiny_learners", str(folder)],
        env=os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return stops, json.loads(done.stdout)


@pytest.mark.parametrize("name", CASES)
def test_a_run_resumed_in_a_fresh_process_ends_with_the_same_weights(name, uninterrupted, resumed):
    stops, digests = resumed
    assert STEPS // 2 <= stops[name] < STEPS
    assert digests[name] == uninterrupted[name]


@pytest.mark.parametrize("name", CASES)
def test_the_same_seed_gives_the_same_weights_and_another_seed_others(name, uninterrupted):
    assert digest(build(name).learn(STEPS)) == uninterrupted[name]
    assert digest(build(name, seed=1).learn(STEPS)) != uninterrupted[name]


@pytest.mark.parametrize("name", ["pvp continuous", "pvp discrete", "td3", "ppo batch"])
def test_saving_at_every_boundary_changes_nothing(name, uninterrupted):
    class Save(Callback):
        def on_boundary(self, learner):
            learner.state_dict()

    assert digest(build(name).learn(STEPS, Save())) == uninterrupted[name]


def test_one_environment_can_be_resumed_only_between_episodes():
    seen = []

    class Watch(Callback):
        def on_boundary(self, learner):
            seen.append((learner.num_timesteps, learner.resumable))

    class Ends(Watch):
        ends = {0}

        def on_step(self, learner, infos, rewards, dones):
            if dones[0]:
                self.ends.add(learner.num_timesteps)
            return True

    watch = Ends()
    build("pvp continuous").learn(30, watch)
    assert {step for step, resumable in seen if resumable} == watch.ends & {s for s, _ in seen}
    assert any(resumable for _, resumable in seen)
    assert not all(resumable for _, resumable in seen)
