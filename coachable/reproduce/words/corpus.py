"""A user's own copy of the corpus of Sumers et al. (2021), ``human_trial_data.json``.

The corpus has no licence, so that none of it comes with the lab. It is a JSON list of records, one
for each level that somebody played and somebody else spoke about. What is read of a record: who
(``task_uuid``), which level (``level_number``), what was said (``chat_text``), and in ``game`` the
objects (``config.frame_data.objects``), which of them were collected (``game_events``) and what
colours and shapes are worth (``value_mask_config``).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from coachable.listener_data import Said
from envs.collection.assignment import ASSIGNMENTS, COLOUR_OF, LARGEST, SHAPE_OF
from envs.collection.features import CLUSTERS, COLOURS, OBJECTS, SHAPES, encode, show
from envs.collection.words import WORDS
from teaching import UserError
from teaching.words import Words

WHAT = "a copy of human_trial_data.json of Sumers et al. (2021)"
_TOLD = "chat|full"
"""The condition in which somebody spoke who saw what things were worth."""
_GRID = 75.0
"""Units of length across a level."""
_COLOUR = {"m": "pink", "c": "blue", "y": "yellow"}
_SHAPE = {"o": "circle", "s": "square", "^": "triangle"}

_PEOPLE = {
    "blue": ("aqua", "teal", "light blue"),
    "pink": ("violet",),
    "yellow": ("brown", "orange"),
    "triangle": ("diamond",),
    "square": ("cube",),
}
"""What people call them besides."""


@dataclass(frozen=True)
class Lesson:
    """A level that was played and spoken about.

    Attributes:
        teacher: who spoke.
        level: its number.
        said: the words, what was seen and done, and the assignment, as the lab has them.
        several: whether objects of several clusters were collected; those of the one with the most
            are what the action says.

    """

    teacher: str
    level: int
    said: Said
    several: bool


def words_of_people() -> Words:
    """The task's words, with more synonyms."""
    terms = tuple(
        replace(term, synonyms=(*term.synonyms, *_PEOPLE.get(term.name, ())))
        for term in WORDS.terms
    )
    return replace(WORDS, terms=terms)


def read_corpus(path: str) -> list[Lesson]:
    """All lessons in which somebody spoke, by teacher and level.

    Raises:
        UserError: the file cannot be read, or is no such copy; which says where it goes wrong.

    """
    try:
        records = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"corpus={path} cannot be read ({error.strerror}); give {WHAT}") from error
    except ValueError as error:
        raise UserError(f"corpus={path} is no JSON ({error}); give {WHAT}") from error
    if not isinstance(records, list) or not records:
        raise UserError(f"corpus={path} is no list of records; give {WHAT}")
    lessons = []
    for number, record in enumerate(records):
        try:
            if record.get("comm_viz_cond", _TOLD) == _TOLD:
                lessons.append(_lesson(record))
        except KeyError as error:
            raise _wrong(path, number, f"has no {error.args[0]!r}") from error
        except (TypeError, ValueError, AttributeError, IndexError) as error:
            raise _wrong(path, number, f"is of another form ({error})") from error
    if not lessons:
        raise UserError(f"corpus={path} has no record of the condition {_TOLD!r}; give {WHAT}")
    return sorted(lessons, key=lambda lesson: (lesson.teacher, lesson.level))


def _wrong(path: str, number: int, what: str) -> UserError:
    return UserError(f"corpus={path}: record {number} {what}; give {WHAT}")


def _lesson(record: dict[str, Any]) -> Lesson:
    game = record["game"]
    assignment = assignment_of(game["value_mask_config"])
    objects = game["config"]["frame_data"]["objects"]
    obs, slots = level_of(objects, assignment)
    taken = np.zeros((CLUSTERS, OBJECTS), bool)
    for event in game["game_events"]:
        if event["name"] == "object_collected":
            thing = event["data"]["object"]
            taken[slots[thing["x"], thing["y"]]] = True
    cluster = int(taken.sum(axis=1).argmax())
    action = int(encode(np.array([cluster]), taken[cluster][None])[0])
    text = record["chat_text"] or ""
    if not isinstance(text, str):
        raise TypeError(f"chat_text is {type(text).__name__}")
    said = Said(text, obs, action, assignment)
    several = bool((taken.any(axis=1)).sum() > 1)
    return Lesson(str(record["task_uuid"]), int(record["level_number"]), said, several)


def assignment_of(config: dict[str, str]) -> int:
    """The lab's number of ``{"color_config": "y_c_m", "shape_config": "s_o_^"}``.

    Colours are listed from worse to better than nothing, shapes from small to large.
    """
    colours = [COLOURS.index(_COLOUR[letter]) for letter in config["color_config"].split("_")]
    shapes = [SHAPES.index(_SHAPE[letter]) for letter in config["shape_config"].split("_")]
    for assignment in range(ASSIGNMENTS):
        if COLOUR_OF[assignment].tolist() == colours and SHAPE_OF[assignment].tolist() == shapes:
            return assignment
    raise ValueError(f"no order of colours and shapes is {config}")


def level_of(
    objects: Sequence[dict[str, Any]], assignment: int
) -> tuple[np.ndarray, dict[tuple[float, float], tuple[int, int]]]:
    """The observation [160] of a level, and from an object's place to its cluster and number."""
    size = (CLUSTERS, OBJECTS)
    position, value, looks = np.zeros((*size, 2)), np.zeros(size, int), np.zeros(size, int)
    slots: dict[tuple[float, float], tuple[int, int]] = {}
    filled = [0] * CLUSTERS
    for thing in objects:
        cluster = int(thing["cluster_id"]) - 1
        if not 0 <= cluster < CLUSTERS or filled[cluster] == OBJECTS:
            raise ValueError(f"a level has {CLUSTERS} clusters of {OBJECTS} objects")
        at = cluster, filled[cluster]
        filled[cluster] += 1
        slots[thing["x"], thing["y"]] = at
        position[at] = 2 * thing["x"] / _GRID - 1, 1 - 2 * thing["y"] / _GRID
        value[at] = thing["value"]
        # What is worth nothing has the shape of something that it might have been worth.
        looks[at] = abs(int(thing["value"] or thing["color_value"]))
    if min(filled) < OBJECTS:
        raise ValueError(f"a level has {CLUSTERS} clusters of {OBJECTS} objects")
    if not 1 <= looks.min() <= looks.max() <= LARGEST[-1]:
        raise ValueError(f"an object is worth {looks.max()} points")
    colour = COLOUR_OF[assignment][np.sign(value) + 1]
    shape = SHAPE_OF[assignment][np.searchsorted(LARGEST, looks)]
    return show(position, colour, shape), slots
