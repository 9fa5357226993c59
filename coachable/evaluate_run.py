"""Evaluate what a run folder holds, and the expert behind its human."""

from __future__ import annotations

from typing import Any

from coachable import build, checkpoint
from coachable.config import RunConfig, from_dict
from coachable.evaluate import Evaluation, Policy, evaluate
from coachable.files import write_json
from coachable.humans import HUMANS
from coachable.run_folder import RunFolder
from coachable.tables import print_table
from coachable.train import one_thread
from teaching import UserError


def evaluate_run(run: str, episodes: int, video: bool) -> dict[str, Any]:
    """The verb: prints a table and writes ``evaluation.json`` into the run folder.

    Raises:
        UserError: there is no such run, or it has no checkpoint yet.

    """
    one_thread()
    folder = RunFolder.open(run)
    config = from_dict(folder.config(), source=str(folder.config_file))
    policy = load_policy(folder, config)
    rows = [{"name": str(config.choices["algorithm"]), **_on_test(config, policy, episodes)}]
    if config.human is not None and HUMANS[config.human.name].needs_expert:
        rows.append({"name": "the human alone", **evaluate_expert(config, episodes).figures()})
    figures = {"episodes": episodes, "rows": rows}
    write_json(folder.path / "evaluation.json", figures)
    print_table(rows, title=f"{folder.path}, {episodes} {config.evaluate_on} episodes")
    if video:
        from coachable.video import film

        path = film(config, policy, folder.path / "episode.gif")
        print(f"filmed: {path}")
    return figures


def load_policy(folder: RunFolder, config: RunConfig) -> Policy:
    """The agent as its last checkpoint has it.

    Raises:
        UserError: there is no whole checkpoint.

    """
    from coachable.training import policy_of

    found = checkpoint.latest(folder.checkpoints)
    if found is None:
        raise UserError(f"{folder.path} has no checkpoint yet; train it first")
    # Its place in the training episodes does not matter here, and belongs to an env with the human.
    state = {key: value for key, value in found[1]["learner"].items() if key != "env"}
    env = build.build_env(config, "train", config.num_envs if config.num_envs > 1 else None)
    learner = build.build_learner(config, env)
    learner.load_state_dict(state)
    env.close()
    return policy_of(learner)


def evaluate_expert(config: RunConfig, episodes: int) -> Evaluation:
    """How the expert behind the config's human does by itself on the held-out episodes."""
    env = build.build_test_env(config, episodes)
    try:
        oracle = build.build_oracle(config, env)
        return evaluate(oracle.action, env, episodes, roads=build.count_test_roads(config))
    finally:
        env.close()


def _on_test(config: RunConfig, policy: Policy, episodes: int) -> dict[str, Any]:
    env = build.build_test_env(config, episodes)
    try:
        return evaluate(policy, env, episodes, roads=build.count_test_roads(config)).figures()
    finally:
        env.close()
