"""A person made of a program teaches through the page's socket as it would have in process."""

import numpy as np
from queries import comparer, show
from same_runs import same
from tiny import Rescuer, Slide

from algorithms.pvp.agent import PVP
from algorithms.pvp.config import PVPConfig
from human_controllers.browser import messages as say
from human_controllers.browser.config import BrowserConfig
from human_controllers.browser.line import ticket
from human_controllers.browser.scripted import ScriptedPerson
from human_controllers.browser.seat import Browser
from human_controllers.late_replay import make_replay
from human_controllers.replay_config import ReplayConfig
from teaching import HumanInTheLoop, Kind
from teaching.log import FeedbackLog
from teaching.oracle import NOBODY

STEPS = 100
CONFIG = PVPConfig(learning_starts=20, batch_size=16, net_arch=[16, 16])


def sit_down(folder, env, human, **settings):
    """The browser's seat, and a program in it."""
    config = BrowserConfig(port=0, pace="lockstep", **settings)
    seat = Browser(config, env.action_space, 1)
    log = FeedbackLog(folder / "feedback.sqlite", durable=True)
    seat.keep_in(log)
    seat.prepare("slide")
    seat.begin(folder, "slide", STEPS)
    person = ScriptedPerson(seat.greeting.split()[-1], human, env.action_space)
    person.start()
    return seat, person, log


def test_pvp_through_the_socket_has_the_weights_of_pvp_in_process(tmp_path):
    near = PVP(HumanInTheLoop(Slide(), Rescuer()), CONFIG, seed=0).learn(STEPS)
    env = Slide(render_mode="rgb_array")
    seat, person, log = sit_down(tmp_path, env, Rescuer())
    with log:
        far = PVP(HumanInTheLoop(env, seat, log), CONFIG, seed=0).learn(STEPS)
        seat.close()
        person.join(10)
        assert person.error is None and not person.refused
        assert log.count(Kind.INTERVENTION) > 30
    # All that was learned, every generator and every buffer; the worlds and the seat differ.
    ours, theirs = near.state_dict(), far.state_dict()
    assert ours.keys() == theirs.keys() and len(ours) > 3
    assert all(same(ours[part], theirs[part]) for part in ours if part != "env")
    obs = np.random.default_rng(0).normal(size=(64, 2)).astype(np.float32)
    assert near.predict(obs)[0].tobytes() == far.predict(obs)[0].tobytes()
    figures = seat.figures()["latency_ms"]
    assert sum(figures["counts"]) == figures["steps"] > 30


def test_a_recorded_page_replays_with_the_same_weights(tmp_path):
    env = Slide(render_mode="rgb_array")
    seat, person, log = sit_down(tmp_path, env, Rescuer(seed=5))
    with log:
        taught = PVP(HumanInTheLoop(env, seat, log), CONFIG, seed=1).learn(STEPS)
        seat.close()
        person.join(10)
    again = PVP(HumanInTheLoop(Slide(), make_replay_of(tmp_path)), CONFIG, seed=1).learn(STEPS)
    ours, theirs = taught.state_dict(), again.state_dict()
    assert all(same(ours[part], theirs[part]) for part in ours if part != "env")


class Asks:
    """A learner who asks at every tenth step, and notes when answers come."""

    def __init__(self, env):
        self.env, self.heard, self.open = env, [], []

    def learn(self, steps):
        self.env.reset(seed=0)
        queries = self.env.session.queries
        for step in range(steps):
            self.heard += [
                (step, answer.segments.tolist(), answer.choice.tolist())
                for answer in queries.take()
            ]
            self.open.append(queries.open)
            if step % 10 == 0:
                pair = show(np.array([[step / 7 % 1, 0.5]]), ids=np.array([[step, step + 1]]))
                queries.put(Kind.PREFERENCE, pair)
            *_, terminated, truncated, _ = self.env.step(np.zeros(1, np.float32))
            if terminated or truncated:
                self.env.reset()
        return self


def test_answers_that_came_later_replay_at_the_steps_at_which_they_came(tmp_path):
    env = Slide(render_mode="rgb_array")
    seat, person, log = sit_down(tmp_path, env, comparer(rationality=None))
    with log:
        taught = Asks(HumanInTheLoop(env, seat, log)).learn(120)
        seat.close()
        person.join(10)
    assert person.error is None and len(taught.heard) > 5
    better = {(ids[0][0], c[0]) for _, ids, c in taught.heard}
    assert all(choice == (step / 7 % 1 < 0.5) for step, choice in better)
    again = Asks(HumanInTheLoop(Slide(), make_replay_of(tmp_path))).learn(120)
    assert again.heard == taught.heard
    assert again.open[: taught.heard[-1][0]] == taught.open[: taught.heard[-1][0]]


def test_an_answer_given_after_the_checkpoint_counts_when_the_run_goes_back_there(tmp_path):
    env = HumanInTheLoop(Slide(render_mode="rgb_array"), seat_without_anybody(tmp_path))
    queries, seat = env.session.queries, env.human
    env.reset(seed=0)
    queries.put(Kind.PREFERENCE, show(np.zeros((1, 2))))
    saved, position = env.state_dict(), seat.desk.log.position()
    ada = seat.desk.join(say.Hello("Ada", frozenset()))
    number = ticket(seat.desk.question_for(ada))
    seat.desk.receive(ada, say.Answer("12345678", number, "second", None, None, 1.0))
    seat.desk.log.close()  # killed: the learner never heard of it

    log = FeedbackLog(tmp_path / "feedback.sqlite", durable=True)
    log.trim_to(position)
    assert log.count() == 0
    later = seat_without_anybody(tmp_path, log)
    resumed = HumanInTheLoop(Slide(render_mode="rgb_array"), later)
    resumed.reset(seed=0)
    resumed.load_state_dict(saved)
    resumed.step(np.zeros(1, np.float32))
    (record,) = resumed.session.queries.take()
    assert record.choice.tolist() == [1] and resumed.session.queries.open == 0
    assert log.count() == 1
    bob = later.desk.join(say.Hello("Bob", frozenset()))
    assert later.desk.question_for(bob) is None


def seat_without_anybody(folder, log=None):
    config = BrowserConfig(port=0, absent="continue", patience=0.0)
    seat = Browser(config, Slide.action_space, 1)
    seat.keep_in(log or FeedbackLog(folder / "feedback.sqlite", durable=True))
    return seat


def make_replay_of(folder):
    config = ReplayConfig(log=str(folder / "feedback.sqlite"))
    return make_replay(config, NOBODY, Slide.action_space, 1, 0)
