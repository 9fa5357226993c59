import gymnasium as gym
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulated_humans.config import InterveningConfig
from simulated_humans.intervening import InterveningHuman
from teaching import Human, Kind, Oracle, UserError, View

KEYS = gym.spaces.Discrete(5)
STICK = gym.spaces.Box(-1.0, 1.0, (2,), np.float32)
DT = 0.1

PERSON = {
    "delay": 0.3,
    "delay_form": "gamma",
    "hold": 0.4,
    "release": 0.6,
    "quiet": 0.2,
    "action_noise": 0.2,
    "inconsistency": 0.3,
    "lapse_rate": 0.3,
    "lapse_duration": 0.5,
    "false_alarm_rate": 0.5,
    "fatigue": 30.0,
}
GATES = {
    "action_distance": {"threshold": 0.6},
    "likelihood": {"threshold": 0.1},
    "risk": {"threshold": 0.3, "check_every": 0.5},
    "always": {},
}


def stick_oracle():
    return Oracle(
        action=lambda obs: np.tanh(obs[:, :2]).astype(np.float32),
        log_prob=lambda obs, a: -((a - np.tanh(obs[:, :2])) ** 2).sum(axis=1) / 0.2,
        risk=lambda obs, a, horizon: np.abs(a[:, 0] - np.tanh(obs[:, 0])) / horizon,
    )


def keys_oracle():
    return Oracle(
        action=lambda obs: (np.abs(obs[:, 0]) * 10).astype(np.int64) % 5,
        log_prob=lambda obs, a: np.log(np.where(a < 3, 0.3, 0.05)),
        risk=lambda obs, a, horizon: (a == 4) * 1.0,
    )


def world_views(world, steps, space):
    """What world number `world` shows, whoever else is there; an episode is 23 steps."""
    rng = np.random.default_rng([7, world])
    obs = rng.normal(size=(steps, 3))
    if space is KEYS:
        return obs, rng.integers(0, 5, steps)
    return obs, rng.uniform(-1, 1, (steps, 2)).astype(np.float32)


def views(num_worlds, steps, space):
    per_world = [world_views(w, steps, space) for w in range(num_worlds)]
    for t in range(steps):
        yield View(
            obs=np.stack([obs[t] for obs, _ in per_world]),
            proposed_action=np.stack([a[t] for _, a in per_world]),
            step=np.full(num_worlds, t),
            episode_start=np.array([(t + 5 * w) % 23 == 0 or t == 0 for w in range(num_worlds)]),
            dt=DT,
        )


def watch(human, sequence):
    """Masks [T, N], actions with the meaningless rows blanked, prices."""
    masks, actions, prices = [], [], []
    for view in sequence:
        human.reset(view.episode_start)
        record = human.intervene(view)
        keep = record.mask.reshape(-1, *[1] * (record.action.ndim - 1))
        masks.append(record.mask)
        actions.append(np.where(keep, record.action, 0))
        prices.append(record.human_seconds)
    return np.array(masks), np.array(actions), np.array(prices)


def person(num_worlds, space, seed=3, **changes):
    config = InterveningConfig(**{**PERSON, **changes})
    oracle = keys_oracle() if space is KEYS else stick_oracle()
    return InterveningHuman(config, oracle, space, num_worlds, seed)


def test_it_is_a_human_that_intervenes_and_demonstrates():
    human = person(2, STICK)
    assert isinstance(human, Human)
    assert human.kinds == {Kind.INTERVENTION, Kind.DEMONSTRATION}
    assert human.simulated


@pytest.mark.parametrize("gate", GATES)
@pytest.mark.parametrize("space", [STICK, KEYS], ids=["continuous", "discrete"])
def test_a_worlds_human_does_not_depend_on_how_many_worlds_there_are(space, gate):
    few = watch(person(2, space, gate=gate, **GATES[gate]), views(2, 300, space))
    many = watch(person(5, space, gate=gate, **GATES[gate]), views(5, 300, space))
    assert few[0].any()
    for a, b in zip(few, many, strict=True):
        assert (a == b[:, :2]).all()


def test_the_seed_alone_decides_and_another_seed_decides_otherwise():
    runs = [watch(person(2, STICK, seed), views(2, 300, STICK)) for seed in (3, 3, 4)]
    assert all((a == b).all() for a, b in zip(runs[0], runs[1], strict=True))
    assert (runs[0][0] != runs[2][0]).any()


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(
    cut=st.integers(0, 160),
    seed=st.integers(0, 2**31),
    gate=st.sampled_from(sorted(GATES)),
    discrete=st.booleans(),
    form=st.sampled_from(["fixed", "uniform", "gamma"]),
    budget=st.sampled_from([{}, {"budget_steps": 90}, {"budget_seconds": 25.0}]),
)
def test_a_restored_human_goes_on_bit_for_bit(cut, seed, gate, discrete, form, budget):
    space = KEYS if discrete else STICK
    changes = {"gate": gate, "delay_form": form, **GATES[gate], **budget}
    sequence = list(views(2, 190, space))
    original = person(2, space, seed, **changes)
    watch(original, sequence[:cut])
    state = original.state_dict()
    rest = watch(original, sequence[cut:])  # also shows that the state is a copy
    restored = person(2, space, seed, **changes)
    watch(restored, sequence[: cut // 2])  # whatever it was in the middle of is replaced
    restored.load_state_dict(state)
    for a, b in zip(rest, watch(restored, sequence[cut:]), strict=True):
        assert a.tobytes() == b.tobytes()
    assert equal(original.state_dict(), restored.state_dict())


def test_a_human_can_be_restored_at_every_single_step():
    sequence = list(views(1, 120, STICK))
    # Lets go often, and so draws many limits.
    changes = {"delay": 0.0, "hold": 0.0, "quiet": 0.0, "release": 1.0, "lapse_rate": 0.0}
    original = person(1, STICK, **changes)
    states, masks = [], []
    for view in sequence:
        states.append(original.state_dict())
        masks.append(original.intervene(view).mask)
    for cut, state in enumerate(states):
        restored = person(1, STICK, **changes)
        watch(restored, sequence[:3])
        restored.load_state_dict(state)
        assert [restored.intervene(v).mask for v in sequence[cut:]] == masks[cut:]


def equal(a, b):
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(equal(a[k], b[k]) for k in a)
    return np.array_equal(a, b)


def test_the_state_holds_arrays_numbers_strings_and_dicts_only():
    def leaves(value):
        if isinstance(value, dict):
            assert all(isinstance(key, str) for key in value)
            return [leaf for item in value.values() for leaf in leaves(item)]
        return [value]

    human = person(2, STICK, gate="risk", threshold=0.3)
    watch(human, views(2, 40, STICK))
    for leaf in leaves(human.state_dict()):
        assert type(leaf) in (int, float, bool, str) or leaf.dtype != object


def test_a_state_for_another_number_of_worlds_is_refused_in_one_line():
    with pytest.raises(UserError, match="expected \\(1,\\)") as error:
        person(1, STICK).load_state_dict(person(2, STICK).state_dict())
    assert "\n" not in str(error.value)


BAD_ANSWERS = {
    "NaN": (STICK, lambda n: np.full((n, 2), np.nan), "finite"),
    "infinite": (STICK, lambda n: np.full((n, 2), np.inf), "finite"),
    "no worlds first": (STICK, lambda n: np.zeros(2), r"shape \(1, 2\)"),
    "too wide": (STICK, lambda n: np.zeros((n, 3)), r"shape \(1, 2\)"),
    "scalar": (KEYS, lambda n: 3, r"shape \(1,\)"),
    "column": (KEYS, lambda n: np.zeros((n, 1)), r"shape \(1,\)"),
    "no such key": (KEYS, lambda n: np.full(n, 5), "Discrete"),
    "negative key": (KEYS, lambda n: np.full(n, -1), "Discrete"),
    "between keys": (KEYS, lambda n: np.full(n, 1.5), "Discrete"),
}


@pytest.mark.parametrize("gate", ["action_distance", "always"])
@pytest.mark.parametrize("case", BAD_ANSWERS)
def test_a_bad_answer_of_the_expert_is_one_clear_line(case, gate):
    space, answer, message = BAD_ANSWERS[case]
    oracle = Oracle(action=lambda obs: answer(len(obs)))
    human = InterveningHuman(InterveningConfig(gate=gate, expert="mine:act"), oracle, space)
    for ask in (human.intervene, human.demonstrate):
        with pytest.raises(UserError, match=message) as error:
            ask(next(views(1, 1, space)))
        assert "human.expert=mine:act" in str(error.value)
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("risk", [np.nan, "column"])
def test_a_bad_judgement_of_risk_is_one_clear_line(risk):
    answer = np.zeros((1, 1)) if risk == "column" else np.array([risk])
    oracle = Oracle(action=stick_oracle().action, risk=lambda obs, a, horizon: answer)
    human = InterveningHuman(InterveningConfig(gate="risk"), oracle, STICK)
    with pytest.raises(UserError, match="must judge 1 worlds by numbers") as error:
        human.intervene(next(views(1, 1, STICK)))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("space", [STICK, KEYS], ids=["continuous", "discrete"])
def test_records_have_the_shapes_and_types_of_the_contract(space):
    human = person(3, space, gate="always")
    view = list(views(3, 12, space))[-1]
    for _ in range(12):
        record = human.intervene(view)
    assert record.human == human.name
    assert record.mask.dtype == bool
    assert record.action.dtype == space.dtype
    assert record.action.shape == (3, *space.shape)
    assert record.human_seconds.shape == (3,)
    assert record.step.tolist() == [11, 11, 11]
    assert record.wall_time > 1.7e9
    shown = human.demonstrate(view)
    assert shown.action.dtype == space.dtype
    assert shown.action.shape == (3, *space.shape)
