"""What comes from a page arrives in the log once, and changes what the learner becomes."""

import time

import pytest
from same_runs import same

pytest.importorskip("fastapi", reason="pip install 'coachable[browser]'")

from coachable import build
from coachable.config import load
from human_controllers.browser.scripted import ScriptedPerson
from teaching import Kind
from teaching.log import FeedbackLog
from teaching.questions import QUESTIONS

SEAT = ["human=browser", "human.port=0", "human.pace=lockstep", "human.absent=continue"]
SMALL = ["algorithm.net_arch=[16,16]", "algorithm.batch_size=16"]
ASKING = [
    "env=pendulum",
    "algorithm=preference",
    "algorithm.base_settings={net_arch: [16, 16]}",
    "algorithm.warm_up=60",
    "algorithm.initial=6",
    "algorithm.round=3",
    "algorithm.rate=0.1",
    "algorithm.segment=0.5",
    "algorithm.epochs=2",
]
LESSONS = {
    Kind.INTERVENTION: (["env=pendulum", "algorithm=pvp", *SMALL], "expert", 80),
    Kind.EVALUATION: (["env=coach_grid", "algorithm=coach"], "praising", 80),
    Kind.PREFERENCE: ([*ASKING, "algorithm.kind=preference"], "comparing_oracle", 150),
    Kind.RANKING: ([*ASKING, "algorithm.kind=ranking"], "comparing_oracle", 150),
    Kind.CORRECTION: ([*ASKING, "algorithm.kind=correction"], "correcting", 150),
    Kind.UTTERANCE: (["env=collection", "algorithm=literal"], "speaking", 20),
}


@pytest.mark.parametrize("kind", LESSONS)
def test_each_kind_arrives_once_and_changes_what_is_learned(kind, tmp_path):
    words, human, steps = LESSONS[kind]
    taught, person, kept = lesson(tmp_path / "taught", words, human, steps)
    alone, _, nothing = lesson(tmp_path / "alone", words, None, steps)
    assert person.error is None and not person.refused
    assert len(kept[kind]) > 3 and not nothing[kind]
    # Nobody says anything twice: each signal has a step and, where it is asked for, a question.
    places = [
        (int(row.record.step[0]), str(getattr(row.record, "segments", ""))) for row in kept[kind]
    ]
    assert len(places) == len(set(places))
    if kind is not Kind.INTERVENTION:
        assert len(kept[kind]) == len(person.kept)
    ours, theirs = (
        {part: state for part, state in learner.state_dict().items() if part not in ("env", "obs")}
        for learner in (taught, alone)
    )
    assert not same(ours, theirs)


def lesson(folder, words, human, steps):
    """A learner after so many steps, who taught it through the page, and what the log holds."""
    folder.mkdir()
    config = load([*words, *SEAT])
    env = build.build_env(config, "train", None, "rgb_array")
    seat = build.build_human(config, env)
    seat.prepare(config.env.name)
    with FeedbackLog(folder / "feedback.sqlite", durable=True) as log:
        seat.keep_in(log)
        seat.begin(folder, config.env.name, steps)
        person = None
        if human is not None:
            teacher = build.build_human(load([*words, f"human={human}"], fit=False), env)
            person = ScriptedPerson(seat.address, teacher, env.action_space)
            person.start()
            until = time.monotonic() + 60
            while not seat.desk.guests and time.monotonic() < until:  # nobody is waited for here
                time.sleep(0.01)
        learner = build.build_learner(config, build.put_beside(env, seat, log, config))
        learner.learn(steps)
        seat.close()
        if person is not None:
            person.join(10)
        return learner, person, {kind: list(log.read(kind)) for kind in Kind}


@pytest.mark.parametrize(
    ("offer", "kinds"),
    [
        ("learned", {Kind.INTERVENTION}),
        ("all", {Kind.INTERVENTION, Kind.EVALUATION, Kind.UTTERANCE, *QUESTIONS}),
    ],
)
def test_the_page_offers_what_the_algorithm_learns_from(offer, kinds):
    words = ["env=pendulum", "algorithm=pvp", *SEAT, f"human.offer={offer}"]
    _, seat = build.build_training_env(load(words))
    assert seat.kinds == set(seat.welcome()["kinds"]) == seat.desk.kinds == kinds
    assert seat.keeps == kinds - {Kind.INTERVENTION}
