"""A person made of a program teaches through the page's socket as it would have in process."""

import numpy as np
from same_runs import same
from tiny import Rescuer, Slide

from algorithms.pvp.agent import PVP
from algorithms.pvp.config import PVPConfig
from human_controllers.browser.config import BrowserConfig
from human_controllers.browser.scripted import ScriptedPerson
from human_controllers.browser.seat import Browser
from teaching import HumanInTheLoop, Kind
from teaching.log import FeedbackLog

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
