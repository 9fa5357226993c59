"""The pictures of the README, made by the project itself.

``python docs/make_pictures.py runs/reproduce/pvp_driving`` draws the curves of the driving runs in
that folder; the film strip of a takeover needs no run: it teaches a learner for a moment first.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import numpy as np

from coachable import build
from coachable.config import RunConfig, load
from coachable.events import read_scalars
from coachable.files import write_whole
from coachable.run_folder import RunFolder
from teaching import HumanInTheLoop
from teaching import info as keys
from teaching.wrapper import seconds_per_step

IMAGES = Path(__file__).parent / "images"
LABELS = {
    "pvp": "PVP, taught by the human",
    "hg_dagger": "HG-DAgger, taught by the human",
    "td3": "TD3, from the true reward",
}
BEFORE, AFTER = 1.2, 1.2
"""Seconds of novice driving that a takeover must have on either side to make a good strip."""


def main(runs: str) -> None:
    """Write docs/images/takeover.png and docs/images/learning.png."""
    write_strip(IMAGES / "takeover.png")
    write_curves(Path(runs), IMAGES / "learning.png")


def write_strip(path: Path) -> None:
    """Four moments of one takeover: before it, its first step, its last step, and after it."""
    human = ["human=risk_averse", "human.hold=1.0", "human.quiet=0.3", "human.check_every=0.2"]
    config = load(["experiment=pvp_driving", *human])
    learner = build.build_learner(config, _taught(config, None))
    learner.learn(2500)
    env = _taught(config, "rgb_array")
    for episode in range(300):
        moments = _moments(*_drive(env, learner, episode), seconds_per_step(env))
        if moments is not None:
            frames: dict[int, np.ndarray] = dict.fromkeys(moments)  # type: ignore[arg-type]
            _drive(env, learner, episode, frames)
            _save_strip(list(frames.values()), path)
            return
    raise SystemExit("no takeover in 300 episodes was fit to be shown")


def _taught(config: RunConfig, render_mode: str | None) -> Any:
    env = build.build_env(config, "train", render_mode=render_mode)
    return HumanInTheLoop(env, build.build_human(config, env))


def _drive(
    env: Any, learner: Any, episode: int, frames: dict[int, np.ndarray] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Who steered [T], and whether something stood close ahead [T]; fills in the steps of `frames`.

    Drawing takes longer than driving, so that an episode is driven once more to be drawn.
    """
    obs, _ = env.reset(seed=episode)
    takeover, close = [], []
    ended = False
    while not ended:
        close.append(obs[9:15].min() < 0.4)  # the six lidar rays nearest to straight ahead
        obs, _, terminated, truncated, info = env.step(learner.predict(obs)[0])
        if frames is not None and len(takeover) in frames:
            frames[len(takeover)] = env.render()
        takeover.append(info[keys.TAKEOVER])
        ended = terminated or truncated
    return np.array(takeover), np.array(close)


def _moments(takeover: np.ndarray, close: np.ndarray, dt: float) -> list[int] | None:
    """Four steps around the first takeover that has enough novice driving on either side."""
    before, after = round(BEFORE / dt), round(AFTER / dt)
    edges = np.flatnonzero(np.diff(takeover.astype(int)))
    for first, last in zip(edges[:-1] + 1, edges[1:], strict=True):
        calm = not takeover[max(0, first - before) : first].any()
        calm &= not takeover[last + 1 : last + 1 + after].any()
        long = 10 <= last - first <= 40 and last + after < len(takeover) and first >= before
        if takeover[first] and calm and long and close[first]:
            return [first - before, first + 2, last, last + after]
    return None


def _save_strip(frames: list[np.ndarray], path: Path) -> None:
    from PIL import Image

    side, gap = 420, 10
    strip = Image.new("RGB", (len(frames) * (side + gap) - gap, side), "white")
    for k, frame in enumerate(frames):
        strip.paste(Image.fromarray(frame).resize((side, side)), (k * (side + gap), 0))
    _save(lambda buffer: strip.save(buffer, format="png", optimize=True), path)


def write_curves(runs: Path, path: Path) -> None:
    """Success on held-out roads, and the human's share of the steps, over training."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    groups = _finished(runs)
    if not groups:
        raise SystemExit(f"{runs} holds no finished run of {', '.join(LABELS)}")
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.4))
    for number, (name, folders) in enumerate(groups.items()):
        label = f"{LABELS[name]} ({len(folders)} seed{'s'[: len(folders) > 1]})"
        _band(left, [_success(folder) for folder in folders], f"C{number}", label)
        if name != "td3":
            _band(right, [_share(folder) for folder in folders], f"C{number}", label)
    for axis, title in ((left, "success on held-out roads"), (right, "human's share of the steps")):
        axis.set(title=title, xlabel="environment steps", ylim=(-0.03, 1.03))
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(alpha=0.3)
    left.legend(fontsize="small", loc="center right", framealpha=0.9)
    figure.tight_layout()
    _save(lambda buffer: figure.savefig(buffer, format="png", dpi=130), path)
    plt.close(figure)


def _finished(runs: Path) -> dict[str, list[RunFolder]]:
    """Finished runs by algorithm, in the order of LABELS; only those with the clean human."""
    groups: dict[str, list[RunFolder]] = {name: [] for name in LABELS}
    for manifest in sorted(runs.glob("*/manifest.json")):
        folder = RunFolder.open(manifest.parent)
        choices = folder.config()["choices"]
        if folder.status == "finished" and choices["human"] in ("expert", None):
            groups.get(choices["algorithm"], []).append(folder)
    return {name: folders for name, folders in groups.items() if folders}


def _success(folder: RunFolder) -> tuple[np.ndarray, np.ndarray]:
    result = folder.result()
    points = [(0.0, 0.0)] + [(p["step"], p["success"]) for p in result["curve"]]
    points.append((result["total_steps"], result["success"]))
    return tuple(np.array(points, float).T)  # type: ignore[return-value]


def _share(folder: RunFolder) -> tuple[np.ndarray, np.ndarray]:
    steps, values = read_scalars(folder.path)["human/rate"]
    return np.asarray(steps, float), np.asarray(values, float)


def _band(axis: Any, courses: list[Any], colour: str, label: str) -> None:
    """The mean over seeds, between the lowest and the highest."""
    steps = max((course[0] for course in courses), key=len)
    values = np.array([np.interp(steps, *course) for course in courses])
    axis.plot(steps, values.mean(axis=0), color=colour, label=label)
    axis.fill_between(steps, values.min(axis=0), values.max(axis=0), color=colour, alpha=0.2)


def _save(write: Any, path: Path) -> None:
    buffer = io.BytesIO()
    write(buffer)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, buffer.getvalue())
    print(path)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python docs/make_pictures.py runs/reproduce/pvp_driving")
    main(sys.argv[1])
