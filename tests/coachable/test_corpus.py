"""A copy of the corpus of Sumers et al. (2021), in a file made by hand in its format."""

import json

import numpy as np
import pytest

from coachable.listener_data import speak
from coachable.reproduce import runner
from coachable.reproduce.words.corpus import assignment_of, read_corpus
from coachable.reproduce.words.linguistic_corpus import carry_out, found, split, switched
from envs.collection.assignment import COLOUR_OF, SHAPE_OF
from envs.collection.features import decode, seen
from envs.collection.words import tell
from teaching import UserError

COLOURS, SHAPES = "mcy", "os^"  # pink, blue, yellow; circle, square, triangle
MAGNITUDE = [2, 5, 9]


def config(assignment):
    return {
        "color_config": "_".join(COLOURS[k] for k in COLOUR_OF[assignment]),
        "shape_config": "_".join(SHAPES[k] for k in SHAPE_OF[assignment]),
    }


def record(said, teacher, level):
    """What the lab's human said, as a record of the corpus."""
    position, colour, shape = seen(said.obs)
    cluster, taken = (part[0] for part in decode(np.array([said.action])))
    objects, events = [], []
    for c in range(4):
        for k in range(5):
            sign = COLOUR_OF[said.assignment].tolist().index(colour[c, k]) - 1
            size = MAGNITUDE[SHAPE_OF[said.assignment].tolist().index(shape[c, k])]
            x, y = ((1 + np.array([1, -1]) * position[c, k]) * 37.5).tolist()
            thing = {"x": x, "y": y, "value": sign * size, "cluster_id": c + 1}
            if not sign:
                thing["color_value"] = -size
            objects.append(thing)
            if c == cluster and taken[k]:
                events.append({"name": "object_collected", "data": {"object": thing}})
    game = {
        "config": {"frame_data": {"objects": objects}},
        "game_events": [*events, {"name": "level_end"}],
        "value_mask_config": config(said.assignment),
    }
    common = {"task_uuid": teacher, "level_number": level, "comm_viz_cond": "chat|full"}
    return {**common, "chat_text": said.text or None, "game": game}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Twelve teachers of ten levels each; the lab's own humans speak."""
    said = list(speak("all", 5, 2))[:120]
    records = [record(s, f"teacher {k // 10:02}", 1 + k % 10) for k, s in enumerate(said)]
    path = tmp_path_factory.mktemp("corpus") / "human_trial_data.json"
    path.write_text(json.dumps(records))
    return path, said


def test_a_level_written_out_by_hand_is_read(tmp_path):
    things = [
        {"x": 5 + 10 * k, "y": 5 + c, "value": v, "cluster_id": c + 1}
        for c, v in enumerate([9, -2, 5, -10])
        for k in range(5)
    ]
    things[0] |= {"value": 0, "color_value": -8}
    game = {
        "config": {"frame_data": {"objects": things}},
        "game_events": [
            {"name": "object_collected", "data": {"object": things[k]}} for k in (0, 2)
        ],
        "value_mask_config": {"color_config": "y_c_m", "shape_config": "s_o_^"},
    }
    one = {"task_uuid": "A", "level_number": 3, "chat_text": "nice|", "game": game}
    file = tmp_path / "one.json"
    file.write_text(json.dumps([one, {**one, "comm_viz_cond": "none"}]))
    (lesson,) = read_corpus(str(file))
    told = tell(lesson.said.obs, lesson.said.action).splitlines()
    # Yellow is bad and pink is good; squares are 1–3, circles 4–7 and triangles 8–10 points.
    assert told[0] == "top left: blue triangle, " + ", ".join(["pink triangle"] * 4)
    assert told[1].startswith("top right: yellow square")
    assert told[2].startswith("bottom right: pink circle")
    assert told[3].startswith("bottom left: yellow triangle")
    assert told[4] == "the agent takes, top left: blue triangle, pink triangle"
    assert (lesson.teacher, lesson.level, lesson.said.text) == ("A", 3, "nice|")


def test_what_was_written_is_read_back(corpus):
    path, said = corpus
    for lesson, old in zip(read_corpus(str(path)), said, strict=True):
        assert (lesson.said.text, lesson.said.assignment) == (old.text, old.assignment)
        assert lesson.said.action == old.action and not lesson.several
        assert np.allclose(lesson.said.obs, old.obs, atol=1e-6)


def test_all_36_assignments_are_told_apart():
    assert [assignment_of(config(a)) for a in range(36)] == list(range(36))


def test_under_another_reward_words_and_looks_change_together(corpus):
    (lesson, *_), rng = read_corpus(str(corpus[0])), np.random.default_rng(0)
    lesson = lesson.said
    text = "get pink boxes, not circles!"
    new = (lesson.assignment + 13) % 36
    there = switched(type(lesson)(text, lesson.obs, lesson.action, lesson.assignment), new, rng)
    sign = COLOUR_OF[lesson.assignment].tolist().index(0)  # of pink
    colour = COLOUR_OF[new][sign]
    was, now = seen(lesson.obs)[1], seen(there.obs)[1]
    assert ((was == 0) == (now == colour)).all()
    assert there.text.startswith("get ") and there.text.endswith("!") and "not" in there.text
    assert there.assignment == new and there.action == lesson.action


def test_no_teacher_is_in_two_folds_and_none_is_left_out(corpus):
    lessons = read_corpus(str(corpus[0]))
    folds = [{k.teacher for k in split(lessons, fold)[0]} for fold in range(10)]
    assert sum(map(len, folds)) == len(set().union(*folds)) == 12
    mine, others, _ = split(lessons, 3)
    assert not {k.teacher for k in mine} & {k.teacher for k in others}


def test_a_fold_gives_each_learner_a_score_after_each_message(corpus):
    rows = carry_out(str(corpus[0]), 0, (0,), quick=True)
    assert {len(r["scores"]) for r in rows} == {16} and len(rows) == 3
    # Before anything was heard they choose at random, which scores 9.6 % of the most.
    before = [r["scores"][0] for r in rows if r["algorithm"] == "pragmatic"]
    assert np.mean(before) < 35 < found(rows, "pragmatic", "tenth").mean()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read (No such file or directory)"),
        ("{not json", "is no JSON"),
        ("[]", "is no list of records"),
        ('[{"chat_text": "a"}]', "record 0 has no 'game'"),
        ('[{"game": {"value_mask_config": {"color_config": "x_c_m", "shape_config": "s_o_^"}}}]',
         "record 0 has no 'x'"),
        ('[{"comm_viz_cond": "none"}]', "has no record of the condition"),
        ("[3]", "record 0 is of another form"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_one_clear_line(tmp_path, content, told):
    path = tmp_path / "wrong.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UserError) as error:
        runner.reproduce(["linguistic_rewards", f"corpus={path}"], False, None, 1, True)
    assert told in str(error.value) and "human_trial_data.json" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_reproduction_without_a_corpus_says_so():
    with pytest.raises(UserError, match="reproduce scope takes no settings, got corpus=x"):
        runner.reproduce(["scope", "corpus=x"], False, None, 1, True)
