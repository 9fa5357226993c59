"""What pages are told of the task, of how things stand, and of an action that may be corrected."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np

from human_controllers.browser.config import BrowserConfig
from human_controllers.browser.desk import Desk
from human_controllers.layouts import Layout
from human_controllers.steering import Hands
from teaching import Kind, Segments


def controls(
    config: BrowserConfig, hands: Hands | None, layout: Layout, kinds: frozenset[Kind]
) -> dict[str, Any]:
    """What there is to steer, by which keys, and what else a person may do."""
    axes = [] if hands is None or not hands.axes else layout.axes[: hands.axes]
    numbered = layout.keys if hands is not None and hands.actions else {}
    return {
        "kinds": sorted(kinds),
        "axes": [{"down": down, "up": up} for down, up in axes],
        "actions": [{"key": key, "number": number} for key, number in numbered.items()],
        "idle": layout.idle,
        "pace": config.pace,
        "rise": config.rise,
        "fall": config.fall,
    }


def standing(desk: Desk, story: dict[str, Any], seconds: float) -> dict[str, Any]:
    """How things stand.

    Args:
        desk: what pages and training share.
        story: ``step`` and ``total``, and ``curve``, pairs of a step and the success there.
        seconds: of people's time so far.

    """
    with desk.changed:
        curve, last, view = story["curve"], desk.last_word, desk.view
        waits = desk.config.pace == "step" and not desk.may_step
        return {
            "driver": None if desk.driver is None else desk.driver.name,
            "paused": desk.paused,
            "waiting": "the task waits for a step key" if waits else None,
            "dt": None if view is None else view.dt,
            "step": max(story["step"], 0 if view is None else int(view.step[0])),
            "total": story["total"],
            "minutes": seconds / 60,
            "success": curve[-1][1] if curve else None,
            "curve": list(curve),
            "people": [guest.name for guest in desk.guests],
            "open": len(desk.line),
            "answered": desk.line.answered,
            "agreement": desk.line.agreement,
            "last": None if last is None else {"value": last[0], "by": last[1]},
        }


def editable(segments: Segments, space: gym.Space, layout: Layout) -> dict[str, Any]:
    """The actions of a segment that is to be corrected, and what they may be."""
    length = int(segments.length[0, 0])
    rows = segments.action[0, 0][:length].reshape(length, -1)
    if isinstance(space, gym.spaces.Discrete):
        return {"rows": rows.tolist(), "number": int(space.n), "first": int(space.start)}
    assert isinstance(space, gym.spaces.Box)
    low, high = np.ravel(space.low), np.ravel(space.high)
    names = [f"{down} / {up}" for down, up in layout.axes[: rows.shape[1]]]
    names += [f"axis {i + 1}" for i in range(len(names), rows.shape[1])]
    return {
        "rows": rows.tolist(),
        "low": np.where(np.isfinite(low), low, rows.min(0)).tolist(),
        "high": np.where(np.isfinite(high), high, rows.max(0)).tolist(),
        "names": names,
    }
