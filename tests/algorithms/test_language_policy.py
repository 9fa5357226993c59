import numpy as np
import pytest
import torch as th

from algorithms.verbal.corrections import policy as language
from algorithms.verbal.corrections.fit_policy import Practice, fit
from algorithms.verbal.corrections.policy import ConditionedManner, LanguagePolicy
from algorithms.verbal.listening.category import UNHEARD
from envs.driving.manner import MANNER


def drawn(width=5, actions=2, seed=0):
    rng = np.random.default_rng(seed)
    e, h, z, hidden = language.EMBEDDING, language.MEMORY, language.LATENT, language.HIDDEN
    words = np.array(["^ faster", "faster", "faster $", UNHEARD])
    shapes = [(4, e + 1), (3 * h, e), (3 * h, h), (3 * h,), (3 * h,), (z, h), (hidden, width)]
    shapes += [(hidden,), (actions * z, hidden), (actions * z,)]
    return LanguagePolicy(words, *(rng.normal(size=shape) for shape in shapes))


def test_the_recurrent_unit_is_torch_s():
    policy = drawn()
    cell = th.nn.GRUCell(language.EMBEDDING, language.MEMORY).double()
    with th.no_grad():
        for name, value in (
            ("weight_ih", policy.w_ih),
            ("weight_hh", policy.w_hh),
            ("bias_ih", policy.b_ih),
            ("bias_hh", policy.b_hh),
        ):
            getattr(cell, name).copy_(th.as_tensor(value))
    rows, memory = policy.rows("faster"), np.random.default_rng(1).normal(size=language.MEMORY)
    weight = th.as_tensor(policy.embedding[rows, -1]).softmax(dim=0)
    heard = (weight @ th.as_tensor(policy.embedding[rows, :-1]))[None]
    expected = cell(heard, th.as_tensor(memory)[None])[0].detach().numpy()
    assert len(rows) == 3 and policy.listen(rows, memory) == pytest.approx(expected)


def test_where_nothing_was_said_nothing_changes():
    policy = drawn(width=55 + 2 + 2)
    student = ConditionedManner(MANNER, policy)
    obs, action = np.ones((3, 55), np.float32), np.full((3, 2), 0.25, np.float32)
    assert np.array_equal(student.act(obs, action, action), action)
    student.hear("faster")
    assert not np.array_equal(student.act(obs, action, action), action)


def test_a_saved_student_goes_on_as_the_original_does():
    policy = drawn(width=59)
    first, second = (ConditionedManner(MANNER, policy) for _ in range(2))
    first.hear("faster")
    second.load_state_dict(first.state_dict())
    obs, action = np.ones((1, 55), np.float32), np.zeros((1, 2), np.float32)
    for student in (first, second):
        student.hear("much faster")
    assert np.array_equal(first.act(obs, action, action), second.act(obs, action, action))


KNOWN = {1: ("faster", "go faster", "faster please"), -1: ("slower", "go slower", "slower please")}


def practice(seed, related=True):
    """Students whose action should change by 0.3 for each word the same way, where x[0] is 1."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(64):
        ways = rng.choice([-1, 1], 4)
        x = rng.choice([0.0, 1.0], (4, 8, 3))
        said = ways if related else rng.choice([-1, 1], 4)
        change = 0.3 * ways.cumsum()[:, None, None] * x[..., :1]
        found.append(Practice([KNOWN[int(way)] for way in said], x, change, np.zeros_like(change)))
    return found


def test_a_policy_does_in_each_state_what_a_new_sentence_asks_for():
    policy = fit(practice(0), 90, seed=0)
    x = np.array([[1.0, 0.0, 1.0], [0.0, 0.0, 1.0]])
    for said, way in (("could you go faster", 1), ("slower from now on", -1)):
        memory, latent = np.zeros(language.MEMORY), 0.0
        for times in (1, 2):
            memory = policy.listen(policy.rows(said), memory)
            latent = latent + policy.asked @ memory
            there, elsewhere = policy.change(x, latent)[:, 0]
            assert 0.1 * times < way * there < 0.45 * times, (said, times)
            assert elsewhere == pytest.approx(0.0, abs=0.1)


def test_words_that_have_nothing_to_do_with_the_corrections_change_hardly_anything():
    policy = fit(practice(0, related=False), 30, seed=0)
    memory = policy.listen(policy.rows("go faster"), np.zeros(language.MEMORY))
    change = policy.change(np.array([[1.0, 0.0, 1.0]]), policy.asked @ memory)
    assert abs(change[0, 0]) < 0.15


def test_what_cannot_grow_further_does_not_make_a_policy_shrink_it():
    """Where x is 1 actions are at their end, and "faster" looks as if it changed nothing."""
    rng = np.random.default_rng(3)
    found = []
    for _ in range(64):
        way = int(rng.choice([-1, 1]))
        x = rng.choice([0.0, 1.0], (1, 16, 1))
        full = (x == 1.0) & (way > 0)
        found.append(Practice([KNOWN[way]], x, np.where(full, 0.0, 0.5 * way), full.astype(float)))
    policy = fit(found, 90, seed=0)
    memory = policy.listen(policy.rows("go faster"), np.zeros(language.MEMORY))
    free, full = policy.change(np.array([[0.0], [1.0]]), policy.asked @ memory)[:, 0]
    assert free == pytest.approx(0.5, abs=0.2) and full > 0.3  # least squares says 0.00
