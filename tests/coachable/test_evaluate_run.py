import json

import numpy as np
import pytest

from coachable import build, checkpoint
from coachable.config import from_dict, load
from coachable.evaluate_run import evaluate_run, load_policy
from coachable.progress import Silent
from coachable.run_folder import RunFolder
from coachable.train import train
from coachable.training import Training
from teaching import UserError

SMALL = [
    "total_steps=60",
    "eval_every=0",
    "final_episodes=2",
    "algorithm.batch_size=8",
    "algorithm.net_arch=[8]",
]
GRID = ["env=minigrid", "env.id=MiniGrid-Empty-5x5-v0", *SMALL, "algorithm.learning_starts=10"]
ROAD = ["env=driving", *SMALL, "algorithm.learning_starts=10"]
RUNS = {
    "pvp on a grid": [*GRID, "algorithm=pvp"],
    "dqn on views as images": [*GRID, "algorithm=dqn", "env.flat=false"],
    "bc": [*ROAD, "algorithm=bc", "human.gate=always", "algorithm.updates=5"],
    "pvp in four worlds": [*ROAD, "algorithm=pvp", "num_envs=4"],
    "hg_dagger": [*ROAD, "algorithm=hg_dagger"],
    "td3": [*ROAD, "algorithm=td3"],
    "sac": [*ROAD, "algorithm=sac"],
    "ppo": ["env=driving", *SMALL, "algorithm=ppo", "algorithm.n_steps=16"],
}


@pytest.mark.parametrize("name", RUNS)
def test_a_loaded_policy_acts_as_the_agent_did_when_it_was_saved(name, tmp_path, monkeypatch):
    trained = []
    carry_out = Training.carry_out

    def remember(self):
        trained.append(self._learner)
        return carry_out(self)

    monkeypatch.setattr(Training, "carry_out", remember)
    train(load([*RUNS[name], f"runs={tmp_path}", "name=run"]), Silent())
    folder = RunFolder.open(tmp_path / "run")
    before = checkpoint.latest(folder.checkpoints)[0].read_bytes()
    config = from_dict(folder.config(), "config.yaml")
    policy = load_policy(folder, config)

    space = build.build_env(config, "test").observation_space
    obs = np.stack([space.sample() for _ in range(32)])
    expected, _ = trained[0].predict(obs, deterministic=True)
    assert np.array_equal(policy(obs), expected)
    assert checkpoint.latest(folder.checkpoints)[0].read_bytes() == before


def test_a_run_is_evaluated_beside_the_expert_who_taught_it(tmp_path, capsys):
    result = train(load([*RUNS["pvp on a grid"], f"runs={tmp_path}", "name=run"]), Silent())
    figures = evaluate_run(str(tmp_path / "run"), 2, video=False)
    agent, human = figures["rows"]
    # The same episodes as at the end of training.
    assert (agent["success"], agent["return"]) == (result["success"], result["return"])
    assert human["success"] == 1.0
    assert json.loads((tmp_path / "run" / "evaluation.json").read_text()) == figures
    assert "the human alone" in capsys.readouterr().out
    # And as it was: the folder is still that of a finished run.
    assert RunFolder.open(tmp_path / "run").status == "finished"


def test_a_run_without_a_checkpoint_is_refused_in_one_line(tmp_path):
    config = load([*GRID, f"runs={tmp_path}", "name=run"])
    RunFolder.create(config.path, config.identity(), seed=0).finish("failed", "")
    with pytest.raises(UserError, match="no checkpoint yet"):
        evaluate_run(str(config.path), 2, video=False)
