import numpy as np

from coachable.tracker import Tracker


def info(takeover=False, start=False, seconds=0.0, cost=0.0, **rest):
    return {
        "takeover": takeover,
        "takeover_start": start,
        "human_seconds": seconds,
        "cost": cost,
        **rest,
    }


def feed(tracker):
    """Ten steps of two worlds: world 0 is taken over on steps 1 and 2, world 1 on step 9."""
    for step in range(10):
        first = info(step in (1, 2), step == 1, seconds=0.5, cost=1.0)
        second = info(step == 9, step == 9)
        if step == 4:
            first["is_success"] = True
        tracker.on_step([first, second], np.array([step == 4, False]))


def test_counts_are_sums_over_worlds():
    tracker = Tracker(2, total_steps=20)
    feed(tracker)
    assert tracker.steps == 20
    assert tracker.human_steps == 3
    assert tracker.takeovers == 2
    assert tracker.human_seconds == 5.0
    assert tracker.training_cost == 10.0
    assert tracker.episodes == 1
    assert tracker.success_rate == 1.0


def test_praise_and_blame_are_counted_and_silence_is_not():
    tracker = Tracker(2, total_steps=20)
    for said in ({"feedback": 1.0}, {"feedback": -2.0}, {}, {"feedback": 0.0}):
        tracker.on_step([info(**said), info(feedback=0.5)], np.array([False, False]))
    assert (tracker.judgements, tracker.praises) == (7, 5)
    again = Tracker(2, total_steps=20)
    again.load_state_dict(tracker.state_dict())
    for counted in (tracker, again):
        scalars = counted.scalars()
        assert (scalars["human/judgements"], scalars["human/praise_share"]) == (7, 5 / 7)
        assert "human/praise_share" not in counted.scalars()  # nothing was said since


def test_the_last_tenth_is_the_last_tenth():
    tracker = Tracker(2, total_steps=20)
    feed(tracker)
    # Of 20 steps the last two: world 0 by itself, world 1 by its human.
    assert tracker.late_rate == 0.5


def test_scalars_give_the_rate_since_the_last_call_and_the_cost_an_episode():
    tracker = Tracker(2, total_steps=20)
    feed(tracker)
    scalars = tracker.scalars()
    assert scalars["human/rate"] == 3 / 20
    # One episode of five steps, each at a cost of one.
    assert scalars["rollout/cost"] == 5.0
    tracker.on_step([info(True, True), info()], np.array([False, False]))
    assert tracker.scalars()["human/rate"] == 1 / 2


def test_a_restored_tracker_counts_on():
    tracker = Tracker(2, total_steps=40)
    feed(tracker)
    tracker.add_evaluation({"success": None, "return": 1.0, "cost": 0.0})
    copy = Tracker(2, total_steps=40)
    copy.load_state_dict(tracker.state_dict())
    feed(tracker), feed(copy)
    first, second = tracker.state_dict(), copy.state_dict()
    for key, value in first.items():
        np.testing.assert_array_equal(value, second[key])
