"""The file of an expert: what it refuses, and what its networks compute."""

import json
import subprocess
import sys

import gymnasium as gym
import numpy as np
import pytest

from envs.experts import network, shipped
from envs.experts.policy import FORMAT, ExpertPolicy, digest, load, spaces_of
from teaching import UserError

OBS = gym.spaces.Box(-np.inf, np.inf, (2,), np.float32)
BOX = gym.spaces.Box(-2.0, 2.0, (1,), np.float32)
KEYS = gym.spaces.Discrete(2)


def small(head="gaussian", action=BOX, activation="relu", **more):
    """One hidden unit of each sign: relu gives |x0| and the output is |x0| + 0.5."""
    outputs = 1 if isinstance(action, gym.spaces.Box) else 2
    arrays = {
        "layer.0.weight": np.array([[1.0, 0.0], [-1.0, 0.0]], np.float32),
        "layer.0.bias": np.zeros(2, np.float32),
        "layer.1.weight": np.array([[1.0, 1.0], [1.0, -1.0]], np.float32)[:outputs],
        "layer.1.bias": np.array([0.5, 0.0], np.float32)[:outputs],
    }
    if head == "gaussian":
        arrays["log_std"] = np.array([np.log(0.5)], np.float32)
    if head == "squashed_gaussian":
        arrays["log_std.weight"] = np.zeros((1, 2), np.float32)
        arrays["log_std.bias"] = np.array([np.log(0.5)], np.float32)
    header = {
        "head": head,
        "network": {"sizes": [2, 2, outputs], "activation": activation},
        "spaces": spaces_of(OBS, action),
        "obs_clip": None,
    }
    return ExpertPolicy({**header, **more}, arrays, "test")


def write(path, arrays, header=None, *, sign=True):
    """A file as someone else might write it."""
    if header is not None:
        if sign:
            header = {**header, "format": FORMAT, "sha256": digest(arrays)}
        arrays = {**arrays, "header": np.frombuffer(json.dumps(header).encode(), np.uint8)}
    np.savez(path, **arrays)
    return path


def test_a_file_reads_back_as_it_was_written(tmp_path):
    path = tmp_path / "expert.npz"
    policy = small()
    path.write_bytes(policy.to_bytes())
    found = load(path)
    assert found.header["network"] == policy.header["network"]
    assert {name: a.tolist() for name, a in found.arrays.items()} == {
        name: a.tolist() for name, a in policy.arrays.items()
    }
    assert policy.to_bytes() == policy.to_bytes()


def test_the_mean_is_clipped_to_the_bounds_and_the_density_is_the_gaussians():
    oracle = small().oracle(OBS, BOX)
    obs = np.array([[1.0, 9.0], [-1.0, 9.0], [3.0, 0.0]], np.float32)
    # |x0| + 0.5 = 1.5, 1.5, 3.5; the last is clipped to 2.
    assert oracle.action(obs).tolist() == [[1.5], [1.5], [2.0]]
    assert oracle.action(obs).dtype == np.float32
    # At the mean a Gaussian of sigma 0.5 has density 1 / (0.5 √(2π)).
    found = oracle.log_prob(obs[:1], np.array([[1.5]], np.float32))
    assert found == pytest.approx(-np.log(0.5 * np.sqrt(2 * np.pi)))
    assert oracle.q_values is None


def test_a_squashed_policy_reaches_the_bounds_and_its_density_integrates_to_one():
    oracle = small("squashed_gaussian").oracle(OBS, BOX)
    obs = np.array([[0.2, 0.0]], np.float32)
    assert oracle.action(obs)[0, 0] == pytest.approx(2 * np.tanh(0.7), abs=1e-6)
    grid = np.linspace(-1.999, 1.999, 4001)
    log_prob = oracle.log_prob(np.repeat(obs, len(grid), 0), grid[:, None])
    assert np.trapezoid(np.exp(log_prob), grid) == pytest.approx(1.0, abs=0.01)


def test_logits_and_values_choose_the_largest():
    obs = np.array([[1.0, 0.0], [-1.0, 0.0]], np.float32)
    # x0 = 1: outputs (1.5, 1); x0 = -1: (1.5, -1).
    categorical = small("categorical", KEYS).oracle(OBS, KEYS)
    assert categorical.action(obs).tolist() == [0, 0]
    both = [categorical.log_prob(obs, np.full(2, a)) for a in (0, 1)]
    assert np.exp(both).sum(axis=0) == pytest.approx(1.0)
    assert both[0] - both[1] == pytest.approx([0.5, 2.5])
    values = small("values", KEYS).oracle(OBS, KEYS)
    assert values.q_values(obs).tolist() == [[1.5, 1.0], [1.5, -1.0]]
    assert values.log_prob is None


def test_discrete_actions_count_from_the_start_of_their_space():
    space = gym.spaces.Discrete(2, start=3)
    oracle = small("categorical", space).oracle(OBS, space)
    obs = np.array([[1.0, 0.0]], np.float32)
    assert oracle.action(obs).tolist() == [3]
    first = small("categorical", KEYS).oracle(OBS, KEYS)
    assert oracle.log_prob(obs, np.array([4])) == first.log_prob(obs, np.array([1]))


def test_observations_are_normalised_and_clipped():
    policy = small(obs_clip=2.0)
    policy.arrays["obs_mean"] = np.array([1.0, 0.0], np.float32)
    policy.arrays["obs_std"] = np.array([4.0, 1.0], np.float32)
    oracle = policy.oracle(OBS, BOX)
    # (5 - 1) / 4 = 1 -> 1.5; (-101 - 1) / 4 is clipped to -2 -> 2.5 -> 2.
    assert oracle.action(np.array([[5.0, 0.0], [-101.0, 0.0]])).tolist() == [[1.5], [2.0]]


def test_tanh_is_the_other_activation():
    layers = small().layers
    assert network.hidden(layers, "tanh", np.array([[0.3, 0.0]])) == pytest.approx(
        np.array([[np.tanh(0.3), -np.tanh(0.3)]])
    )


@pytest.mark.parametrize(
    ("obs", "action", "message"),
    [
        (gym.spaces.Box(-1, 1, (3,), np.float32), BOX, r"shape \(2,\) as observation.*\(3,\)"),
        (gym.spaces.Box(0, 255, (2,), np.uint8), BOX, "as observation"),
        (OBS, gym.spaces.Box(-2.0, 2.0, (2,), np.float32), r"shape \(1,\).*as action"),
        (OBS, gym.spaces.Box(-1.0, 1.0, (1,), np.float32), r"from \[-2.0\] to \[2.0\] as action"),
        (OBS, KEYS, "as action, the task has Discrete"),
    ],
)
def test_other_spaces_are_refused_in_one_line(obs, action, message):
    with pytest.raises(UserError, match=message) as caught:
        small().oracle(obs, action)
    assert "\n" not in str(caught.value)


class Spy:
    """Would be called if anything were unpickled."""

    def __reduce__(self):
        return (pytest.fail, ("unpickled",))


def altered(tmp_path, how):
    policy = small()
    path, arrays, header = tmp_path / "e.npz", dict(policy.arrays), dict(policy.header)
    if how == "missing":
        return path
    if how == "text":
        path.write_text("no archive")
    elif how == "cut":
        path.write_bytes(policy.to_bytes()[:-200])
    elif how == "flipped":
        whole = bytearray(policy.to_bytes())
        whole[whole.index(arrays["layer.0.weight"].tobytes()) + 3] ^= 1
        path.write_bytes(whole)
    elif how == "object":
        arrays["layer.0.bias"] = np.array([Spy(), Spy()], dtype=object)
        write(path, arrays, header, sign=False)
    elif how == "no header":
        write(path, arrays)
    elif how == "other weights":
        header |= {"format": FORMAT, "sha256": digest(arrays)}
        arrays["layer.0.bias"] = np.ones(2, np.float32)
        write(path, arrays, header, sign=False)
    elif how == "other format":
        write(path, arrays, {**header, "format": 99}, sign=False)
    elif how == "header no JSON":
        write(path, {**arrays, "header": np.frombuffer(b"{", np.uint8)})
    elif how == "header a list":
        write(path, {**arrays, "header": np.frombuffer(b"[]", np.uint8)})
    elif how == "one array alone":
        with open(path, "wb") as file:
            np.save(file, np.zeros(3))
    else:
        how(arrays, header)
        write(path, arrays, header)
    return path


def sets(name, value):
    def change(arrays, header):
        arrays[name] = value

    return change


def heads(**more):
    def change(arrays, header):
        header.update(more)

    return change


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("missing", "there is no file"),
        ("text", "cannot be read|damaged"),
        ("cut", "damaged"),
        ("flipped", "damaged"),
        ("object", "cannot be read"),
        ("no header", "no header"),
        ("other weights", "not those that its header was written for"),
        ("other format", "format 99; this version reads 1"),
        ("header no JSON", "header is no JSON"),
        ("header a list", "format None"),
        ("one array alone", "no .npz file|cannot be read"),
        (sets("layer.0.bias", np.zeros(3, np.float32)), r"layer.0.bias has shape \(3,\)"),
        (sets("layer.0.bias", np.zeros(2)), "layer.0.bias is not finite float32"),
        (sets("layer.0.bias", np.full(2, np.nan, np.float32)), "not finite"),
        (sets("more", np.zeros(2, np.float32)), "more has shape"),
        (lambda arrays, header: arrays.pop("layer.1.bias"), "layer.1.bias has shape None"),
        (lambda arrays, header: arrays.pop("log_std"), "log_std has shape None"),
        (heads(head="oracle"), "header is incomplete"),
        (heads(head="values"), "head 'values' for box actions"),
        (heads(network={"sizes": [2, 2, 2], "activation": "relu"}), "network.sizes"),
        (heads(network={"sizes": [2], "activation": "relu"}), "network.sizes"),
        (heads(network={"sizes": "ab", "activation": "relu"}), "incomplete"),
        (heads(network={"sizes": [2, 2, 1], "activation": "sin"}), "activation 'sin'"),
        (heads(network=None), "incomplete"),
        (heads(spaces={}), "incomplete"),
        (heads(obs_clip=5.0), "obs_mean has shape None"),
    ],
)
def test_a_damaged_or_altered_file_is_refused_in_one_line(tmp_path, how, message):
    with pytest.raises(UserError, match=message) as caught:
        load(altered(tmp_path, how))
    assert "\n" not in str(caught.value) and "e.npz" in str(caught.value)


def test_acting_imports_no_torch(tmp_path):
    path = tmp_path / "expert.npz"
    path.write_bytes(small().to_bytes())
    code = (
        "import sys, numpy as np, gymnasium as gym\n"
        "from envs.experts.policy import load\n"
        "obs = gym.spaces.Box(-np.inf, np.inf, (2,), np.float32)\n"
        "oracle = load(sys.argv[1]).oracle(obs, gym.spaces.Box(-2.0, 2.0, (1,), np.float32))\n"
        "oracle.action(np.zeros((1, 2)))\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code, path], check=True)


def test_an_expert_is_found_by_id_and_arguments_alike(tmp_path):
    made_for = {"id": "pkg:My/Task-v0", "kwargs": {"g": 1}}
    (tmp_path / "My-Task-v0.npz").write_bytes(small(env=made_for).to_bytes())
    assert shipped.find("pkg:My/Task-v0", {"g": 1}, tmp_path) is not None
    assert shipped.find("pkg:My/Task-v0", {}, tmp_path) is None
    assert shipped.find("other:My/Task-v0", {"g": 1}, tmp_path) is None
    assert shipped.find("My/Task-v1", {"g": 1}, tmp_path) is None
