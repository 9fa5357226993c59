"""What people say of what they think, measured: mistakes, kindness, silence, delays."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from coachable.reproduce.human_models.closed_forms import reaction
from coachable.reproduce.human_models.model import Model, collect
from coachable.reproduce.human_models.rows import (
    Row,
    exact,
    lasting,
    share,
)
from coachable.reproduce.human_models.stage import Stage, judge

MODELS: dict[str, Model] = {}
model = collect(MODELS, "evaluating")

STEPS = 125


def goods(stage: Stage, n: int) -> np.ndarray:
    """[STEPS, n] rewards of −1, 0 or 1, alike often."""
    return stage.rng.integers(-1, 2, (STEPS, n)).astype(float)


@model(
    "mistakes",
    "mistakes",
    "B-Pref (Lee et al. 2021)",
)
def mistakes(stage: Stage) -> Iterator[Row]:
    """praise for blame and blame for praise with probability ε."""
    n, epsilon = stage.worlds(STEPS), 0.1
    reward = np.tile([[1.0], [-1.0]], (STEPS, n))
    value = judge(stage.evaluating(n, mistakes=epsilon), reward).value
    yield share("blame of what is right, ε = 0.1", value[::2] < 0, epsilon)
    yield share("praise of what is wrong", value[1::2] > 0, epsilon)


@model(
    "kindness",
    "spare_blame praise_neutral",
    "after Thomaz and Breazeal (2008)",
)
def kindness(stage: Stage) -> Iterator[Row]:
    """blame is kept back with one probability, a rating of 0 turns into praise with another."""
    n, spare, kind = stage.worlds(STEPS), 0.3, 0.2
    reward = goods(stage, n)
    seen = judge(stage.evaluating(n, spare_blame=spare, praise_neutral=kind), reward)
    yield share("blame of what is wrong", seen.value[reward < 0] < 0, 1 - spare)
    yield share("praise of what is neutral", seen.value[reward == 0] > 0, kind)
    unhurt = (seen.value[reward > 0] > 0).mean()
    yield exact("praise of what is right", 1, unhurt, (reward > 0).sum())


@model(
    "silence",
    "silence silence_about",
    "Cederborg et al. (2015)",
)
def silence(stage: Stage) -> Iterator[Row]:
    """says nothing with probability s, about everything or about one side only."""
    n, chance = stage.worlds(STEPS), 0.3
    reward = goods(stage, n)
    said = {
        about: judge(stage.evaluating(n, silence=chance, silence_about=about), reward).mask
        for about in ("all", "wrong", "right")
    }
    yield share("about all: said", said["all"][reward != 0], 1 - chance)
    yield share("about wrong: said of what is wrong", said["wrong"][reward < 0], 1 - chance)
    right, wrong = said["wrong"][reward > 0], said["right"][reward < 0]
    yield exact("about wrong: said of what is right", 1, right.mean(), right.size)
    yield share("about right: said of what is right", said["right"][reward > 0], 1 - chance)
    yield exact("about right: said of what is wrong", 1, wrong.mean(), wrong.size)


@model(
    "word_delay",
    "delay delay_form aware_of_delay",
    "uniform: HIPPO Gym (Taylor et al. 2021); gamma: TAMER (Knox and Stone 2009)",
)
def word_delay(stage: Stage) -> Iterator[Row]:
    """from the step that is judged to the word, distributed as the reaction time above; the record
    names the step that is judged, or, of who is not aware of the delay, the present one."""
    for form, delay, dt, every in (
        ("fixed", 0.34, 0.1, 6),
        ("uniform", 0.5, 0.1, 10),
        ("gamma", 0.56, 0.28, 21),
    ):
        episodes = max(1, STEPS // every)
        n = stage.worlds(episodes)
        human = stage.evaluating(n, delay=delay, delay_form=form)
        # One judgement every so many steps; the others are neutral, and left unsaid.
        reward = np.tile((np.arange(every) == 0)[:, None] * 1.0, (episodes, n))
        seen = judge(human, reward, dt=dt)
        assert seen.about is not None
        late = (np.arange(len(reward))[:, None] - seen.about)[seen.mask]
        if form == "fixed":
            yield exact("fixed: delay, s", 0.3, late.mean() * dt, late.size)
            human = stage.evaluating(n, delay=delay, aware_of_delay=False)
            seen = judge(human, reward, dt=dt)
            assert seen.about is not None
            off = (np.arange(len(reward))[:, None] - seen.about)[seen.mask]
            yield exact("unaware: said of the step before", 0, np.abs(off).max(), off.size)
        else:
            yield from lasting(f"{form}: delay, s", late, reaction(form, delay, dt, every), dt)
            yield exact(f"{form}: words, a judgement", 1, late.size / (episodes * n), late.size)
