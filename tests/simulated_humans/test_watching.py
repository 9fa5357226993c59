import math

import numpy as np
import pytest
from critics import critic, listen

from simulated_humans.watching import Spells, Turns, Watching
from teaching import Prices, UserError

DT = 0.1


def watch(part, steps, n, dt=DT):
    idle = np.zeros(n, bool)
    return np.array([part.step(idle, dt) for _ in range(steps)])


def spells(share, spell, seed, n, steps, dt=DT):
    part = Spells(share, spell, seed, n)
    return np.array([part.step(dt) for _ in range(steps)])


@pytest.mark.parametrize(("share", "spell"), [(0.5, 1.0), (0.9, 0.3), (0.2, 2.0), (0.95, 0.05)])
def test_the_share_holds_at_every_moment_and_spells_have_their_length(share, spell):
    n, steps = 4000, 26
    seen = spells(share, spell, 0, n, steps)
    for t in (0, 1, 10, 25):
        assert abs(seen[t].mean() - share) <= 3 * math.sqrt(share * (1 - share) / n)
    # Markov: those who watch now go on with this probability, those who do not begin with that.
    stays = math.exp(-DT / (spell * (1 - share)))
    for before, expected in ((True, share + (1 - share) * stays), (False, share * (1 - stays))):
        was = seen[:-1] == before
        rate = seen[1:][was].mean()
        assert abs(rate - expected) <= 3 * math.sqrt(expected * (1 - expected) / was.sum())


def test_the_length_of_a_spell_does_not_depend_on_the_length_of_a_step():
    share, spell, n = 0.5, 2.0, 4000
    coarse = spells(share, spell, 0, n, 11, dt=1.0)
    fine = spells(share, spell, 1, n, 101, dt=0.1)[::10]
    together = (share + (1 - share) * math.exp(-1.0 / (spell * (1 - share)))) * share
    for seen in (coarse, fine):
        both = (seen[1:] & seen[:-1]).mean()
        # Neighbouring pairs overlap; counting every third as independent is on the safe side.
        assert abs(both - together) <= 3 * math.sqrt(together * (1 - together) / (10 * n / 3))


def test_a_share_of_nothing_never_looks_and_one_of_all_always_does():
    assert not watch(Watching(0.0, 1.0, None, 0, 3), 50, 3).any()
    assert watch(Watching(1.0, 1.0, None, 0, 3), 50, 3).all()


def test_one_world_at_a_time_in_turn():
    seen = watch(Watching(1.0, 1.0, 0.5, 0, 3), 20, 3)
    assert (seen.sum(axis=1) == 1).all()
    assert seen.argmax(axis=1).tolist() == [0] * 5 + [1] * 5 + [2] * 5 + [0] * 5


def test_who_is_busy_stays():
    turns = Turns(0.2, 2)
    busy = [[True, False]] * 5 + [[False, False]] * 3
    seen = [int(turns.step(np.array(b), DT).argmax()) for b in busy]
    assert seen == [0] * 5 + [1] * 2 + [0]


def test_a_single_world_is_watched_all_along_by_one_who_watches_one():
    assert watch(Watching(1.0, 1.0, 0.5, 0, 1), 20, 1).all()


def test_spells_of_a_world_do_not_depend_on_how_many_there_are():
    assert (spells(0.5, 1.0, 3, 2, 300) == spells(0.5, 1.0, 3, 5, 300)[:, :2]).all()


def test_a_critic_judges_and_is_paid_for_what_it_watches():
    prices = Prices(watch=1.0, judge=0.25)
    settings = {"watch_share": 0.6, "watch_spell": 0.5, "watch_one": 0.3, "prices": prices}
    heard = listen(critic(3, 5, **settings), np.zeros((200, 3), int))
    assert (heard.mask == watch(Watching(0.6, 0.5, 0.3, 5, 3), 200, 3)).all()
    assert 0.1 < heard.mask.mean() < 0.3
    assert heard.seconds == pytest.approx(0.35 * heard.mask)


def test_what_was_seen_is_said_even_when_one_looks_elsewhere_meanwhile():
    settings = {"watch_one": 0.5, "delay": 0.3}
    heard = listen(critic(2, **settings), np.zeros((20, 2), int))
    turn = [0] * 5 + [1] * 5 + [0] * 5 + [1] * 2
    assert heard.mask[3:].argmax(axis=1).tolist() == turn
    assert (heard.mask[3:].sum(axis=1) == 1).all()


def test_attention_leaves_what_is_said_of_the_rest_as_it_was():
    person = {"form": "task", "mistakes": 0.3, "silence": 0.3}
    actions = np.zeros((300, 4), int)
    always = listen(critic(4, 2, **person), actions)
    now_and_then = listen(critic(4, 2, watch_share=0.5, watch_spell=1.0, **person), actions)
    seen = spells(0.5, 1.0, 2, 4, 300)
    assert (now_and_then.mask == always.mask & seen).all()
    assert (now_and_then.value == np.where(seen, always.value, 0)).all()


def test_an_intervening_human_notices_only_what_it_watches(make, play, needs):
    n, share, spell = 3000, 0.4, 2.0
    human = make(n, seed=4, watch_share=share, watch_spell=spell)
    played = play(human, needs(np.ones((30, n))))
    seen = spells(share, spell, 4, n, 30)
    # Whoever steers goes on steering, for it watches what it does.
    assert (played.mask == np.maximum.accumulate(seen, axis=0)).all()
    assert played.seconds[0] == pytest.approx(0.6 * seen[0])  # 0.1 s of steering, 0.5 to begin


def test_an_intervening_human_watches_one_world_and_finishes_what_it_does_there(make, play, needs):
    need = np.zeros((20, 2))
    need[2:9, 0] = need[2:, 1] = 1
    played = play(make(2, watch_one=0.5), needs(need))
    # World 0 from its need to its end; on the step after, the eyes go to world 1.
    assert np.flatnonzero(played.mask[:, 0]).tolist() == list(range(2, 9))
    assert np.flatnonzero(played.mask[:, 1]).tolist() == list(range(10, 20))


def test_false_alarms_come_while_watching_only(make, play, needs):
    n = 200
    human = make(n, seed=1, false_alarm_rate=1000.0, watch_share=0.5, watch_spell=1.0)
    played = play(human, needs(np.zeros((1, n))))
    assert (played.mask[0] == spells(0.5, 1.0, 1, n, 1)[0]).all()


@pytest.mark.parametrize("settings", [{"watch_share": 0.5}, {"watch_one": 0.4}])
def test_attention_resumes_bit_for_bit(make, play, needs, settings):
    need = needs(np.random.default_rng(0).random((300, 3)) < 0.3)
    settings = {"watch_spell": 1.0, "delay": 0.2, "hold": 0.3, **settings}
    original = make(3, **settings)
    play(original, need[:130])
    state = original.state_dict()
    rest = play(original, need[130:], first=130)
    restored = make(3, **settings)
    play(restored, need[:7])
    restored.load_state_dict(state)
    again = play(restored, need[130:], first=130)
    assert rest.mask.any()
    assert (rest.mask == again.mask).all()
    assert (rest.seconds == again.seconds).all()


def test_a_critics_attention_resumes_bit_for_bit():
    settings = {"watch_share": 0.5, "watch_spell": 1.0, "watch_one": 0.3, "mistakes": 0.2}
    actions = np.zeros((300, 3), int)
    original = critic(3, **settings)
    listen(original, actions[:140])
    state = original.state_dict()
    rest = listen(original, actions[140:], 140)
    restored = critic(3, **settings)
    restored.load_state_dict(state)
    again = listen(restored, actions[140:], 140)
    assert (rest.value == again.value).all()
    assert rest.mask.any()


def test_who_watches_all_the_time_keeps_no_attention_in_its_state(make):
    assert "watching" not in make(2).state_dict()


@pytest.mark.parametrize("build", ["intervening", "evaluating"])
@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"watch_share": 1.2}, "human.watch_share must be in [0, 1], got 1.2"),
        ({"watch_spell": 0.0}, "human.watch_spell must be > 0 s, got 0.0"),
        ({"watch_one": -1.0}, "human.watch_one must be > 0 s, got -1.0"),
    ],
)
def test_attention_out_of_range_is_named_with_its_bound(make, build, setting, message):
    with pytest.raises(UserError) as error:
        (make if build == "intervening" else critic)(**setting)
    assert str(error.value) == message
